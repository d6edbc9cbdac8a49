import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Deciding about posts that wait for review.
struct ReviewActions {
    func approve(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        let own = "/posts/\(id)"
        let back = try await visit.form().text("back").localPath(or: own)
        return try await visit.orSay(back) {
            let scope = SeriesScope(rawValue: try await visit.form().text("scope")) ?? .this
            let line = ReviewLine(from: try await visit.services.posts.get(id, as: visit.caller), visit)
            let post = try await visit.services.posts.approve(id, revision: try await visit.seenRevision(), scope: scope, as: visit.caller)
            let toast =
                scope == .this ? Toast(said(post, visit), undo: undo([post])) : Toast(visit.words("done_approveSeries"))
            return try await back == own ? line.goOn(or: own, toast) : visit.redirect(to: back, toast)
        }
    }

    /// What takes approvals back, as far as nothing has begun to go out.
    private func undo(_ posts: [PostView]) -> String? {
        let waiting = posts.filter { [.scheduled, .draft].contains($0.status) }
        return waiting.isEmpty ? nil : ChosenPosts.undo(by: .unapprove, waiting.map { ChosenPost($0.id, revision: $0.revision) })
    }

    private func said(_ post: PostView, _ visit: Visit) -> String {
        switch post.status {
        case .scheduled: visit.words("done_approve_schedule", ["time": post.scheduledFor.map(visit.time.moment) ?? ""])
        case .draft: visit.words("done_approve_draft")
        default: visit.words("done_approve_publish")
        }
    }

    /// Approves every chosen post that can go out. Says how many did, and what the first refusal was.
    func approveChosen(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        let back = form.text("back").localPath(or: "/posts?tab=review")
        let chosen = form.all("post").compactMap { ChosenPost($0) }
        guard !chosen.isEmpty else { return try visit.redirect(to: back, Toast(visit.words("review_chooseSome"))) }
        var (approved, refusals) = ([PostView](), [String]())
        for post in chosen {
            do {
                approved.append(try await visit.services.posts.approve(post.id, revision: post.revision, as: visit.caller))
            } catch let report as ProblemReport {
                refusals.append(visit.say(report.message))
            }
        }
        let parts = [visit.words.count("done_approved", approved.count), refusals.first].compactMap(\.self)
        return try visit.redirect(to: back, Toast(parts.joined(separator: " "), undo: undo(approved)))
    }

    func sendBack(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        let form = try await visit.form()
        return try await visit.orSay("/posts/\(id)") {
            let line = ReviewLine(from: try await visit.services.posts.get(id, as: visit.caller), visit)
            _ = try await visit.services.posts.sendBack(id, note: form["note"], revision: try await visit.seenRevision(), as: visit.caller)
            return try await line.goOn(or: "/posts/\(id)", Toast(visit.words("done_sendBack")))
        }
    }
}

/// The posts that wait for review, in the order of their list, seen from one of them.
struct ReviewLine {
    private let post: PostView
    private let visit: Visit

    init(from post: PostView, _ visit: Visit) {
        (self.post, self.visit) = (post, visit)
    }

    /// How many wait, and the way to those beside this one; nil where it is alone, or does not wait itself.
    func model() async throws -> Model? {
        guard post.status == .inReview else { return nil }
        let count = try await count
        guard count > 1 else { return nil }
        async let previous = neighbour(before: true)
        async let next = neighbour(before: false)
        return [
            "count": visit.words.count("attentionReview", count), "previous": try await previous.map { "/posts/\($0)" },
            "next": try await next.map { "/posts/\($0)" },
        ]
    }

    /// On to the next one that waits, after this one was decided about; where none is left, or this one did not wait, to `otherwise`.
    func goOn(or otherwise: String, _ toast: Toast) async throws -> Response {
        guard post.status == .inReview, visit.mayApprove else { return try visit.redirect(to: otherwise, toast) }
        var next = try await neighbour(before: false)
        if next == nil { next = try await first(PostQuery(statuses: [.inReview], limit: 1, newestFirst: false)) }
        guard let next, next != post.id else { return try visit.redirect(to: otherwise, toast) }
        let left = visit.words.count("review_left", try await count)
        return try visit.redirect(to: "/posts/\(next)", Toast("\(toast.message) \(left)", undo: toast.undo))
    }

    private var count: Int {
        get async throws { try await visit.services.posts.counts(of: [.inReview], as: visit.caller)[.inReview] ?? 0 }
    }

    private func neighbour(before: Bool) async throws -> PostID? {
        let cursor = visit.services.posts.cursor(after: post)
        return try await first(PostQuery(statuses: [.inReview], cursor: cursor, limit: 1, newestFirst: before))
    }

    private func first(_ query: PostQuery) async throws -> PostID? {
        try await visit.services.posts.list(query, as: visit.caller).items.first?.id
    }
}

/// What the page of a post in review offers to whom.
struct ReviewCard {
    let post: PostView
    let visit: Visit

    /// Nil for a post that does not wait for review.
    var model: Model? {
        guard post.status == .inReview else { return nil }
        return [
            "text": visit.words(post.origin == .mcp ? "review_byAssistant" : "review_byProgram"),
            "approve": visit.mayApprove ? ["label": label, "following": post.seriesId != nil] as Model : nil,
        ]
    }

    private var label: String {
        guard let time = post.scheduledFor else { return visit.words("review_asDraft") }
        return time <= visit.services.time.now
            ? visit.words("review_andPublish") : visit.words("review_andSchedule", ["time": visit.time.moment(time)])
    }
}

extension Visit {
    /// `Posts.approve` decides; this keeps buttons away from those it refuses.
    var mayApprove: Bool { caller.may(.approve) }
    /// Whether the person writes; others look.
    var mayWrite: Bool { caller.may(.draft) }
    var mayConnect: Bool { caller.may(.connect) }

    /// What every page knows of the person, so that it offers nothing that would be refused.
    var rights: Model { ["mayWrite": mayWrite, "mayConnect": mayConnect] }

    /// The revision that the page showed, so that what goes out is what was looked at.
    func seenRevision() async throws -> Int? { Int(try await form().text("revision")) }

    /// A refusal that a person can act on is said on the page they came from. What does not exist stays an error page.
    func orSay(_ back: String, _ work: () async throws -> Response) async throws -> Response {
        do {
            return try await work()
        } catch let report as ProblemReport where report.code != .notFound {
            return try redirect(to: back, Toast(say(report.message)))
        }
    }
}
