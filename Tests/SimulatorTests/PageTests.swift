import NIOCore
import Testing

@testable import PlatformSimulator

/// Pages show what was uploaded.
@Suite struct PageTests {
    private func post(_ bench: Bench, _ bytes: [UInt8], type: String) async throws -> (page: String, file: String) {
        let ada = try bench.bearer("mastodon")
        let upload = try await bench.post(
            "/mastodon/api/v2/media", parts: [.text("description", "Tea & <cake>"), .init(name: "file", file: "a", type: type, bytes: bytes)], [ada])
        let id = try #require(upload.json["id"]?.string)
        for _ in 0..<5 { _ = try await bench.get("/mastodon/api/v1/media/\(id)", [ada]) }
        let status = try await bench.post("/mastodon/api/v1/statuses", json: ["status": "Seen", "media_ids": [.string(id)]], [ada])
        #expect(status.status == 200)
        return (try await bench.get("/mastodon/@ada").text, "/mastodon/_media/\(id)")
    }

    @Test("A film can be played, a picture is shown, both with the bytes that were uploaded")
    func media() async throws {
        try await Bench.run { bench async throws in
            let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let film = try await post(bench, bytes, type: "video/mp4")
            #expect(film.page.contains("<video src=\"\(film.file)\" controls preload=\"metadata\" aria-label=\"Tea &amp; &lt;cake&gt;\">"))
            let whole = try await bench.get(film.file)
            #expect(whole.status == 200 && Array(whole.body.readableBytesView) == bytes)
            #expect(whole.headers.first(name: "accept-ranges") == "bytes" && whole.headers.first(name: "content-type") == "video/mp4")
            let picture = AvatarImage.png(seed: "a")
            let shown = try await post(bench, picture, type: "image/png")
            #expect(shown.page.contains("<img src=\"\(shown.file)\""))
            #expect(Array(try await bench.get(shown.file).body.readableBytesView) == picture)
        }
    }

    @Test(
        "A range is answered as RFC 9110 says",
        arguments: [
            ("bytes=0-", 206, 0..<1000), ("bytes=10-19", 206, 10..<20), ("bytes=990-5000", 206, 990..<1000), ("bytes=-5", 206, 995..<1000),
            ("bytes=-5000", 206, 0..<1000), ("bytes=1000-", 416, nil), ("bytes=20-10", 416, nil), ("bytes=-0", 416, nil), ("lines=1-2", 416, nil),
        ])
    func ranges(range: String, status: Int, expected: Range<Int>?) async throws {
        try await Bench.run { bench async throws in
            let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let file = try await post(bench, bytes, type: "video/mp4").file
            let answer = try await bench.get(file, [("range", range)])
            #expect(answer.status == status)
            let told = expected.map { "bytes \($0.lowerBound)-\($0.upperBound - 1)/1000" } ?? "bytes */1000"
            #expect(answer.headers.first(name: "content-range") == told)
            if let expected { #expect(Array(answer.body.readableBytesView) == Array(bytes[expected])) }
        }
    }

    @Test("What is too large to be kept is told by its size, and never shown in part")
    func large() {
        var shelf = FileShelf()
        let piece = ByteBuffer(repeating: 1, count: 1 << 20)
        for part in 0..<64 { shelf.put("film", part: part, contentType: "video/mp4", bytes: piece) }
        #expect(shelf.size("film") == 64 << 20)
        shelf.put("film", part: 64, contentType: "video/mp4", bytes: piece)
        #expect(shelf.size("film") == 0 && shelf.file("film") == nil)
        shelf.put("film", part: 65, contentType: "video/mp4", bytes: piece)
        #expect(shelf.file("film") == nil)
        shelf.put("other", contentType: "video/mp4", bytes: nil)
        shelf.put("other", part: 1, contentType: "video/mp4", bytes: piece)
        #expect(shelf.file("other") == nil)
        for number in 0..<200 { shelf.put("picture \(number)", contentType: "image/png", bytes: piece) }
        #expect(shelf.file("picture 0") == nil && shelf.file("picture 199") != nil)
    }
}
