import Application
import Domain

struct ListPostsInput: ToolInput {
    enum Sort: String, Codable, Sendable, CaseIterable { case newest, oldest }

    let status: [PostStatus]?
    let channel: [String]?
    let tag: String?
    let text: String?
    let since: String?
    let until: String?
    let sort: Sort?
    let limit: Int?
    let cursor: String?
    let detail: PostCard.Detail?

    static let descriptions = [
        "status": "Only posts with one of these statuses; SCHEDULED shows what is planned.",
        "channel": "Only posts for one of these channels, by id or name.",
        "tag": "Only posts with this tag.",
        "text": "Only posts that contain this text.",
        "since": "Only posts since this date or time.",
        "until": "Only posts before this time.",
        "sort": "By time: newest first (the standard) or oldest first.",
        "limit": "How many at most, 1 to 100; the standard is 20.",
        "cursor": "Continues a list: next_cursor of the page before.",
        "detail": "concise (the standard) shows the beginning of the text; full shows everything.",
    ]
    static let aliases = Span.aliases
}

struct PostList: ToolOutput {
    let message: String
    let url: String
    /// In which `scheduledLocal` is told.
    let timeZone: String
    let posts: [PostCard]
    /// How many fit in all, counted up to `PostReading.mostCounted`.
    let total: Int
    let nextCursor: String?
}

struct GetPostInput: ToolInput {
    let post: String

    static let descriptions = ["post": "The post: its id or web address."]
}

struct WholePost: ToolOutput {
    struct Attempt: Codable, Sendable {
        let channel: String
        let number: Int
        let startedAt: Timestamp
        let finishedAt: Timestamp?
        let outcome: PublicationStatus?
        let error: String?
    }

    let message: String
    let url: String
    let post: PostCard
    /// The text as each channel gets it, counted as its platform counts.
    let previews: [CheckedPost.OnChannel]
    let attempts: [Attempt]
    /// What keeps it from going out.
    let problems: [ProblemCard]
    let warnings: [String]
    /// What people say about it within the workspace, such as what is to change.
    let comments: [String]?
}

enum PostReading {
    private static let mostPosts = 100
    private static let mostAttempts = 50
    private static let mostComments = 20
    /// To count all of a million posts takes longer than to read a page of them.
    static let mostCounted = 500

    static func list(_ input: ListPostsInput, _ call: Invocation) async throws -> Encoded<PostList> {
        let limit = try input.limit.within(1...mostPosts, standard: 20, "limit")
        var query = PostQuery(
            statuses: input.status ?? [], tag: input.tag, text: input.text, from: try call.local.instant(input.since, "since"),
            to: try call.local.instant(input.until, "until"), cursor: input.cursor, limit: limit, newestFirst: input.sort != .oldest)
        query.integrations = input.channel ?? []
        let (page, total) = try await call.services.posts.listCounted(query, upTo: mostCounted + 1, as: call.caller)
        var shown = page
        while true {
            let list = try Encoded(list(shown, total: total, input.detail ?? .concise, call))
            let (count, length) = (shown.items.count, list.answer.json.bytes.count)
            if count <= 1 || ResultSize.fits(list.answer.json) { return list }
            // What is too long for a model ends earlier, and goes on from there.
            let posts = Array(page.items.prefix(max(1, count * ResultSize.limit / length)))
            shown = Page(items: posts, nextCursor: posts.last.map(call.services.posts.cursor(after:)))
        }
    }

    private static func list(_ page: Page<PostView>, total: Int, _ detail: PostCard.Detail, _ call: Invocation) -> PostList {
        let rest = page.nextCursor == nil ? "" : " Call again with cursor next_cursor for the rest."
        let all = total > mostCounted ? "more than \(mostCounted)" : "\(total)"
        let message = page.items.isEmpty ? "No post fits." : "\(page.items.count) of \(all) post(s).\(rest)"
        return PostList(
            message: message, url: call.pages.posts, timeZone: call.zone, posts: page.items.map { PostCard($0, detail, in: call) },
            total: min(total, mostCounted),
            nextCursor: page.nextCursor)
    }

    static func get(_ input: GetPostInput, _ call: Invocation) async throws -> WholePost {
        let view = try await call.post(input.post)
        let draft = PostDraft(view)
        let attempts = try await call.services.posts.attempts(view.id, as: call.caller)
        let names = Dictionary(view.publications.map { ($0.id, $0.channel) }) { first, _ in first }
        var cards: (problems: [ProblemCard], warnings: [ProblemCard]) = ([], [])
        if [.draft, .inReview, .scheduled].contains(view.status) {
            cards = try await call.cards(try await call.services.posts.validate(draft, as: call.caller))
        }
        let comments = try await call.services.comments.list(of: view.id, as: call.caller)
        return WholePost(
            message: PostWriting.told(view, call), url: call.pages.post(view.id), post: PostCard(view, in: call),
            previews: try await PostChecking.lengths(draft, call),
            attempts: attempts.suffix(mostAttempts).map { attempt in
                .init(
                    channel: names[attempt.publicationId] ?? "", number: attempt.number, startedAt: attempt.startedAt,
                    finishedAt: attempt.finishedAt, outcome: attempt.outcome, error: attempt.errorMessage)
            }, problems: cards.problems, warnings: cards.warnings.map(\.message) + view.publications.flatMap(\.notes),
            comments: comments.isEmpty ? nil : comments.suffix(mostComments).map { "\($0.author): \($0.text)" })
    }
}
