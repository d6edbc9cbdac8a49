import Application
import Domain
import Persistence
import TestSupport
import Testing

@Suite("Calls of assistants")
struct ToolCallTests {
    private struct World {
        let publishing: PublishingWorld
        let calls: ToolCalls
        let audit: AuditLog

        var posts: Posts { publishing.posts }
        var person: Caller { publishing.person }

        static func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
            try await PublishingWorld.with(kind) { world in
                let (database, time) = (world.world.workspace.database, world.time)
                let audit = AuditLog(database: database, time: time)
                let calls = ToolCalls(database: database, posts: world.posts, audit: audit, time: time)
                try await body(World(publishing: world, calls: calls, audit: audit))
            }
        }

        /// Notes a call and lets a moment pass, as it does.
        func record(_ tool: String, _ undo: [Undo]) async throws -> Identifier<AuditEvent> {
            defer { publishing.time.advance(by: .milliseconds(5)) }
            return try await calls.record(ToolCall(tool: tool, arguments: [:], ok: true, milliseconds: 3, undo: undo), as: person)
        }

        func entry(_ id: Identifier<AuditEvent>) async throws -> AuditView? {
            try await audit.list(as: person, action: "mcp.").first { $0.id == id }
        }
    }

    @Test("are noted with who, what and how it went, without secrets and cut", arguments: TestDatabase.all)
    func noted(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            let keys = APIKeys(database: world.publishing.world.workspace.database, time: world.publishing.time, audit: world.audit)
            let key = try await keys.create(NewAPIKey(name: "Bot", scopes: [.postsWrite]), as: world.person).key
            let assistant = Caller(
                organizationId: world.person.organizationId, identity: .key(key.id, user: world.person.userId), role: .owner, origin: .mcp)
            let (post, long) = (PostID(), String(repeating: "é", count: 1000))
            let call = ToolCall(
                tool: "upload_media",
                arguments: [
                    "text": .string(long), "data": "aGVsbG8=", "nested": [["accessToken": "abc", "n": 1]], "password": "p",
                    "note": "my key is ptz_0123456789abcdef\0", "other": "pto_0123456789abcdef ptr_0123456789abcdef",
                    "list": .array((1...30).map { .number(Double($0)) }),
                ], ok: false, code: "TOO_LARGE", message: "Too large.", client: "Example 1.0", milliseconds: 12, post: post)
            let id = try await world.calls.record(call, as: assistant)
            let entry = try #require(try await world.entry(id))
            #expect(entry.action == "mcp.call")
            #expect(entry.who == "key Bot")
            #expect(entry.subject == "key:\(key.id)")
            #expect(entry.target == post.text)
            #expect(!entry.canUndo)
            let arguments = try #require(entry.detail["arguments"])
            #expect(arguments["text"]?.string == String(repeating: "é", count: 300) + "… (1000 characters)")
            #expect(arguments["data"] == "(hidden)")
            #expect(arguments["password"] == "(hidden)")
            #expect(arguments["nested"] == [["accessToken": "(hidden)", "n": 1]])
            #expect(arguments["note"] == "my key is ptz_(hidden)")
            #expect(arguments["other"] == "pto_(hidden) ptr_(hidden)")
            #expect(arguments["list"]?.array?.count == 21)
            let expected: [String: JSONValue] = [
                "tool": "upload_media", "ok": false, "code": "TOO_LARGE", "message": "Too large.", "client": "Example 1.0", "milliseconds": 12,
            ]
            #expect(entry.detail.filter { $0.key != "arguments" } == expected)
            #expect(try await world.audit.list(as: world.person, action: "key.").map(\.who) == ["Ada"])
            #expect(try await world.audit.list(as: world.person, action: "mcp.call").count == 1)
            #expect(try await world.audit.list(as: world.person, action: "mcp_").isEmpty)
        }
    }

    @Test("what they made is deleted, once, unless it is public or was changed", arguments: TestDatabase.all)
    func made(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            let channel = try await world.publishing.mastodon()
            let post = try await world.publishing.schedule(["Made"], on: [channel])
            let call = try await world.record("create_post", [.deletePosts([post.id])])
            #expect(try await world.entry(call)?.canUndo == true)
            #expect(try await world.calls.undo(call, as: world.person) == "The post was moved to the trash.")
            try await refused(.notFound) { try await world.posts.get(post.id, as: world.person) }
            let entry = try #require(try await world.entry(call))
            #expect(!entry.canUndo)
            #expect(entry.detail["undoneBy"]?.string == world.person.subject)
            #expect(entry.detail["undoneAt"]?.string.flatMap(Timestamp.init) != nil)
            try await refused(.conflict) { try await world.calls.undo(call, as: world.person) }
            #expect(try await world.audit.list(as: world.person, action: "mcp.undone").map(\.target) == [call.text])

            let edited = try await world.publishing.schedule(["Edited"], on: [channel])
            let second = try await world.record("create_post", [.deletePosts([edited.id])])
            _ = try await world.posts.update(edited.id, PostChange(content: "By a person"), as: world.person)
            try await refused(.conflict) { try await world.calls.undo(second, as: world.person) }

            let out = try await world.posts.create(PostDraft(content: "Out", platforms: [channel.text], schedule: .now), as: world.person)
            let third = try await world.record("create_post", [.deletePosts([out.id])])
            try await world.publishing.turn()
            #expect(world.publishing.published() == ["Out"])
            try await refused(.conflict) { try await world.calls.undo(third, as: world.person) }
            #expect(try await world.posts.get(out.id, as: world.person).status == .published)
            #expect(try await world.entry(third)?.canUndo == true)
        }
    }

    @Test("what they queued for now is stopped as long as it has not been sent", arguments: TestDatabase.all)
    func queued(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            let channel = try await world.publishing.mastodon()
            let post = try await world.posts.create(PostDraft(content: "Stop", platforms: [channel.text], schedule: .now), as: world.person)
            let call = try await world.record("create_post", [.deletePosts([post.id])])
            _ = try await world.calls.undo(call, as: world.person)
            let draft = try await world.posts.create(PostDraft(content: "Stop too", platforms: [channel.text]), as: world.person)
            _ = try await world.posts.publishNow(draft.id, as: world.person)
            let publish = try await world.record("publish_post", [.cancel(draft.id)])
            #expect(try await world.calls.undo(publish, as: world.person) == "The post was cancelled.")
            try await world.publishing.turn()
            #expect(world.publishing.published().isEmpty)
        }
    }

    @Test("what they changed becomes what it was, unless somebody changed it since", arguments: TestDatabase.all)
    func changed(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            let before = try await world.publishing.schedule(["Before", "Thread"], on: [try await world.publishing.mastodon()])
            let change = PostChange(
                parts: [PartDraft(text: "After")], scheduledFor: (world.publishing.time.now + .hours(9)).description, tags: ["t"])
            let after = try await world.posts.update(before.id, change, as: world.person)
            let call = try await world.record("update_post", [.rewrite(before, changedTo: after)])
            #expect(try await world.calls.undo(call, as: world.person) == "The post is again what it was.")
            let restored = try await world.posts.get(before.id, as: world.person)
            #expect(restored.parts == before.parts)
            #expect(restored.scheduledFor == before.scheduledFor)
            #expect(restored.tags.isEmpty)
            #expect(restored.status == .scheduled)

            let again = try await world.posts.update(before.id, PostChange(content: "Second"), as: world.person)
            let second = try await world.record("update_post", [.rewrite(restored, changedTo: again)])
            _ = try await world.posts.update(before.id, PostChange(content: "By a person"), as: world.person)
            try await refused(.conflict) { try await world.calls.undo(second, as: world.person) }
            #expect(try await world.posts.get(before.id, as: world.person).content == "By a person")

            // A time that has passed cannot be planned again.
            let late = try await world.publishing.schedule(["Late"], on: [try await world.publishing.mastodon(as: "bo")])
            let drafted = try await world.posts.update(late.id, PostChange(status: .draft), as: world.person)
            let third = try await world.record("update_post", [.rewrite(late, changedTo: drafted)])
            world.publishing.time.advance(by: .hours(2))
            try await refused(.conflict) { try await world.calls.undo(third, as: world.person) }
        }
    }

    @Test("what they deleted comes back with its plans", arguments: TestDatabase.all)
    func deleted(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            let channel = try await world.publishing.mastodon()
            let posts = [try await world.publishing.schedule(["One"], on: [channel]), try await world.publishing.schedule(["Two"], on: [channel])]
            for post in posts { try await world.posts.remove(post.id, as: world.person) }
            let call = try await world.record("delete_post", [.restorePosts(posts.map(\.id))])
            #expect(try await world.calls.undo(call, as: world.person) == "2 posts are back from the trash.")
            for post in posts { #expect(try await world.posts.get(post.id, as: world.person).status == .scheduled) }
        }
    }

    @Test("are taken back by administrators and those they were made for, with a key that may write", arguments: TestDatabase.all)
    func rights(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            let draft = try await world.posts.create(PostDraft(content: "Mine"), as: world.person)
            let keys = APIKeys(database: world.publishing.world.workspace.database, time: world.publishing.time, audit: world.audit)
            let key = try await keys.create(NewAPIKey(name: "Bot", scopes: [.postsWrite]), as: world.person).key
            func caller(_ user: UserID?, _ role: Role, scopes: Set<Scope> = [.postsWrite], draftOnly: Bool = false) -> Caller {
                Caller(
                    organizationId: world.person.organizationId, identity: .key(APIKeyID(), user: user), role: role, scopes: scopes,
                    origin: .api, draftOnly: draftOnly)
            }
            let bot = Caller(
                organizationId: world.person.organizationId, identity: .key(key.id, user: world.person.userId), role: .user, origin: .mcp)
            let call = try await world.calls.record(
                ToolCall(tool: "create_post", arguments: [:], ok: true, milliseconds: 1, undo: [.deletePosts([draft.id])]), as: bot)
            try await refused(.forbidden) { try await world.calls.undo(call, as: caller(UserID(), .user)) }
            try await refused(.forbidden) { try await world.calls.undo(call, as: caller(nil, .user)) }
            try await refused(.forbiddenScope) { try await world.calls.undo(call, as: caller(nil, .owner, scopes: [.postsRead])) }
            try await refused(.forbidden) { try await world.calls.undo(call, as: caller(nil, .owner, draftOnly: true)) }
            try await refused(.notFound) { try await world.calls.undo(call, as: world.publishing.world.workspace.stranger) }
            let other = try #require(try await world.audit.list(as: world.person, action: "key.created").first)
            try await refused(.notFound) { try await world.calls.undo(other.id, as: world.person) }
            _ = try await world.calls.undo(call, as: caller(world.person.userId, .user))
            let read = try await world.record("list_posts", [])
            try await refused(.conflict) { try await world.calls.undo(read, as: world.person) }
        }
    }

    @Test("of an assistant that signed in bear its name and its person's, who may take them back", arguments: TestDatabase.all)
    func ofGrants(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            let (organization, now) = (world.person.organizationId, world.publishing.time.now)
            let ada = try #require(world.person.userId)
            let grant = Grant(
                id: GrantID(at: now), organizationId: organization, userId: ada, clientId: "ptc_example", clientName: "Claude",
                redirectHost: "claude.example.com", scopes: [.postsRead, .postsWrite], draftOnly: true, createdAt: now,
                expiresAt: now + .days(30))
            let record = GrantRecord(grant: grant, resource: "https://postiz.example.com/mcp")
            try await world.publishing.world.workspace.database.write { try GrantRepository.insert(record, in: $0) }
            func member(_ identity: Caller.Identity, draftOnly: Bool = false) -> Caller {
                Caller(
                    organizationId: organization, identity: identity, role: .user, scopes: [.postsRead, .postsWrite], origin: .mcp,
                    draftOnly: draftOnly)
            }
            let assistant = member(.grant(grant.id, user: ada), draftOnly: true)
            let draft = try await world.posts.create(PostDraft(content: "Mine"), as: assistant)
            let call = try await world.calls.record(
                ToolCall(tool: "create_post", arguments: [:], ok: true, milliseconds: 1, undo: [.deletePosts([draft.id])]), as: assistant)
            #expect(try await world.entry(call)?.who == "Claude for Ada")

            try await refused(.forbidden) { try await world.calls.undo(call, as: member(.user(UserID(), session: SessionID()))) }
            do {
                _ = try await world.calls.undo(call, as: assistant)
                Issue.record("an assistant that only drafts took something back")
            } catch let problem as ProblemReport {
                #expect(problem.message.hasPrefix("This assistant may not take back what was done"))
            }
            _ = try await world.calls.undo(call, as: member(.user(ada, session: SessionID())))
            #expect(try await world.entry(call)?.canUndo == false)
        }
    }

    @Test("are forgotten after ninety days; the rest of the audit log is not", arguments: TestDatabase.all)
    func forgotten(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            _ = try await world.record("list_posts", [])
            try await world.audit.record("key.created", as: world.person)
            world.publishing.time.advance(by: .days(91))
            let recent = try await world.record("list_posts", [])
            try await world.calls.removeOld()
            #expect(try await world.audit.list(as: world.person).map(\.action) == ["mcp.call", "key.created"])
            #expect(try await world.entry(recent) != nil)
        }
    }
}
