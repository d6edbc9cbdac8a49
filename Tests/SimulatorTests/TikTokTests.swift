import Foundation
import NIOCore
import Testing

@testable import PlatformSimulator

/// The simulated TikTok refuses what the Content Posting API refuses: no public client of it is good enough to judge by.
@Suite struct TikTokTests {
    private func start(_ bench: Bench, size: Int, chunk: Int, count: Int, privacy: String = "SELF_ONLY") async throws -> Answer {
        try await bench.post(
            "/tiktok/v2/post/publish/video/init/",
            json: [
                "post_info": ["title": "A film", "privacy_level": .string(privacy)],
                "source_info": [
                    "source": "FILE_UPLOAD", "video_size": .int(size), "chunk_size": .int(chunk), "total_chunk_count": .int(count),
                ],
            ], [try bench.bearer("tiktok")])
    }

    private func put(_ bench: Bench, _ address: String, _ range: Range<Int>, of total: Int, type: String = "video/mp4") async throws -> Answer {
        try await bench.send(
            .PUT, String(address.dropFirst(bench.simulator.baseURL.count)),
            headers: [("content-range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(total)"), ("content-type", type)],
            body: ByteBuffer(repeating: 7, count: range.count))
    }

    private func status(_ bench: Bench, _ id: String) async throws -> JSON? {
        try await bench.post("/tiktok/v2/post/publish/status/fetch/", json: ["publish_id": .string(id)], [try bench.bearer("tiktok")]).json["data"]
    }

    @Test(
        "The number of pieces is the size divided by theirs, rounded down",
        arguments: [
            (50_000_123, 10_000_000, 5, true), (50_000_123, 10_000_000, 6, false), (4_000_000, 4_000_000, 1, true), (4_000_000, 1_000_000, 4, false),
            (70_000_000, 70_000_000, 1, false), (60_000_000, 60_000_000, 1, true), (8_000_000, 5_000_000, 1, true), (8_000_000, 5_000_000, 2, false),
            (10_000_000, 20_000_000, 1, false),
        ])
    func pieces(size: Int, chunk: Int, count: Int, fits: Bool) async throws {
        try await Bench.run { bench async throws in
            let answer = try await start(bench, size: size, chunk: chunk, count: count)
            #expect(answer.status == (fits ? 200 : 400))
            #expect(answer.json["error"]?["code"] == (fits ? "ok" : "invalid_param"))
        }
    }

    @Test("Pieces come in order and as announced, and the last makes it whole")
    func uploads() async throws {
        try await Bench.run { bench async throws in
            let size = 11_000_123
            let begun = try await start(bench, size: size, chunk: 5_000_000, count: 2).json["data"]
            let address = try #require(begun?["upload_url"]?.string)
            let id = try #require(begun?["publish_id"]?.string)
            #expect(id.hasPrefix("v_pub_file~"))
            #expect(try await put(bench, address, 5_000_000..<size, of: size).status == 416)
            #expect(try await put(bench, address, 0..<4_000_000, of: size).status == 400)
            #expect(try await put(bench, address, 0..<5_000_000, of: size, type: "image/png").status == 400)
            let first = try await put(bench, address, 0..<5_000_000, of: size)
            #expect(first.status == 206)
            #expect(first.headers.first(name: "content-range") == "bytes 0-4999999/\(size)")
            #expect(try await status(bench, id)?["uploaded_bytes"] == 5_000_000)
            #expect(try await status(bench, id)?["status"] == "PROCESSING_UPLOAD")
            #expect(try await put(bench, address, 0..<5_000_000, of: size).status == 416, "it is there already")
            #expect(try await put(bench, address, 5_000_000..<size, of: size).status == 201)
            #expect(try await status(bench, id)?["status"] == "PROCESSING_UPLOAD")
            let complete = try await status(bench, id)
            #expect(complete?["status"] == "PUBLISH_COMPLETE")
            #expect(complete?["publicaly_available_post_id"] == [], "only you can see it")
            let films = bench.simulator.control.publications(platform: "tiktok").flatMap(\.media)
            #expect(films.map(\.byteCount) == [size])
        }
    }

    @Test("An address for an upload ends after an hour, and nobody knows another one")
    func addresses() async throws {
        try await Bench.run { bench async throws in
            let address = try #require(try await start(bench, size: 100, chunk: 100, count: 1).json["data"]?["upload_url"]?.string)
            #expect(try await put(bench, address.replacing("v_pub_file", with: "v_pub_none"), 0..<100, of: 100).status == 404)
            bench.clock.advance(3601)
            #expect(try await put(bench, address, 0..<100, of: 100).status == 403)
        }
    }

    @Test("Refusals have TikTok's codes")
    func refusals() async throws {
        try await Bench.run { bench async throws in
            let mismatch = try await start(bench, size: 100, chunk: 100, count: 1, privacy: "FOLLOWER_OF_CREATOR")
            #expect(mismatch.status == 403)
            #expect(mismatch.json["error"]?["code"] == "privacy_level_option_mismatch")
            let path = "/tiktok/v2/post/publish/creator_info/query/"
            let unknown = try await bench.post(path, json: [:], [("authorization", "Bearer act.none")])
            #expect(unknown.status == 401)
            #expect(unknown.json["error"]?["code"] == "access_token_invalid")
            let scope = try await bench.post(path, json: [:], [try bench.bearer("tiktok", scopes: ["user.info.basic"])])
            #expect(scope.json["error"]?["code"] == "scope_not_authorized")
            let bearer = try bench.bearer("tiktok", "bo")
            for _ in 1...20 { #expect(try await bench.post(path, json: [:], [bearer]).status == 200) }
            let limited = try await bench.post(path, json: [:], [bearer])
            #expect(limited.status == 429)
            #expect(limited.json["error"]?["code"] == "rate_limit_exceeded")
        }
    }
}
