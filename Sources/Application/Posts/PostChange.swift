import Domain
import Persistence

/// What is to be changed of a post; what is nil stays.
public struct PostChange: Codable, Sendable, Equatable {
    /// The text of the first part.
    public var content: String?
    /// Replaces all parts. A part without media keeps those of the part in its place.
    public var parts: [PartDraft]?
    /// Replaces the channels: ids or unambiguous names.
    public var platforms: [String]?
    /// ISO 8601 with an offset, or a wall time read in `timeZone`.
    public var scheduledFor: String?
    public var schedule: ScheduleChoice?
    /// IANA name; the post's zone when absent.
    public var timeZone: String?
    /// Replaces the media of the first part.
    public var mediaIds: [MediaID]?
    /// Files to be fetched; with `mediaIds` they replace the media of the first part.
    public var mediaUrls: [String]?
    /// What these channels get instead: keyed by channel id or name. No parts: the channel gets what all get. Other channels keep theirs.
    public var versions: [String: [PartDraft]]?
    /// Keyed by channel id, channel name or platform id. Settings that are not named stay; null takes one back.
    public var settings: [String: [String: JSONValue]]?
    /// Replaces all tags.
    public var tags: [String]?
    public var status: DraftStatus?
    /// How it repeats, from its time on: a rule of RFC 5545 such as `FREQ=WEEKLY;BYDAY=MO`.
    public var recurrence: String?
    /// Whether its links go out as they are written, whatever the workspace's rules for links say.
    public var linksAsWritten: Bool?
    /// The `updatedAt` of the reading that the change is based on.
    public var expectedUpdatedAt: Timestamp?
    /// The `revision` of the reading that the change is based on.
    public var revision: Int?

    public init(
        content: String? = nil, parts: [PartDraft]? = nil, platforms: [String]? = nil, scheduledFor: String? = nil,
        schedule: ScheduleChoice? = nil, timeZone: String? = nil, mediaIds: [MediaID]? = nil, mediaUrls: [String]? = nil,
        versions: [String: [PartDraft]]? = nil, settings: [String: [String: JSONValue]]? = nil, tags: [String]? = nil,
        status: DraftStatus? = nil, recurrence: String? = nil, linksAsWritten: Bool? = nil, expectedUpdatedAt: Timestamp? = nil, revision: Int? = nil
    ) {
        self.content = content
        self.parts = parts
        self.platforms = platforms
        self.scheduledFor = scheduledFor
        self.schedule = schedule
        self.timeZone = timeZone
        self.mediaIds = mediaIds
        self.mediaUrls = mediaUrls
        self.versions = versions
        self.settings = settings
        self.tags = tags
        self.status = status
        self.recurrence = recurrence
        self.linksAsWritten = linksAsWritten
        self.expectedUpdatedAt = expectedUpdatedAt
        self.revision = revision
    }
}

// MARK: - Changing only what is given

extension Posts {
    /// Changes what `change` names and leaves the rest. A draft stays a draft and a post in review stays in review unless a status is given;
    /// what failed or was cancelled becomes a draft unless it gets a time. Throws as `replace`, and `CONFLICT` when the post was changed
    /// since the reading that `change` names.
    public func update(
        _ id: PostID, _ change: PostChange, scope: SeriesScope = .this, as caller: Caller
    ) async throws -> PostView {
        try caller.require(.postsWrite)
        return try await replace(id, with: try await draft(of: id, after: change, as: caller), scope: scope, as: caller)
    }

    /// Every problem the post would have after `change`, without changing it. Throws `CONFLICT` when it can no longer be changed.
    public func preview(_ id: PostID, _ change: PostChange, as caller: Caller) async throws -> [Problem] {
        try caller.require(.postsRead)
        let draft = try await draft(of: id, after: change, as: caller)
        let reading = try await read(draft, as: caller)
        let (plan, organization) = (PostPlan(draft, reading, as: caller), caller.organizationId)
        let untouched = try await database.read { transaction in
            guard let post = try PostRepository.find(id, of: organization, in: transaction) else { throw ProblemReport.notFound("post") }
            return try self.untouched(post, by: reading, plan, in: transaction)
        }
        return reading.problems.filter { problem in problem.integrationId.map { !untouched.contains($0) } ?? true }
    }

    /// Gives a post another time; everything else stays.
    public func reschedule(
        _ id: PostID, to time: String, timeZone: String?, scope: SeriesScope = .this, as caller: Caller
    ) async throws -> PostView {
        let revision = try await get(id, as: caller.reading).revision
        return try await update(id, PostChange(scheduledFor: time, timeZone: timeZone, revision: revision), scope: scope, as: caller)
    }

    private func draft(of id: PostID, after change: PostChange, as caller: Caller) async throws -> PostDraft {
        let view = try await get(id, as: caller.reading)
        guard change.expectedUpdatedAt.map({ $0 == view.updatedAt }) ?? true, change.revision.map({ $0 == view.revision }) ?? true else {
            throw ProblemReport.changedMeanwhile
        }
        try caller.requireMayChange(postWith: view.status)
        if change.content != nil, change.parts != nil {
            throw ProblemReport.invalid("parts", "Give either content (the first part's text) or parts (all of them), not both.")
        }
        if let parts = change.parts, parts.isEmpty { throw ProblemReport.invalid("parts", "A post has at least one part.") }
        var draft = PostDraft(view)
        draft.apply(change, keeping: view.scheduledFor)
        draft.status = change.status ?? view.status.kept(by: change)
        try await adapt(&draft, to: change, as: caller)
        return draft
    }

    /// Takes over what `change` says for single channels, under their ids.
    private func adapt(_ draft: inout PostDraft, to change: PostChange, as caller: Caller) async throws {
        guard change.platforms != nil || change.versions != nil || change.settings != nil else { return }
        let targets = try await channels.resolve(draft.platforms ?? [], as: caller)
        draft.platforms = targets.map(\.id.text)
        draft.narrow(to: targets.map(\.id))
        var (versions, settings) = (draft.versions ?? [:], draft.settings ?? [:])
        for (name, parts) in change.versions ?? [:] {
            let id = try channel(named: name, among: targets, field: "versions").id.text
            versions[id] = parts.isEmpty ? nil : parts.keepingMedia(of: versions[id] ?? [])
        }
        for (name, values) in change.settings ?? [:] {
            for target in try self.targets(ofSettingsFor: name, among: targets) {
                let merged = (settings[target.id.text] ?? [:]).merging(values) { _, new in new }
                settings[target.id.text] = merged.filter { $0.value != .null }
            }
        }
        (draft.versions, draft.settings) = (versions, settings)
    }
}

extension PostDraft {
    /// Everything of `change` that is not said for single channels. `instant` is when the post goes out so far.
    fileprivate mutating func apply(_ change: PostChange, keeping instant: Timestamp?) {
        var parts = change.parts?.keepingMedia(of: parts ?? []) ?? parts ?? []
        if parts.isEmpty { parts = [PartDraft()] }
        if let content = change.content { parts[0].text = content }
        if change.mediaIds != nil || change.mediaUrls != nil {
            (parts[0].mediaIds, parts[0].mediaUrls) = (change.mediaIds ?? [], change.mediaUrls)
        }
        self.parts = parts
        platforms = change.platforms ?? platforms
        if change.scheduledFor != nil || change.schedule != nil { (scheduledFor, schedule) = (change.scheduledFor, change.schedule) }
        // Another zone alone shows the same time otherwise; it does not move the post.
        if change.timeZone != nil, change.scheduledFor == nil { scheduledFor = scheduledFor == nil ? nil : instant?.description }
        timeZone = change.timeZone ?? timeZone
        tags = change.tags ?? tags
        recurrence = change.recurrence ?? recurrence
        linksAsWritten = change.linksAsWritten ?? linksAsWritten
    }
}

extension [PartDraft] {
    /// Parts that say nothing about media keep those of the part in their place.
    fileprivate func keepingMedia(of earlier: [PartDraft]) -> [PartDraft] {
        enumerated().map { index, part in
            guard part.mediaIds == nil, part.mediaUrls == nil, earlier.indices.contains(index) else { return part }
            return PartDraft(text: part.text, mediaIds: earlier[index].mediaIds)
        }
    }
}

extension PostStatus {
    /// What a change that gives no status leaves a post as; nil: as its time says.
    func kept(by change: PostChange) -> DraftStatus? {
        let getsTime = change.scheduledFor != nil || change.schedule != nil
        switch self {
        case .inReview: return .inReview
        case .draft: return change.schedule == nil ? .draft : nil
        case .cancelled, .failed: return getsTime ? nil : .draft
        case .scheduled, .publishing, .published, .partiallyPublished: return nil
        }
    }
}
