import Application
import Domain

/// What a changed post is to become.
enum UpdateAction: String, Codable, Sendable, CaseIterable {
    case draft, schedule
    case nextSlot = "next_slot"
}

struct UpdatePostInput: ToolInput {
    let post: String
    let fields: PostFields
    let action: UpdateAction?
    let expectedUpdatedAt: String?
    let dryRun: Bool?

    private enum CodingKeys: String, CodingKey { case post, action, expectedUpdatedAt, dryRun }

    init(from decoder: any Decoder) throws {
        fields = try PostFields(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        post = try container.decode(String.self, forKey: .post)
        action = try container.decodeIfPresent(UpdateAction.self, forKey: .action)
        expectedUpdatedAt = try container.decodeIfPresent(String.self, forKey: .expectedUpdatedAt)
        dryRun = try container.decodeIfPresent(Bool.self, forKey: .dryRun)
    }

    static let descriptions = PostFields.descriptions.merging([
        "post": "The post: its id or its address in the web interface.",
        "channels": "All channels it is to go to from now on, by id or name. Left out: as before.",
        "text": "The new text of the first part; further parts stay.",
        "parts": "All parts of the thread from now on.",
        "versions": "What single channels get instead. Other channels' versions stay; a version with an empty parts list is removed.",
        "media": "All files of the first part from now on: ids or web addresses.",
        "tags": "All tags from now on.",
        "action":
            "What becomes of it: draft (kept, not sent), schedule (goes out at scheduled_for or the time it has) or next_slot. Left out: as before.",
        "expected_updated_at": "The updated_at you last read: the change is refused when somebody changed the post since.",
        "dry_run": "true: only check what the change would make; nothing is saved.",
    ]) { $1 }

    /// The change these arguments ask for.
    func change(of before: PostView, in call: Invocation, unfetched: inout [String]?) async throws -> PostChange {
        let draft = try await fields.draft(in: call, of: before, unfetched: &unfetched)
        var change = PostChange()
        (change.platforms, change.versions, change.settings, change.tags) = (draft.platforms, draft.versions, draft.settings, fields.tags)
        (change.scheduledFor, change.timeZone) = (fields.scheduledFor, fields.timeZone)
        if fields.parts != nil {
            change.parts = draft.parts
        } else {
            change.content = fields.text
            if fields.media != nil { (change.mediaIds, change.mediaUrls) = (draft.parts?.first?.mediaIds, draft.parts?.first?.mediaUrls) }
            if fields.firstComment != nil {
                let kept = before.parts.dropFirst().map { PartDraft(text: $0.text, mediaIds: $0.mediaIds) }
                let first = before.parts.first
                let media = fields.media == nil ? PartDraft(mediaIds: first?.mediaIds) : draft.parts?.first
                change.parts =
                    [PartDraft(text: fields.text ?? first?.text, mediaIds: media?.mediaIds, mediaUrls: media?.mediaUrls)] + kept
                    + (draft.parts?.suffix(1) ?? [])
                (change.content, change.mediaIds, change.mediaUrls) = (nil, nil, nil)
            }
        }
        switch action {
        case nil: break
        case .draft: change.status = .draft
        case .schedule: change.status = .scheduled
        case .nextSlot: (change.schedule, change.scheduledFor) = (.nextSlot, nil)
        }
        change.expectedUpdatedAt = try call.local.instant(expectedUpdatedAt, "expected_updated_at")
        return change
    }
}

enum PostChanging {
    static func update(_ input: UpdatePostInput, _ call: Invocation) async throws -> WrittenPost {
        let id = try call.postId(input.post)
        call.note(target: id)
        let before = try await call.services.posts.get(id, as: call.caller.reading)
        var unfetched: [String]? = input.dryRun == true ? [] : nil
        let change = try await input.change(of: before, in: call, unfetched: &unfetched)
        if input.dryRun == true { return try await preview(change, of: before, unfetched ?? [], input, call) }
        let after = try await call.services.posts.update(id, change, as: call.caller)
        call.note(undo: .rewrite(before, changedTo: after))
        let changes = differences(before, after, call)
        let message = (changes.isEmpty ? "Nothing changed. " : "Changed: \(changes.joined(separator: "; ")). ") + PostWriting.told(after, call)
        return try await PostWriting.answer(after, message: message, changes: changes, call)
    }

    private static func preview(
        _ change: PostChange, of before: PostView, _ unfetched: [String], _ input: UpdatePostInput, _ call: Invocation
    ) async throws -> WrittenPost {
        let cards = try await call.cards(try await call.services.posts.preview(before.id, change, as: call.caller))
        let message =
            cards.problems.isEmpty
            ? "Nothing was saved (dry_run). The change can be made." : "Nothing was saved (dry_run). There are problems to mend first."
        return WrittenPost(
            message: message, url: call.pages.post(before.id), saved: false, post: PostCard(before, in: call), problems: cards.problems,
            warnings: cards.warnings.map(\.message)
                + unfetched.map { "\($0.shortened(to: 200)) is fetched when the post is changed: it was not checked." }, changes: [])
    }

    /// What differs, in words.
    static func differences(_ before: PostView, _ after: PostView, _ call: Invocation) -> [String] {
        var words: [String] = []
        if before.parts.map(\.text) != after.parts.map(\.text) { words.append("text") }
        if before.parts.map(\.mediaIds) != after.parts.map(\.mediaIds) { words.append("media") }
        if Set(before.platforms) != Set(after.platforms) { words.append("channels, now \(PostCard.names(after))") }
        if before.versions != after.versions { words.append("versions") }
        if before.settings != after.settings { words.append("settings") }
        if before.tags != after.tags { words.append("tags") }
        if before.scheduledFor != after.scheduledFor {
            words.append("time, now \(after.scheduledFor.map { "\(call.local.text($0)) (\(call.zone))" } ?? "none")")
        }
        if before.status != after.status { words.append("status, now \(after.status.rawValue)") }
        return words
    }
}

// MARK: - Moving

struct ReschedulePostInput: ToolInput {
    enum Action: String, Codable, Sendable, CaseIterable { case nextSlot = "next_slot" }

    let posts: [String]
    let scheduledFor: String?
    let timeZone: String?
    let action: Action?
    let shiftDays: Int?
    let shiftMinutes: Int?

    /// Nil when it is to move to a time or a slot.
    var shift: PostShift? { shiftDays.map { .days($0) } ?? shiftMinutes.map { PostShift(minutes: $0) } }

    static let descriptions = [
        "posts": "The posts to move, by id or address; at most 20.",
        "scheduled_for": "The new time: 2026-11-24T09:00 in the workspace's time zone (or time_zone), or with an offset.",
        "time_zone": "IANA time zone in which scheduled_for is read when it has no offset.",
        "action": "next_slot: each post goes to the next free posting time of its channels, in the order given.",
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
        let given = [input.scheduledFor != nil, input.action != nil, input.shiftDays != nil, input.shiftMinutes != nil]
        guard given.count(where: { $0 }) == 1 else {
            throw ProblemReport.invalid("scheduled_for", "Give one of scheduled_for, action next_slot, shift_days or shift_minutes.")
        }
        if let days = input.shiftDays, !(-366...366).contains(days) {
            throw ProblemReport.invalid("shift_days", "shift_days moves a post by at most a year: 366 days.")
        }
        if let minutes = input.shiftMinutes, !(-longestShift...longestShift).contains(minutes) {
            throw ProblemReport.invalid("shift_minutes", "shift_minutes moves a post by at most a year: \(longestShift) minutes.")
        }
        let ids = try posts(input.posts, call)
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
