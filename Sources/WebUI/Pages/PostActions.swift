import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// What the buttons of a post do. Each goes back to where it was pressed, with a word about what happened.
struct PostActions {
    /// The actions that only need the post: their name in the address, and what they do.
    static let simple: [String: @Sendable (PostID, Visit) async throws -> Void] = [
        "publish": { _ = try await $1.services.posts.publishNow($0, revision: try await $1.seenRevision(), as: $1.caller) },
        "retry": { _ = try await $1.services.posts.retry($0, as: $1.caller) },
        "cancel": { _ = try await $1.services.posts.cancel($0, as: $1.caller) },
        "restore": { _ = try await $1.services.posts.restore($0, as: $1.caller) },
    ]

    func perform(_ name: String, _ action: @Sendable (PostID, Visit) async throws -> Void, _ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        let back = try await visit.form().text("back").localPath(or: "/posts/\(id)")
        return try await visit.orSay(back) {
            try await action(id, visit)
            return try visit.redirect(to: back, Toast(visit.words("done_\(name)")))
        }
    }

    func delete(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        let back = try await visit.form().text("back").localPath(or: "/posts")
        return try await visit.orSay(back) {
            try await visit.services.posts.remove(id, as: visit.caller)
            let target = back.hasPrefix("/posts/\(id)") ? "/posts" : back
            return try visit.redirect(to: target, Toast(visit.words("done_delete"), undo: "/posts/\(id)/restore"))
        }
    }

    func duplicate(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        let copy = try await visit.services.posts.duplicate(id, as: visit.caller)
        return try visit.redirect(to: "/posts/\(copy.id)/edit", Toast(visit.words("done_duplicate")))
    }

    /// Gives a post another time: a date and a wall-clock time in the person's zone, or an instant when a move is undone.
    func move(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        let form = try await visit.form()
        let back = form.text("back").localPath(or: "/posts/\(id)")
        return try await visit.orSay(back) {
            let before = try await visit.services.posts.get(id, as: visit.caller)
            let instant = form.given("instant") ?? visit.query.given("instant")
            let time = instant ?? "\(form.text("date"))T\(form.text("time"))"
            let after = try await visit.services.posts.reschedule(
                id, to: time, timeZone: instant == nil ? visit.time.zone.identifier : before.timeZone, as: visit.caller)
            let moment = after.scheduledFor.map(visit.time.moment) ?? ""
            let undo = before.scheduledFor.map { link("/posts/\(id)/move", ["instant": $0.description]) }
            return try visit.redirect(to: back, Toast(visit.words("done_move", ["time": moment]), undo: undo))
        }
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
