import Application
import Domain

extension Undo {
    /// Gives a post back what it said and when it was to go out, unless somebody changed it after the call.
    static func rewrite(_ id: PostID, _ before: PostView, leftAt revision: Int) -> Undo {
        var draft = PostDraft(before)
        draft.revision = revision
        if before.status == .draft { draft.status = .draft }
        return .rewrite(id, draft)
    }
}
