import Crypto
import Foundation
import Testing

@testable import PlatformSimulator

@Suite struct XTests {
    // MARK: Connecting

    @Test("Three-legged sign-in ends in a token that works; its steps cannot be repeated")
    func threeLegs() async throws {
        try await Bench.run { bench async throws in
            let app = Signer(bench: bench)
            let path = "/x/oauth/request_token"
            let request = try await bench.send(
                .POST, path, headers: [app.header("POST", path, extra: ["oauth_callback": "http://127.0.0.1:9/cb"])])
            #expect(request.form["oauth_callback_confirmed"] == "true")
            let token = try #require(request.form["oauth_token"])
            let secret = try #require(request.form["oauth_token_secret"])

            let page = try await bench.get("/x/oauth/authenticate?oauth_token=\(token)")
            #expect(page.status == 200)
            #expect(page.text.contains("Ada Example") && page.text.contains("Decline"))
            let allowed = try await bench.post(
                "/x/oauth/authenticate?oauth_token=\(token)", form: [("decision", "allow"), ("new_account", "Grace Example")])
            #expect(allowed.redirect("oauth_token") == token)
            let verifier = try #require(allowed.redirect("oauth_verifier"))

            var exchange = app
            exchange.token = (token, secret)
            let last = "/x/oauth/access_token"
            let wrong = try await bench.send(.POST, last, headers: [exchange.header("POST", last, extra: ["oauth_verifier": "guess"])])
            #expect(wrong.status == 401)
            let granted = try await bench.send(.POST, last, headers: [exchange.header("POST", last, extra: ["oauth_verifier": verifier])])
            #expect(granted.form["screen_name"] == "grace_example")
            let again = try await bench.send(.POST, last, headers: [exchange.header("POST", last, extra: ["oauth_verifier": verifier])])
            #expect(again.status == 401)

            var grace = app
            grace.token = (try #require(granted.form["oauth_token"]), try #require(granted.form["oauth_token_secret"]))
            #expect(try await grace.get("/x/2/users/me").json["data"]?["name"] == "Grace Example")
        }
    }

    @Test("Declining sends `denied`, and a callback outside the list is refused with 415")
    func declined() async throws {
        try await Bench.run { bench async throws in
            let app = Signer(bench: bench)
            let path = "/x/oauth/request_token"
            func ask() async throws -> Answer {
                try await bench.send(.POST, path, headers: [app.header("POST", path, extra: ["oauth_callback": "http://127.0.0.1:9/cb"])])
            }
            let token = try #require(try await ask().form["oauth_token"])
            let answer = try await bench.get("/x/oauth/authorize?oauth_token=\(token)&auto=decline")
            #expect(answer.redirect("denied") == token)
            try bench.simulator.control.setCallbacks(platform: "x", app: "sim-x-key", callbacks: ["https://postiz.example.com/cb"])
            let refused = try await ask()
            #expect(refused.status == 403)
            #expect(refused.json["errors"]?[0]?["code"] == 415)
        }
    }

    @Test("OAuth 2 checks PKCE, ends codes after 30 s and tokens after 2 h, and rotates refresh tokens")
    func pkce() async throws {
        try await Bench.run { bench async throws in
            let verifier = "a-verifier-of-sufficient-length-0123456789abcdef"
            let challenge = Encoding.base64url(SHA256.hash(data: Data(verifier.utf8)))
            func code() async throws -> String {
                let query = Encoding.form([
                    ("response_type", "code"), ("client_id", "sim-x-key"), ("redirect_uri", "http://127.0.0.1:9/cb"), ("state", "s"),
                    ("scope", "tweet.read users.read offline.access"), ("code_challenge", challenge), ("code_challenge_method", "S256"),
                    ("auto", "allow"), ("account", "bo"),
                ])
                return try #require(try await bench.get("/x/i/oauth2/authorize?" + query).redirect("code"))
            }
            func change(_ code: String, _ verifier: String) async throws -> Answer {
                try await bench.post(
                    "/x/2/oauth2/token",
                    form: [
                        ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", "http://127.0.0.1:9/cb"),
                        ("code_verifier", verifier), ("client_id", "sim-x-key"),
                    ])
            }
            #expect(try await change(code(), "wrong").status == 400)
            let late = try await code()
            bench.clock.advance(31)
            #expect(try await change(late, verifier).status == 400)
            let tokens = try await change(code(), verifier).json
            let header = ("authorization", "Bearer " + (tokens["access_token"]?.string ?? ""))
            #expect(try await bench.get("/x/2/users/me", [header]).json["data"]?["username"] == "bo")
            #expect(try await bench.post("/x/2/tweets", json: ["text": "no scope"], [header]).status == 403)
            bench.clock.advance(7201)
            #expect(try await bench.get("/x/2/users/me", [header]).status == 401)
            let refresh = [
                ("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"]?.string ?? ""), ("client_id", "sim-x-key"),
            ]
            #expect(try await bench.post("/x/2/oauth2/token", form: refresh).status == 200)
            #expect(try await bench.post("/x/2/oauth2/token", form: refresh).status == 400)
        }
    }

    // MARK: Posting

    @Test("A thread goes public in order, reads back with t.co links, and shows on its pages")
    func thread() async throws {
        try await Bench.run { bench async throws in
            let ada = try bench.onX()
            let first = try await ada.tweet("Read this: https://example.com/a?b=1 & more")
            #expect(first.status == 201)
            let root = try #require(first.json["data"]?["id"]?.string)
            let second = try await ada.tweet("Second part", reply: root)
            let reply = try #require(second.json["data"]?["id"]?.string)

            let path =
                "/x/2/users/\(try userID(bench))/tweets?max_results=10&tweet.fields=created_at,entities,referenced_tweets,public_metrics"
            let posts = try await ada.get(path).json
            #expect(posts["data"]?[0]?["referenced_tweets"]?[0]?["id"]?.string == root)
            let shown = try #require(posts["data"]?[1])
            #expect(shown["text"]?.string?.hasPrefix("Read this: https://t.co/") ?? false)
            #expect(shown["text"]?.string?.hasSuffix(" &amp; more") ?? false)
            #expect(shown["entities"]?["urls"]?[0]?["expanded_url"] == "https://example.com/a?b=1")
            #expect(shown["public_metrics"]?["reply_count"] == 1)
            for page in ["/x/ada", "/x/ada/status/\(root)", "/x/i/web/status/\(root)"] {
                #expect(try await bench.get(page).text.contains("Second part"))
            }
            #expect(try await bench.get("/x/ada/status/\(reply)").status == 200)
            let records = bench.simulator.control.publications(platform: "x", account: "ada")
            #expect(records.map(\.parentID) == [nil, root])
        }
    }

    private func userID(_ bench: Bench) throws -> String { try bench.simulator.control.grant(platform: "x", account: "ada").account.id }

    @Test(
        "Bodies outside the schema are refused with 400",
        arguments: [
            ["text": "x", "colour": "red"], ["text": ""], ["text": "x", "reply_settings": "nobody"],
            ["text": "x", "poll": ["options": ["one"], "duration_minutes": 60]],
            ["text": "x", "poll": ["options": ["one", "two"], "duration_minutes": 4]],
            ["text": "x", "poll": ["options": ["one", "two"]]], ["text": "x", "media": ["media_ids": []]],
            ["text": "x", "media": ["media_ids": ["123"]]],
        ] as [JSON])
    func schema(body: JSON) async throws {
        try await Bench.run { bench async throws in
            let answer = try await bench.onX().post("/x/2/tweets", body)
            #expect(answer.status == 400)
            #expect(answer.json["title"] == "Invalid Request")
            #expect(bench.simulator.control.publications().isEmpty)
        }
    }

    @Test("Too long, repeated, and uninvited replies are refused with 403; verified accounts may post more")
    func refusals() async throws {
        try await Bench.run { bench async throws in
            let ada = try bench.onX()
            let long = String(repeating: "語", count: 141)
            #expect(try await ada.tweet(long).json["detail"] == "You are not permitted to perform this action.")
            #expect(try await bench.onX("verity").tweet(long).status == 201)
            let id = try #require(try await ada.tweet("Once").json["data"]?["id"]?.string)
            let twice = try await ada.tweet("Once")
            #expect(twice.status == 403)
            #expect(twice.json["detail"] == "You are not allowed to create a Tweet with duplicate content.")
            #expect(try await ada.tweet("Once", reply: id).status == 201)
            #expect(try await bench.onX("bo").tweet("May I?", reply: id).status == 403)
            bench.clock.advance(43_201)
            #expect(try await ada.tweet("Once").status == 201)
        }
    }

    @Test(
        "Text is weighed as X weighs it",
        arguments: [
            ("Hi http://test.co", 26), ("H🐱☺👨‍👩‍👧‍👦", 7), ("😷👾😡🔥💩", 10), ("🙋🏽👨‍🎤", 4), ("A\u{301}B", 2),
            (String(repeating: "語", count: 160), 320), ("see example.com/path now", 31),
            (String(repeating: "a", count: 64) + ".com", 68), ("e.g. this", 9), ("👍\u{200D}👍", 5),
            ("🏴\u{E0075}\u{E0073}\u{E0074}\u{E0078}\u{E007F}", 12), ("🇫🇷🇦🇦", 6), ("1️⃣☺️☺︎", 8), ("https://t.co/slug/path", 28),
            ("example.com?utm_source=a", 36), ("https://foo_bar.com/" + String(repeating: "a", count: 60), 80),
            ("詳細は https://example.com/aaaをご覧ください。", 46), ("https://example.music/aaaaaaaa", 30), ("öffi.at", 24),
            ("https://developer.example.com/Manager#isReady()", 25), ("\u{202A}https://example.com/", 25), ("http://xn--はじめよう.com/index.html", 36),
        ])
    func weight(text: String, expected: Int) {
        #expect(XText.weightedLength(text) == expected)
    }

    @Test("Switches answer 402 and 403 to writes, not to reads")
    func switches() async throws {
        try await Bench.run { bench async throws in
            let ada = try bench.onX()
            try bench.simulator.control.set("paymentRequired", to: true, platform: "x")
            #expect(try await ada.tweet("a").status == 402)
            #expect(try await ada.get("/x/2/users/me").status == 200)
            try bench.simulator.control.set("paymentRequired", to: false, platform: "x")
            try bench.simulator.control.set("readOnlyApp", to: true, platform: "x")
            let refused = try await ada.tweet("a")
            #expect(refused.status == 403)
            #expect(refused.json["type"] == "https://api.x.com/2/problems/client-forbidden")
        }
    }

    @Test("Rate headers count down to 429")
    func limits() async throws {
        try await Bench.run { bench async throws in
            let ada = try bench.onX()
            try bench.simulator.control.rateLimit(platform: "x", account: "ada", limit: 10, remaining: 1, resetSeconds: 60)
            let last = try await ada.tweet("last")
            #expect(last.status == 201)
            #expect(last.headers.first(name: "x-rate-limit-remaining") == "0")
            let refused = try await ada.tweet("one too many")
            #expect(refused.status == 429)
            let reset = try #require(refused.headers.first(name: "x-rate-limit-reset").flatMap(Double.init))
            #expect(reset - bench.clock.now.timeIntervalSince1970 == 60)
            bench.clock.advance(61)
            #expect(try await ada.tweet("one too many").status == 201)
        }
    }

    // MARK: Media

    @Test("A picture in segments is attached with its alt text and shows on the page")
    func picture() async throws {
        try await Bench.run { bench async throws in
            let ada = try bench.onX()
            let bytes = AvatarImage.png(seed: "test")
            let id = try await upload(ada, bytes, type: "image/png", category: "tweet_image", segment: 5000)
            let alt: JSON = ["id": .string(id), "metadata": ["alt_text": ["text": "Coloured blocks"]]]
            #expect(try await ada.post("/x/2/media/metadata", alt).status == 200)
            let post = try await ada.post("/x/2/tweets", ["text": "Look", "media": ["media_ids": [.string(id)]]])
            #expect(post.status == 201)
            let record = try #require(bench.simulator.control.publications(platform: "x").first)
            #expect(record.media.map(\.altText) == ["Coloured blocks"])
            #expect(record.media.first?.sha256 == Encoding.hex(SHA256.hash(data: bytes)))
            #expect(try await bench.get("/x/_media/\(id)").body.readableBytes == bytes.count)
        }
    }

    @Test("A video is processed before it can be used, and only by its owner")
    func video() async throws {
        try await Bench.run { bench async throws in
            let ada = try bench.onX()
            let id = try await upload(ada, Array(repeating: 7, count: 9000), type: "video/mp4", category: "tweet_video", segment: 4096)
            let body: JSON = ["text": "Film", "media": ["media_ids": [.string(id)]]]
            #expect(try await ada.post("/x/2/tweets", body).status == 400)
            var states: [String] = []
            for _ in 0..<2 {
                let status = try await ada.get("/x/2/media/upload?command=STATUS&media_id=\(id)")
                states.append(status.json["data"]?["processing_info"]?["state"]?.string ?? "")
            }
            #expect(states == ["in_progress", "succeeded"])
            #expect(try await bench.onX("bo").post("/x/2/tweets", body).status == 400)
            #expect(try await ada.post("/x/2/tweets", body).status == 201)
        }
    }

    @Test("Finalizing before all bytes are there is refused")
    func incomplete() async throws {
        try await Bench.run { bench async throws in
            let ada = try bench.onX()
            let start = try await ada.post(
                "/x/2/media/upload/initialize", ["media_type": "image/png", "total_bytes": 100, "media_category": "tweet_image"])
            let id = try #require(start.json["data"]?["id"]?.string)
            let path = "/x/2/media/upload/\(id)/finalize"
            #expect(try await bench.send(.POST, path, headers: [ada.header("POST", path)]).status == 400)
        }
    }

    private func upload(_ who: Signer, _ bytes: [UInt8], type: String, category: String, segment: Int) async throws -> String {
        let start = try await who.post(
            "/x/2/media/upload/initialize",
            ["media_type": .string(type), "total_bytes": .int(bytes.count), "media_category": .string(category)])
        let id = try #require(start.json["data"]?["id"]?.string)
        let append = "/x/2/media/upload/\(id)/append"
        for (index, first) in stride(from: 0, to: bytes.count, by: segment).enumerated() {
            let piece = Array(bytes[first..<min(first + segment, bytes.count)])
            // The second piece twice: an interrupted append may be sent again.
            for _ in 0..<(index == 1 ? 2 : 1) {
                let sent = try await who.bench.post(
                    append, parts: [.text("segment_index", String(index)), .init(name: "media", file: "blob", bytes: piece)],
                    [who.header("POST", append)])
                #expect(sent.status == 200)
            }
        }
        let finalize = "/x/2/media/upload/\(id)/finalize"
        let end = try await who.bench.send(.POST, finalize, headers: [who.header("POST", finalize)])
        #expect(end.status == 200)
        return id
    }
}
