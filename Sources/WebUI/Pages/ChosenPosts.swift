import Application
import Domain
import Gateway
import Hummingbird

/// A post as a page showed it: `<id>`, `<id>:<revision>`, or `<id>:<revision>:<status>`.
struct ChosenPost {
    let id: PostID
    var revision: Int?
    /// How it stood.
    var status: DraftStatus?

    init(_ id: PostID, revision: Int? = nil, status: DraftStatus? = nil) {
        (self.id, self.revision, self.status) = (id, revision, status)
    }

    init?(_ text: String) {
        let pieces = text.split(separator: ":").map(String.init)
        guard let id = pieces.first.flatMap({ PostID($0) }) else { return nil }
        self.init(
            id, revision: pieces.count > 1 ? Int(pieces[1]) : nil, status: pieces.count > 2 ? DraftStatus(rawValue: pieces[2]) : nil)
    }

    var text: String { [id.text, revision.map(String.init), status?.rawValue].compactMap(\.self).joined(separator: ":") }
}

/// What is done with several posts at once: each by itself, so that one refusal stops no other. Says how many it was, and the first refusal.
struct ChosenPosts {
    enum Deed: String, CaseIterable, Sendable {
        case shift, tag, cancel, retry, delete, restore
        /// What takes others of them back.
        case untag, uncancel, unapprove
    }

    /// Does it, and returns the post as what takes it back has to name it; nil where nothing does.
    private typealias Change = (ChosenPost) async throws -> ChosenPost?

    func perform(_ visit: Visit) async throws -> Response {
        guard let deed = visit.context.parameters.get("deed").flatMap(Deed.init) else { throw ProblemReport.notFound("action") }
        let form = try await visit.form()
        // What undoes a deed names its posts in the address.
        let chosen = (form.all("post") + visit.query.all("post")).compactMap { ChosenPost($0) }
        let back = form.text("back").localPath(or: chosen.count == 1 ? "/posts/\(chosen[0].id)" : "/posts")
        guard !chosen.isEmpty else { return try visit.redirect(to: back, Toast(visit.words("chosen_none"))) }
        return try await visit.orSay(back) {
            let days = try await days(chosen, deed, form, visit)
            let tag = visit.query.given("tag") ?? form.text("tag")
            let more: [(String, String)] =
                switch deed {
                case .shift: [("days", String(-days))]
                case .tag: [("tag", tag)]
                default: []
                }
            return try await each(of: chosen, deed, back, more, try change(deed, days: days, tag: tag, visit), visit)
        }
    }

    private func each(
        of chosen: [ChosenPost], _ deed: Deed, _ back: String, _ more: [(String, String)], _ change: Change, _ visit: Visit
    ) async throws -> Response {
        var (done, undone, refusals) = (0, [ChosenPost](), [String]())
        for post in chosen {
            do {
                if let undo = try await change(post) { undone.append(undo) }
                done += 1
            } catch let report as ProblemReport {
                refusals.append(visit.say(report.message))
            }
        }
        let message = [done == 0 ? nil : visit.words.count("chosen_\(deed.rawValue)", done), refusals.first].compactMap(\.self)
        return try visit.redirect(to: back, Toast(message.joined(separator: " "), undo: Self.undo(of: deed, undone, more)))
    }

    /// By how many days they are moved: as said, or so that the first of them comes to the day that is given. 0 where nothing is moved.
    private func days(_ chosen: [ChosenPost], _ deed: Deed, _ form: FormFields, _ visit: Visit) async throws -> Int {
        guard deed == .shift else { return 0 }
        guard form.text("by") == "date" else { return Int(visit.query.given("days") ?? form.text("days")) ?? 0 }
        guard let day = visit.time.day(named: form.text("date")) else {
            throw ProblemReport.invalid("date", visit.words("chosen_dateMissing"))
        }
        var times: [Timestamp] = []
        for post in chosen { times += [try await visit.services.posts.get(post.id, as: visit.caller).scheduledFor].compactMap(\.self) }
        guard let first = times.min() else { throw ProblemReport(.conflict, "This post has no time to move from.") }
        let days = day.day - visit.time.wall(first).day
        guard days != 0 else { throw ProblemReport.invalid("date", visit.words("chosen_sameDay")) }
        return days
    }

    private func change(_ deed: Deed, days: Int, tag: String, _ visit: Visit) throws -> Change {
        let (posts, caller) = (visit.services.posts, visit.caller)
        switch deed {
        case .shift:
            guard days != 0, abs(days) <= 3660 else { throw ProblemReport.invalid("days", visit.words("chosen_days")) }
            return { post in
                _ = try await posts.shift(post.id, by: .days(days), as: caller)
                return post
            }
        case .tag:
            guard !tag.isEmpty else { throw ProblemReport.invalid("tag", visit.words("chosen_tagMissing")) }
            return { post in
                let tags = try await posts.get(post.id, as: caller).tags
                // Who had it before keeps it when it is taken back.
                if tags.contains(tag) { return nil }
                _ = try await posts.update(post.id, PostChange(tags: tags + [tag]), as: caller)
                return post
            }
        case .untag:
            return { post in
                let tags = try await posts.get(post.id, as: caller).tags
                if tags.contains(tag) { _ = try await posts.update(post.id, PostChange(tags: tags.filter { $0 != tag }), as: caller) }
                return nil
            }
        case .cancel: return { try await Self.cancel($0.id, visit) }
        case .uncancel:
            return { post in
                guard let status = post.status, let revision = post.revision else { throw ProblemReport.notFound("post") }
                _ = try await posts.uncancel(post.id, to: status, revision: revision, as: caller)
                return nil
            }
        case .unapprove:
            return { post in
                _ = try await posts.update(post.id, PostChange(status: .inReview, revision: post.revision), as: caller)
                return nil
            }
        case .retry:
            return { post in
                _ = try await posts.retry(post.id, as: caller)
                return nil
            }
        case .delete:
            return { post in
                try await posts.remove(post.id, as: caller)
                return post
            }
        case .restore:
            return { post in
                _ = try await posts.restore(post.id, as: caller)
                return nil
            }
        }
    }

    /// Cancels it. It can be taken back where it had not begun to go out and its time is still to come.
    static func cancel(_ id: PostID, _ visit: Visit) async throws -> ChosenPost? {
        let before = try await visit.services.posts.get(id, as: visit.caller)
        let after = try await visit.services.posts.cancel(id, as: visit.caller)
        guard let status = DraftStatus(rawValue: before.status.rawValue), before.status != after.status else { return nil }
        guard status != .scheduled || before.scheduledFor.map({ $0 > visit.services.time.now }) ?? false else { return nil }
        return ChosenPost(id, revision: after.revision, status: status)
    }

    /// The address that undoes it; nil where nothing does.
    static func undo(of deed: Deed, _ posts: [ChosenPost], _ more: [(String, String)] = []) -> String? {
        let reverse: [Deed: Deed] = [.shift: .shift, .tag: .untag, .cancel: .uncancel, .delete: .restore]
        return posts.isEmpty ? nil : reverse[deed].map { undo(by: $0, posts, more) }
    }

    static func undo(by deed: Deed, _ posts: [ChosenPost], _ more: [(String, String)] = []) -> String {
        let fields = (more + posts.map { ("post", $0.text) }).map { "\($0)=\($1.queryEncoded)" }
        return "/posts/chosen/\(deed.rawValue)?\(fields.joined(separator: "&"))"
    }
}
