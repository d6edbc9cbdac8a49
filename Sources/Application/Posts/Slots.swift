import Domain
import Foundation
import Persistence

/// A posting time of a channel at which nothing is planned.
public struct FreeSlot: Codable, Sendable, Equatable {
    public let integrationId: IntegrationID
    public let platform: PlatformID
    /// The channel's name.
    public let channel: String
    public let at: Timestamp
    /// The same as a wall time in `timeZone`: `2026-11-24T09:00`.
    public let local: String
    public let timeZone: String
    /// The tag of the posts that it is kept for; nil where it is kept for none.
    public let tag: String?
    /// Why this one, in words.
    public let reason: String
}

/// By what free slots are chosen.
public enum SlotBasis: String, Codable, Sendable, CaseIterable {
    /// The next ones.
    case queue
    /// Those in whose hour of the week the channel's posts did best so far.
    case engagement
}

extension Posts {
    /// At most `count` free posting times of each channel, from `from` (now when absent) to `to`; all channels that publish when none is
    /// named. By `queue` the next ones in the order of time; by `engagement` the best first. A platform stands for all of its channels. With
    /// `tags`, an empty list too, only those that a post with these tags takes.
    public func freeSlots(
        channels names: [String]?, count: Int, from: Timestamp?, to: Timestamp?, basis: SlotBasis, tags: [String]? = nil, as caller: Caller
    ) async throws -> [FreeSlot] {
        try caller.require(.postsRead)
        guard (1...50).contains(count) else { throw ProblemReport.invalid("count", "count is a number from 1 to 50.") }
        let start = max(from ?? clock.now, clock.now)
        let end = to ?? start + (basis == .queue ? SlotSchedule.horizon : .days(14))
        guard start < end else {
            throw ProblemReport.invalid("to", "The end must lie after the beginning, and in the future: it is \(clock.now) now.")
        }
        guard start < clock.now + .days(Int64(PostValidator.horizonYears) * 366) else {
            throw ProblemReport.invalid("from", "Posts are scheduled at most \(PostValidator.horizonYears) years ahead: choose an earlier time.")
        }
        let targets = try await slotTargets(names, as: caller)
        let free = try await free(of: targets, after: start, until: end, tags: tags, as: caller)
        guard basis == .engagement else {
            return free.flatMap { $0.slots.prefix(count) }.sorted { ($0.at, $0.channel) < ($1.at, $1.channel) }
        }
        let history = try await engagement(of: targets, as: caller)
        return free.flatMap { channel, slots in (history[channel.id] ?? EngagementHistory()).ranked(slots).prefix(count) }
    }

    func slotTargets(_ names: [String]?, as caller: Caller) async throws -> [Integration] {
        if let names { return try await channels.fitting(names, as: caller) }
        let organization = caller.organizationId
        return try await database.read { try IntegrationRepository.list(of: organization, in: $0) }.filter(\.publishes)
    }

    /// The free slots of each channel, in the order of time; with `tags` those that a post with these takes.
    func free(
        of targets: [Integration], after start: Timestamp, until end: Timestamp, tags: [String]? = nil, as caller: Caller
    ) async throws -> [(channel: Integration, slots: [FreeSlot])] {
        let zone = try Schedule.timeZone(caller.timeZone)
        let taken = try await database.read { transaction in
            try targets.map { try PublicationRepository.plannedTimes(of: $0.id, from: start, until: end, in: transaction) }
        }
        return zip(targets, taken).map { channel, taken in
            let own = channel.slots
            let usual = own.isEmpty ? SlotSchedule.defaultSlots(zone: caller.timeZone) : own
            let slots = tags.map { SlotSchedule.slots(own, for: $0, zone: caller.timeZone) } ?? usual
            let reason =
                own.isEmpty
                ? "Free at one of the usual posting times; \(channel.displayName) has none of its own."
                : "Free at one of \(channel.displayName)'s posting times."
            let times = SlotSchedule.free(after: start, until: end, slots: slots, taken: taken)
            return (channel, times.map { FreeSlot(channel, at: $0, zone: zone, reason: reason) })
        }
    }

    private func engagement(of targets: [Integration], as caller: Caller) async throws -> [IntegrationID: EngagementHistory] {
        let (zone, now, organization) = (try Schedule.timeZone(caller.timeZone), clock.now, caller.organizationId)
        let ids = targets.map(\.id)
        let rows = try await database.read {
            try MetricsRepository.latest(of: organization, integrations: ids, from: now - .days(365), to: now, in: $0)
        }
        return Dictionary(grouping: rows, by: \.integrationId).mapValues { EngagementHistory($0, zone: zone) }
    }
}

extension FreeSlot {
    init(_ channel: Integration, at time: SlotSchedule.Time, zone: Zone, reason: String) {
        self.init(
            integrationId: channel.id, platform: channel.platform, channel: channel.displayName, at: time.instant,
            local: WallTime(time.instant, in: zone).minuteText, timeZone: zone.name, tag: time.tag, reason: reason)
    }

    fileprivate func because(_ reason: String) -> FreeSlot {
        FreeSlot(
            integrationId: integrationId, platform: platform, channel: channel, at: at, local: local, timeZone: timeZone, tag: tag,
            reason: reason)
    }
}

/// How much engagement a channel's posts have had on average, by the hour of the week in which they came out.
struct EngagementHistory: Sendable {
    private struct Hour: Hashable, Sendable {
        let weekday: Int
        let hour: Int

        init(_ wall: WallTime) { (weekday, hour) = (wall.weekday, wall.hour) }

        var words: String {
            let days = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"]
            return "\(days[weekday - 1]) between \(hour) and \(hour + 1) o'clock"
        }
    }

    private var samples: [Hour: [Int]] = [:]
    private var zone: Zone = .utc

    /// Of a channel of which nothing is known.
    init() {}

    init(_ rows: [MetricsRow], zone: Zone) {
        self.zone = zone
        for row in rows {
            guard let publishedAt = row.publishedAt, let figures = row.figures else { continue }
            samples[Hour(WallTime(publishedAt, in: zone)), default: []].append(Figures.engagements(figures))
        }
    }

    /// The slots with the best hours first; those of hours without figures follow in the order of time. Without any figures: as they were.
    func ranked(_ slots: [FreeSlot]) -> [FreeSlot] {
        let ranked = slots.map { slot -> (slot: FreeSlot, average: Double?) in
            let hour = Hour(WallTime(slot.at, in: zone))
            guard let counts = samples[hour] else { return (slot.because(unknown), nil) }
            let average = Double(counts.reduce(0, +)) / Double(counts.count)
            let words = "\((average * 10).rounded() / 10) likes, shares, comments and clicks on average over \(counts.count) posts"
            return (slot.because("What \(slot.channel) published on \(hour.words) has had \(words)."), average)
        }
        return ranked.sorted { left, right in
            let (a, b) = (left.average ?? -1, right.average ?? -1)
            return a == b ? left.slot.at < right.slot.at : a > b
        }.map(\.slot)
    }

    private var unknown: String {
        samples.isEmpty
            ? "The next free posting time: nothing that this channel published has figures yet."
            : "A free posting time in an hour of the week in which this channel has published nothing with figures yet."
    }
}
