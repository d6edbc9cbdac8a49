import Application
import Domain
import PlatformSimulator
import TestSupport
import Testing

@Suite("Looking up what a field may hold", .timeLimit(.minutes(10)))
struct ChannelOptionsTests {
    @Test("A setting's values are listed without asking the platform, whoever must reconnect")
    func settings() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let channel = try await world.connect("mastodon", as: "ada")
            try await world.channels.markNeedsReconnect(channel.id, reason: "Signed out")
            let calls = world.simulator.control.log().count
            let all = try await world.channels.options(of: "mastodon", field: "visibility", query: nil, as: world.person)
            #expect(all.map(\.value) == ["public", "unlisted", "private", "direct"])
            let some = try await world.channels.options(of: channel.id.text, field: "visibility", query: "followers", as: world.person)
            #expect(some.map(\.label) == ["Followers only"])
            #expect(world.simulator.control.log().count == calls)
        }
    }

    @Test("People to mention are found at the platform")
    func mentions() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            try await world.connect("mastodon", as: "ada")
            let found = try await world.channels.options(of: "mastodon", field: "mention", query: " chi ", as: world.person)
            #expect(found.map(\.value) == ["@chidi"])
            #expect(found[0].hint?.hasPrefix("@chidi@127.0.0.1") == true)
            try await refused(.validationFailed) {
                try await world.channels.options(of: "mastodon", field: "mention", query: "", as: world.person)
            }
            try await refused(.unknownChannel) {
                try await world.channels.options(of: "mastodon", field: "mention", query: "bo", as: world.workspace.stranger)
            }
        }
    }

    @Test("A field without a look-up is told those that have one")
    func unknownField() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            try await world.connect("mastodon", as: "ada")
            let problem = await #expect(throws: ProblemReport.self) {
                try await world.channels.options(of: "mastodon", field: "board", query: nil, as: world.person)
            }
            let fields = "post_type, visibility, quote_policy, poll_seconds, mention"
            #expect(problem?.message == "Mastodon offers no look-up for \"board\". Fields with one: \(fields).")
        }
    }

    @Test("What the platform refuses is said in words and leaves the channel alone")
    func refusals() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let profile = try await world.connect("linkedin", as: "ada")
            let problem = await #expect(throws: ProblemReport.self) {
                try await world.channels.options(of: profile.id.text, field: "mention", query: "example-foods", as: world.person)
            }
            #expect(problem?.code == .validationFailed)
            #expect(problem?.message.contains("Connect a page") == true)
            try world.simulator.control.add(Fault(.status, platform: "linkedin", path: "linkedin.organizationByName", status: 503))
            try await refused(.platformUnavailable) {
                try await world.channels.options(of: profile.id.text, field: "mention", query: "example-foods", as: world.person)
            }
            #expect(try await world.channels.get(profile.id, as: world.person).status == .active)
        }
    }
}
