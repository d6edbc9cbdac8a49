import Application
import Domain
import Gateway
import Hummingbird

/// What is done with several posts at once: each by itself, so that one refusal stops no other. Says how many it was, and the first refusal.
struct ChosenPosts {
    enum Deed: String, CaseIterable, Sendable { case shift, tag, cancel, retry, delete, restore }

    func perform(_ visit: Visit) async throws -> Response {
        guard let deed = visit.context.parameters.get("deed").flatMap(Deed.init) else { throw ProblemReport.notFound("action") }
        let form = try await visit.form()
        let back = form.text("back").localPath(or: "/posts")
        // What undoes a deed names its posts in the address.
        let chosen = (form.all("post") + visit.query.all("post")).compactMap { PostID(String($0.prefix { $0 != ":" })) }
        guard !chosen.isEmpty else { return try visit.redirect(to: back, Toast(visit.words("chosen_none"))) }
        return try await visit.orSay(back) {
            let days = Int(visit.query.given("days") ?? form.text("days"))
            let change = try change(deed, days: days, tag: form.text("tag"), visit)
            return try await each(of: chosen, deed, days: days, back, change, visit)
        }
    }

    private func each(
        of chosen: [PostID], _ deed: Deed, days: Int?, _ back: String, _ change: (PostID) async throws -> Void, _ visit: Visit
    ) async throws -> Response {
        var (done, refusals) = ([PostID](), [String]())
        for id in chosen {
            do {
                try await change(id)
                done.append(id)
            } catch let report as ProblemReport {
                refusals.append(visit.say(report.message))
            }
        }
        let message = [done.isEmpty ? nil : visit.words.count("chosen_\(deed.rawValue)", done.count), refusals.first].compactMap(\.self)
        return try visit.redirect(to: back, Toast(message.joined(separator: " "), undo: undo(deed, days: days, done)))
    }

    private func change(_ deed: Deed, days: Int?, tag: String, _ visit: Visit) throws -> (PostID) async throws -> Void {
        let (posts, caller) = (visit.services.posts, visit.caller)
        switch deed {
        case .shift:
            guard let days, days != 0, abs(days) <= 3660 else {
                throw ProblemReport.invalid("days", visit.words("chosen_days"))
            }
            return { _ = try await posts.shift($0, by: .days(days), as: caller) }
        case .tag:
            guard !tag.isEmpty else { throw ProblemReport.invalid("tag", visit.words("chosen_tagMissing")) }
            return { id in
                let tags = try await posts.get(id, as: caller).tags
                if !tags.contains(tag) { _ = try await posts.update(id, PostChange(tags: tags + [tag]), as: caller) }
            }
        case .cancel: return { _ = try await posts.cancel($0, as: caller) }
        case .retry: return { _ = try await posts.retry($0, as: caller) }
        case .delete: return { try await posts.remove($0, as: caller) }
        case .restore: return { _ = try await posts.restore($0, as: caller) }
        }
    }

    /// The address that undoes it; nil where nothing does.
    private func undo(_ deed: Deed, days: Int?, _ done: [PostID]) -> String? {
        guard !done.isEmpty else { return nil }
        let posts = done.map { "&post=\($0)" }.joined()
        switch deed {
        case .shift: return days.map { "/posts/chosen/shift?days=\(-$0)\(posts)" }
        case .delete: return "/posts/chosen/restore?days=0\(posts)"
        default: return nil
        }
    }
}
