import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Gateway

@Suite("Who may call the REST interface")
struct RestSecurityTests {
    @Test("every call but the open ones asks for a session or key, and refuses a wrong one")
    func everyRouteAsks() async throws {
        try await RestFixture.with { fixture in
            for (number, route) in fixture.routes.filter({ $0.access != .everybody }).enumerated() {
                let path = Self.filled(route.path)
                let anonymous = try await fixture.anonymous.send(route.method, path)
                #expect(anonymous.status == .unauthorized, "\(route.method) \(route.path)")
                let elsewhere: HTTPFields = [.authorization: "Bearer ptz_wrong", .forwardedFor: "192.0.2.\(number)"]
                let wrong = try await fixture.anonymous.send(route.method, path, elsewhere)
                #expect(try wrong.errorCode == "UNAUTHENTICATED", "\(route.method) \(route.path)")
            }
        }
    }

    @Test("wrong keys of one address are slowed down, wherever they are shown; a right one from there still works")
    func wrongKeys() async throws {
        try await RestFixture.with { fixture in
            let key = try await fixture.person("ada").withKey([.postsRead])
            for number in 1...(WrongKeys.limit + 3) {
                let path = number % 2 == 0 ? "/api/posts" : "/api/events"
                let answer = try await fixture.anonymous.send(.get, path, [.authorization: "Bearer ptz_wrong\(number)"])
                #expect(answer.status == (number <= WrongKeys.limit ? .unauthorized : .tooManyRequests))
                #expect((answer.headers[.retryAfter] != nil) == (number > WrongKeys.limit))
            }
            let form = "grant_type=refresh_token&client_id=ptc_wrong&refresh_token=ptr_wrong"
            let headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
            #expect(try await fixture.anonymous.send(.post, "/oauth/token", headers, bytes: Array(form.utf8)).status == .tooManyRequests)
            #expect(try await key.send(.get, "/api/posts").status == .ok)
            #expect(try await fixture.anonymous.send(.get, "/api/posts").status == .unauthorized)
            let elsewhere: HTTPFields = [.authorization: "Bearer ptz_wrong", .forwardedFor: "192.0.2.1"]
            #expect(try await fixture.anonymous.send(.get, "/api/posts", elsewhere).status == .unauthorized)
        }
    }

    @Test("a page of another site is told which it is and which was expected")
    func foreignPage() async throws {
        try await RestFixture.with { fixture in
            let answer = try await fixture.anonymous.send(.post, "/api/auth/login", [.origin: "https://social.example.com"])
            #expect(try answer.json["error"]?["details"]?["origin"]?.string == "https://social.example.com")
            #expect(try answer.json["error"]?["details"]?["expected"]?.string?.contains("http://localhost:5000") == true)
        }
    }

    @Test("every call with a scope refuses a key without it")
    func everyRouteKeepsItsScope() async throws {
        try await RestFixture.with { fixture in
            let person = try await fixture.person("ada")
            for route in fixture.routes {
                guard case .scope(let scope) = route.access else { continue }
                let others = Scope.allCases.filter { $0 != scope && $0 != .admin }
                let key = try await person.withKey(others)
                let answer = try await key.send(route.method, Self.filled(route.path), [.accept: "application/json"])
                #expect(try answer.errorCode == "FORBIDDEN_SCOPE", "\(route.method) \(route.path)")
            }
        }
    }

    @Test("changes by cookie need the session's token and a page of our own")
    func forgery() async throws {
        try await RestFixture.with(["CORS_ORIGINS": "https://app.example.com"]) { fixture in
            let person = try await fixture.person("ada")
            let draft: JSONValue = ["content": "Hello", "status": "DRAFT"]
            #expect(try await person.send(.post, "/api/posts", draft).status == .created)
            #expect(try await person.send(.post, "/api/posts", draft, [.csrfToken: "wrong"]).errorCode == "CSRF_FAILED")
            #expect(try await person.send(.post, "/api/posts", draft, [.origin: "http://localhost:5000"]).status == .created)
            #expect(try await person.send(.post, "/api/posts", draft, [.origin: "https://app.example.com"]).status == .created)
            #expect(try await person.send(.post, "/api/posts", draft, [.origin: "https://evil.example.org"]).errorCode == "CSRF_FAILED")
            #expect(try await person.send(.post, "/api/posts", draft, [.secFetchSite: "cross-site"]).errorCode == "CSRF_FAILED")
            let login: JSONValue = ["email": "ada@example.com", "password": "correct horse battery"]
            #expect(
                try await fixture.anonymous.send(.post, "/api/auth/login", login, [.origin: "https://evil.example.org"]).errorCode == "CSRF_FAILED")
            let key = try await person.withKey([.postsWrite])
            #expect(try await key.send(.post, "/api/posts", draft).status == .created)
        }
    }

    @Test("the session cookie is closed to scripts, and secure behind TLS")
    func cookie() async throws {
        try await RestFixture.with { fixture in
            _ = try await fixture.person("ada")
            let login: JSONValue = ["email": "ada@example.com", "password": "correct horse battery"]
            let plain = try await fixture.anonymous.send(.post, "/api/auth/login", login).headers[values: .setCookie]
            #expect(plain.map { String($0.prefix { $0 != "=" }) } == ["postiz_session", "postiz_device"])
            #expect(plain.first?.hasSuffix("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax") == true)
            #expect(plain.last?.hasSuffix("; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax") == true)
            let secure = try await fixture.anonymous.send(.post, "/api/auth/login", login, [.forwardedProto: "https"])
            #expect(secure.headers[values: .setCookie].allSatisfy { $0.hasSuffix("; Secure") })
            #expect(secure.headers[.strictTransportSecurity] != nil)
        }
        // Whatever a proxy in between says, or forgets to say.
        try await RestFixture.with(["MAIN_URL": "https://social.example.com"]) { fixture in
            let body = Registration(email: "ada@example.com", password: "correct horse battery")
            let answer = try await fixture.anonymous.send(.post, "/api/auth/register", body)
            #expect(answer.headers[values: .setCookie].count == 2 && answer.headers[values: .setCookie].allSatisfy { $0.hasSuffix("; Secure") })
            #expect(answer.headers[.strictTransportSecurity] != nil)
        }
    }

    @Test("only listed origins may read answers in a browser")
    func crossOrigin() async throws {
        try await RestFixture.with(["CORS_ORIGINS": "https://app.example.com"]) { fixture in
            let preflight: HTTPFields = [.origin: "https://app.example.com", .accessControlRequestMethod: "POST"]
            let allowed = try await fixture.anonymous.send(.options, "/api/posts", preflight)
            #expect(allowed.status == .noContent)
            #expect(allowed.headers[.accessControlAllowOrigin] == "https://app.example.com")
            let refused = try await fixture.anonymous.send(.get, "/api/health", [.origin: "https://evil.example.org"])
            #expect(refused.headers[.accessControlAllowOrigin] == nil)
        }
    }

    /// The pattern with something in every gap.
    static func filled(_ path: String) -> String {
        path.split(separator: "/").map { $0 == "{platform}" ? "x" : $0.hasPrefix("{") ? Substring(PostID().text) : $0 }
            .reduce(into: "") { $0 += "/\($1)" }
    }
}
