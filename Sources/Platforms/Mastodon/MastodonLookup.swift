import Domain
import Foundation

extension Mastodon {
    /// Servers remember an idempotency key for an hour; the margin is for clocks and for the time on the way.
    private static let keyLifetime = Duration.minutes(55)
    /// As many statuses as a server gives at once.
    private static let page = 40

    func find(_ draft: Draft, _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        // While the key is remembered, a repeat is answered with the status that is already there.
        if intent.now - intent.firstTriedAt < Self.keyLifetime { return .safeToSend }
        let credentials = draft.account.credentials
        let id = draft.account.account.id.split(separator: ":").last.map(String.init) ?? ""
        let statuses: [Status] = try await api(instance(of: credentials)).value(
            call("GET", "/api/v1/accounts/\(FormEncoding.escape(id))/statuses?limit=\(Self.page)&exclude_reblogs=true", credentials))
        let match = statuses.first { status in
            status.createdAt.map { $0 >= intent.earliest } ?? true && status.parent == draft.parent
                && Self.comparable(HTMLText.plain(status.content ?? "")) == Self.comparable(draft.text)
        }
        let complete = statuses.count < Self.page || statuses.last?.createdAt.map { $0 < intent.earliest } ?? false
        return context.finding(match.map { PublishedPart(id: $0.id, url: $0.url ?? $0.uri) }, complete: complete, intent)
    }

    /// Without what servers change on the way: the form of characters, white space, and the host of a mention.
    static func comparable(_ text: String) -> String {
        text.precomposedStringWithCanonicalMapping
            .replacing(/(@\w+)@[\w.-]+\w/) { String($0.output.1) }
            .split { $0.isWhitespace || $0.isNewline }.joined(separator: " ")
    }

    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> [String: [Metric: Int]] {
        var result = [String: [Metric: Int]]()
        for post in posts {
            let call = call("GET", "/api/v1/statuses/\(FormEncoding.escape(post.platformPostId))", account.credentials)
            let answer = try await api(instance(of: account.credentials)).send(call, accepting: [404])
            guard answer.isSuccess else { continue }
            let status: Status = try api(instance(of: account.credentials)).decode(answer, to: call)
            var figures = [Metric: Int]()
            figures[.likes] = status.likes
            figures[.shares] = status.shares
            figures[.comments] = status.comments
            figures[.quotes] = status.quotes
            result[post.platformPostId] = figures
        }
        return result
    }
}

/// The text of the simple HTML that Mastodon makes from a status.
enum HTMLText {
    static func plain(_ html: String) -> String {
        let broken = html.replacing(/<br\s*\/?>|<\/p>/.ignoresCase(), with: "\n").replacing(/<[^>]*>/, with: "")
        let named = ["&lt;": "<", "&gt;": ">", "&quot;": "\"", "&#39;": "'", "&apos;": "'", "&nbsp;": " "]
        // `&amp;` last: what it uncovers is text.
        return named.reduce(broken) { $0.replacing($1.key, with: $1.value) }.replacing("&amp;", with: "&")
    }
}
