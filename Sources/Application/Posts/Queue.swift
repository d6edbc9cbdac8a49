import Domain
import Foundation
import Persistence

/// What goes out on one day, and the posting times that are still free on it.
public struct QueueDay: Codable, Sendable, Equatable {
    /// `2026-11-24` in the caller's zone.
    public let date: String
    public let items: [QueueItem]
    public let freeSlots: [FreeSlot]
}

/// A post that waits to go out on one channel.
public struct QueueItem: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable, CaseIterable {
        case scheduled = "SCHEDULED"
        /// It waits for an administrator's approval.
        case inReview = "IN_REVIEW"
        /// Something is paused, the channel must be connected again, or it is late and waits for a person.
        case onHold = "ON_HOLD"
        case queued = "QUEUED"
        case publishing = "PUBLISHING"
    }

    public let postId: PostID
    public let integrationId: IntegrationID
    public let platform: PlatformID
    /// The channel's name.
    public let channel: String
    public let at: Timestamp
    /// The same as a wall time in the caller's zone: `2026-11-24T09:00`.
    public let local: String
    public let status: Status
    /// The first 140 characters of what this channel gets.
    public let text: String
}

extension Posts {
    /// What goes out today and on the days after it, day by day, with the gaps. `channel` is an id or name; a platform stands for all of its
    /// channels. At most 1,000 items.
    public func queue(channel: String?, days: Int, as caller: Caller) async throws -> [QueueDay] {
        try caller.require(.postsRead)
        guard (1...31).contains(days) else { throw ProblemReport.invalid("days", "days is a number from 1 to 31.") }
        let (now, zone, organization) = (clock.now, try Schedule.timeZone(caller.timeZone), caller.organizationId)
        let today = WallTime(now, in: zone).day
        let end = WallTime(day: today + days, minute: 0).instant(in: zone)
        let targets = try await slotTargets(channel.map { [$0] }, as: caller)
        // What is held back on a channel, or overdue, stands on today.
        let waiting = try await database.read {
            try PublicationRepository.waiting(of: organization, since: now - .days(7), before: end, limit: 1000, in: $0)
        }
        let known = try await channels.integrations(Array(Set(waiting.map(\.publication.integrationId))), of: organization)
        let byId = Dictionary(known.map { ($0.id, $0) }) { first, _ in first }
        let wanted = channel == nil ? nil : Set(targets.map(\.id))
        let items = waiting.filter { wanted?.contains($0.publication.integrationId) ?? true }.compactMap { waiting in
            byId[waiting.publication.integrationId].flatMap { QueueItem(waiting, channel: $0, zone: zone) }
        }
        let free = try await free(of: targets, after: now, until: end - .milliseconds(1), as: caller).flatMap(\.slots)
            .sorted { ($0.at, $0.channel) < ($1.at, $1.channel) }
        let itemsByDay = Dictionary(grouping: items) { max(WallTime($0.at, in: zone).day, today) }
        let freeByDay = Dictionary(grouping: free) { WallTime($0.at, in: zone).day }
        return (today..<today + days).map { day in
            QueueDay(date: WallTime(day: day, minute: 0).dayText, items: itemsByDay[day] ?? [], freeSlots: freeByDay[day] ?? [])
        }
    }
}

extension QueueItem {
    fileprivate init?(_ waiting: PublicationRepository.Waiting, channel: Integration, zone: Zone) {
        let publication = waiting.publication
        guard let at = publication.dueAt, let status = Status(publication.status) else { return nil }
        self.init(
            postId: publication.postId, integrationId: channel.id, platform: channel.platform, channel: channel.displayName, at: at,
            local: WallTime(at, in: zone).minuteText, status: status,
            text: String((waiting.content.parts(for: channel.id).first?.text ?? "").prefix(140)))
    }
}

extension QueueItem.Status {
    fileprivate init?(_ status: PublicationStatus) {
        switch status {
        case .scheduled: self = .scheduled
        case .draft: self = .inReview
        case .onHold: self = .onHold
        case .queued: self = .queued
        case .publishing: self = .publishing
        case .processing, .published, .failed, .unconfirmed, .cancelled: return nil
        }
    }
}
