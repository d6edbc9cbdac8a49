import Domain
import Foundation
import Persistence

/// Posts that wait for review: deciding about them, and who is told by mail.
extension Posts {
    /// Lets a post that waits for review go its way: at its time, at once when that has passed, or as a draft when it has none. It is checked
    /// again: throws `POST_INVALID` when it could not go out any more. `revision` is the one that the person looked at: throws `CONFLICT` when
    /// the post was changed since, so that nothing goes out unseen.
    ///
    /// Of a post that repeats, `scope` says whether it alone is approved, or with it what follows, or all that is still to come: also what is made
    /// later of its series. What was changed by itself is approved by itself.
    public func approve(_ id: PostID, revision: Int? = nil, scope: SeriesScope = .this, as caller: Caller) async throws -> PostView {
        try caller.require(.postsWrite)
        try caller.requireApproved(to: "approve")
        try caller.require(.approve)
        let view = try await get(id, as: caller.reading)
        if let revision, revision != view.revision { throw ProblemReport.changedMeanwhile }
        guard view.status == .inReview else { throw ProblemReport(.conflict, "This post does not wait for review.") }
        try await requireOther(than: caller, for: view)
        var draft = PostDraft(view)
        draft.status = view.scheduledFor == nil ? .draft : .scheduled
        if scope != .this {
            try await requireApprovableAsSeries(view, as: caller)
            return try await replace(id, with: draft, scope: scope, restoring: nil, deciding: .approved, as: caller)
        }
        if let time = view.scheduledFor, time <= clock.now { (draft.scheduledFor, draft.schedule) = (nil, .now) }
        return try await replace(id, with: draft, restoring: nil, deciding: .approved, as: caller)
    }

    /// Throws `CONFLICT` where what was looked at does not stand for the others of its series.
    private func requireApprovableAsSeries(_ view: PostView, as caller: Caller) async throws {
        let organization = caller.organizationId
        let place = try await database.read { try PostRepository.find(view.id, of: organization, in: $0)?.series }
        guard let place, !place.isChanged else {
            throw ProblemReport(
                .conflict,
                "This post is no part of a series, or was changed by itself: approve it alone, and the others of the series from one of them.")
        }
        guard let time = view.scheduledFor, time > clock.now else {
            throw ProblemReport(.conflict, "The time of this post has passed: approve it alone, and those that follow from the next one.")
        }
    }

    /// Throws `FORBIDDEN` to whom the rules want an approval of somebody else, and who wrote the post as it is.
    private func requireOther(than caller: Caller, for view: PostView) async throws {
        guard let user = caller.userId else { return }
        let organization = caller.organizationId
        let author = try await database.read { transaction -> UserID? in
            guard try Approvals(for: caller, in: transaction).planner(on: view.platforms, in: transaction).draftOnly else { return nil }
            let latest = try PostRevisionRepository.newest(of: view.id, in: organization, in: transaction)
            return try latest?.savedBy ?? PostRepository.find(view.id, of: organization, in: transaction)?.createdBy
        }
        guard author != user else {
            throw ProblemReport(.forbidden, "You wrote this, and a rule of the workspace asks for somebody else's approval. Ask another one.")
        }
    }

    /// Makes a post in review a draft again, for its author to change. `note` says what, as a comment on the post. `revision` is the one that the
    /// person looked at. Throws `CONFLICT` when it was changed since, or does not wait for review.
    public func sendBack(_ id: PostID, note: String?, revision: Int? = nil, as caller: Caller) async throws -> PostView {
        try caller.require(.postsWrite)
        try caller.requireApproved(to: "send back")
        try caller.require(.approve)
        let said = try note.flatMap(PostComments.said)
        let view = try await get(id, as: caller.reading)
        if let revision, revision != view.revision { throw ProblemReport.changedMeanwhile }
        guard view.status == .inReview else { throw ProblemReport(.conflict, "This post does not wait for review.") }
        var draft = PostDraft(view)
        draft.status = .draft
        return try await replace(id, with: draft, restoring: nil, deciding: .sentBack(note: said, by: CommentAuthor(caller)), as: caller)
    }

    /// Notes what people are told by mail of a post that comes to review or leaves it, `before` being how it stood (nil: it was not there), and what
    /// its author is to change. Who takes their own post back knows it.
    static func noteReview(
        of post: Post, from before: PostStatus? = nil, _ decision: ReviewDecision? = nil, by user: UserID?, at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        var said: PostCommentID?
        if case .sentBack(let note?, let author) = decision {
            said = try PostComments.insert(note, .sentBack, about: post.id, in: post.organizationId, by: author, at: now, in: transaction).id
        }
        let kind: ReviewNoticeRepository.Kind
        switch (before == .inReview, post.status == .inReview) {
        case (false, true): kind = .waiting
        case (true, false) where user != post.createdBy: kind = post.status == .draft && decision != .approved ? .sentBack : .approved
        default: return
        }
        try ReviewNoticeRepository.insert(kind, post.id, of: post.organizationId, by: user, saying: said, at: now, in: transaction)
    }
}

/// What was decided about a post in review.
enum ReviewDecision: Equatable, Sendable {
    case approved
    /// With what the author is to change.
    case sentBack(note: String?, by: CommentAuthor)

    var isSentBack: Bool { self != .approved }

    /// What the event of the changed post says of it.
    func told(about post: Post, by user: UserID?) -> [String: JSONValue] {
        let people = ["author": post.createdBy, "by": user].compactMapValues { $0 }.mapValues { JSONValue.string($0.text) }
        return people.merging(["decision": word]) { $1 }
    }

    var word: JSONValue { isSentBack ? "SENT_BACK" : "APPROVED" }
}
