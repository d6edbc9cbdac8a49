import Application
import Domain
import Hummingbird

/// What changes the order of the queue on the page of today. Each goes back there, with what takes it back.
struct QueueActions {
    /// Buttons say which post goes where: `<post>:EARLIER`.
    func move(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        let pieces = form.text("move").split(separator: ":")
        guard pieces.count == 2, let post = PostID(String(pieces[0])), let move = QueueMove(rawValue: String(pieces[1])) else {
            throw ProblemReport.invalid("move", "Choose the post and where it goes.")
        }
        let step = QueueStep(post: post, channel: form.text("channel"), to: move)
        return try await perform(visit) { arrangement in
            let after = arrangement.items.first { $0.postId == post }
            return after.map { visit.words("done_move", ["time": visit.time.moment($0.to)]) } ?? visit.words("queue_inPlace")
        } _: {
            try await visit.services.posts.move(step, as: visit.caller)
        }
    }

    /// The posts in their new order, as they were dropped.
    func order(_ visit: Visit) async throws -> Response {
        let posts = try await visit.form().all("post").map { text in
            guard let post = PostID(text) else { throw ProblemReport.invalid("post", "Choose the post and where it goes.") }
            return post
        }
        return try await perform(visit) {
            visit.words.count("queue_arranged", $0.items.count)
        } _: {
            try await visit.services.posts.arrange(QueueSequence(posts), as: visit.caller)
        }
    }

    func shuffle(_ visit: Visit) async throws -> Response {
        let channel = try await visit.form().text("channel")
        return try await perform(visit) {
            visit.words.count("queue_arranged", $0.items.count)
        } _: {
            try await visit.services.posts.shuffle(QueueShuffle(channel: channel), as: visit.caller)
        }
    }

    func undo(_ visit: Visit) async throws -> Response {
        let id: Identifier<AuditEvent> = try visit.id("arrangement")
        return try await perform(visit, isUndo: true) {
            visit.words.count("queue_arranged", $0.items.count)
        } _: {
            try await visit.services.posts.undo(id, as: visit.caller)
        }
    }

    private func perform(
        _ visit: Visit, isUndo: Bool = false, _ told: (QueueArrangement) -> String, _ act: () async throws -> QueueArrangement
    ) async throws -> Response {
        let back = try await visit.form().text("back").localPath(or: "/today")
        return try await visit.orSay(back) {
            let done = try await act()
            return try visit.redirect(to: back, Toast(told(done), undo: isUndo ? nil : done.id.map { "/queue/arrangements/\($0)/undo" }))
        }
    }
}
