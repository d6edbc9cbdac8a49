import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// What the buttons of a post do. Each goes back to where it was pressed, with a word about what happened.
struct PostActions {
    /// The actions that only need the post: their name in the address, and what they do. They return the address that undoes it; nil where
    /// nothing does.
    static let simple: [String: @Sendable (PostID, Visit) async throws -> String?] = [
        "publish": {
            _ = try await $1.services.posts.publishNow($0, revision: try await $1.seenRevision(), as: $1.caller)
            return nil
        },
        "retry": {
            _ = try await $1.services.posts.retry($0, as: $1.caller)
            return nil
        },
        "cancel": { ChosenPosts.undo(of: .cancel, [try await ChosenPosts.cancel($0, $1)].compactMap(\.self)) },
        "restore": {
            _ = try await $1.services.posts.restore($0, as: $1.caller)
            return nil
        },
    ]

    func perform(
        _ name: String, _ action: @Sendable (PostID, Visit) async throws -> String?, _ visit: Visit
    ) async throws -> Response {
        let id: PostID = try visit.id("post")
        let back = try await visit.form().text("back").localPath(or: "/posts/\(id)")
        return try await visit.orSay(back) {
            let undo = try await action(id, visit)
            return try visit.redirect(to: back, Toast(visit.words("done_\(name)"), undo: undo))
        }
    }

    func delete(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        let back = try await visit.form().text("back").localPath(or: "/posts")
        return try await visit.orSay(back) {
            let scope = SeriesScope(rawValue: try await visit.form().text("scope")) ?? .this
            let line = ReviewLine(from: try await visit.services.posts.get(id, as: visit.caller), visit)
            try await visit.services.posts.remove(id, scope: scope, as: visit.caller)
            let toast = Toast(visit.words("done_delete"), undo: scope == .this ? "/posts/\(id)/restore" : nil)
            // Its page is gone.
            return try await back.hasPrefix("/posts/\(id)") ? line.goOn(or: "/posts", toast) : visit.redirect(to: back, toast)
        }
    }

    /// Makes a draft again of what was planned a moment ago.
    func unplan(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        return try await visit.orSay("/posts/\(id)") {
            let revision = try await visit.services.posts.get(id, as: visit.caller).revision
            _ = try await visit.services.posts.update(id, PostChange(status: .draft, revision: revision), as: visit.caller)
            return try visit.redirect(to: "/posts/\(id)/edit", Toast(visit.words("done_unplan")))
        }
    }

    func duplicate(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        let copy = try await visit.services.posts.duplicate(id, as: visit.caller)
        return try visit.redirect(to: "/posts/\(copy.id)/edit", Toast(visit.words("done_duplicate")))
    }

    /// Gives a post another time: a date and a wall-clock time in the person's zone, or the time it had when a move is undone. The same time on
    /// another date, as when a post is dragged, is a move by days: it keeps its clock time in its own zone.
    func move(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        let form = try await visit.form()
        let back = form.text("back").localPath(or: "/posts/\(id)")
        return try await visit.orSay(back) {
            let before = try await visit.services.posts.get(id, as: visit.caller)
            let after: PostView
            if let earlier = form.given("earlier") ?? visit.query.given("earlier") {
                let zone = form.given("zone") ?? visit.query.given("zone")
                after = try await visit.services.posts.reschedule(id, to: earlier, timeZone: zone, as: visit.caller)
            } else if let days = days(from: before, to: form, visit) {
                after = try await visit.services.posts.shift(id, by: .days(days), as: visit.caller)
            } else {
                let time = "\(form.text("date"))T\(form.text("time"))"
                after = try await visit.services.posts.reschedule(id, to: time, timeZone: visit.time.zone.name, as: visit.caller)
            }
            let moment = after.scheduledFor.map(visit.time.moment) ?? ""
            let undo = before.plannedFor.map { link("/posts/\(id)/move", ["earlier": $0, "zone": before.timeZone ?? "UTC"]) }
            return try visit.redirect(to: back, Toast(visit.words("done_move", ["time": moment]), undo: undo))
        }
    }

    /// By how many days the form moves the post; nil when it gives another time of day.
    private func days(from post: PostView, to form: FormFields, _ visit: Visit) -> Int? {
        guard let instant = post.scheduledFor, form.text("time") == visit.time.clock(instant), let day = visit.time.day(named: form.text("date"))
        else { return nil }
        return day.day - visit.time.wall(instant).day
    }

    func resolve(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        let publication: PublicationID = try visit.id("publication", in: "publication")
        let form = try await visit.form()
        guard let outcome = UnconfirmedOutcome(rawValue: form.text("outcome")) else {
            throw ProblemReport.invalid("outcome", "Choose whether the post is there or is to be sent again.")
        }
        return try await visit.orSay("/posts/\(id)") {
            _ = try await visit.services.posts.resolve(publication, of: id, outcome: outcome, url: form.given("url"), as: visit.caller)
            return try visit.redirect(to: "/posts/\(id)", Toast(visit.words("done_resolve")))
        }
    }
}
