import Application
import Domain

/// What a changed post is to become.
enum UpdateAction: String, Codable, Sendable, CaseIterable {
    case draft, schedule
    case nextSlot = "next_slot"
}

struct UpdatePostInput: ToolInput {
    /// What can be emptied.
    enum Clearing: String, Codable, Sendable, CaseIterable {
        case channels, parts, versions, media, tags
        case channelSettings = "channel_settings"
        case firstComment = "first_comment"
    }

    let post: String
    let fields: PostFields
    let clear: [Clearing]
    let action: UpdateAction?
    let expectedUpdatedAt: String?
    /// Which posts of a series are meant.
    let scope: SeriesScope?
    let dryRun: Bool?

    private enum CodingKeys: String, CodingKey { case post, clear, action, expectedUpdatedAt, scope, dryRun }

    init(from decoder: any Decoder) throws {
        fields = try PostFields(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        post = try container.decode(String.self, forKey: .post)
        clear = try container.decodeIfPresent([Clearing].self, forKey: .clear) ?? []
        action = try container.decodeIfPresent(UpdateAction.self, forKey: .action)
        expectedUpdatedAt = try container.decodeIfPresent(String.self, forKey: .expectedUpdatedAt)
        scope = try container.decodeIfPresent(SeriesScope.self, forKey: .scope)
        dryRun = try container.decodeIfPresent(Bool.self, forKey: .dryRun)
    }

    static let descriptions = PostFields.descriptions.merging([
        "post": "The post: its id or web address.",
        "channels": "All channels it is to go to from now on, by id or name. Left out: as before.",
        "text": "The new text of the first part; further parts stay.",
        "parts": "All parts of the thread from now on.",
        "versions": "What single channels get instead. Other channels' versions stay.",
        "media": "All files of the first part from now on: ids or web addresses.",
        "tags": "All tags from now on.",
        "first_comment": "The comment that follows the post at once, instead of the one it has.",
        "clear":
            "What is emptied, before what is given is set: parts are all texts, files and comments. Nothing else empties a field: an empty "
            + "value means as before.",
        "action":
            "What becomes of it: draft (kept, not sent), schedule (goes out at scheduled_for or the time it has) or next_slot. Left out: as before.",
        "expected_updated_at": "The updated_at you last read: the change is refused when somebody changed the post since.",
        "scope": "Of a post that repeats: this one (the standard), it and the following, or all to come.",
        "dry_run": "true: only check what the change would make; nothing is saved.",
    ]) { $1 }
    static let aliases = PostFields.aliases
    static let unlisted = PostFields.unlisted

    /// The change these arguments ask for.
    func change(of before: PostView, in call: Invocation, unfetched: inout [String]?) async throws -> PostChange {
        let draft = try await fields.draft(in: call, of: before, unfetched: &unfetched)
        var change = PostChange()
        try takeTexts(of: draft, before, into: &change)
        change.platforms = draft.platforms ?? (clear.contains(.channels) ? [] : nil)
        change.tags = fields.tags ?? (clear.contains(.tags) ? [] : nil)
        change.versions = draft.versions
        if clear.contains(.versions) { change.versions = before.versions.emptied().merging(draft.versions ?? [:]) { $1 } }
        change.settings = clear.contains(.channelSettings) ? emptiedSettings(before, draft.settings ?? [:]) : draft.settings
        (change.scheduledFor, change.timeZone, change.recurrence) = (fields.scheduledFor, fields.timeZone, fields.recurrence)
        switch action {
        case nil: break
        case .draft: change.status = .draft
        case .schedule:
            guard fields.scheduledFor != nil || before.scheduledFor != nil else {
                throw ProblemReport.invalid(
                    "scheduled_for", "The post has no time yet: give scheduled_for, such as 2026-11-24T09:00, or use action next_slot.")
            }
            change.status = .scheduled
        case .nextSlot: (change.schedule, change.scheduledFor) = (.nextSlot, nil)
        }
        change.expectedUpdatedAt = try call.local.instant(expectedUpdatedAt, "expected_updated_at")
        return change
    }
}

extension UpdatePostInput {
    /// Texts, files and comment: of the first part alone where that is enough, else all parts as they are to be.
    private func takeTexts(of draft: PostDraft, _ before: PostView, into change: inout PostChange) throws {
        if fields.parts != nil || fields.firstComment != nil || clear.contains(.parts) || clear.contains(.firstComment) {
            change.parts = try parts(draft, before)
            change.revision = before.revision
            return
        }
        change.content = fields.text
        if fields.media != nil {
            (change.mediaIds, change.mediaUrls) = (draft.parts?.first?.mediaIds, draft.parts?.first?.mediaUrls)
        } else if clear.contains(.media) {
            change.mediaIds = []
        }
    }

    private func parts(_ draft: PostDraft, _ before: PostView) throws -> [PartDraft] {
        var parts = before.parts.map { PartDraft(text: $0.text, mediaIds: $0.mediaIds) }
        if clear.contains(.parts) || parts.isEmpty { parts = [PartDraft(text: "", mediaIds: [])] }
        if clear.contains(.media) { parts[0].mediaIds = [] }
        if clear.contains(.firstComment), fields.firstComment == nil { parts.removeLast(try commentCount(in: parts)) }
        let given = draft.parts ?? []
        if fields.parts != nil {
            // Parts that say nothing about files keep those of the part in their place.
            return given.enumerated().map { index, part in
                guard part.mediaIds == nil, part.mediaUrls == nil else { return part }
                return PartDraft(text: part.text, mediaIds: parts.indices.contains(index) ? parts[index].mediaIds : [])
            }
        }
        if let text = fields.text { parts[0].text = text }
        if fields.media != nil, let first = given.first { (parts[0].mediaIds, parts[0].mediaUrls) = (first.mediaIds ?? [], first.mediaUrls) }
        if let comment = fields.firstComment {
            if try commentCount(in: parts) == 1 { parts[1].text = comment } else { parts.append(PartDraft(text: comment)) }
        }
        return parts
    }

    /// Whether there is a first comment: the second part of two. Which part of more is one cannot be told.
    private func commentCount(in parts: [PartDraft]) throws -> Int {
        guard parts.count <= 2 else {
            throw ProblemReport.invalid(
                "first_comment",
                "This post has \(parts.count) parts, so which of them is the first comment is not clear. Give parts: all of them, as they are to be.")
        }
        return parts.count - 1
    }

    /// Every setting taken back that is not given anew.
    private func emptiedSettings(_ before: PostView, _ given: [String: [String: JSONValue]]) -> [String: [String: JSONValue]] {
        var settings = given
        for publication in before.publications {
            let id = publication.integrationId
            for name in (before.settings[id] ?? [:]).keys where given[publication.platform.rawValue]?[name] == nil {
                if settings[id.text]?[name] == nil { settings[id.text, default: [:]][name] = .null }
            }
        }
        return settings
    }
}

extension [IntegrationID: [PostPart]] {
    /// The change that takes all versions back.
    fileprivate func emptied() -> [String: [PartDraft]] { [String: [PartDraft]](uniqueKeysWithValues: keys.map { ($0.text, []) }) }
}

enum PostChanging {
    static func update(_ input: UpdatePostInput, _ call: Invocation) async throws -> WrittenPost {
        let id = try call.postId(input.post)
        call.note(target: id)
        let before = try await call.services.posts.get(id, as: call.caller.reading)
        var unfetched: [String]? = input.dryRun == true ? [] : nil
        let change = try await input.change(of: before, in: call, unfetched: &unfetched)
        if input.dryRun == true { return try await preview(change, of: before, unfetched ?? [], input, call) }
        let after = try await call.services.posts.update(id, change, scope: input.scope ?? .this, as: call.caller)
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
