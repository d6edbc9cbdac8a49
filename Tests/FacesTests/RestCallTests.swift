import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOConcurrencyHelpers
import NIOCore
import TestSupport
import Testing

@testable import Gateway

@Suite("Calls of the REST interface")
struct RestCallTests {
    @Test("a POST with an Idempotency-Key happens once, and another request under the key is refused")
    func idempotency() async throws {
        try await RestFixture.with { fixture in
            let person = try await fixture.person("ada")
            let draft: JSONValue = ["content": "Only once", "status": "DRAFT"]
            let first = try await person.send(.post, "/api/posts", draft, [.idempotencyKey: "key-1"])
            let second = try await person.send(.post, "/api/posts", draft, [.idempotencyKey: "key-1"])
            #expect(first.status == .created && second.status == .created)
            #expect(try first.json == second.json)
            #expect(second.headers[.location] == first.headers[.location] && first.headers[.location] != nil)
            #expect(first.headers[.idempotencyReplayed] == nil && second.headers[.idempotencyReplayed] == "true")
            let other: JSONValue = ["content": "Something else", "status": "DRAFT"]
            #expect(try await person.send(.post, "/api/posts", other, [.idempotencyKey: "key-1"]).errorCode == "IDEMPOTENCY_MISMATCH")
            #expect(try await person.send(.get, "/api/posts").json["items"]?.array?.count == 1)
        }
    }

    @Test("a key's secret is not given twice")
    func secretsAreNotKept() async throws {
        try await RestFixture.with { fixture in
            let person = try await fixture.person("ada")
            let key = NewAPIKey(name: "Once", scopes: [.postsRead], expiresAt: nil)
            let first = try await person.send(.post, "/api/keys", key, [.idempotencyKey: "key-1"])
            let second = try await person.send(.post, "/api/keys", key, [.idempotencyKey: "key-1"])
            #expect(try first.json["secret"]?.string?.hasPrefix("ptz_") == true)
            #expect(try second.errorCode == "CONFLICT")
            #expect(try await person.send(.get, "/api/keys").json["items"]?.array?.count == 1)
        }
    }

    @Test("a file comes back as it was sent, whole and in parts")
    func files() async throws {
        try await RestFixture.with { fixture in
            let person = try await fixture.person("ada")
            let form =
                Array("--b\r\nContent-Disposition: form-data; name=\"altText\"\r\n\r\nA pixel\r\n".utf8)
                + Array("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"pixel.png\"\r\n\r\n".utf8) + SamplePNG.bytes
                + Array("\r\n--b--\r\n".utf8)
            let made = try await person.send(.post, "/api/media", [.contentType: "multipart/form-data; boundary=b"], bytes: form)
            #expect(made.status == .created)
            #expect(try made.json["altText"]?.string == "A pixel")
            let address = try #require(try made.json["url"]?.string)

            let whole = try await person.send(.get, address)
            #expect(Array(whole.body.readableBytesView) == SamplePNG.bytes)
            #expect(whole.headers[.contentType] == "image/png")
            #expect(whole.headers[.xContentTypeOptions] == "nosniff")
            #expect(whole.headers[.contentSecurityPolicy]?.contains("sandbox") == true)
            let tag = try #require(whole.headers[.eTag])

            let part = try await person.send(.get, address, [.range: "bytes=1-3"])
            #expect(part.status == .partialContent)
            #expect(String(buffer: part.body) == "PNG")
            #expect(part.headers[.contentRange] == "bytes 1-3/\(SamplePNG.bytes.count)")
            #expect(try await person.send(.get, address, [.range: "bytes=1-3", .ifRange: "\"other\""]).status == .ok)
            #expect(try await person.send(.get, address, [.range: "bytes=9999-"]).status == .rangeNotSatisfiable)
            #expect(try await person.send(.get, address, [.ifNoneMatch: tag]).status == .notModified)
        }
    }

    @Test("the parts of an upload may come in any order; a second file and an unknown part are refused, and nothing is kept")
    func orderOfParts() async throws {
        try await RestFixture.with { fixture in
            let person = try await fixture.person("ada")
            func part(_ parameters: String, _ value: [UInt8]) -> [UInt8] {
                Array("--b\r\nContent-Disposition: form-data; \(parameters)\r\n\r\n".utf8) + value + Array("\r\n".utf8)
            }
            func post(_ parts: [UInt8]...) async throws -> TestResponse {
                try await person.send(
                    .post, "/api/media", [.contentType: "multipart/form-data; boundary=b"], bytes: parts.joined() + Array("--b--\r\n".utf8))
            }
            let file = part("name=\"file\"; filename*=UTF-8''caf%C3%A9.png", SamplePNG.bytes)
            let words = part("name=\"altText\"", Array("A pixel".utf8))
            for made in [try await post(file, words), try await post(part("name=\"_charset_\"", Array("utf-8".utf8)), words, file)] {
                #expect(made.status == .created)
                #expect(try made.json["altText"]?.string == "A pixel")
                #expect(try made.json["name"]?.string == "café.png")
            }
            let unknown = part("name=\"alt_text\"", Array("A pixel".utf8))
            for wrong in [
                try await post(file, file), try await post(file, unknown), try await post(unknown, file), try await post(words, file, words),
                try await post(file, part("name=\"altText\"", Array(repeating: 120, count: 5001))),
            ] {
                #expect(try wrong.errorCode == "VALIDATION_FAILED")
            }
            #expect(try await person.send(.get, "/api/media").json["items"]?.array?.count == 2)
        }
    }

    @Test("an upload without a file, or that breaks off, says so")
    func wrongUploads() async throws {
        try await RestFixture.with { fixture in
            let person = try await fixture.person("ada")
            let type: HTTPFields = [.contentType: "multipart/form-data; boundary=b"]
            let none = try await person.send(.post, "/api/media", type, bytes: Array("--b--\r\n".utf8))
            #expect(try none.errorCode == "VALIDATION_FAILED")
            let half = Array("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n".utf8) + SamplePNG.bytes
            #expect(try await person.send(.post, "/api/media", type, bytes: half).errorCode == "UPLOAD_INCOMPLETE")
            #expect(try await person.send(.get, "/api/media").json["items"]?.array == [])
        }
    }

    @Test("connecting a platform without credentials tells a program why, and takes a browser back to the channels")
    func connecting() async throws {
        try await RestFixture.with { fixture in
            let person = try await fixture.person("ada")
            let program = try await person.send(.get, "/api/auth/x", [.accept: "application/json"])
            #expect(try program.errorCode == "PLATFORM_NOT_CONFIGURED")
            let browser = try await person.send(.get, "/api/auth/x?returnTo=/channels", [.accept: "text/html"])
            #expect(browser.status == .found)
            #expect(browser.headers[.location] == "/channels?error=PLATFORM_NOT_CONFIGURED")
            let cookie = try #require(browser.headers[.setCookie]?.prefix { $0 != ";" })
            let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/", headerFields: [.cookie: String(cookie)])
            let flash = Flash(Request(head: head, body: .init(buffer: ByteBuffer())))
            #expect(flash?.kind == .failure)
            #expect(try program.json["error"]?["message"]?.string == flash?.message)
        }
    }
}
