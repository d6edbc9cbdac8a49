import Application
import Domain

// MARK: - Moving

struct ReschedulePostInput: ToolInput {
    enum Action: String, Codable, Sendable, CaseIterable {
        case nextSlot = "next_slot"
        case inOrder = "in_order"
        case shuffle
    }

    let posts: [String]
    let scheduledFor: String?
    let timeZone: String?
    let action: Action?
    let shiftDays: Int?
    let shiftMinutes: Int?

    /// Nil when it is to move to a time or a slot; by nothing is as good as not said.
    var shift: PostShift? {
        if let shiftDays, shiftDays != 0 { return .days(shiftDays) }
        return shiftMinutes.flatMap { $0 == 0 ? nil : PostShift(minutes: $0) }
    }

    static let descriptions = [
        "posts": "The posts to move, by id or address; at most 20.",
        "scheduled_for": "The new time: 2026-11-24T09:00 in the workspace's time zone (or time_zone), or with an offset.",
        "time_zone": "IANA time zone in which scheduled_for is read when it has no offset.",
        "action":
            "next_slot: each post goes to the next free posting time of its channels, in the order given. in_order, shuffle: planned posts exchange "
            + "their times, in the order given or by chance.",
        "shift_days":
            "Moves each post by days from the time it has: 1 is a day later, -7 a week earlier. It keeps its clock time in its own time zone, also "
            + "when the clocks are set in between.",
        "shift_minutes":
            "Moves each post by minutes from the time it has: 60 is an hour later. The instant is shifted, whatever clocks show, except by a whole "
            + "number of days (a multiple of 1440), which keeps the clock time as shift_days does.",
    ]
}

struct MovedPosts: ToolOutput {
    struct Result: Codable, Sendable {
        let post: PostID
        let moved: Bool
        let from: Timestamp?
        let to: Timestamp?
        let toLocal: String?
        let status: PostStatus?
        /// What became of it, or why it was not moved.
        let message: String
    }

    let message: String
    let url: String
    let results: [Result]
    let warnings: [String]
}

extension PostChanging {
    static let mostPosts = 20
    /// A year, in minutes.
    private static let longestShift = 366 * 24 * 60

    static func reschedule(_ input: ReschedulePostInput, _ call: Invocation) async throws -> MovedPosts {
        let given = [input.scheduledFor != nil, input.action != nil, input.shiftDays ?? 0 != 0, input.shiftMinutes ?? 0 != 0]
        guard given.count(where: { $0 }) == 1 else {
            throw ProblemReport.invalid("scheduled_for", "Give one of scheduled_for, action, shift_days or shift_minutes.")
        }
        if let days = input.shiftDays, !(-366...366).contains(days) {
            throw ProblemReport.invalid("shift_days", "shift_days moves a post by at most a year: 366 days.")
        }
        if let minutes = input.shiftMinutes, !(-longestShift...longestShift).contains(minutes) {
            throw ProblemReport.invalid("shift_minutes", "shift_minutes moves a post by at most a year: \(longestShift) minutes.")
        }
        let ids = try posts(input.posts, call)
        if input.action == .inOrder || input.action == .shuffle { return try await exchange(ids, byChance: input.action == .shuffle, call) }
        if let text = input.scheduledFor { _ = try Schedule.resolve(text, zone: input.timeZone ?? call.zone) }
        var results: [MovedPosts.Result] = []
        var warnings: [String] = []
        for id in ids {
            let (result, said) = try await move(id, input, call)
            results.append(result)
            warnings += said.filter { !warnings.contains($0) }
        }
        let moved = results.count { $0.moved }
        return MovedPosts(
            message: moved == results.count
                ? "\(moved) post(s) moved." : "\(moved) of \(results.count) posts moved; results tell why not the others.",
            url: call.pages.calendar, results: results, warnings: warnings)
    }

    /// All of them exchange their times, or none.
    private static func exchange(_ ids: [PostID], byChance: Bool, _ call: Invocation) async throws -> MovedPosts {
        var before: [PostID: PostView] = [:]
        for id in ids { before[id] = try await call.services.posts.get(id, as: call.caller.reading) }
        let done =
            byChance
            ? try await call.services.posts.shuffle(QueueShuffle(posts: ids), as: call.caller)
            : try await call.services.posts.arrange(QueueSequence(ids), as: call.caller)
        var results: [MovedPosts.Result] = []
        for item in done.items {
            let after = try await call.services.posts.get(item.postId, as: call.caller.reading)
            if let before = before[item.postId] { call.note(undo: .rewrite(before, changedTo: after)) }
            results.append(
                MovedPosts.Result(
                    post: item.postId, moved: true, from: item.from, to: item.to, toLocal: call.local.text(item.to), status: after.status,
                    message: PostWriting.told(after, call)))
        }
        let message = results.isEmpty ? "They go out in this order already." : "\(results.count) post(s) exchanged their times."
        return MovedPosts(message: message, url: call.pages.calendar, results: results, warnings: [])
    }

    /// Distinct ids, at least one and at most 20.
    static func posts(_ texts: [String], _ call: Invocation) throws -> [PostID] {
        var seen = Set<PostID>()
        let ids = try texts.map { try call.postId($0, field: "posts") }.filter { seen.insert($0).inserted }
        guard (1...mostPosts).contains(ids.count) else { throw ProblemReport.invalid("posts", "Name 1 to \(mostPosts) posts.") }
        call.note(target: ids[0])
        return ids
    }

    /// What became of it, and what to know about its new time.
    private static func move(
        _ id: PostID, _ input: ReschedulePostInput, _ call: Invocation
    ) async throws -> (MovedPosts.Result, warnings: [String]) {
        do {
            let before = try await call.services.posts.get(id, as: call.caller.reading)
            var change = PostChange()
            if input.action == .nextSlot {
                change.schedule = .nextSlot
            } else if let shift = input.shift {
                change = try PostChange(moving: before, by: shift, zone: call.zone)
            } else {
                (change.scheduledFor, change.timeZone) = (input.scheduledFor, input.timeZone)
            }
            // A draft stays one.
            change.status = before.status == .draft ? .draft : nil
            let after = try await call.services.posts.update(id, change, as: call.caller)
            call.note(undo: .rewrite(before, changedTo: after))
            let result = MovedPosts.Result(
                post: id, moved: true, from: before.scheduledFor, to: after.scheduledFor, toLocal: after.scheduledFor.map(call.local.text),
                status: after.status, message: PostWriting.told(after, call))
            return (result, after.warnings.map(\.message))
        } catch let report as ProblemReport {
            return (MovedPosts.Result(post: id, moved: false, from: nil, to: nil, toLocal: nil, status: nil, message: report.message), [])
        }
    }
}
