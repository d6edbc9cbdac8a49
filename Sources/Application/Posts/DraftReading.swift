import Domain
import Foundation
import Persistence
import Platforms

/// A draft with its names looked up and its time read: what will be stored, and what is wrong with it.
struct DraftReading: Sendable {
    var content: PostContent
    var channels: [Integration]
    var scheduledFor: Timestamp?
    var timeZone: String?
    /// What was written, or what the slot's clocks show; nil when an instant was given.
    var wallTime: WallTime?
    /// The edition of the zone database by which it was read.
    var zoneRules: String?
    var tags: [String]
    /// To go out at once rather than at a time.
    var immediate: Bool
    var problems: [Problem]
    /// The names of the channels on which what the caller plans waits for an approval by a rule of the workspace.
    var reviewedOn: [String]
    /// What the workspace does with links.
    var links = LinkPlan.none

    var errors: [Problem] { problems.filter { $0.severity == .error } }

    /// The caller as one who plans this.
    func planner(_ caller: Caller) -> Caller { caller.awaitingApproval(on: reviewedOn) }
}

extension Posts {
    /// Reads a draft on behalf of `caller`. Throws for what cannot be read at all (an unknown channel or zone, somebody else's media); what can
    /// be read but must not go out is listed in `problems`.
    func read(_ draft: PostDraft, as caller: Caller) async throws -> DraftReading {
        let draft = try await completed(draft, as: caller)
        try checkSizes(draft)
        let channels = try await channels.resolve((draft.platforms ?? []).distinct(), as: caller)
        let zone = draft.timeZone ?? caller.timeZone
        _ = try Schedule.timeZone(zone)
        let content = PostContent(
            parts: try await parts(of: draft, as: caller), versions: try await versions(of: draft, for: channels, as: caller),
            settings: try settings(of: draft, for: channels), linksAsWritten: draft.linksAsWritten ?? false)
        let tags = try PostTags.read(draft.tags ?? [])
        let time = try await time(of: draft, for: channels, tags: tags, zone: zone)
        var reading = DraftReading(
            content: content, channels: channels, scheduledFor: time?.instant, timeZone: time?.zone, wallTime: time?.wall,
            zoneRules: time?.wall == nil ? nil : ZoneData.inForce.version, tags: tags,
            immediate: draft.schedule == .now && !draft.isDraft, problems: [],
            reviewedOn: try await database.read { try Approvals(for: caller, in: $0) }.names(among: channels),
            links: try await links.plan(of: caller.organizationId))
        reading.problems = try await problems(of: reading, as: caller)
        return reading
    }

    private func checkSizes(_ draft: PostDraft) throws {
        if draft.content != nil, draft.parts != nil {
            throw ProblemReport.invalid("parts", "Give either content (one part) or parts (a thread), not both.")
        }
        if draft.schedule != nil, draft.scheduledFor != nil {
            throw ProblemReport.invalid("schedule", "Give either scheduledFor or schedule, not both.")
        }
        if draft.status == .scheduled, draft.schedule == nil, draft.scheduledFor == nil {
            throw ProblemReport.invalid("scheduledFor", "A scheduled post needs a time: give scheduledFor, or schedule \"next-slot\" or \"now\".")
        }
        let threads = [draft.parts ?? []] + (draft.versions ?? [:]).values
        guard threads.allSatisfy({ $0.count <= 100 }) else { throw ProblemReport.invalid("parts", "A thread has at most 100 parts.") }
        // Each is a request to somebody.
        guard threads.joined().reduce(draft.mediaUrls?.count ?? 0, { $0 + ($1.mediaUrls?.count ?? 0) }) <= 100 else {
            throw ProblemReport.invalid(
                "mediaUrls", "At most 100 files are fetched by address at a time. Put others into the library first and give their ids.")
        }
        guard (draft.platforms?.count ?? 0) <= 100 else { throw ProblemReport.invalid("platforms", "A post goes to at most 100 channels.") }
        let texts = [draft.content].compactMap { $0 } + threads.joined().compactMap(\.text)
        guard texts.allSatisfy({ $0.unicodeScalars.count <= 200_000 }) else {
            throw ProblemReport.invalid("content", "A part holds at most 200,000 characters. Shorten it.")
        }
    }

    private func parts(of draft: PostDraft, as caller: Caller) async throws -> [PostPart] {
        var drafts = draft.parts ?? [PartDraft(text: draft.content)]
        if drafts.isEmpty { drafts = [PartDraft()] }
        drafts[0].mediaIds = (drafts[0].mediaIds ?? []) + (draft.mediaIds ?? [])
        drafts[0].mediaUrls = (drafts[0].mediaUrls ?? []) + (draft.mediaUrls ?? [])
        return try await parts(drafts, as: caller)
    }

    private func parts(_ drafts: [PartDraft], as caller: Caller) async throws -> [PostPart] {
        var parts: [PostPart] = []
        for draft in drafts {
            var ids = draft.mediaIds ?? []
            for url in draft.mediaUrls ?? [] { ids.append(try await mediaId(for: url, as: caller)) }
            parts.append(PostPart(text: (draft.text ?? "").withOneLineEnd, mediaIds: ids))
        }
        return parts
    }

    /// A file of our own is used as it is; anything else is fetched into the library.
    private func mediaId(for url: String, as caller: Caller) async throws -> MediaID {
        let path = url.hasPrefix(mainURL) ? String(url.dropFirst(mainURL.count)) : url
        if path.hasPrefix("/api/media/"), let id = MediaID(String(path.dropFirst("/api/media/".count).prefix(36))) { return id }
        return try await media.fromURL(url, altText: nil, as: caller).id
    }

    private func versions(of draft: PostDraft, for channels: [Integration], as caller: Caller) async throws -> [IntegrationID: [PostPart]] {
        var versions: [IntegrationID: [PostPart]] = [:]
        for (name, drafts) in draft.versions ?? [:] {
            let channel = try channel(named: name, among: channels, field: "versions")
            versions[channel.id] = try await parts(drafts, as: caller)
        }
        return versions
    }

    func settings(of draft: PostDraft, for channels: [Integration]) throws -> [IntegrationID: [String: JSONValue]] {
        var settings: [IntegrationID: [String: JSONValue]] = [:]
        // A platform's settings first, so that a channel's own win.
        for (name, values) in (draft.settings ?? [:]).sorted(by: { left, _ in platforms[PlatformID(rawValue: left.key)] != nil }) {
            let values = values.mapValues { value in value.string.map { .string($0.withOneLineEnd) } ?? value }
            for target in try targets(ofSettingsFor: name, among: channels) { settings[target.id, default: [:]].merge(values) { _, own in own } }
        }
        // A channel's defaults become the post's own, so that what was looked at goes out whatever becomes of the defaults.
        for channel in channels {
            let known = Set(platforms[channel.platform]?.descriptor.settings.map(\.name) ?? [])
            let defaults = channel.settings.filter { known.contains($0.key) }
            if !defaults.isEmpty { settings[channel.id, default: [:]].merge(defaults) { own, _ in own } }
        }
        return settings
    }

    /// The channels that settings under `name` are for: one, or all of a platform.
    func targets(ofSettingsFor name: String, among channels: [Integration]) throws -> [Integration] {
        let ofPlatform = channels.filter { $0.platform.rawValue == name }
        return ofPlatform.isEmpty ? [try channel(named: name, among: channels, field: "settings")] : ofPlatform
    }

    func channel(named name: String, among own: [Integration], field: String) throws -> Integration {
        do {
            return try channels.resolve([name], among: own)[0]
        } catch let problem as ProblemReport {
            throw ProblemReport.invalid(
                field, "'\(name.prefix(80))' does not mean one of the post's channels. \(problem.message)")
        }
    }

    private func time(
        of draft: PostDraft, for channels: [Integration], tags: [String], zone: String
    ) async throws -> (instant: Timestamp, wall: WallTime?, zone: String)? {
        if let text = draft.scheduledFor {
            let time = try Schedule.read(text, zone: zone)
            return (time.instant, time.wall, zone)
        }
        switch draft.schedule {
        case nil: return nil
        case .now: return (clock.now, nil, zone)
        case .nextSlot:
            let slot = try await nextSlot(for: channels, tags: tags, zone: zone)
            return (slot.instant, slot.wall, slot.timeZone)
        }
    }

    /// The next posting time that a post with `tags` takes on these channels, at which none of them has anything planned.
    private func nextSlot(for channels: [Integration], tags: [String], zone: String) async throws -> SlotSchedule.Time {
        let slots = try channels.slots(for: tags, zone: zone)
        let now = clock.now
        let taken = try await database.read { transaction in
            try channels.reduce(into: Set<Timestamp>()) {
                $0.formUnion(try PublicationRepository.plannedTimes(of: $1.id, from: now, until: now + SlotSchedule.horizon, in: transaction))
            }
        }
        guard let next = SlotSchedule.next(after: now, slots: slots, taken: taken) else {
            throw ProblemReport.invalid("schedule", "All posting times of these channels are taken for the next 60 days. Choose a time yourself.")
        }
        return next
    }

    private func problems(of reading: DraftReading, as caller: Caller) async throws -> [Problem] {
        let ids = reading.content.mediaIds
        let items = try await media.items(ids, of: caller.organizationId)
        let clocks = try reading.wallTime.flatMap { wall in
            try reading.timeZone.map { try Schedule.timeZone($0) }.flatMap { Problem(wall, in: $0) }
        }
        return PostValidator.problems(
            content: reading.content, channels: contexts(of: reading), media: items, scheduledFor: reading.scheduledFor, now: clock.now)
            + [clocks].compactMap { $0 }
    }

    func contexts(of reading: DraftReading) -> [ChannelContext] {
        reading.channels.compactMap { channel in
            platforms[channel.platform].map { platform in
                let facts = LinkPlaceholder.facts(
                    channel: channel, tags: reading.tags, due: reading.scheduledFor ?? clock.now, timeZone: reading.timeZone, post: nil)
                return ChannelContext(
                    integration: channel, descriptor: platform.descriptor, filesReachable: channels.filesReachable,
                    links: reading.links.links(of: reading.content, facts: facts, counting: platform.descriptor.text.counting))
            }
        }
    }
}

extension [Integration] {
    /// The posting times of these channels, all together, that a post with `tags` takes. Throws where every one is kept for other tags.
    func slots(for tags: [String], zone: String) throws -> [Slot] {
        let slots = SlotSchedule.slots(flatMap(\.slots), for: tags, zone: zone)
        guard !slots.isEmpty else {
            throw ProblemReport.invalid(
                "schedule", "Every posting time of these channels is kept for posts with certain tags. Give the post such a tag, or a time.")
        }
        return slots
    }
}
