import Domain
import Foundation

extension Threads {
    /// The container itself tells whether it was published; which post it became is read from the account's list.
    func find(_ draft: Draft, _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        switch try await containers.state(of: draft.container, token: draft.account.credentials.accessToken) {
        case .published:
            if let id = try await published(draft, intent) { return .found(PublishedPart(id: id, url: nil)) }
            return .lookAgain(after: .minutes(1))  // It is public, though not yet in the list.
        case .inProgress: return .lookAgain(after: .seconds(30))
        case .finished, .expired, .failed: return context.finding(nil, complete: true, intent)
        }
    }

    private func published(_ draft: Draft, _ intent: CommitIntent) async throws -> String? {
        func isIt(_ post: JSONValue) -> Bool {
            GraphAPI.time(post["timestamp"]?.string).map { $0 >= intent.earliest } ?? true
                && post["replied_to"]?["id"]?.string == draft.parent && (post["text"]?.string ?? "").comparable == draft.text.comparable
        }
        let isReply = draft.parent != nil
        let query = [
            ("fields", "id,text,timestamp" + (isReply ? ",replied_to" : "")), ("since", String(intent.earliest.milliseconds / 1000)),
            ("limit", "50"),
        ]
        let posts = try await graph.list(
            isReply ? "me/replies" : "me/threads", query, token: draft.account.credentials.accessToken, pages: lookUpPages
        ) { $0.contains(where: isIt) }
        return posts.elements.first(where: isIt)?["id"]?.string
    }
}
