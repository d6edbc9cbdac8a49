import Domain
import Logging
import Messaging
import Persistence

/// How a post was moved because the rules of its zone changed.
public struct Replan: Codable, Sendable, Equatable {
    /// When it was moved.
    public let at: Timestamp
    public let timeZone: String
    /// What its clocks show, before and after.
    public let wallTime: WallTime
    public let before: Timestamp
    public let after: Timestamp
}

extension Posts {
    /// How a post was moved because the rules of its zone changed, oldest first.
    public func replans(_ id: PostID, as caller: Caller) async throws -> [Replan] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.read { try AuditRepository.replans(of: id, of: organization, in: $0) }.compactMap(Replan.init)
    }
}

extension Replan {
    static let action = "post.replanned"

    fileprivate init?(_ event: AuditEvent) {
        guard let zone = event.detail["timeZone"]?.string, let wall = event.detail["wallTime"]?.string.flatMap({ WallTime($0) }),
            let before = event.detail["before"]?.string.flatMap(Timestamp.init), let after = event.detail["after"]?.string.flatMap(Timestamp.init)
        else { return nil }
        self.init(at: event.createdAt, timeZone: zone, wallTime: wall, before: before, after: after)
    }

    var detail: [String: JSONValue] {
        [
            "timeZone": .string(timeZone), "wallTime": .string(wallTime.description), "before": .string(before.description),
            "after": .string(after.description),
        ]
    }
}

/// Keeps what was planned by wall time at its wall time when the rules of a zone change. What was planned by an instant stays. Several
/// processes may do it at once, with one edition of the zone data or several: each move names what it was read from, and none is made by an
/// older edition than the one before.
public struct Replanning: Sendable {
    let database: any Database
    let events: any EventBus
    let audit: AuditLog
    let time: any TimeSource
    let alarm: ScheduleAlarm
    let logger: Logger
    /// How many posts are moved in one transaction.
    var batch = 100
    /// How many posts are read at once.
    var page = 1000

    /// What a post becomes by the rules in force.
    private struct Move: Sendable {
        let post: ReplanRepository.Planned
        let wallTime: WallTime?
        let instant: Timestamp
        var isVisible: Bool { instant != post.scheduledFor }
    }

    /// Moves all posts whose zone follows other rules than those by which they were planned, and tells their workspaces. A post whose time has
    /// passed by the new rules goes out at once. Returns how many were moved.
    @discardableResult
    public func follow(_ data: ZoneData = .inForce) async throws -> Int {
        let moves = try await moves(by: data)
        var moved: [Move] = []
        for start in stride(from: 0, to: moves.count, by: batch) {
            moved += try await store(Array(moves[start..<min(start + batch, moves.count)]), rules: data.version)
        }
        guard !moved.isEmpty else { return 0 }
        alarm.ring()
        let bus = PublishingEvents(bus: events, time: time)
        for move in moved { await bus.post(.postUpdated, move.post.id, of: move.post.organization) }
        for (organization, moves) in Dictionary(grouping: moved, by: \.post.organization) { await tell(organization, moves, data) }
        logger.notice("time zones follow new rules: posts moved", metadata: ["posts": "\(moved.count)", "edition": "\(data.version)"])
        return moved.count
    }

    private func moves(by data: ZoneData) async throws -> [Move] {
        var (moves, last): ([Move], (Timestamp, PostID)?) = ([], nil)
        let (now, page) = (time.now, page)
        while true {
            let behind = last
            let posts = try await database.read {
                try ReplanRepository.planned(after: now, upTo: data.version, behind: behind, limit: page, in: $0)
            }
            moves += posts.compactMap { Self.move($0, by: data) }
            guard posts.count == page, let end = posts.last else { return moves }
            last = (end.scheduledFor, end.id)
        }
    }

    /// Nil when nothing is to be stored.
    private static func move(_ post: ReplanRepository.Planned, by data: ZoneData) -> Move? {
        // Over REST both are usual, and earlier versions did not note which was meant: an instant stays what it was.
        let wall = post.wallTime ?? (post.origin == .api ? nil : EarlierRules.wallTime(at: post.scheduledFor, in: post.timeZone))
        // A zone that these files do not know keeps what is planned as it is.
        guard let wall, let zone = data.zone(named: post.timeZone) else {
            return post.wallTime == nil ? Move(post: post, wallTime: nil, instant: post.scheduledFor) : nil
        }
        // Of a time that is shown twice either may be meant.
        let fits = WallTime(post.scheduledFor, in: zone) == wall
        let instant = fits ? post.scheduledFor : wall.instant(in: zone)
        return instant == post.scheduledFor && post.wallTime != nil ? nil : Move(post: post, wallTime: wall, instant: instant)
    }

    /// Returns those that were moved to another instant.
    private func store(_ moves: [Move], rules: String) async throws -> [Move] {
        let (now, audit) = (time.now, audit)
        return try await database.write { transaction in
            try moves.filter { move in
                let isStored = try ReplanRepository.move(
                    move.post, to: move.instant, wallTime: move.wallTime, rules: rules, at: now, in: transaction)
                guard isStored, move.isVisible, let wall = move.wallTime else { return false }
                let replan = Replan(
                    at: now, timeZone: move.post.timeZone, wallTime: wall, before: move.post.scheduledFor, after: move.instant)
                try audit.record(
                    Replan.action, target: move.post.id.text, detail: replan.detail, subject: "system", organization: move.post.organization,
                    in: transaction)
                return true
            }
        }
    }

    /// One notification for all posts of a workspace.
    private func tell(_ organization: OrganizationID, _ moves: [Move], _ data: ZoneData) async {
        let zones = Set(moves.map(\.post.timeZone)).sorted()
        await events.publish(
            ProductEvent(
                .zoneRulesChanged, organizationId: organization, at: time.now,
                data: [
                    "zones": .array(zones.map { .string($0) }), "posts": .number(Double(moves.count)), "edition": .string(data.version),
                ]))
    }
}
