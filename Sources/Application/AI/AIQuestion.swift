import Domain
import Foundation
import Persistence

/// A request that was read: exactly what the model is asked, and what its answers are held against.
struct AIQuestion: Sendable {
    /// Where no channel says how long a text may be.
    private static let usualLimit = 2_000
    /// A description is read aloud: more than this nobody wants to hear.
    private static let altTextLimit = 500
    /// Of an item of a feed.
    private static let longestItem = 6_000

    let task: AITask
    let words: String
    let picture: Data?
    /// About how many tokens the answer takes.
    let expected: Int
    private let room: Room?

    /// Throws `VALIDATION_FAILED`, `NOT_FOUND`, and as `Posts.read`.
    init(_ request: AIRequest, posts: Posts, media: MediaLibrary, database: any Database, as caller: Caller) async throws {
        task = request.task
        let text = try await Self.text(of: request, database, as: caller)
        room = try await Room(request, posts, as: caller)
        if task == .shorten, room == nil {
            throw ProblemReport.invalid("platforms", "Name the channels whose limits the text must keep.")
        }
        if task == .altText {
            guard let id = request.mediaId else { throw ProblemReport.invalid("mediaId", "Name the picture that is to be described.") }
            picture = try await media.pictureForModel(id, as: caller)
        } else {
            picture = nil
        }
        let organization = caller.organizationId
        let (own, locale) = try await database.read { transaction in
            (
                try AIRepository.prompts(of: organization, in: transaction)[request.task],
                try caller.userId.flatMap { try UserRepository.find($0, in: transaction) }?.locale
            )
        }
        let limit = task == .altText ? Self.altTextLimit : room?.limit ?? Self.usualLimit
        let values: [AIPrompt.Place: String] = [
            .limit: String(limit), .platform: room?.platforms ?? "social networks",
            .language: Self.name(of: request.language ?? locale ?? "en"),
        ]
        let prompt = own ?? task.standardPrompt
        // A description is about the picture; what stands beside it goes along where the prompt has a place for it.
        words = task == .altText ? prompt.filled(values.merging([.text: text]) { $1 }) : prompt.filled(values, about: text)
        expected = task == .altText ? 200 : task == .ideas ? 600 : AITokens.estimate(text)
    }

    private static func text(of request: AIRequest, _ database: any Database, as caller: Caller) async throws -> String {
        let text = (request.text ?? "").withOneLineEnd
        guard text.unicodeScalars.count <= AIHelp.longestText else {
            throw ProblemReport.invalid("text", "A language model is asked about at most \(AIHelp.longestText) characters.")
        }
        switch request.task {
        case .altText: return text
        case .rewrite, .shorten:
            guard !text.allSatisfy(\.isWhitespace) else { throw ProblemReport.invalid("text", "Give the text that is to be changed.") }
            return text
        case .ideas:
            guard let id = request.itemId else { throw ProblemReport.invalid("itemId", "Name the item of a feed to have ideas about.") }
            try caller.require(.postsRead)
            let organization = caller.organizationId
            guard let item = try await database.read({ try FeedEntryRepository.find(id, of: organization, in: $0) })?.item else {
                throw ProblemReport.notFound("item")
            }
            return [item.title, item.summary].filter { !$0.isEmpty }.joined(separator: "\n\n").shortened(to: longestItem)
        }
    }

    private static func name(of language: String) -> String { Locale(identifier: "en").localizedString(forIdentifier: language) ?? language }

    func suggestion(_ text: String) -> AISuggestion {
        let tightest = room?.counts(of: text).max { $0.length - $0.limit < $1.length - $1.limit }
        return AISuggestion(
            text: text, length: tightest?.length, limit: tightest?.limit, fits: tightest.map { $0.length <= $0.limit } ?? true)
    }

    /// What the model is told of a text that is still too long; nil when it fits.
    func complaint(about text: String) -> String? {
        guard let room, let over = room.counts(of: text).map({ $0.length - $0.limit }).max(), over > 0 else { return nil }
        return """
            That has \(room.limit + over) characters, and at most \(room.limit) are allowed. Shorten it by at least \(over) more, and answer with the \
            text of the post alone.
            """
    }

    /// Where a text goes.
    private struct Room: Sendable {
        let channels: [ChannelContext]
        let settings: [IntegrationID: [String: JSONValue]]
        let isFollowUp: Bool
        let platforms: String
        /// How much of a text of one's own fits everywhere: what goes before it counts, too.
        private(set) var limit = 0

        /// Nil when no channel is named.
        init?(_ request: AIRequest, _ posts: Posts, as caller: Caller) async throws {
            guard let names = request.platforms, !names.isEmpty else { return nil }
            let draft = PostDraft(content: request.text ?? "", platforms: names, settings: request.settings, status: .draft)
            let reading = try await posts.read(draft, as: caller)
            channels = posts.contexts(of: reading)
            settings = reading.content.settings
            isFollowUp = request.followUp ?? false
            platforms = channels.map(\.descriptor.name).distinct().joined(separator: " and ")
            limit = max(1, counts(of: "").map { $0.limit - $0.length }.min() ?? AIQuestion.usualLimit)
        }

        func counts(of text: String) -> [TextCount] {
            let before = isFollowUp ? [PostPart(text: "")] : []
            let content = PostContent(parts: before + [PostPart(text: text)], settings: settings)
            return PostValidator.counts(of: content, on: channels).filter { $0.part == before.count }
        }
    }
}
