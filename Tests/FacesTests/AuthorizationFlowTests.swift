import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing
import WebUI

@testable import Gateway

@Suite("Assistants that sign in")
struct AuthorizationFlowTests {
    private static let callback = "https://assistant.example.com/callback"
    private static let verifier = "a-verifier-of-at-least-forty-three-characters-0123456789"
    /// Of `verifier`.
    private static let challenge = "NiC162c0QrSD2DAiXkn9HJo4rKjj6GAubjqyJCS0vgU"

    /// With the pages, and with a stand-in for `/mcp` that says who calls.
    private static func with(_ settings: [String: String] = [:], _ test: @Sendable (RestFixture) async throws -> Void) async throws {
        try await RestFixture.with(
            settings,
            adding: { router, services in
                let addresses = services.authorization.addresses
                router.get("/mcp") { _, context in
                    guard let caller = context.caller else { throw OAuthChallenge.problem(of: context, addresses) }
                    return caller.subject
                }
                try WebInterface(services: services).register(on: router)
            }, test)
    }

    @Test("from an unauthenticated call over metadata, registration, consent and tokens to an authenticated one")
    func wholeWay() async throws {
        try await Self.with { fixture in
            let program = fixture.anonymous
            let refused = try await program.send(.get, "/mcp")
            #expect(refused.status == .unauthorized)
            #expect(
                refused.headers[.wwwAuthenticate]
                    == #"Bearer scope="posts:read posts:write analytics:read media:write", resource_metadata="http://localhost:5000/.well-known/oauth-protected-resource/mcp""#
            )
            let resource = try await program.send(.get, "/.well-known/oauth-protected-resource/mcp").json
            #expect(resource["resource"] == "http://localhost:5000/mcp" && resource["authorization_servers"] == ["http://localhost:5000/oauth"])
            let server = try await program.send(.get, "/.well-known/oauth-authorization-server/oauth").json
            #expect(server["issuer"] == "http://localhost:5000/oauth" && server["code_challenge_methods_supported"] == ["S256"])
            for path in AuthorizationAddresses.serverMetadataPaths { #expect(try await program.send(.get, path).json == server) }

            let person = try await fixture.person("ada")
            let client = try await Self.register(program)
            let code = try #require(try await Self.allow(client, person)["code"])
            let tokens = try await Self.token(
                program, ["grant_type": "authorization_code", "code": code, "code_verifier": Self.verifier, "client_id": client])
            #expect(tokens.status == .ok && tokens.headers[.cacheControl] == "no-store")
            let access = try #require(try tokens.json["access_token"]?.string)
            let called = try await program.send(.get, "/mcp", [.authorization: "Bearer \(access)"])
            #expect(called.status == .ok && String(buffer: called.body).hasPrefix("grant:"))

            let list = try await person.send(.get, "/api/assistants").json["items"]?.array ?? []
            #expect(list.count == 1 && list[0]["name"] == "Example Assistant" && list[0]["draftOnly"] == true)
            let id = try #require(list[0]["id"]?.string)
            let stranger = try await fixture.person("bob")
            #expect(try await stranger.send(.delete, "/api/assistants/\(id)").errorCode == "NOT_FOUND")
            #expect(try await person.send(.delete, "/api/assistants/\(id)").status == .noContent)
            let ended = try await program.send(.get, "/mcp", [.authorization: "Bearer \(access)"])
            #expect(ended.status == .unauthorized && ended.headers[.wwwAuthenticate]?.hasPrefix(#"Bearer error="invalid_token", scope="#) == true)
        }
    }

    @Test("an access token opens /mcp and nothing else; a key opens both")
    func audience() async throws {
        try await Self.with { fixture in
            let person = try await fixture.person("ada")
            let client = try await Self.register(fixture.anonymous)
            let code = try #require(try await Self.allow(client, person, extent: "full")["code"])
            let tokens = try await Self.token(
                fixture.anonymous, ["grant_type": "authorization_code", "code": code, "code_verifier": Self.verifier, "client_id": client])
            let token: HTTPFields = [.authorization: "Bearer \(try tokens.json["access_token"]?.string ?? "")"]
            #expect(try await fixture.anonymous.send(.get, "/mcp", token).status == .ok)
            for path in ["/api/posts", "/api/auth/me", "/api/keys", "/api/assistants"] {
                let answer = try await fixture.anonymous.send(.get, path, token)
                #expect(answer.status == .forbidden, "\(path)")
                #expect(try answer.errorCode == "FORBIDDEN", "\(path)")
            }
            // Cookies do not help where a token is sent.
            #expect(try await person.send(.get, "/api/posts", token).status == .forbidden)
            #expect(try await fixture.anonymous.send(.get, "/calendar", token.merging([.accept: "text/html"])).status != .ok)
            let key = try await person.withKey([.postsRead])
            #expect(String(buffer: try await key.send(.get, "/mcp").body).hasPrefix("key:"))
        }
    }

    @Test("there is no sign-in for other resources nor for addresses with a key in them, also for what looks like a browser")
    func nothingElsewhere() async throws {
        try await Self.with { fixture in
            for path in [
                "/.well-known/oauth-protected-resource", "/.well-known/openid-configuration",
                "/.well-known/oauth-protected-resource/api/mcp/ptz_key", "/.well-known/oauth-protected-resource/api/mcp/ptz_key/sse",
                "/.well-known/oauth-authorization-server/api/mcp/ptz_key", "/.well-known/oauth-authorization-server/mcp",
                "/.well-known/openid-configuration/api/mcp/ptz_key/sse", "/.well-known/oauth-protected-resource/mcp/sse",
            ] {
                for accept in ["*/*", "text/html"] {
                    let answer = try await fixture.anonymous.send(.get, path, [.accept: accept])
                    #expect(answer.status == .notFound, "\(path)")
                    #expect(answer.headers[.contentType]?.hasPrefix("application/json") == true, "\(path)")
                }
            }
        }
    }

    @Test("browsers of any origin may read the metadata, register and fetch tokens, without credentials")
    func openToBrowsers() async throws {
        try await Self.with(["CORS_ORIGINS": "https://app.example.com"]) { fixture in
            for origin in ["https://inspector.example.org", "https://app.example.com"] {
                let asking: HTTPFields = [.origin: origin, .accessControlRequestMethod: "POST"]
                for path in AuthorizationAddresses.forPrograms {
                    let answer = try await fixture.anonymous.send(.options, path, asking)
                    #expect(answer.status == .noContent && answer.headers[.accessControlAllowOrigin] == "*", "\(path)")
                    #expect(answer.headers[.accessControlAllowCredentials] == nil, "\(path)")
                }
                let registered = try await fixture.anonymous.send(
                    .post, "/oauth/register", ["redirect_uris": [.string(Self.callback)]] as JSONValue, [.origin: origin])
                #expect(registered.status == .created && registered.headers[.accessControlAllowOrigin] == "*")
                let refused = try await Self.token(fixture.anonymous, ["grant_type": "password"], [.origin: origin])
                #expect(refused.status == .badRequest && refused.headers[.accessControlAllowOrigin] == "*")
            }
            let consent = try await fixture.anonymous.send(.get, "/oauth/authorize", [.origin: "https://inspector.example.org"])
            #expect(consent.headers[.accessControlAllowOrigin] == nil)
        }
    }

    @Test("errors of the protocol are said in its own shape")
    func errors() async throws {
        try await Self.with { fixture in
            let program = fixture.anonymous
            let grant = try await Self.token(
                program, ["grant_type": "authorization_code", "code": "x", "code_verifier": "y", "client_id": "ptc_gone"])
            #expect(try grant.status == .unauthorized && grant.json["error"] == "invalid_client")
            let json = try await program.send(.post, "/oauth/token", ["grant_type": "refresh_token"] as JSONValue)
            #expect(try json.status == .badRequest && json.json["error"] == "invalid_request")
            let bytes = try await program.send(
                .post, "/oauth/token", [.contentType: "application/x-www-form-urlencoded"], bytes: Array("grant_type=%00".utf8))
            #expect(try bytes.status == .badRequest && bytes.json["error"] == "invalid_request")
            let twice = try await program.send(
                .post, "/oauth/token", [.contentType: "application/x-www-form-urlencoded"], bytes: Array("grant_type=a&grant_type=b".utf8))
            #expect(try twice.json["error_description"] == "The parameter grant_type is given more than once.")
            let list = try await program.send(.post, "/oauth/register", [] as JSONValue)
            #expect(try list.status == .badRequest && list.json["error"] == "invalid_client_metadata")
            let script = try await program.send(.post, "/oauth/register", ["redirect_uris": ["javascript:alert(1)"]] as JSONValue)
            #expect(try script.status == .badRequest && script.json["error"] == "invalid_redirect_uri")
            let long = try await program.send(.post, "/oauth/register", ["client_name": .string(String(repeating: "a", count: 70_000))] as JSONValue)
            #expect(long.status == .contentTooLarge)
            #expect(try await Self.post(program, "/oauth/revoke", ["token": "unknown"]).status == .ok)
            #expect(try await program.send(.get, "/oauth/token").status == .methodNotAllowed)
        }
    }

    // MARK: The page

    @Test("who is not signed in comes back to the question after signing in")
    func signInFirst() async throws {
        try await Self.with { fixture in
            _ = try await fixture.person("ada")
            let path = Self.path(try await Self.register(fixture.anonymous))
            let sent = try await fixture.anonymous.send(.get, path, [.accept: "text/html"])
            #expect(sent.status == .seeOther)
            let login = try #require(sent.headers[.location])
            #expect(login.hasPrefix("/login?next=%2Foauth%2Fauthorize%3F"))
            let page = String(buffer: try await fixture.anonymous.send(.get, login, [.accept: "text/html", .acceptEncoding: "identity"]).body)
            #expect(page.contains(#"name="next" value="\#(path.replacing("&", with: "&amp;"))""#))
        }
    }

    @Test(
        "a request that would be refused anyway is refused before anybody is asked to sign in",
        arguments: ["code_challenge_method", "code_challenge", "response_type"])
    func noProof(_ name: String) async throws {
        try await Self.with { fixture in
            let path = Self.path(try await Self.register(fixture.anonymous))
            let parts = path.split(separator: "&").filter { !$0.hasPrefix(name + "=") }
            for path in [parts.joined(separator: "&"), (parts + ["\(name)=plain"]).joined(separator: "&")] {
                let answer = try await fixture.anonymous.send(.get, path, [.accept: "text/html", .acceptEncoding: "identity"])
                #expect(answer.status == .badRequest && answer.headers[.location] == nil)
                #expect(String(buffer: answer.body).contains(name))
            }
        }
    }

    @Test("the page names the assistant and where the answer goes, and changes nothing by itself")
    func question() async throws {
        try await Self.with { fixture in
            let person = try await fixture.person("ada")
            let client = try await Self.register(fixture.anonymous, name: "<b>Example</b>")
            let page = try await person.send(.get, Self.path(client), [.accept: "text/html", .acceptEncoding: "identity"])
            let text = String(buffer: page.body)
            #expect(page.status == .ok && text.contains("&lt;b&gt;Example&lt;/b&gt;") && !text.contains("<b>Example"))
            #expect(text.contains("assistant.example.com") && text.contains(#"value="drafts" required checked"#))
            #expect(page.headers[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true)
            // Some assistants open a window and wait for it to come back.
            #expect(page.headers[.init("Cross-Origin-Opener-Policy")!] == "unsafe-none")
            #expect(try await person.send(.get, "/api/assistants").json["items"] == [])
        }
    }

    @Test("a decision needs the page's token and a page of our own")
    func forgery() async throws {
        try await Self.with { fixture in
            let person = try await fixture.person("ada")
            let path = Self.path(try await Self.register(fixture.anonymous))
            let form = ["decision": "allow", "extent": "full"]
            #expect(try await Self.post(person, path, form, [.csrfToken: "wrong"]).status == .forbidden)
            #expect(try await Self.post(person, path, form, [.origin: "https://evil.example.org"]).status == .forbidden)
            #expect(try await Self.post(person, path, form).status == .seeOther)
        }
    }

    @Test("an unknown client or address shows a page and sends nobody anywhere")
    func untrusted() async throws {
        try await Self.with { fixture in
            let person = try await fixture.person("ada")
            let client = try await Self.register(fixture.anonymous)
            for path in [Self.path("ptc_unknown"), Self.path(client, redirect: "https://evil.example.org/"), "/oauth/authorize"] {
                let answer = try await person.send(.get, path, [.accept: "text/html"])
                #expect(answer.status == .badRequest && answer.headers[.location] == nil, "\(path)")
                #expect(answer.headers[.contentType]?.hasPrefix("text/html") == true, "\(path)")
            }
        }
    }

    @Test("a program on the person's own computer is warned of, and its answer let through by the page's policy")
    func loopback() async throws {
        try await Self.with(["MAIN_URL": "https://postiz.example.com"]) { fixture in
            let person = try await fixture.person("ada")
            let client = try await Self.register(fixture.anonymous, redirects: ["http://localhost:1/callback"])
            let path = Self.path(client, redirect: "http://localhost:33418/callback", base: "https://postiz.example.com")
            let page = try await person.send(.get, path, [.accept: "text/html", .acceptEncoding: "identity"])
            #expect(String(buffer: page.body).contains(#"data-tone="warning""#))
            #expect(page.headers[.contentSecurityPolicy]?.contains("form-action 'self' https: http://localhost:*;") == true)
            let sent = try await Self.post(person, path, ["decision": "deny"]).headers[.location] ?? ""
            #expect(sent.hasPrefix("http://localhost:33418/callback?error=access_denied") && sent.contains("state=a%20state"))
        }
    }

    @Test("a program that the computer opens gets its answer by a page with a link")
    func program() async throws {
        try await Self.with { fixture in
            let person = try await fixture.person("ada")
            let target = "cursor://anysphere.cursor-mcp/oauth/callback"
            let client = try await Self.register(fixture.anonymous, redirects: [target])
            let answer = try await Self.post(
                person, Self.path(client, redirect: target), ["decision": "allow", "extent": "read"], [.acceptEncoding: "identity"])
            #expect(answer.status == .ok && answer.headers[.location] == nil)
            #expect(answer.headers[.init("Refresh")!]?.hasPrefix("0; url=\(target)?code=") == true)
            #expect(String(buffer: answer.body).contains("href=\"\(target)?code="))
        }
    }

    @Test("a request that is not as it must be leads nowhere by itself: anybody may have registered the address")
    func noOpenRedirect() async throws {
        try await Self.with { fixture in
            let person = try await fixture.person("ada")
            for target in [Self.callback, "cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:1/callback"] {
                let client = try await Self.register(fixture.anonymous, redirects: [target])
                let path = Self.path(client, redirect: target).replacing("response_type=code", with: "response_type=token")
                for answer in [
                    try await person.send(.get, path, [.accept: "text/html", .acceptEncoding: "identity"]),
                    try await Self.post(person, path, ["decision": "allow", "extent": "full"], [.acceptEncoding: "identity"]),
                ] {
                    #expect(answer.status == .ok && answer.headers[.location] == nil && answer.headers[.init("Refresh")!] == nil)
                    #expect(String(buffer: answer.body).contains("href=\"\(target)?error=unsupported_response_type"))
                }
            }
        }
    }

    // MARK: A client

    private static func register(
        _ program: Person, redirects: [String] = [callback], name: String = "Example Assistant"
    ) async throws -> String {
        let body: JSONValue = [
            "redirect_uris": .array(redirects.map { .string($0) }), "client_name": .string(name), "logo_uri": "https://example.com/a.png",
        ]
        let answer = try await program.send(.post, "/oauth/register", body)
        #expect(answer.status == .created)
        return try #require(try answer.json["client_id"]?.string)
    }

    private static func path(_ client: String, redirect: String = callback, base: String = "http://localhost:5000") -> String {
        "/oauth/authorize?"
            + encoded([
                "response_type": "code", "client_id": client, "redirect_uri": redirect, "code_challenge": challenge, "code_challenge_method": "S256",
                "state": "a state", "resource": "\(base)/mcp",
            ])
    }

    /// What the client finds in its answer.
    private static func allow(_ client: String, _ person: Person, extent: String = "drafts") async throws -> [String: String] {
        let answer = try await post(person, path(client), ["decision": "allow", "extent": extent])
        #expect(answer.status == .seeOther)
        let items = URLComponents(string: answer.headers[.location] ?? "")?.queryItems ?? []
        return Dictionary(items.map { ($0.name, $0.value ?? "") }) { _, last in last }
    }

    private static func token(_ program: Person, _ form: [String: String], _ headers: HTTPFields = [:]) async throws -> TestResponse {
        try await post(program, "/oauth/token", form, headers)
    }

    private static func post(_ person: Person, _ path: String, _ form: [String: String], _ headers: HTTPFields = [:]) async throws -> TestResponse {
        let type: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        return try await person.send(.post, path, type.merging(headers), bytes: Array(encoded(form).utf8))
    }

    private static func encoded(_ form: [String: String]) -> String {
        form.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
            .joined(separator: "&")
    }
}
