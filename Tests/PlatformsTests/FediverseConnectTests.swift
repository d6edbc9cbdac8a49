import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// Naming a server and being let in: what servers and domains answer that are not quite what the person meant.
@Suite(.timeLimit(.minutes(10)))
struct FediverseConnectTests {
    private static let app = #"{"client_id":"app","client_secret":"app-secret"}"#

    /// Begins to connect at `name`, with the servers of these bases allowed and `own` as the operator's.
    private func begin(_ name: String?, own: String, allowed: [RecordingServer] = []) async throws -> AuthorizationRequest {
        let hosts = Set(allowed.compactMap { URL(string: $0.baseURL).flatMap { "\($0.host() ?? ""):\($0.port ?? 0)" } })
        let callback = try #require(URL(string: "https://postiz.example.com/api/auth/mastodon/callback"))
        return try await withRegistry(["MASTODON_URL": own], allowedPrivateHosts: hosts, time: SleeplessTime()) { registry in
            try await #require(registry["mastodon"]).authorizationRequest(
                ConnectRequest(state: "s", callbackURL: callback, instance: name))
        }
    }

    @Test(
        "What is no server of the Fediverse is not said to have lost a post",
        arguments: [
            (404, "<h1>Not found</h1>"), (200, "<h1>A blog</h1>"), (400, "<html>vestigial</html>"), (405, ""), (404, #"{"error":"Not found"}"#),
            (403, "Forbidden"),
        ])
    func noSuchServer(status: Int, body: String) async throws {
        let server = try await RecordingServer { _ in .answer(status: status, body: body) }
        let error = await #expect(throws: PlatformError.self) { try await begin(nil, own: server.baseURL) }
        let host = server.baseURL.replacing("http://", with: "")
        #expect(error?.message == "\(host) does not answer like a Mastodon server. Is the name right?")
        #expect(error?.kind == .invalidContent)
        try await server.stop()
    }

    @Test("A server that refuses to register anybody is quoted")
    func refusesRegistration() async throws {
        let server = try await RecordingServer { _ in .answer(status: 422, body: #"{"error":"Validation failed: no more apps"}"#) }
        let error = await #expect(throws: PlatformError.self) { try await begin(nil, own: server.baseURL) }
        #expect(error?.message.hasSuffix("does not let Postiz register: Validation failed: no more apps") == true)
        try await server.stop()
    }

    @Test("One redirect of the host is followed, and it is the new host that is connected", arguments: [301, 302, 307, 308])
    func followsTheHost(status: Int) async throws {
        let new = try await RecordingServer { $0.path == "/api/v1/apps" ? .json(Self.app) : .answer(status: 404) }
        let address = new.baseURL
        let old = try await RecordingServer { .answer(status: status, headers: ["location": "\(address)\($0.path)"]) }
        let request = try await begin(nil, own: old.baseURL, allowed: [new])
        #expect(request.url.absoluteString.hasPrefix("\(address)/oauth/authorize?"))
        #expect(request.memory["instance"] == address)
        try await old.stop()
        try await new.stop()
    }

    @Test("A redirect into the operator's network is refused like any name there, and a second one is not followed")
    func guardsTheRedirect() async throws {
        let inside = try await RecordingServer { _ in .json(Self.app) }
        let address = inside.baseURL
        let server = try await RecordingServer { .answer(status: 301, headers: ["location": "\(address)\($0.path)"]) }
        let refusal = await #expect(throws: ProblemReport.self) { try await begin(nil, own: server.baseURL) }
        #expect(refusal?.code == .addressRefused)
        #expect(inside.requests.isEmpty)

        let next = server.baseURL
        let first = try await RecordingServer { .answer(status: 301, headers: ["location": "\(next)\($0.path)"]) }
        let error = await #expect(throws: PlatformError.self) { try await begin(nil, own: first.baseURL, allowed: [server, inside]) }
        #expect(error?.code == "MASTODON_NO_SUCH_SERVER")
        #expect(!inside.requests.contains { $0.path == "/api/v1/apps" })
        for server in [inside, server, first] { try await server.stop() }
    }

    @Test("The domain of a handle leads to the server behind it, as does a domain that names it", arguments: [true, false])
    func findsTheHome(byHandle: Bool) async throws {
        let home = try await RecordingServer { $0.path == "/api/v1/apps" ? .json(Self.app) : .answer(status: 404) }
        let address = home.baseURL
        let domain = try await RecordingServer { request in
            switch request.path {
            case _ where request.path.hasPrefix("/.well-known/webfinger?resource=acct%3Aada%40"):
                .json(#"{"links":[{"rel":"self","type":"application/activity+json","href":"\#(address)/users/ada"}]}"#)
            case "/.well-known/nodeinfo" where !byHandle: .json(#"{"links":[{"rel":"ns","href":"\#(address)/nodeinfo/2.0"}]}"#)
            default: .answer(status: 404)
            }
        }
        let host = domain.baseURL.replacing("http://", with: "")
        let request = try await begin(byHandle ? "@ada@\(host)" : host, own: domain.baseURL, allowed: [home])
        #expect(request.memory["instance"] == address)
        try await domain.stop()
        try await home.stop()
    }

    @Test("A server that wants whole permissions is asked for them at once where it says what it is")
    func wholeScopes() async throws {
        let takahe = try #require(ConformanceCase.fediverse.first { $0.server == "takahe" })
        try await withBench(takahe) { bench in
            #expect(bench.account.credentials.scopes == ["read", "write:statuses", "write:media"])
        }
    }

    @Test("A server that grants parts of a permission and then does not take them is asked for the whole the next time")
    func partsDoNotCount() async throws {
        let server = try await RecordingServer { request in
            switch request.path {
            case "/api/v1/apps": .json(Self.app)
            case "/oauth/token": .json(#"{"access_token":"t-1234","scope":"read:accounts"}"#)
            case "/api/v1/accounts/verify_credentials": .answer(status: 403, body: #"{"error":"out_of_scope_for_token"}"#)
            default: .answer(status: 404)
            }
        }
        let callback = try #require(URL(string: "https://postiz.example.com/cb"))
        try await withRegistry(["MASTODON_URL": server.baseURL], time: SleeplessTime()) { registry in
            let mastodon = try #require(registry["mastodon"])
            func scope(_ request: AuthorizationRequest) -> String? {
                FormEncoding.decode(request.url.query(percentEncoded: true) ?? "")["scope"]
            }
            let first = try await mastodon.authorizationRequest(ConnectRequest(state: "s", callbackURL: callback))
            #expect(scope(first) == "read:accounts read:statuses write:statuses write:media")
            let answer = AuthorizationCallback(query: ["code": "c", "state": "s"], memory: first.memory, callbackURL: callback)
            let error = await #expect(throws: PlatformError.self) { try await mastodon.exchange(answer) }
            #expect(error?.message.contains("Start connecting again") == true)
            let second = try await mastodon.authorizationRequest(ConnectRequest(state: "s", callbackURL: callback))
            #expect(scope(second) == "read write:statuses write:media")
        }
        try await server.stop()
    }

    @Test("An unlimited list of posts is read to a bound, and then looked at again rather than asked about")
    func listsWithoutEnd() async throws {
        let now = Timestamp.now.description
        let server = try await RecordingServer { request in
            guard request.path.contains("/accounts/42/statuses") else { return .answer(status: 404) }
            let start = request.path.firstMatch(of: /max_id=([0-9]+)/).flatMap { Int($0.output.1) } ?? 1_000_000
            let page = (1...40).map {
                #"{"id":"\#(start - $0)","created_at":"\#(now)","content":"<p>Other \#(start - $0)</p>","visibility":"public"}"#
            }
            return .json("[\(page.joined(separator: ","))]")
        }
        try await withRegistry(["MASTODON_URL": server.baseURL], time: SleeplessTime()) { registry in
            let journal = MemoryJournal()
            journal.lose("part-0", triedAgo: .seconds(30))
            let error = await #expect(throws: PlatformError.self) {
                try await #require(registry["mastodon"]).publish(
                    PublishRequest(.invented("mastodon", instance: server.baseURL), [OutgoingPart(text: "Mine")]), journal: journal)
            }
            #expect(error?.kind == .unknownOutcome)
            #expect(error?.decidable == true)
        }
        #expect(!server.requests.contains { $0.method == "POST" })
        #expect(server.requests.count { $0.path.contains("/statuses?") } == 25)
        try await server.stop()
    }
}
