import Domain
import Foundation

extension LinkedIn {
    /// How long LinkedIn refuses an equal post and names the one that is there: about ten minutes.
    private static let duplicateWindow = Duration.minutes(9)
    private static let page = 100

    /// `reposted` is the post that it shows once more, if it does.
    func findPost(
        _ text: String, reposting reposted: String? = nil, _ account: ConnectedAccount, _ intent: CommitIntent
    ) async throws -> Finding<PublishedPart> {
        guard kind == .page else {
            // No member may list posts. Within the window an equal post is refused and named: sending is safe.
            return intent.now - intent.firstTriedAt < Self.duplicateWindow ? .safeToSend : .undecidable
        }
        let author = FormEncoding.escape(author(account.account))
        let wanted = LittleText.plain(LittleText.encode(text)).comparable
        return try await context.lookBack(intent) { (mark: Int?) in
            let start = mark ?? 0
            let list: JSONValue = try await api.value(
                call(
                    "GET", "/rest/posts?q=author&author=\(author)&count=\(Self.page)&start=\(start)&sortBy=LAST_MODIFIED",
                    account.credentials))
            let posts = list["elements"]?.array ?? []
            let match = posts.first {
                isNew($0["createdAt"], intent) && $0["reshareContext"]?["parent"]?.string == reposted
                    && $0["commentary"]?.string.map { LittleText.plain($0).comparable } == wanted
            }
            // The latest change comes first: what follows is older still.
            let reachedBack = posts.last?["lastModifiedAt"].map { !isNew($0, intent) } ?? false
            let isLast = posts.count < Self.page || reachedBack
            return LookBackPage(
                part: match?["id"]?.string.map { PublishedPart(id: $0, url: postURL($0)) }, next: isLast ? nil : start + Self.page)
        }
    }

    func findComment(
        _ text: String, below post: PublishedPart, _ account: ConnectedAccount, _ intent: CommitIntent
    ) async throws -> Finding<PublishedPart> {
        try await context.lookBack(intent) { (mark: Int?) in
            let start = mark ?? 0
            let path = "/rest/socialActions/\(FormEncoding.escape(post.id))/comments?count=\(Self.page)&start=\(start)"
            let call = try call("GET", path, account.credentials)
            let answer = try await api.send(call, accepting: [403])
            // Most apps may write comments but not read them.
            if answer.status == 403 { return nil }
            let list: JSONValue = try api.decode(answer, to: call)
            let comments = list["elements"]?.array ?? []
            let match = comments.first {
                $0["actor"]?.string == author(account.account) && isNew($0["created"]?["time"], intent)
                    && $0["message"]?["text"]?.string?.comparable == LittleText.withoutMentions(text).comparable
            }
            let id = (match?["commentUrn"] ?? match?["$URN"] ?? match?["id"])?.string
            // LinkedIn promises no order of comments: only the last page is the end.
            let isLast = comments.count < Self.page
            return LookBackPage(part: id.map { PublishedPart(id: $0, url: post.url) }, next: isLast ? nil : start + Self.page)
        }
    }

    /// Whether something made at `milliseconds` may come from this commit.
    private func isNew(_ milliseconds: JSONValue?, _ intent: CommitIntent) -> Bool {
        guard let made = milliseconds?.number else { return true }
        return Timestamp(milliseconds: Int64(made)) >= intent.earliest
    }
}
