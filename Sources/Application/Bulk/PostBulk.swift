import Domain
import Persistence

/// What many drafts are read against: looked up once for all of them.
struct BulkSurroundings: Sendable {
    let channels: [Integration]
    var media: [MediaID: Media]
    var mediaByName: [String: [MediaID]]
    /// When each channel has something planned already; what is planned meanwhile is added.
    var taken: [IntegrationID: Set<Timestamp>]
    let now: Timestamp
    let links: LinkPlan
    let approvals: Approvals
    fileprivate var resolved: [[String]: [Integration]] = [:]
}

extension Posts {
    func surroundings(mediaNamed names: Set<String>, mediaIds: Set<MediaID>, as caller: Caller) async throws -> BulkSurroundings {
        let (now, organization) = (clock.now, caller.organizationId)
        return try await database.read { transaction in
            let channels = try IntegrationRepository.list(of: organization, in: transaction)
            let named = try MediaRepository.named(names, of: organization, in: transaction)
            let media = named + (try MediaRepository.find(mediaIds, of: organization, in: transaction))
            let taken = try channels.map { channel in
                (
                    channel.id,
                    try PublicationRepository.plannedTimes(of: channel.id, from: now, until: now + SlotSchedule.horizon, in: transaction)
                )
            }
            return BulkSurroundings(
                channels: channels, media: Dictionary(media.map { ($0.id, $0) }) { first, _ in first },
                mediaByName: Dictionary(grouping: named, by: \.name).mapValues { $0.map(\.id) },
                taken: Dictionary(uniqueKeysWithValues: taken), now: now, links: try links.plan(of: organization, in: transaction),
                approvals: try Approvals(for: caller, in: transaction))
        }
    }

    /// The channels of a draft that names them.
    func channels(of draft: PostDraft, in surroundings: inout BulkSurroundings) throws -> [Integration] {
        let names = draft.platforms ?? []
        if let known = surroundings.resolved[names] { return known }
        let found = try channels.resolve(names, among: surroundings.channels)
        surroundings.resolved[names] = found
        return found
    }

    /// As `read(_:as:)`, without files to be fetched, templates and versions. What takes a posting time takes it from those after it.
    func read(_ draft: PostDraft, in surroundings: inout BulkSurroundings, as caller: Caller) throws -> DraftReading {
        let chosen = try channels(of: draft, in: &surroundings)
        let zone = draft.timeZone ?? caller.timeZone
        let known = try Schedule.timeZone(zone)
        let parts = (draft.parts ?? []).map { PostPart(text: ($0.text ?? "").withOneLineEnd, mediaIds: $0.mediaIds ?? []) }
        let content = PostContent(parts: parts.isEmpty ? [PostPart(text: "")] : parts, settings: try settings(of: draft, for: chosen))
        let tags = try PostTags.read(draft.tags ?? [])
        var (instant, wall, timeZone): (Timestamp?, WallTime?, String) = (nil, nil, zone)
        if let text = draft.scheduledFor {
            (instant, wall) = try Schedule.read(text, zone: zone)
        } else if draft.schedule == .nextSlot {
            let slot = try nextSlot(for: chosen, tags: tags, zone: zone, in: &surroundings)
            (instant, wall, timeZone) = (slot.instant, slot.wall, slot.timeZone)
        }
        let isPlanned = instant != nil
        var reading = DraftReading(
            content: content, channels: chosen, scheduledFor: instant, timeZone: isPlanned ? timeZone : nil, wallTime: wall,
            zoneRules: wall == nil ? nil : ZoneData.inForce.version, tags: tags, immediate: false, problems: [],
            reviewedOn: surroundings.approvals.names(among: chosen),
            links: surroundings.links)
        reading.problems =
            PostValidator.problems(
                content: content, channels: contexts(of: reading), media: surroundings.media,
                scheduledFor: instant, now: surroundings.now) + [wall.flatMap { Problem($0, in: known) }].compactMap(\.self)
        return reading
    }

    private func nextSlot(
        for chosen: [Integration], tags: [String], zone: String, in surroundings: inout BulkSurroundings
    ) throws -> SlotSchedule.Time {
        let slots = try chosen.slots(for: tags, zone: zone)
        let taken = chosen.reduce(into: Set<Timestamp>()) { $0.formUnion(surroundings.taken[$1.id] ?? []) }
        guard let next = SlotSchedule.next(after: surroundings.now, slots: slots, taken: taken) else {
            throw ProblemReport.invalid("schedule", "All posting times of these channels are taken for the next 60 days. Choose a time yourself.")
        }
        for channel in chosen { surroundings.taken[channel.id, default: []].insert(next.instant) }
        return next
    }
}
