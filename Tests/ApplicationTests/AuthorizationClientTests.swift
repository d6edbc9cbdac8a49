import Domain
import Foundation
import TestSupport
import Testing

@testable import Application

@Suite struct AuthorizationClientTests {
    @Test(arguments: TestDatabase.all) func aClientRegistersAndLearnsWhatHolds(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            let request = ClientRegistration(
                redirectURIs: ["http://localhost:1/callback"], name: " Ex\u{202E}ample\n Assistant ", grantTypes: ["authorization_code"],
                responseTypes: ["code"], applicationType: "native")
            let client = try await world.authorization.register(request, from: AccountsFixture.client)
            #expect(client.clientId.wholeMatch(of: /ptc_[A-Za-z0-9_-]{43}/) != nil && client.issuedAt == world.time.now.milliseconds / 1000)
            #expect(client.name == "Example Assistant" && client.redirectURIs == ["http://localhost:1/callback"])
            #expect(client.authenticationMethod == "none" && client.applicationType == "native" && client.responseTypes == ["code"])
            #expect(client.grantTypes == ["authorization_code", "refresh_token"])
            let asked = try await world.request(client.clientId, ["redirect_uri": "http://localhost:50123/callback"])
            #expect(asked.redirect.kind == .loopback && asked.redirect.text == "http://localhost:50123/callback")
        }
    }

    @Test func aClientWithoutANameIsCalledByItsHost() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            #expect(try await world.request(try await world.client(name: nil)).clientName == "assistant.example.com")
            #expect(try await world.request(try await world.client(name: "\u{200B} ")).clientName == "assistant.example.com")
            let long = try await world.client(name: String(repeating: "a", count: 500))
            #expect(try await world.request(long).clientName.count == 80)
        }
    }

    @Test func whatCannotBeIsRefused() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let callback = AuthorizationFixture.callback
            func refusal(_ request: ClientRegistration) async throws -> OAuthError.Code? {
                try await oauthError { _ = try await world.authorization.register(request, from: AccountsFixture.client) }
            }
            let redirects: [[String]?] = [
                nil, [], [callback, "javascript:alert(1)"], ["http://assistant.example.com/"], Array(repeating: callback, count: 21),
            ]
            for redirects in redirects { #expect(try await refusal(ClientRegistration(redirectURIs: redirects)) == .invalidRedirectURI) }
            let credentials = ClientRegistration(redirectURIs: [callback], grantTypes: ["client_credentials"])
            #expect(try await refusal(credentials) == .invalidClientMetadata)
            let implicit = ClientRegistration(redirectURIs: [callback], responseTypes: ["token"])
            #expect(try await refusal(implicit) == .invalidClientMetadata)
            let stored = try await world.count("oauth_clients")
            #expect(stored == 0)
        }
    }

    @Test func oneAddressRegistersSoManyAnHour() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            for _ in 0..<30 { _ = try await world.client() }
            #expect(try await problem { _ = try await world.client() } == .rateLimited)
            let elsewhere = ClientInfo(address: "192.0.2.8", userAgent: "")
            _ = try await world.authorization.register(ClientRegistration(redirectURIs: [AuthorizationFixture.callback]), from: elsewhere)
            world.time.advance(by: .hours(1))
            _ = try await world.client()
        }
    }

    // MARK: Clients that describe themselves in a document

    @Test(arguments: TestDatabase.all) func aDocumentDescribesAClient(_ kind: TestDatabase) async throws {
        try await Self.withDocuments(kind) { world, server in
            let id = server.base + "/client.json"
            server.put("/client.json", Self.page(id, headers: [("Cache-Control", "public, max-age=600")]))
            let request = try await world.request(id)
            #expect(request.clientName == "Described Assistant" && request.identifiedBy == "127.0.0.1")
            let tokens = try await world.exchange(try await world.code(id), id)
            #expect(try await world.authorization.authenticate(tokens.accessToken) != nil)
            #expect(server.asked == ["/client.json"])
            world.time.advance(by: .minutes(10))
            server.put("/client.json", Self.page(id, name: "Renamed Assistant"))
            #expect(try await world.request(id).clientName == "Renamed Assistant")
            #expect(server.asked.count == 2)
        }
    }

    @Test func aDocumentIsKeptAsLongAsItsServerSays() {
        #expect(ClientDocuments.life(nil) == .hours(1) && ClientDocuments.life("public") == .hours(1))
        #expect(ClientDocuments.life("public, max-age=60") == .seconds(60) && ClientDocuments.life("Max-Age=60") == .seconds(60))
        #expect(ClientDocuments.life("max-age=99999999999") == .days(1) && ClientDocuments.life("max-age=-1") == .zero)
        #expect(ClientDocuments.life("no-store") == .zero && ClientDocuments.life("no-cache, max-age=60") == .zero)
    }

    @Test func aDocumentThatCannotBeUsedIsSaidSo() async throws {
        try await Self.withDocuments(.sqlite) { world, server in
            let good = Self.document(server.base + "/client.json")
            let pages: [String: DocumentServer.Page] = [
                "/missing": .init(status: .notFound, body: "{}"), "/text": .init(body: "Hello"), "/list": .init(body: "[]"),
                "/nameless": .init(body: good.replacing("Described Assistant", with: " ")),
                "/other": .init(body: good), "/moved": .init(status: .found, headers: [("Location", "/client.json")]),
                "/long": .init(body: good + String(repeating: " ", count: 65_536)),
                "/script": Self.page(server.base + "/script", redirects: #"["javascript:alert(1)"]"#),
                "/nowhere": Self.page(server.base + "/nowhere", redirects: "[]"),
                "/secret": Self.page(server.base + "/secret", more: #", "token_endpoint_auth_method": "client_secret_post""#),
                "/leak": Self.page(server.base + "/leak", more: #", "client_secret": "hunter2""#),
            ]
            for (path, page) in pages {
                server.put(path, page)
                let code = try await problem { _ = try await world.request(server.base + path) }
                #expect(code == .badRequest || (path == "/moved" && code == .addressRefused), "\(path)")
            }
            #expect(try await world.count("oauth_clients") == 0)
            #expect(!server.asked.contains("/client.json"))
        }
    }

    @Test func addressesThatCannotNameADocumentAreNeverAsked() async throws {
        try await Self.withDocuments(.sqlite) { world, server in
            for path in ["", "/", "/a/../client.json", "/client.json#x"] {
                let code = try await problem { _ = try await world.request(server.base + path) }
                #expect(code == .badRequest, "\(path)")
            }
            #expect(server.asked.isEmpty)
        }
        // Not allowed by the operator: the guard refuses what lies in a private network, and what is not https.
        try await AuthorizationFixture.with(.sqlite) { world in
            for id in ["https://127.0.0.1/client.json", "http://assistant.example.com/client.json", "https://localhost/client.json"] {
                let code = try await problem { _ = try await world.request(id) }
                #expect(code == .addressRefused, "\(id)")
            }
        }
    }

    private static func withDocuments(
        _ kind: TestDatabase, _ body: (AuthorizationFixture, DocumentServer) async throws -> Void
    ) async throws {
        try await DocumentServer.with { server in
            try await AuthorizationFixture.with(kind, allowedHosts: ["127.0.0.1:\(server.port)"]) { try await body($0, server) }
        }
    }

    private static func page(
        _ id: String, name: String = "Described Assistant", redirects: String? = nil, more: String = "", headers: [(String, String)] = []
    ) -> DocumentServer.Page {
        DocumentServer.Page(headers: headers, body: document(id, name: name, redirects: redirects, more: more))
    }

    private static func document(_ id: String, name: String = "Described Assistant", redirects: String? = nil, more: String = "") -> String {
        #"{"client_id": "\#(id)", "client_name": "\#(name)", "redirect_uris": \#(redirects ?? "[\"\(AuthorizationFixture.callback)\"]")\#(more)}"#
    }
}
