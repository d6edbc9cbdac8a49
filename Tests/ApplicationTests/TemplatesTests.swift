import Domain
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite("Templates, signatures and hashtag groups in use", .timeLimit(.minutes(10)))
struct TemplatesTests {
    private struct World {
        let publishing: PublishingWorld
        let templates: PostTemplates
        let signatures: Signatures
        let hashtags: HashtagGroups
        let channel: IntegrationID
        var person: Caller { publishing.person }
        var posts: Posts { publishing.posts }
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await PublishingWorld.with(kind) { publishing in
            let database = publishing.world.workspace.database
            let audit = AuditLog(database: database, time: publishing.time)
            try await body(
                World(
                    publishing: publishing, templates: PostTemplates(database: database, audit: audit, time: publishing.time),
                    signatures: Signatures(database: database, audit: audit, time: publishing.time),
                    hashtags: HashtagGroups(database: database, audit: audit, time: publishing.time), channel: try await publishing.mastodon()))
        }
    }

    private func refusal(_ work: () async throws -> Void) async throws -> ProblemReport? {
        do { try await work() } catch let report as ProblemReport { return report }
        return nil
    }

    @Test("a post takes from its template what it does not say itself", arguments: TestDatabase.all)
    func used(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let template = try await world.templates.create(
                NewPostTemplate(
                    name: "Launch", parts: ["{{what}} is here\r\n{{link}}", "More about {{what}}"], integrationIds: [world.channel],
                    settings: [world.channel.text: ["visibility": "unlisted"]], tags: ["launch"]), as: world.person)
            #expect(template.variables == ["what", "link"])
            let values = ["what": "Tea {{link}}", "link": "https://example.com/tea"]
            let post = try await world.posts.create(
                PostDraft(tags: nil, status: .draft, template: "Launch", values: values), as: world.person)
            #expect(post.parts.map(\.text) == ["Tea {{link}} is here\nhttps://example.com/tea", "More about Tea {{link}}"])
            #expect(post.platforms == [world.channel])
            #expect(post.settings[world.channel]?["visibility"] == "unlisted")
            #expect(post.tags == ["launch"])
            let own = try await world.posts.create(
                PostDraft(
                    content: "Mine", platforms: [world.channel.text], settings: [world.channel.text: ["visibility": "public"]], tags: [],
                    status: .draft, template: template.id.text), as: world.person)
            #expect(own.parts.map(\.text) == ["Mine"])
            #expect(own.settings[world.channel]?["visibility"] == "public")
            #expect(own.tags.isEmpty)
        }
    }

    @Test("a template is refused where a value is missing, unknown, or there is no such template", arguments: TestDatabase.all)
    func refused(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.templates.create(NewPostTemplate(name: "T", parts: ["{{a}}"]), as: world.person)
            for draft in [
                PostDraft(template: "T"), PostDraft(template: "T", values: ["a": "1", "b": "2"]), PostDraft(template: "U"),
                PostDraft(content: "x", values: ["a": "1"]), PostDraft(content: "x", signature: "None"),
            ] {
                let report = try await refusal { _ = try await world.posts.create(draft, as: world.person) }
                #expect(report?.code == .validationFailed, "\(draft)")
            }
            let same = NewPostTemplate(name: "T", parts: ["x"])
            #expect(try await refusal { _ = try await world.templates.create(same, as: world.person) }?.code == .conflict)
            let unknown = IntegrationID(at: world.publishing.time.now)
            let foreign = NewPostTemplate(name: "F", parts: ["x"], integrationIds: [unknown])
            #expect(try await refusal { _ = try await world.templates.create(foreign, as: world.person) }?.code == .unknownChannel)
        }
    }

    @Test("one signature is the automatic one, and it is added only where asked", arguments: TestDatabase.all)
    func signing(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let nobody = try await world.posts.create(
                PostDraft(content: "Hi", status: .draft, signature: PostDraft.automaticSignature), as: world.person)
            #expect(nobody.parts[0].text == "Hi")
            let first = try await world.signatures.create(NewSignature(name: "A", text: "— Ada", automatic: true), as: world.person)
            _ = try await world.signatures.create(NewSignature(name: "B", text: "— Bob", automatic: true), as: world.person)
            #expect(try await world.signatures.list(as: world.person).filter(\.automatic).map(\.name) == ["B"])
            _ = try await world.signatures.update(first.id, SignatureChange(automatic: true), as: world.person)
            #expect(try await world.signatures.automatic(as: world.person)?.name == "A")
            let plain = try await world.posts.create(PostDraft(content: "Hi", status: .draft), as: world.person)
            #expect(plain.parts[0].text == "Hi")
            let signed = try await world.posts.create(
                PostDraft(parts: [PartDraft(text: "Hi"), PartDraft(text: "More")], status: .draft, signature: "automatic"), as: world.person)
            #expect(signed.parts.map(\.text) == ["Hi\n\n— Ada", "More"])
            // It counts towards the limit.
            let long = PostDraft(content: String(repeating: "x", count: 498), platforms: [world.channel.text], signature: "A")
            #expect(try await world.posts.validate(long, as: world.person).contains { $0.severity == .error })
        }
    }

    @Test("another workspace sees and changes none of them", arguments: TestDatabase.all)
    func scoped(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let template = try await world.templates.create(NewPostTemplate(name: "T", parts: ["x"]), as: world.person)
            let group = try await world.hashtags.create(NewHashtagGroup(name: "G", hashtags: ["a"]), as: world.person)
            let other = world.publishing.world.workspace.stranger
            #expect(try await world.templates.list(as: other).isEmpty)
            #expect(try await refusal { try await world.templates.remove(template.id, as: other) }?.code == .notFound)
            #expect(try await refusal { try await world.hashtags.remove(group.id, as: other) }?.code == .notFound)
            #expect(try await refusal { _ = try await world.posts.create(PostDraft(template: "T"), as: other) }?.code == .validationFailed)
        }
    }
}
