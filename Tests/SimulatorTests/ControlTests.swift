import Foundation
import NIOCore
import Testing

@testable import PlatformSimulator

@Suite struct ControlTests {
    private func post(_ bench: Bench, _ text: String) async throws -> Answer {
        try await bench.post("/mastodon/api/v1/statuses", json: ["status": .string(text)], [bench.bearer("mastodon")])
    }

    @Test("dropBefore closes without acting; dropAfter acts first; each as often as told")
    func drops() async throws {
        try await Bench.run { bench async throws in
            try bench.simulator.control.add(Fault(.dropBefore, platform: "mastodon", path: "mastodon.createStatus", times: 1))
            await #expect(throws: (any Error).self) { try await post(bench, "never") }
            #expect(bench.simulator.control.publications().isEmpty)
            try bench.simulator.control.add(Fault(.dropAfter, platform: "mastodon", path: "/api/v1/statuses", times: 1))
            await #expect(throws: (any Error).self) { try await post(bench, "once") }
            #expect(bench.simulator.control.publications().map(\.text) == ["once"])
            #expect(try await post(bench, "twice").status == 200)
            let log = bench.simulator.control.log(operation: "mastodon.createStatus")
            #expect(log.map(\.status) == [0, 0, 200])
            #expect(log.map { $0.created != nil } == [false, true, true])
            #expect(bench.simulator.control.faults.isEmpty)
        }
    }

    @Test("Scripted answers come with status, body and headers, before or after acting")
    func scripted() async throws {
        try await Bench.run { bench async throws in
            let fault: JSON = [
                "path": "^/mastodon/api/v1/status", "account": "ada", "kind": "status", "status": 429, "times": 1, "skip": 1,
                "body": ["error": "Too many requests"], "headers": ["Retry-After": "7"],
            ]
            #expect(try await bench.post("/_control/faults", json: fault).status == 200)
            #expect(try await post(bench, "passes").status == 200)
            let refused = try await post(bench, "refused")
            #expect(refused.status == 429)
            #expect(refused.headers.first(name: "retry-after") == "7")
            #expect(refused.json["error"] == "Too many requests")
            try bench.simulator.control.add(Fault(.statusAfter, platform: "mastodon", status: 503, times: 1))
            #expect(try await post(bench, "acted").status == 503)
            #expect(bench.simulator.control.publications().map(\.text) == ["passes", "acted"])
        }
    }

    @Test("A share of the calls is struck, the same ones in every run")
    func share() async throws {
        func struck() async throws -> [Int] {
            var found: [Int] = []
            try await Bench.run { bench async throws in
                try bench.simulator.control.add(Fault(.status, path: "mastodon.instance", share: 0.2))
                for number in 0..<200 where try await bench.get("/mastodon/api/v2/instance").status == 503 { found.append(number) }
            }
            return found
        }
        let first = try await struck()
        #expect((20...60).contains(first.count), "about a fifth: \(first.count)")
        #expect(try await struck() == first)
        try await Bench.run { bench async throws in
            #expect(throws: (any Error).self) { try bench.simulator.control.add(Fault(.delay, share: 2)) }
        }
    }

    @Test("A truncated answer ends in an error")
    func truncated() async throws {
        try await Bench.run { bench async throws in
            try bench.simulator.control.add(Fault(.truncate, path: "mastodon.instance", times: 1))
            await #expect(throws: (any Error).self) { try await bench.get("/mastodon/api/v2/instance") }
            #expect(try await bench.get("/mastodon/api/v2/instance").status == 200)
        }
    }

    @Test("The control API lists what was published, and reset forgets it")
    func publications() async throws {
        try await Bench.run { bench async throws in
            _ = try await post(bench, "Hello")
            let found = try await bench.get("/_control/publications?platform=mastodon&account=ada").json
            #expect(found[0]?["text"] == "Hello")
            #expect(try await bench.get("/_control/log?platform=mastodon").json[0]?["operation"] == "mastodon.createStatus")
            #expect(try await bench.get("/").text.contains("Ada Example"))
            #expect(try await bench.post("/_control/reset", json: [:]).status == 200)
            #expect(try await bench.get("/_control/publications").json == [])
        }
    }

    @Test("Wrong names are refused")
    func wrong() async throws {
        try await Bench.run { bench async throws in
            #expect(try await bench.post("/_control/switches", json: ["platform": "x", "nonsense": true]).status == 404)
            #expect(try await bench.post("/_control/revoke", json: ["platform": "nowhere", "account": "ada"]).status == 404)
            #expect(try await bench.post("/_control/faults", json: ["kind": "explode"]).status == 400)
            #expect(try await bench.post("/_control/faults", json: ["kind": "status", "path": "^("]).status == 400)
        }
    }

    @Test("Several simulators do not see each other")
    func apart() async throws {
        try await Bench.run { one async throws in
            try await Bench.run { other async throws in
                _ = try await post(one, "Here")
                #expect(other.simulator.control.publications().isEmpty)
                #expect(one.simulator.port != other.simulator.port)
            }
        }
    }

    @Test("Auto-approval needs no person")
    func autoApprove() async throws {
        try await Bench.run(autoApprove: true) { bench async throws in
            let query = Encoding.form([
                ("response_type", "code"), ("client_id", "sim-mastodon-id"), ("redirect_uri", "http://127.0.0.1:9/cb"),
                ("scope", "profile"),
            ])
            #expect(try await bench.get("/mastodon/oauth/authorize?" + query).redirect("code") != nil)
        }
    }

    @Test("Multipart bodies are read the same in whatever pieces they arrive", arguments: [1, 2, 3, 7, 64, 4096])
    func multipart(chunk: Int) async throws {
        let body =
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n-y\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; "
            + "filename=\"n\"\r\nContent-Type: image/png\r\n\r\n\r\n--\r\n--c\r\n\r\n--b--\r\n"
        let bytes = Array(body.utf8)
        let pieces = stride(from: 0, to: bytes.count, by: chunk).map { ByteBuffer(bytes: bytes[$0..<min($0 + chunk, bytes.count)]) }
        let form = try await UploadForm.read(
            chunks: AsyncStream { stream in
                for piece in pieces { stream.yield(piece) }
                stream.finish()
            }, boundary: "b", fileField: "f")
        #expect(form.fields == ["a": "x\r\n-y"])
        #expect(form.file?.contentType == "image/png")
        #expect(form.file?.part.kept.map { String(buffer: $0) } == "\r\n--\r\n--c\r\n")
    }
}
