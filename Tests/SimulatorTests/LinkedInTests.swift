import Foundation
import NIOCore
import Testing

@testable import PlatformSimulator

@Suite struct LinkedInTests {
    private static let version = [("linkedin-version", "202601"), ("x-restli-protocol-version", "2.0.0")]

    private func headers(_ bench: Bench, scopes: [String]? = nil) throws -> [(String, String)] {
        Self.version + [try bench.bearer("linkedin", scopes: scopes)]
    }

    private func me(_ bench: Bench) throws -> String { try bench.simulator.control.grant(platform: "linkedin", account: "ada").account.urn }

    private func body(_ author: String, _ text: String, content: JSON? = nil) -> JSON {
        .compact([
            "author": .string(author), "commentary": .string(text), "visibility": "PUBLIC", "lifecycleState": "PUBLISHED",
            "distribution": ["feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []],
            "isReshareDisabledByAuthor": false, "content": content,
        ])
    }

    @Test("Sign-in, profile, pages, refresh")
    func connects() async throws {
        try await Bench.run { bench async throws in
            let callback = "http://127.0.0.1:9/cb"
            let scopes = "openid profile w_member_social r_basicprofile rw_organization_admin w_organization_social r_organization_social"
            func authorize(_ auto: String) async throws -> Answer {
                try await bench.get(
                    "/linkedin/oauth/v2/authorization?"
                        + Encoding.form([
                            ("response_type", "code"), ("client_id", "sim-linkedin-id"), ("redirect_uri", callback), ("state", "s"),
                            ("scope", scopes), ("auto", auto), ("account", "ada"),
                        ]))
            }
            #expect(try await authorize("decline").redirect("error") == "user_cancelled_authorize")
            let code = try #require(try await authorize("allow").redirect("code"))
            let credentials = [("client_id", "sim-linkedin-id"), ("client_secret", "sim-linkedin-secret")]
            let form = credentials + [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", callback)]
            let token = try await bench.post("/linkedin/oauth/v2/accessToken", form: form).json
            #expect(token["expires_in"] == 5_184_000)
            #expect(token["scope"]?.string == scopes.replacingOccurrences(of: " ", with: ","))
            #expect(try await bench.post("/linkedin/oauth/v2/accessToken", form: form).json["error"] == "invalid_grant")

            let header = ("authorization", "Bearer " + (token["access_token"]?.string ?? ""))
            #expect(try await bench.get("/linkedin/v2/userinfo", [header]).json["name"] == "Ada Example")
            #expect(try await bench.get("/linkedin/v2/me", [header]).json["vanityName"] == "ada")
            let pages = try await bench.get(
                "/linkedin/v2/organizationalEntityAcls?q=roleAssignee&state=APPROVED&projection=(elements*(role,organizationalTarget~(localizedName)))",
                [header])
            #expect(
                pages.json["elements"]?.array?.compactMap { $0["organizationalTarget~"]?["localizedName"]?.string } == [
                    "Example Widgets", "Example Foods",
                ])

            try bench.simulator.control.expireTokens(platform: "linkedin", account: "ada")
            #expect(try await bench.get("/linkedin/v2/me", [header]).json["serviceErrorCode"] == 65602)
            let refresh = credentials + [("grant_type", "refresh_token"), ("refresh_token", token["refresh_token"]?.string ?? "")]
            let fresh = try await bench.post("/linkedin/oauth/v2/accessToken", form: refresh).json
            let renewed = ("authorization", "Bearer " + (fresh["access_token"]?.string ?? ""))
            #expect(try await bench.get("/linkedin/v2/me", [renewed]).status == 200)
        }
    }

    @Test("The version header must be there and in force; the token must have the scope")
    func versions() async throws {
        try await Bench.run { bench async throws in
            let post = body(try me(bench), "Hello")
            let token = try bench.bearer("linkedin")
            #expect(try await bench.post("/linkedin/rest/posts", json: post, [token]).json["code"] == "VERSION_MISSING")
            let sunset = try await bench.post("/linkedin/rest/posts", json: post, [token, ("linkedin-version", "202508")])
            #expect(sunset.status == 426)
            let weak = try await bench.post("/linkedin/rest/posts", json: post, headers(bench, scopes: ["openid", "profile"]))
            #expect(weak.status == 403)
            #expect(weak.json["serviceErrorCode"] == 100)
        }
    }

    @Test("A post answers 201 with its URN and no body; the same again names the first; pages and comments follow")
    func posting() async throws {
        try await Bench.run { bench async throws in
            let headers = try headers(bench)
            let author = try me(bench)
            let first = try await bench.post("/linkedin/rest/posts", json: body(author, "Hello \\(world\\)"), headers)
            #expect(first.status == 201)
            #expect(first.body.readableBytes == 0)
            let urn = try #require(first.headers.first(name: "x-restli-id"))
            #expect(urn.hasPrefix("urn:li:share:"))
            let again = try await bench.post("/linkedin/rest/posts", json: body(author, "Hello \\(world\\)"), headers)
            #expect(again.status == 422)
            #expect(again.json["message"]?.string == "Content is a duplicate of \(urn)")

            let path = "/linkedin/rest/socialActions/\(Encoding.percent(urn))/comments"
            let comment: JSON = ["actor": .string(author), "object": .string(urn), "message": ["text": "First!"]]
            let answer = try await bench.post(path, json: comment, headers)
            #expect(answer.status == 201)
            let activity = try #require(answer.json["object"]?.string)
            for address in ["/linkedin/feed/update/\(urn)", "/linkedin/embed/feed/update/\(activity)", "/linkedin/in/ada"] {
                let page = try await bench.get(address).text
                #expect(page.contains("Hello (world)") && page.contains("First!"))
            }
            #expect(try await bench.get(path, headers).status == 403)
            #expect(try await bench.get("/linkedin/rest/posts/\(urn)", headers).status == 400, "the URN must be encoded")
            let list = "/linkedin/rest/posts?q=author&author=\(Encoding.percent(author))&count=10"
            #expect(try await bench.get(list, headers).status == 403, "members cannot list")
            let gone = "/linkedin/rest/posts/\(Encoding.percent(urn))"
            for _ in 0..<2 { #expect(try await bench.send(.DELETE, gone, headers: headers).status == 204) }
            #expect(bench.simulator.control.publications(platform: "linkedin").filter { $0.id == urn }.isEmpty)
        }
    }

    @Test("A page posts, lists and counts; strangers to the page do not")
    func organization() async throws {
        try await Bench.run { bench async throws in
            let headers = try headers(bench)
            let page = "urn:li:organization:5501001"
            let created = try await bench.post("/linkedin/rest/posts", json: body(page, "From the page"), headers)
            let urn = try #require(created.headers.first(name: "x-restli-id"))
            let list = try await bench.get("/linkedin/rest/posts?q=author&author=\(Encoding.percent(page))", headers).json
            #expect(list["elements"]?[0]?["id"]?.string == urn)
            let statistics =
                "/linkedin/rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity=\(Encoding.percent(page))"
            let one = try await bench.get(statistics + "&shares=List(\(Encoding.percent(urn)))", headers).json
            #expect(one["elements"]?[0]?["share"]?.string == urn)
            #expect(try await bench.get(statistics + "&shares=List%28\(Encoding.percent(urn))%29", headers).status == 400)
            let days = try await bench.get(
                statistics + "&timeIntervals=(timeRange:(start:1789000000000,end:1789432000000),timeGranularityType:DAY)", headers)
            #expect(days.json["elements"]?.array?.count == 5)
            try bench.simulator.control.setAccount(
                platform: "linkedin", name: "Example Widgets", username: "example-widgets", kind: .organization, administrators: ["bo"])
            #expect(try await bench.post("/linkedin/rest/posts", json: body(page, "Not mine"), headers).status == 403)
        }
    }

    @Test("An unescaped reserved character cuts the text; mentions and hashtags do not")
    func littleText() {
        #expect(LittleText.render("ends here (not shown)").text == "ends here ")
        #expect(LittleText.render("ends here (not shown)").wasTruncated)
        #expect(
            LittleText.render("@[Example Widgets](urn:li:organization:5501001) \\#a {hashtag|\\#|b} #c \\\\").text
                == "Example Widgets #a #b #c \\")
    }

    @Test(
        "Posts against the rules are refused",
        arguments: [
            (["visibility": "FRIENDS"], "INVALID_VALUE_FOR_FIELD"), (["lifecycleState": "DRAFT"], "INVALID_VALUE_FOR_FIELD"),
            (["colour": "red"], "UNPROCESSABLE_ENTITY"),
            (["commentary": .string(String(repeating: "a", count: 3001))], "FIELD_LENGTH_TOO_LONG"),
            (["author": "urn:li:group:1"], "INVALID_URN_TYPE"), (["author": "urn:li:person:other"], "ACCESS_DENIED"),
            (["content": ["multiImage": ["images": [["id": "urn:li:image:1"]]]]], "INVALID_VALUE_FOR_FIELD"),
            (["content": ["media": ["id": "urn:li:document:1"]]], "MISSING_FIELD"),
            (["content": ["media": ["id": "urn:li:image:nothing"]]], "INVALID_URN_ID"),
        ] as [(JSON, String)])
    func refused(change: JSON, code: String) async throws {
        try await Bench.run { bench async throws in
            let members = try (body(me(bench), "Hello").object ?? [:]).merging(change.object ?? [:]) { $1 }
            let answer = try await bench.post("/linkedin/rest/posts", json: .object(members), headers(bench))
            #expect(answer.json["code"]?.string == code)
            #expect(bench.simulator.control.publications().isEmpty)
        }
    }

    @Test("An image is put with the token and used; members may not read it back")
    func image() async throws {
        try await Bench.run { bench async throws in
            let headers = try headers(bench)
            let author = try me(bench)
            let start = try await bench.post(
                "/linkedin/rest/images?action=initializeUpload", json: ["initializeUploadRequest": ["owner": .string(author)]], headers)
            let urn = try #require(start.json["value"]?["image"]?.string)
            let target = try #require(start.json["value"]?["uploadUrl"]?.string).dropFirst(bench.simulator.baseURL.count)
            let content: JSON = ["media": ["id": .string(urn), "altText": "Blocks"]]
            let early = try await bench.post("/linkedin/rest/posts", json: body(author, "Look", content: content), headers)
            #expect(early.json["code"] == "MEDIA_ASSET_WAITING_UPLOAD")
            let bytes = ByteBuffer(bytes: AvatarImage.png(seed: "a"))
            #expect(try await bench.send(.PUT, String(target), body: bytes).status == 401)
            #expect(try await bench.send(.PUT, String(target), headers: headers, body: bytes).status == 201)
            #expect(try await bench.get("/linkedin/rest/images/\(Encoding.percent(urn))", headers).status == 403)
            let posted = try await bench.post("/linkedin/rest/posts", json: body(author, "Look", content: content), headers)
            #expect(posted.status == 201)
            #expect(bench.simulator.control.publications().first?.media.first?.altText == "Blocks")
            #expect(try await bench.get("/linkedin/_media/\(Encoding.percent(urn))").headers.first(name: "content-type") == "image/png")
        }
    }

    @Test("A video takes exact parts and their tags in order")
    func video() async throws {
        try await Bench.run { bench async throws in
            let headers = try headers(bench)
            let author = try me(bench)
            let size = LinkedIn.partSize + 1000
            let start = try await bench.post(
                "/linkedin/rest/videos?action=initializeUpload",
                json: ["initializeUploadRequest": ["owner": .string(author), "fileSizeBytes": .int(size), "uploadCaptions": false]], headers
            )
            let value = try #require(start.json["value"])
            let urn = try #require(value["video"]?.string)
            let parts = try #require(value["uploadInstructions"]?.array)
            #expect(parts.map { $0["lastByte"]?.int } == [LinkedIn.partSize - 1, size - 1])
            let targets = parts.compactMap { $0["uploadUrl"]?.string?.dropFirst(bench.simulator.baseURL.count) }.map(String.init)
            func put(_ index: Int, _ count: Int) async throws -> Answer {
                try await bench.send(.PUT, targets[index], body: ByteBuffer(repeating: UInt8(index), count: count))
            }
            #expect(try await put(1, 999).status == 400)
            let tags = try await [(1, 1000), (0, LinkedIn.partSize)].asyncMap {
                try await put($0.0, $0.1).headers.first(name: "etag") ?? ""
            }
            func finalize(_ tags: [String]) async throws -> Int {
                try await bench.post(
                    "/linkedin/rest/videos?action=finalizeUpload",
                    json: [
                        "finalizeUploadRequest": [
                            "video": .string(urn), "uploadToken": "", "uploadedPartIds": .array(tags.map { .string($0) }),
                        ]
                    ], headers
                ).status
            }
            #expect(try await finalize(tags) == 400)
            #expect(try await finalize(tags.reversed()) == 200)
            let content: JSON = ["media": ["id": .string(urn), "title": "Film"]]
            #expect(try await bench.post("/linkedin/rest/posts", json: body(author, "Film", content: content), headers).status == 400)
            #expect(try await bench.get("/linkedin/rest/videos/\(Encoding.percent(urn))", headers).json["status"] == "AVAILABLE")
            let posted = try await bench.post("/linkedin/rest/posts", json: body(author, "Film", content: content), headers)
            let post = try #require(posted.headers.first(name: "x-restli-id"))
            let states = try await [0, 1].asyncMap { _ in
                try await bench.get("/linkedin/rest/posts/\(Encoding.percent(post))", headers).json["lifecycleState"]
            }
            #expect(states == ["PUBLISH_REQUESTED", "PUBLISHED"])
        }
    }
}
