import Domain
import Foundation

extension Reddit {
    /// How long a post of a file may stay out of the list of its author's posts.
    private static let mediaGrace = Duration.minutes(10)

    /// Looks for `draft` among the account's posts: Reddit has no idempotency key.
    func find(_ draft: Draft, _ intent: CommitIntent) async throws -> Finding<Submission> {
        let found = try await search(draft, since: intent.earliest)
        if let part = found.part { return .found(Submission(at: intent.firstTriedAt, part: part)) }
        let settled = intent.lastTriedAt + Self.mediaGrace
        if draft.appearsLater, intent.now < settled { return .lookAgain(after: min(.minutes(1), settled - intent.now)) }
        switch context.finding(nil, complete: found.complete, intent) {
        case .lookAgain(let after): return .lookAgain(after: after)
        case .undecidable: return .undecidable
        default: return .safeToSend
        }
    }

    /// The newest post that is like `draft`. Complete: what is older than `earliest` was reached.
    func search(_ draft: Draft, since earliest: Timestamp) async throws -> (part: PublishedPart?, complete: Bool) {
        let found = try await context.searchPages { (mark: String?) in
            let after = mark.map { "&after=\(FormEncoding.escape($0))" } ?? ""
            let path = "/user/\(FormEncoding.escape(draft.account.account.username))/submitted?limit=100&sort=new&raw_json=1\(after)"
            let list: JSONValue = try await api.value(call("GET", path, draft.account.credentials))
            let posts = (list["data"]?["children"]?.array ?? []).compactMap { $0["data"] }
            let match = posts.first { isNew($0, earliest) && isLike(draft, $0) }
            let part = match.flatMap { post in post["name"]?.string.map { PublishedPart(id: $0, url: post["permalink"]?.string.map(address)) } }
            return LookBackPage(part: part, next: posts.allSatisfy { isNew($0, earliest) } ? list["data"]?["after"]?.string : nil)
        }
        return found ?? (nil, false)
    }

    private func isLike(_ draft: Draft, _ post: JSONValue) -> Bool {
        guard post["subreddit"]?.string?.lowercased() == draft.community.lowercased(),
            post["title"]?.string?.comparable == draft.title.comparable,
            (post["selftext"]?.string ?? "").comparable == draft.text.comparable
        else { return false }
        if let shared = draft.shared { return post["crosspost_parent"]?.string == shared }
        return draft.link == nil || post["url"]?.string == draft.link
    }

    private func isNew(_ thing: JSONValue, _ earliest: Timestamp) -> Bool {
        thing["created_utc"]?.number.map { Timestamp(milliseconds: Int64($0 * 1000)) >= earliest } ?? true
    }

    func findComment(
        _ text: String, below post: PublishedPart, _ account: ConnectedAccount, _ intent: CommitIntent
    ) async throws -> Finding<PublishedPart> {
        let path = "/comments/\(FormEncoding.escape(String(post.id.dropFirst(3))))?limit=500&depth=1&sort=new&raw_json=1"
        let lists: JSONValue = try await api.value(call("GET", path, account.credentials))
        let things = lists[1]?["data"]?["children"]?.array ?? []
        let comments = things.filter { $0["kind"]?.string == "t1" }.compactMap { $0["data"] }
        let match = comments.first {
            $0["author"]?.string == account.account.username && $0["parent_id"]?.string == post.id && isNew($0, intent.earliest)
                && ($0["body"]?.string ?? "").comparable == text.comparable
        }
        let part = match.flatMap { comment in
            comment["name"]?.string.map { PublishedPart(id: $0, url: comment["permalink"]?.string.map(address)) }
        }
        // Newest first: what is not shown at once is older than the last that is.
        let isWhole = things.allSatisfy { $0["kind"]?.string != "more" } || comments.contains { !isNew($0, intent.earliest) }
        return context.finding(part, complete: isWhole, intent)
    }
}
