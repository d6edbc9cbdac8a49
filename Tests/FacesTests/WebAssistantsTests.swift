import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Gateway
@testable import WebUI

@Suite("The pages about assistants")
struct WebAssistantsTests {
    @Test("a key is shown once, inside what is pasted, and may do what was chosen", arguments: [GrantExtent.drafts, .full, .read])
    func createKey(extent: GrantExtent) async throws {
        try await RestFixture.with(pages: true) { fixture in
            let ada = try await fixture.person("ada")
            let page = try await ada.submit("/settings/mcp?client=cursor", ["name": "My Cursor", "access": extent.rawValue, "do": "create"])
            let secret = try #require(page.newKey)
            #expect(page.text.contains("&quot;Authorization&quot;: &quot;Bearer \(secret)&quot;"))
            #expect(page.text.contains("http:&#x2F;&#x2F;localhost:5000&#x2F;mcp") || page.text.contains("http://localhost:5000/mcp"))
            #expect(try await ada.page("/settings/mcp?client=cursor").newKey == nil)
            let caller = try #require(try await fixture.services.keys.authenticate(secret))
            #expect(caller.scopes == extent.keyScopes)
            #expect(caller.draftOnly == (extent == .drafts))
        }
    }

    @Test("without a choice a key makes drafts only")
    func carefulByDefault() async throws {
        try await RestFixture.with(pages: true) { fixture in
            let ada = try await fixture.person("ada")
            let page = try await ada.submit("/settings/mcp", ["name": "Claude", "do": "create"])
            let secret = try #require(page.newKey)
            #expect(try await fixture.services.keys.authenticate(secret)?.draftOnly == true)
        }
    }

    @Test("every client has its page, and addresses with a key are gone where they are switched off")
    func clients() async throws {
        try await RestFixture.with(["MCP_KEY_IN_URL": "false"], pages: true) { fixture in
            let ada = try await fixture.person("ada")
            for client in AssistantClient.all {
                let page = try await ada.page("/settings/mcp?client=\(client.id)")
                #expect(page.status == .ok)
                #expect(!page.text.contains("mcp_"), "a text of \(client.id) is missing")
                #expect(!page.text.contains("/api/mcp/"))
            }
        }
        #expect(AssistantClient.all.contains { $0.snippets.contains(where: \.putsKeyInAddress) })
    }

    @Test("who is connected is seen with its client and tools, and never another workspace's")
    func connections() async throws {
        try await RestFixture.with(pages: true) { fixture in
            let (ada, bob) = (try await fixture.person("ada"), try await fixture.person("bob"))
            let page = try await ada.submit("/settings/mcp", ["name": "Ada’s own key", "access": "read", "do": "create"])
            let secret = try #require(page.newKey)
            let caller = try #require(try await fixture.services.keys.authenticate(secret))
            #expect(try await ada.page("/settings/mcp/connections").text.contains("Never connected"))
            let now = fixture.services.time.now
            try await fixture.services.assistants.store(for: caller).create(
                MCPSession(
                    id: "one", transport: .streamableHTTP, revision: "2025-11-25", clientName: "example-client", clientVersion: "3.2",
                    createdAt: now, lastSeenAt: now))
            fixture.services.assistants.noteCall(as: caller, client: "example-client", tool: "list_posts")
            await fixture.services.assistants.flush()
            let list = try await ada.page("/settings/mcp/connections").text
            for words in ["Ada’s own key", "Read only", "Connected", "example-client 3.2", "list_posts", "×1"] {
                #expect(list.contains(words), "\(words)")
            }
            #expect(try await bob.page("/settings/mcp/connections").text.contains("Nothing is connected yet."))
            #expect(try await ada.submit("/settings/keys/\(try #require(caller.keyId))/revoke", ["back": "/settings/mcp"]).status == .seeOther)
            #expect(try await !ada.page("/settings/mcp/connections").text.contains("Ada’s own key"))
        }
    }

    @Test("the check says what is wrong with an address that does not answer, and leaves no key behind")
    func check() async throws {
        try await RestFixture.with(["MAIN_URL": "http://127.0.0.1:1"], pages: true) { fixture in
            let ada = try await fixture.person("ada")
            let page = try await ada.submit("/settings/mcp", ["do": "check"])
            #expect(page.text.contains("No answer from"))
            #expect(page.text.contains("Is MAIN_URL the address of this instance"))
            #expect(page.text.contains("You opened this page at"))
            #expect(try await ada.send(.get, "/api/keys").json["items"]?.array == [])
        }
    }

    @Test("calls are listed with who made them, can be taken back once, and are not another workspace's business")
    func log() async throws {
        try await RestFixture.with(pages: true) { fixture in
            let (ada, bob) = (try await fixture.person("ada"), try await fixture.person("bob"))
            let page = try await ada.submit("/settings/mcp", ["name": "Release bot", "access": "full", "do": "create"])
            let secret = try #require(page.newKey)
            let caller = try #require(try await fixture.services.keys.authenticate(secret))
            let post = try await fixture.services.posts.create(PostDraft(content: "From an assistant"), as: caller)
            let entry = try await fixture.services.toolCalls.record(
                ToolCall(
                    tool: "create_post", arguments: ["text": "From an assistant"], ok: true, milliseconds: 5, post: post.id,
                    undo: [.deletePosts([post.id])]), as: caller)
            try await fixture.services.toolCalls.record(
                ToolCall(tool: "get_post", arguments: [:], ok: false, code: "NOT_FOUND", message: "There is no such post.", milliseconds: 1),
                as: caller)
            let log = try await ada.page("/settings/log").text
            for words in ["create_post", "Release bot", "From an assistant", "/posts/\(post.id)", "NOT_FOUND", "There is no such post."] {
                #expect(log.contains(words), "\(words)")
            }
            #expect(!log.contains("key.created"))
            #expect(try await ada.page("/settings/log?show=all").text.contains("key.created"))
            #expect(try await !bob.page("/settings/log?show=all").text.contains("create_post"))
            #expect(try await bob.submit("/settings/log/\(entry)/undo", [:]).status == .notFound)
            #expect(try await ada.submit("/settings/log/\(entry)/undo", [:]).status == .seeOther)
            #expect(try await ada.send(.get, "/api/posts/\(post.id)").status == .notFound)
            let after = try await ada.page("/settings/log").text
            #expect(after.contains("Undone") && !after.contains("/settings/log/\(entry)/undo"))
        }
    }

    @Test("a form from before the last sign-in is answered with a page that keeps what was written; programs get the JSON error")
    func staleForm() async throws {
        try await RestFixture.with(pages: true) { fixture in
            let ada = try await fixture.person("ada")
            let fields = ["text": "Half a <thought>", "_csrf": "old", "action": "draft"]
            let back: HTTPFields = [.referer: "http://localhost:5000/compose?date=2026-12-01", .init("Host")!: "localhost:5000"]
            let page = try await ada.submit("/compose", fields, back)
            #expect(page.status == .forbidden)
            #expect(page.text.contains("This page was out of date"))
            #expect(page.text.contains("Half a &lt;thought&gt;"))
            #expect(try await ada.submit("/compose", fields, [.accept: "application/json"]).errorCode == "CSRF_FAILED")
            #expect(try await ada.send(.get, "/api/posts").json["items"]?.array == [])
            let foreign = try await ada.submit("/compose", fields, [.origin: "https://evil.example.org"])
            #expect(foreign.status == .forbidden && !foreign.text.contains("thought"))
        }
    }
}

extension Person {
    /// A page as a browser asks for it.
    func page(_ path: String) async throws -> TestResponse { try await send(.get, path, [.accept: "text/html"]) }

    /// Sends a form as a browser does, with the page's token unless `fields` has another.
    func submit(_ path: String, _ fields: [String: String], _ more: HTTPFields = [:]) async throws -> TestResponse {
        let token = ["_csrf": headers[.csrfToken] ?? ""]
        let body = token.merging(fields) { _, given in given }.map { "\($0.key)=\($0.value.queryEncoded)" }.joined(separator: "&")
        var browser = self
        browser.headers[.csrfToken] = nil
        let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded", .accept: "text/html"]
        return try await browser.send(.post, path, form.merging(more), bytes: Array(body.utf8))
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }
    /// The secret of the key that the page shows.
    fileprivate var newKey: String? { text.firstMatch(of: /ptz_[A-Za-z0-9_-]{43}/).map { String($0.output) } }
}

extension Caller {
    fileprivate var keyId: APIKeyID? { if case .key(let id, _) = identity { id } else { nil } }
}
