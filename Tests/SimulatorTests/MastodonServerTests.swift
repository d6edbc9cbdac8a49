import Foundation
import Testing

@testable import PlatformSimulator

/// The servers other than Mastodon that the simulator can be, against what was measured with them.
@Suite struct MastodonServerTests {
    private func run(_ server: MastodonServer, _ test: (Bench, (String, String)) async throws -> Void) async throws {
        try await Bench.run(enforceRateLimits: false) { bench async throws in
            try bench.simulator.control.set("server", to: .string(server.rawValue), platform: "mastodon")
            let grant = try bench.simulator.control.grant(platform: "mastodon", account: "ada").grant
            try await test(bench, ("authorization", "Bearer " + grant.token))
        }
    }

    @Test("Only Mastodon honours an Idempotency-Key", arguments: MastodonServer.allCases)
    func keys(_ server: MastodonServer) async throws {
        try await run(server) { bench, token async throws in
            for _ in 0..<2 { _ = try await bench.post("/mastodon/api/v1/statuses", json: ["status": "Once"], [token, ("idempotency-key", "k")]) }
            #expect(bench.simulator.control.publications(platform: "mastodon").count == (server == .mastodon ? 1 : 2))
        }
    }

    @Test(
        "A refused token is answered as each server does",
        arguments: [(MastodonServer.mastodon, 401, 401), (.snac, 401, 422), (.takahe, 400, 400), (.wordpress, 401, 401)])
    func badToken(_ server: MastodonServer, _ posting: Int, _ asking: Int) async throws {
        try await run(server) { bench, _ async throws in
            let bad = ("authorization", "Bearer nobody-gave-this")
            let post = try await bench.post("/mastodon/api/v1/statuses", json: ["status": "Hello"], [bad])
            #expect(post.status == posting)
            #expect(post.text.contains("Invalid Bearer token") == (server == .takahe))
            #expect(try await bench.get("/mastodon/api/v1/accounts/verify_credentials", [bad]).status == asking)
        }
    }

    @Test("Lists, texts and descriptions are each server's own", arguments: MastodonServer.allCases)
    func shows(_ server: MastodonServer) async throws {
        try await run(server) { bench, token async throws in
            let text = "it's *so* \"good\" - see https://example.org/a?x=1&y=2#part"
            let body: JSON = ["status": .string(text), "visibility": "private", "spoiler_text": "Tea", "language": "de"]
            let made = try await bench.post("/mastodon/api/v1/statuses", json: body, [token]).json
            let (id, content) = (try #require(made["id"]?.string), try #require(made["content"]?.string))
            #expect(content.contains("it&#x27;s") == (server == .takahe))
            #expect(content.contains("&#35;part") == (server == .snac))
            #expect(content.contains("<i>so</i>") == (server == .snac))
            #expect(content.contains("it’s") == (server == .wordpress))
            #expect(made["visibility"]?.string == (server == .wordpress ? "public" : "private"))
            #expect(made["spoiler_text"]?.string == (server == .wordpress ? "" : "Tea"))
            #expect(made["language"] == [.mastodon: "de", .snac: "en"][server] ?? .null)
            #expect((made["url"] == .null) == (server == .wordpress))
            let source = try await bench.get("/mastodon/api/v1/statuses/\(id)/source", [token])
            #expect(source.json["text"]?.string == text, "what was sent, byte for byte")
            let account = try #require(made["account"]?["id"]?.string)
            let list = try await bench.get("/mastodon/api/v1/accounts/\(account)/statuses", [token]).json.array ?? []
            #expect(list.isEmpty == [.snac, .takahe].contains(server))
            #expect(try await bench.get("/mastodon/api/v2/instance").status == (server == .snac ? 404 : 200))
            let limits = try await bench.get("/mastodon/api/v1/instance").json["configuration"]
            #expect(limits?["statuses"]?["max_characters"]?.int == [.mastodon: 500, .takahe: 500, .snac: 100_000][server])
            #expect((limits?["media_attachment"] != nil) == (server == .wordpress))
        }
    }

    @Test("WordPress answers replies with the ids of others, and deletes into a trash that can be read")
    func wordpress() async throws {
        try await run(.wordpress) { bench, token async throws in
            func post(_ text: String, to parent: String? = nil) async throws -> JSON {
                let body: JSON = .compact(["status": .string(text), "in_reply_to_id": parent.map { .string($0) }])
                return try await bench.post("/mastodon/api/v1/statuses", json: body, [token]).json
            }
            let other = try await post("Other")["id"]
            let root = try #require(try await post("Root")["id"]?.string)
            #expect(try await post("Reply", to: root)["id"]?.string == root)
            let reply = try #require(bench.simulator.control.publications(platform: "mastodon").last?.id)
            #expect(try await post("Reply to the reply", to: reply)["id"] == other)
            for _ in 0..<2 { #expect(try await bench.send(.DELETE, "/mastodon/api/v1/statuses/\(root)", headers: [token]).status == 200) }
            #expect(try await bench.get("/mastodon/api/v1/statuses/\(root)", [token]).status == 200)
        }
    }

    @Test("snac forgets an app with the first token of it that is revoked; Takahē takes no part of a permission for the whole")
    func appsAndScopes() async throws {
        try await run(.snac) { bench, token async throws in
            let form = [
                ("client_id", "sim-mastodon-id"), ("client_secret", "sim-mastodon-secret"), ("token", String(token.1.dropFirst(7))),
            ]
            #expect(try await bench.post("/mastodon/oauth/revoke", form: form).status == 200)
            let page = "/mastodon/oauth/authorize?response_type=code&client_id=sim-mastodon-id&redirect_uri=http://127.0.0.1:9/cb"
            #expect(try await bench.get(page).status == 400)
        }
        try await run(.takahe) { bench, _ async throws in
            let narrow = try bench.simulator.control.grant(platform: "mastodon", account: "ada", scopes: ["read:accounts"]).grant
            let answer = try await bench.get(
                "/mastodon/api/v1/accounts/verify_credentials", [("authorization", "Bearer " + narrow.token)])
            #expect(answer.status == 403)
            #expect(answer.json["error"] == "out_of_scope_for_token")
        }
    }
}
