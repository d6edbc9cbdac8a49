import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Deciding about posts that wait for review.
struct ReviewActions {
    func approve(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        let back = try await visit.form().text("back").localPath(or: "/posts/\(id)")
        return try await visit.orSay(back) {
            let scope = SeriesScope(rawValue: try await visit.form().text("scope")) ?? .this
            let post = try await visit.services.posts.approve(id, revision: try await visit.seenRevision(), scope: scope, as: visit.caller)
            if scope != .this { return try visit.redirect(to: back, Toast(visit.words("done_approveSeries"))) }
            return try visit.redirect(to: back, Toast(said(post, visit)))
        }
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
        let chosen = form.all("post").compactMap(ChosenPost.init)
        guard !chosen.isEmpty else { return try visit.redirect(to: back, Toast(visit.words("review_chooseSome"))) }
        var (approved, refusals) = (0, [String]())
        for post in chosen {
            do {
                _ = try await visit.services.posts.approve(post.id, revision: post.revision, as: visit.caller)
                approved += 1
            } catch let report as ProblemReport {
                refusals.append(visit.say(report.message))
            }
        }
        let parts = [visit.words.count("done_approved", approved), refusals.first].compactMap(\.self)
        return try visit.redirect(to: back, Toast(parts.joined(separator: " ")))
    }

    func sendBack(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        let form = try await visit.form()
        return try await visit.orSay("/posts/\(id)") {
            _ = try await visit.services.posts.sendBack(id, note: form["note"], revision: try await visit.seenRevision(), as: visit.caller)
            return try visit.redirect(to: "/posts/\(id)", Toast(visit.words("done_sendBack")))
        }
    }
}

/// A post as the list showed it: `<id>:<revision>`.
private struct ChosenPost {
    let id: PostID
    let revision: Int

    init?(_ text: String) {
        let pieces = text.split(separator: ":")
        guard pieces.count == 2, let id = PostID(String(pieces[0])), let revision = Int(pieces[1]) else { return nil }
        self.id = id
        self.revision = revision
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
    /// What every page knows of the person, so that it offers nothing that would be refused.
    var mayConnect: Bool { caller.may(.connect) }

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
