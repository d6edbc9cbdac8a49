import Application
import Domain

struct ValidatePostInput: ToolInput {
    let fields: PostFields

    init(from decoder: any Decoder) throws { fields = try PostFields(from: decoder) }

    static let descriptions = PostFields.descriptions
    static let aliases = PostFields.aliases
    static let unlisted = PostFields.unlisted
}

struct CheckedPost: ToolOutput {
    /// How long the text is on one channel.
    struct OnChannel: Codable, Sendable {
        struct Part: Codable, Sendable {
            let characters: Int
            let limit: Int
            let text: String
        }

        let channel: String
        let id: IntegrationID
        let parts: [Part]
    }

    let message: String
    let url: String
    let valid: Bool
    let problems: [ProblemCard]
    let warnings: [String]
    let channels: [OnChannel]
    let scheduledFor: Timestamp?
    let scheduledLocal: String?
}

/// Checking a post without saving it. Nothing is fetched either.
enum PostChecking {
    static func validate(_ input: ValidatePostInput, _ call: Invocation) async throws -> CheckedPost {
        let found = try await check(input.fields, call) { _ in }
        let message =
            found.cards.problems.isEmpty
            ? "The post can go out as it is." : "\(found.cards.problems.count) problem(s) keep it from going out; nothing was saved."
        return CheckedPost(
            message: message, url: call.pages.posts, valid: found.cards.problems.isEmpty, problems: found.cards.problems,
            warnings: found.warnings, channels: try await lengths(found.draft, call), scheduledFor: found.time,
            scheduledLocal: found.time.map(call.local.text))
    }

    static func dryRun(_ input: CreatePostInput, _ call: Invocation) async throws -> WrittenPost {
        try await PostWriting.checkKey(of: input, call)
        let found = try await check(input.fields, call, input.plan)
        let message =
            found.cards.problems.isEmpty
            ? "Nothing was saved (dry_run). The post can be made as it is." : "Nothing was saved (dry_run). There are problems to mend first."
        return WrittenPost(
            message: message, url: call.pages.posts, saved: false, post: nil, problems: found.cards.problems, warnings: found.warnings,
            changes: nil)
    }

    private struct Findings {
        let draft: PostDraft
        let cards: (problems: [ProblemCard], warnings: [ProblemCard])
        let warnings: [String]
        let time: Timestamp?
    }

    private static func check(
        _ fields: PostFields, _ call: Invocation, _ plan: (inout PostDraft) throws -> Void
    ) async throws -> Findings {
        var unfetched: [String]? = []
        var draft = try await fields.draft(in: call, unfetched: &unfetched)
        try plan(&draft)
        var problems = try await call.services.posts.validate(draft, as: call.caller.reading)
        let missing = unfetched ?? []
        // Without the files nobody can say whether they are enough.
        if !missing.isEmpty { problems.removeAll { [.emptyPost, .emptyPart, .mediaRequired].contains($0.code) } }
        let cards = try await call.cards(problems)
        let zone = draft.timeZone ?? call.zone
        return Findings(
            draft: draft, cards: cards,
            warnings: cards.warnings.map(\.message)
                + missing.map { "\($0.shortened(to: 200)) is fetched when the post is made: its kind and size were not checked." },
            time: try draft.scheduledFor.map { try Schedule.resolve($0, zone: zone) })
    }

    /// The text as each channel gets it, with its links as they go out, counted as its platform counts.
    static func lengths(_ draft: PostDraft, _ call: Invocation) async throws -> [CheckedPost.OnChannel] {
        let ids = (draft.platforms ?? []).compactMap { IntegrationID($0) }
        let channels = try await call.services.channels.integrations(ids, of: call.caller.organizationId)
        let texts = PostDraft(
            parts: draft.parts, platforms: channels.map(\.id.text), timeZone: draft.timeZone, versions: draft.versions, settings: draft.settings,
            tags: draft.tags, status: .draft, linksAsWritten: draft.linksAsWritten)
        let counts = try await call.services.posts.counts(of: texts, as: call.caller.reading)
        return channels.compactMap { channel in
            guard call.services.platforms[channel.platform] != nil else { return nil }
            let parts = draft.versions?[channel.id.text] ?? draft.parts ?? []
            let own = counts.filter { $0.integrationId == channel.id }
            return CheckedPost.OnChannel(
                channel: channel.displayName, id: channel.id,
                parts: zip(parts, own).map { part, count in
                    .init(characters: count.length, limit: count.limit, text: (count.outgoing ?? part.text ?? "").shortened(to: 500))
                })
        }
    }
}
