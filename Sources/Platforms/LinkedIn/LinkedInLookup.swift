import Domain
import Foundation

extension LinkedIn {
    /// How long LinkedIn refuses an equal post and names the one that is there: about ten minutes.
    private static let duplicateWindow = Duration.minutes(9)
    private static let page = 100

    func findPost(_ text: String, _ account: ConnectedAccount, _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        guard kind == .page else {
            // No member may list posts. Within the window an equal post is refused and named: sending is safe.
            return intent.now - intent.firstTriedAt < Self.duplicateWindow ? .safeToSend : .undecidable
        }
        let author = FormEncoding.escape(author(account.account))
        let wanted = LittleText.plain(LittleText.encode(text))
        return try await search(intent) { start in
            let list: JSONValue = try await api.value(
                call(
                    "GET", "/rest/posts?q=author&author=\(author)&count=\(Self.page)&start=\(start)&sortBy=LAST_MODIFIED",
                    account.credentials))
            let posts = list["elements"]?.array ?? []
            let match = posts.first {
                isNew($0["createdAt"], intent) && same($0["commentary"]?.string.map(LittleText.plain), wanted)
            }
            // The latest change comes first: what follows is older still.
            let reachedBack = posts.last?["lastModifiedAt"].map { !isNew($0, intent) } ?? false
            return Page(
                part: match?["id"]?.string.map { PublishedPart(id: $0, url: postURL($0)) }, isLast: posts.count < Self.page || reachedBack)
        }
    }

    func findComment(
        _ text: String, below post: PublishedPart, _ account: ConnectedAccount, _ intent: CommitIntent
    ) async throws -> Finding<PublishedPart> {
        try await search(intent) { start in
            let path = "/rest/socialActions/\(FormEncoding.escape(post.id))/comments?count=\(Self.page)&start=\(start)"
            let call = try call("GET", path, account.credentials)
            let answer = try await api.send(call, accepting: [403])
            // Most apps may write comments but not read them.
            if answer.status == 403 { return nil }
            let list: JSONValue = try api.decode(answer, to: call)
            let comments = list["elements"]?.array ?? []
            let match = comments.first {
                $0["actor"]?.string == author(account.account) && isNew($0["created"]?["time"], intent)
                    && same($0["message"]?["text"]?.string, LittleText.withoutMentions(text))
            }
            let id = (match?["commentUrn"] ?? match?["$URN"] ?? match?["id"])?.string
            // LinkedIn promises no order of comments: only the last page is the end.
            return Page(part: id.map { PublishedPart(id: $0, url: post.url) }, isLast: comments.count < Self.page)
        }
    }

    private struct Page {
        let part: PublishedPart?
        let isLast: Bool
    }

    /// Reads page after page until the part is found or nothing can follow; `read` gives nil where reading is not allowed.
    private func search(_ intent: CommitIntent, _ read: (_ start: Int) async throws -> Page?) async throws -> Finding<PublishedPart> {
        for number in 0..<lookUpPages {
            guard let page = try await read(number * Self.page) else { return .undecidable }
            if page.part != nil || page.isLast { return context.finding(page.part, complete: true, intent) }
        }
        return context.finding(nil, complete: false, intent)
    }

    /// Whether something made at `milliseconds` may come from this commit.
    private func isNew(_ milliseconds: JSONValue?, _ intent: CommitIntent) -> Bool {
        guard let made = milliseconds?.number else { return true }
        return Timestamp(milliseconds: Int64(made)) >= intent.earliest
    }

    private func same(_ left: String?, _ right: String) -> Bool {
        func normal(_ text: String) -> String {
            text.precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return left.map(normal) == normal(right)
    }
}
