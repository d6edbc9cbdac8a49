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
        let list: JSONValue = try await api.value(
            call("GET", "/rest/posts?q=author&author=\(author)&count=\(Self.page)&sortBy=LAST_MODIFIED", account.credentials))
        let posts = list["elements"]?.array ?? []
        let match = posts.first {
            isNew($0["createdAt"], intent)
                && same($0["commentary"]?.string.map(LittleText.plain), LittleText.plain(LittleText.encode(text)))
        }
        return context.finding(
            match?["id"]?.string.map { PublishedPart(id: $0, url: postURL($0)) }, complete: posts.count < Self.page, intent)
    }

    func findComment(
        _ text: String, below post: PublishedPart, _ account: ConnectedAccount, _ intent: CommitIntent
    ) async throws -> Finding<PublishedPart> {
        let call = try call("GET", "/rest/socialActions/\(FormEncoding.escape(post.id))/comments?count=\(Self.page)", account.credentials)
        let answer = try await api.send(call, accepting: [403])
        // Most apps may write comments but not read them.
        if answer.status == 403 { return .undecidable }
        let list: JSONValue = try api.decode(answer, to: call)
        let comments = list["elements"]?.array ?? []
        let match = comments.first {
            $0["actor"]?.string == author(account.account) && isNew($0["created"]?["time"], intent)
                && same($0["message"]?["text"]?.string, LittleText.withoutMentions(text))
        }
        let id = (match?["commentUrn"] ?? match?["$URN"] ?? match?["id"])?.string
        return context.finding(id.map { PublishedPart(id: $0, url: post.url) }, complete: comments.count < Self.page, intent)
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
