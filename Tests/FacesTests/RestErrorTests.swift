import Domain
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Gateway

@Suite("Errors of the REST interface")
struct RestErrorTests {
    @Test("an unknown address, a wrong method and a wrong id have the one shape")
    func shapes() async throws {
        try await RestFixture.with { fixture in
            let person = try await fixture.person("ada")
            let unknown = try await person.send(.get, "/api/nothing", [.requestId: "chosen-by-proxy"])
            #expect(unknown.status == .notFound)
            let error = try #require(try unknown.json["error"]?.object)
            #expect(Set(error.keys) == ["code", "message", "details", "timestamp", "requestId"])
            #expect(error["requestId"] == "chosen-by-proxy")
            #expect(unknown.headers[.requestId] == "chosen-by-proxy")

            let method = try await person.send(.delete, "/api/posts")
            #expect(method.status == .methodNotAllowed)
            #expect(method.headers[.allow] == "GET, HEAD, POST")
            #expect(try method.errorCode == "METHOD_NOT_ALLOWED")

            let id = try await person.send(.get, "/api/posts/not-an-id")
            #expect(try id.errorCode == "NOT_FOUND")
        }
    }

    @Test(
        "a body that cannot be used is told from one that is wrong",
        arguments: [
            ("{", 400, "INVALID_JSON", nil), ("", 400, "INVALID_JSON", nil), ("[]", 422, "VALIDATION_FAILED", nil),
            (#"{"content": 5}"#, 422, "VALIDATION_FAILED", "content"),
            (#"{"parts": [{"text": "a"}, {"text": {}}]}"#, 422, "VALIDATION_FAILED", "parts[1].text"),
            (#"{"content": "\u0000"}"#, 422, "VALIDATION_FAILED", nil), (#"{"status": "LATER"}"#, 422, "VALIDATION_FAILED", "status"),
            (#"{"status": "DRAFT", "content": "C:\\u0000 is a path"}"#, 201, nil, nil),
            (#"{"settings": {"x": {"a": \#(String(repeating: "[", count: 5000))"#, 422, "VALIDATION_FAILED", nil),
        ] as [(String, Int, String?, String?)])
    func bodies(body: String, status: Int, code: String?, field: String?) async throws {
        try await RestFixture.with { fixture in
            let person = try await fixture.person("ada")
            let answer = try await person.send(.post, "/api/posts", [.contentType: "application/json"], bytes: Array(body.utf8))
            #expect(answer.status.code == status)
            #expect(try answer.errorCode == code)
            #expect(try answer.json["error"]?["details"]?["field"]?.string == field)
        }
    }

    @Test(
        "a property that nobody reads, a wrong type and a wrong choice are told by their place, with what was probably meant",
        arguments: [
            (#"{"content": "a", "scheduled_for": "2030-01-01T09:00:00Z"}"#, "scheduled_for", "Did you mean scheduledFor?"),
            (#"{"parts": [{"text": "a"}, {"txt": "b"}]}"#, "parts[1].txt", "Did you mean text?"),
            (#"{"versions": {"a": [{"media_ids": []}]}}"#, "versions.a[0].media_ids", "Did you mean mediaIds?"),
            (#"{"status": "drafts"}"#, "status", "Did you mean DRAFT?"),
            (#"{"schedule": "later"}"#, "schedule", "Use next-slot or now."), (#"{"platforms": "x"}"#, "platforms", "must be a list, not a text"),
            (#"{"revision": 1.5}"#, "revision", "must be a whole number, not 1.5"), (#"{"revision": 0}"#, "revision", "1 to"),
            (#"{"mediaIds": ["x"]}"#, "mediaIds[0]", "an id is a UUID"), (#"{"settings": []}"#, "settings", "must be an object, not a list"),
        ] as [(String, String, String)])
    func shapeOfBodies(body: String, field: String, words: String) async throws {
        try await RestFixture.with { fixture in
            let person = try await fixture.person("ada")
            for (method, path) in [(HTTPRequest.Method.post, "/api/posts"), (.post, "/api/posts/validate")] {
                let answer = try await person.send(method, path, [.contentType: "application/json"], bytes: Array(body.utf8))
                #expect(answer.status.code == 422)
                #expect(try answer.errorCode == "VALIDATION_FAILED")
                let message = try #require(try answer.json["error"]?["message"]?.string)
                #expect(message.contains(words), "\(message)")
                #expect(!message.contains("DraftStatus") && !message.contains("Cannot initialize"))
                #expect(try answer.json["error"]?["details"]?["field"]?.string == field)
            }
            let posts = try await person.send(.get, "/api/posts").json
            #expect(posts["items"]?.array == [])
        }
    }

    @Test("what is missing is named together with what it must be")
    func missing() async throws {
        try await RestFixture.with { fixture in
            let person = try await fixture.person("ada")
            let answer = try await person.send(.post, "/api/keys", [.contentType: "application/json"], bytes: Array(#"{"name": "a"}"#.utf8))
            #expect(try answer.json["error"]?["message"]?.string == "scopes is missing: give a list.")
        }
    }

    @Test("choices are read in either case, in bodies and in queries", arguments: ["draft", "DRAFT", "Draft"])
    func cases(status: String) async throws {
        try await RestFixture.with { fixture in
            let person = try await fixture.person("ada")
            let body = Array(#"{"content": "a", "status": "\#(status)"}"#.utf8)
            let answer = try await person.send(.post, "/api/posts", [.contentType: "application/json"], bytes: body)
            #expect(try answer.json["status"] == "DRAFT")
            #expect(try await person.send(.get, "/api/posts?status=\(status)").json["items"]?.array?.count == 1)
        }
    }

    @Test(
        "a query parameter that nobody reads is refused, with the one that was probably meant",
        arguments: [
            ("/api/posts?limt=5", "limt", "Did you mean limit?"), ("/api/posts?Status=DRAFT", "Status", "Did you mean status?"),
            ("/api/auth/me?fields=name", "fields", "It takes none."), ("/api/posts?status=drafts", "status", "Did you mean DRAFT?"),
        ])
    func queries(path: String, field: String, words: String) async throws {
        try await RestFixture.with { fixture in
            let answer = try await fixture.person("ada").send(.get, path)
            #expect(answer.status.code == 422)
            #expect(try answer.json["error"]?["details"]?["field"]?.string == field)
            let message = try #require(try answer.json["error"]?["message"]?.string)
            #expect(message.contains(words), "\(message)")
        }
    }

    @Test("a body too long, or not JSON, is refused as that")
    func otherBodies() async throws {
        try await RestFixture.with { fixture in
            let person = try await fixture.person("ada")
            let long = Array("{\"content\":\"".utf8) + Array(repeating: 97, count: 3 << 20) + Array("\"}".utf8)
            #expect(try await person.send(.post, "/api/posts", [.contentType: "application/json"], bytes: long).errorCode == "TOO_LARGE")
            let form = try await person.send(.post, "/api/posts/validate", [.contentType: "text/plain"], bytes: Array("{}".utf8))
            #expect(form.status == .unsupportedMediaType)
        }
    }

    @Test("HEAD answers as GET does, without the body")
    func head() async throws {
        try await RestFixture.with { fixture in
            let answer = try await fixture.anonymous.send(.head, "/api/health")
            #expect(answer.status == .ok)
            #expect(answer.body.readableBytes == 0)
        }
    }

    @Test("more calls than allowed are told when to come again")
    func rateLimit() async throws {
        try await RestFixture.with(["RATE_LIMIT_PER_MINUTE": "3"]) { fixture in
            let person = try await fixture.person("ada")
            let first = try await person.send(.get, "/api/posts")
            #expect(first.headers[.rateLimitLimit] == "3")
            _ = try await person.send(.get, "/api/posts")
            _ = try await person.send(.get, "/api/posts")
            let last = try await person.send(.get, "/api/posts")
            #expect(last.status == .tooManyRequests)
            #expect(try last.errorCode == "RATE_LIMITED")
            #expect(last.headers[.rateLimitRemaining] == "0")
            #expect(Int(last.headers[.retryAfter] ?? "") ?? 0 > 0)
            #expect(try await person.send(.get, "/api/health").status == .ok)
        }
    }
}
