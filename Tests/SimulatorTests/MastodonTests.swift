import Foundation
import Testing

@testable import PlatformSimulator

@Suite struct MastodonTests {
    @Test("Registration, consent and token lead to verify_credentials")
    func connects() async throws {
        try await Bench.run { bench async throws in
            let callback = "http://127.0.0.1:9/cb"
            let app = try await bench.post(
                "/mastodon/api/v1/apps",
                json: ["client_name": "Postiz", "redirect_uris": .string(callback), "scopes": "write:statuses profile write:media"])
            #expect(app.status == 200)
            let id = try #require(app.json["client_id"]?.string)
            let secret = try #require(app.json["client_secret"]?.string)
            func authorize(_ scope: String, _ redirect: String) async throws -> Answer {
                try await bench.get(
                    "/mastodon/oauth/authorize?"
                        + Encoding.form([
                            ("response_type", "code"), ("client_id", id), ("redirect_uri", redirect), ("scope", scope), ("state", "s1"),
                            ("auto", "allow"), ("account", "chidi"),
                        ]))
            }
            #expect(try await authorize("write:statuses", "http://127.0.0.1:9/other").status == 400)
            #expect(try await authorize("follow", callback).redirect("error") == "invalid_scope")
            let back = try await authorize("write:statuses profile", callback)
            #expect(back.redirect("state") == "s1")
            let form = [
                ("grant_type", "authorization_code"), ("code", try #require(back.redirect("code"))), ("client_id", id),
                ("client_secret", secret), ("redirect_uri", callback),
            ]
            let token = try await bench.post("/mastodon/oauth/token", form: form)
            #expect(token.json["scope"] == "write:statuses profile")
            #expect(try await bench.post("/mastodon/oauth/token", form: form).json["error"] == "invalid_grant")
            let header = ("authorization", "Bearer " + (token.json["access_token"]?.string ?? ""))
            let me = try await bench.get("/mastodon/api/v1/accounts/verify_credentials", [header])
            #expect(me.json["username"] == "chidi")
            #expect(try await bench.post("/mastodon/api/v2/media", parts: [.text("file", "x")], [header]).status == 403)
        }
    }

    @Test("Discovery describes the server, or does not exist on an older one")
    func discovery() async throws {
        try await Bench.run { bench async throws in
            let path = "/mastodon/.well-known/oauth-authorization-server"
            #expect(try await bench.get(path).json["token_endpoint"]?.string == bench.simulator.baseURL + "/mastodon/oauth/token")
            try bench.simulator.control.set("discovery404", to: true, platform: "mastodon")
            #expect(try await bench.get(path).status == 404)
        }
    }

    @Test("A repeated Idempotency-Key gives the first status for an hour, then a new one")
    func idempotency() async throws {
        try await Bench.run { bench async throws in
            let headers = [try bench.bearer("mastodon"), ("idempotency-key", "post-1-part-1")]
            func post(_ text: String) async throws -> JSON {
                try await bench.post("/mastodon/api/v1/statuses", json: ["status": .string(text)], headers).json["id"] ?? .null
            }
            let first = try await post("Hello")
            #expect(try await post("Hello") == first)
            #expect(bench.simulator.control.publications(platform: "mastodon").map(\.idempotencyKey) == ["post-1-part-1"])
            bench.clock.advance(3601)
            #expect(try await post("Hello") != first)
            let created = bench.simulator.control.log(operation: "mastodon.createStatus").map { $0.created != nil }
            #expect(created == [true, false, true])
        }
    }

    @Test(
        "Statuses against the rules are refused with 422",
        arguments: [
            ["status": ""], ["status": .string(String(repeating: "a", count: 501))], ["status": "x", "visibility": "secret"],
            ["status": "x", "poll": ["options": ["one"], "expires_in": 600]],
            ["status": "x", "poll": ["options": ["one", "two"], "expires_in": 10]], ["status": "x", "media_ids": ["1"]],
            ["status": "x", "media_ids": ["1", "2", "3", "4", "5"]],
        ] as [JSON])
    func refused(body: JSON) async throws {
        try await Bench.run { bench async throws in
            let answer = try await bench.post("/mastodon/api/v1/statuses", json: body, [bench.bearer("mastodon")])
            #expect(answer.status == 422)
            #expect(answer.json["error"]?.string?.hasPrefix("Validation failed") ?? false)
        }
    }

    @Test("Links count 23, remote mentions as their local part, families as one")
    func counting() {
        #expect(MastodonText.length("https://example.com/" + String(repeating: "a", count: 300)) == 23)
        #expect(MastodonText.length("hi @ada@example.org") == 7)
        #expect(MastodonText.length("👨‍👩‍👧‍👦e\u{301}") == 2)
        #expect(MastodonText.length("https://example.com/wiki/東京都をご覧ください。 a") == 25)
        #expect(MastodonText.length("https://example.org/a?n=Müller&q=日本語") == 23)
        #expect(MastodonText.length("gemini://example.org/a https://foo.music/") == 42)
        #expect(MastodonText.length("@a@b.org@c @alice@example.org:3000") == 22)
        #expect(MastodonText.length("hi", warning: "https://example.com/aaaaaaaaaa") == 32)
    }

    @Test("Replies hang below their parent; replying to nothing is 404")
    func replies() async throws {
        try await Bench.run { bench async throws in
            let ada = try bench.bearer("mastodon", scopes: ["write", "read"])
            let root = try await bench.post("/mastodon/api/v1/statuses", form: [("status", "Root")], [ada])
            let id = try #require(root.json["id"]?.string)
            let reply = try await bench.post("/mastodon/api/v1/statuses", json: ["status": "Reply", "in_reply_to_id": .string(id)], [ada])
            #expect(reply.json["in_reply_to_id"]?.string == id)
            let orphan: JSON = ["status": "Orphan", "in_reply_to_id": "5"]
            #expect(try await bench.post("/mastodon/api/v1/statuses", json: orphan, [ada]).status == 404)
            let context = try await bench.get("/mastodon/api/v1/statuses/\(id)/context").json
            #expect(context["descendants"]?[0]?["content"] == "<p>Reply</p>")
            let account = root.json["account"]?["id"]?.string ?? ""
            let list = try await bench.get("/mastodon/api/v1/accounts/\(account)/statuses?limit=40", [ada]).json
            #expect(list.array?.count == 2)
            let address = try #require(root.json["url"]?.string)
            #expect(try await bench.get(String(address.dropFirst(bench.simulator.baseURL.count))).text.contains("Reply"))
            #expect(try await bench.send(.DELETE, "/mastodon/api/v1/statuses/\(id)", headers: [ada]).json["text"] == "Root")
            #expect(try await bench.get("/mastodon/api/v1/statuses/\(id)").status == 404)
        }
    }

    @Test("Pictures are ready at once and used once; videos answer 202, 206, then 200")
    func media() async throws {
        try await Bench.run { bench async throws in
            let ada = try bench.bearer("mastodon")
            func upload(_ type: String) async throws -> Answer {
                try await bench.post(
                    "/mastodon/api/v2/media",
                    parts: [.text("description", "Blocks"), .init(name: "file", file: "a", type: type, bytes: AvatarImage.png(seed: "a"))],
                    [ada])
            }
            func post(_ ids: [String]) async throws -> Int {
                try await bench.post(
                    "/mastodon/api/v1/statuses", json: ["status": "m", "media_ids": .array(ids.map { .string($0) })], [ada]
                ).status
            }
            let picture = try await upload("image/png")
            #expect(picture.status == 200)
            let pictureID = try #require(picture.json["id"]?.string)
            let video = try await upload("video/mp4")
            #expect(video.status == 202)
            #expect(video.json["url"] == .null)
            let videoID = try #require(video.json["id"]?.string)
            #expect(try await post([videoID]) == 422)
            let polls = try await [0, 1].asyncMap { _ in try await bench.get("/mastodon/api/v1/media/\(videoID)", [ada]).status }
            #expect(polls == [206, 200])
            #expect(try await post([pictureID, videoID]) == 422)
            #expect(try await post([pictureID]) == 200)
            #expect(try await post([pictureID]) == 422)
            #expect(try await post([videoID]) == 200)
            #expect(try await upload("text/plain").status == 422)
            let attached = bench.simulator.control.publications(platform: "mastodon").flatMap(\.media)
            #expect(attached.map(\.altText) == ["Blocks", "Blocks"])
        }
    }

    @Test("A scheduled status appears when its time has come")
    func scheduled() async throws {
        try await Bench.run { bench async throws in
            let ada = try bench.bearer("mastodon")
            let time = Encoding.iso8601(bench.clock.now.addingTimeInterval(600))
            let body: JSON = ["status": "Later", "scheduled_at": .string(time)]
            #expect(try await bench.post("/mastodon/api/v1/statuses", json: body, [ada]).json["scheduled_at"]?.string == time)
            #expect(bench.simulator.control.publications().isEmpty)
            bench.clock.advance(601)
            _ = try await bench.get("/mastodon/api/v1/accounts/verify_credentials", [ada])
            #expect(bench.simulator.control.publications().map(\.text) == ["Later"])
        }
    }

    @Test("Rate headers carry a time stamp")
    func rateHeaders() async throws {
        try await Bench.run { bench async throws in
            let answer = try await bench.get("/mastodon/api/v1/accounts/verify_credentials", [bench.bearer("mastodon")])
            #expect(answer.headers.first(name: "x-ratelimit-remaining") == "299")
            let reset = answer.headers.first(name: "x-ratelimit-reset").flatMap(Encoding.date)
            #expect(reset == bench.clock.now.addingTimeInterval(300))
        }
    }
}

extension Sequence {
    /// One after the other.
    func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
