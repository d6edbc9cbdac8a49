import Testing

@testable import Platforms

/// A person who has found a post in doubt gives its public address; what follows it in the thread needs the platform's own id.
@Suite
struct PostAddressTests {
    @Test(arguments: [
        (
            "discord", "https://discord.com/channels/81384788765712384/381870553235193857/1045419713839922282",
            "381870553235193857:1045419713839922282"
        ),
        ("discord-webhook", "https://discord.com/channels/@me/381870553235193857/1045419713839922282", "381870553235193857:1045419713839922282"),
        ("discord", "https://discord.com/channels/81384788765712384/381870553235193857", ""),
        (
            "slack", "https://team.slack.com/archives/C024BE91L/p1503435956000247?thread_ts=1503435956.000247&cid=C024BE91L",
            "C024BE91L:1503435956.000247"
        ),
        ("youtube", "https://www.youtube.com/watch?v=aqz-KE-bpKQ&t=3", "aqz-KE-bpKQ"), ("youtube", "https://youtu.be/aqz-KE-bpKQ", "aqz-KE-bpKQ"),
        ("youtube", "https://www.youtube.com/shorts/aqz-KE-bpKQ", "aqz-KE-bpKQ"),
        ("youtube", "https://www.youtube.com/watch?v=aqz-KE-bpKQ&lc=UgyExample4AaABAg", "UgyExample4AaABAg"),
        ("reddit", "https://www.reddit.com/r/tea/comments/1kh35wk/green_tea/", "t3_1kh35wk"),
        ("reddit", "https://www.reddit.com/r/tea/comments/1kh35wk/green_tea/mr3x1ab/", "t1_mr3x1ab"),
        ("x", "https://x.com/ada/status/1460323737035677698?s=20", "1460323737035677698"),
        ("mastodon", "https://social.example.com/@ada/109372843234", "109372843234"),
        ("linkedin", "https://www.linkedin.com/feed/update/urn:li:share:6844785523593134080/", "urn:li:share:6844785523593134080"),
    ])
    func thePlatformsIdIsRead(platform: String, address: String, expected: String) async throws {
        try await withBench(try #require(ConformanceCase.all.first { $0.platform.rawValue == platform })) { bench in
            #expect(bench.platform.postID(at: address) == expected)
        }
    }
}
