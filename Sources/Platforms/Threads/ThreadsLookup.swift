import Domain
import Foundation

extension Threads {
    /// The container itself tells whether it was published; which post it became is read from the account's list.
    func find(_ draft: Draft, _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        switch try await state(of: draft.container, draft.account.credentials).status {
        case "PUBLISHED":
            if let id = try await published(draft, intent) { return .found(PublishedPart(id: id, url: nil)) }
            return .lookAgain(after: .minutes(1))  // It is public, though not yet in the list.
        case "IN_PROGRESS": return .lookAgain(after: .seconds(30))
        default: return context.finding(nil, complete: true, intent)
        }
    }

    private func published(_ draft: Draft, _ intent: CommitIntent) async throws -> String? {
        let isReply = draft.parent != nil
        var query = [
            ("fields", "id,text,timestamp" + (isReply ? ",replied_to" : "")), ("since", String(intent.earliest.milliseconds / 1000)),
            ("limit", "50"),
        ]
        for _ in 0..<lookUpPages {
            let page: Page<Post> = try await api.value(call("GET", isReply ? "me/replies" : "me/threads", query, draft.account.credentials))
            let match = page.data.first { post in
                post.timestamp.map { $0 >= intent.earliest } ?? true && post.repliedTo?.id == draft.parent
                    && Self.comparable(post.text ?? "") == Self.comparable(draft.text)
            }
            if let match { return match.id }
            guard page.paging?.next != nil, let after = page.paging?.cursors?.after else { return nil }
            query = query.filter { $0.0 != "after" } + [("after", after)]
        }
        return nil
    }

    /// Without what may change on the way: the form of characters, and white space.
    private static func comparable(_ text: String) -> String {
        text.precomposedStringWithCanonicalMapping.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
