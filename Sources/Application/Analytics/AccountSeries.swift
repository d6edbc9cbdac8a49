import Domain
import Foundation
import Persistence
import Platforms

/// How the account of a channel fared over a span of days. Figures are named as `AccountMetric`.
public struct AccountSeries: Codable, Sendable, Equatable {
    public struct Day: Codable, Sendable, Equatable {
        /// `2026-11-23`, as the platform divides its days.
        public let day: String
        public let figures: [String: Int]
    }

    public let integrationId: IntegrationID
    public let platform: PlatformID
    /// The channel's name.
    public let name: String
    /// What the platform tells about accounts; empty where it tells nothing.
    public let metrics: [AccountMetric]
    /// How many there were last, such as followers.
    public let latest: [String: Int]
    /// How many more, or fewer, than on the first day of the span that is known; absent until two days are.
    public let change: [String: Int]
    /// The sums of what is counted by day, such as views.
    public let totals: [String: Int]
    /// The days that something is known of, oldest first.
    public let series: [Day]
}

extension AccountSeries {
    init(_ rows: [AccountMetricsRow], of channel: Integration, telling metrics: [AccountMetric]) {
        var (latest, change, totals) = ([String: Int](), [String: Int](), [String: Int]())
        for metric in metrics {
            let known = rows.compactMap { $0.figures[metric.rawValue] }
            guard let (first, last) = known.first.flatMap({ first in known.last.map { (first, $0) } }) else { continue }
            if !metric.isLevel {
                totals[metric.rawValue] = known.reduce(0, &+)
            } else {
                latest[metric.rawValue] = last
                if known.count > 1 { change[metric.rawValue] = last &- first }
            }
        }
        self.init(
            integrationId: channel.id, platform: channel.platform, name: channel.displayName, metrics: metrics, latest: latest, change: change,
            totals: totals, series: rows.map { Day(day: $0.day, figures: $0.figures) })
    }
}

/// The figures of accounts, read by `cron` in a rhythm that slows down with the account.
extension Analytics {
    /// How old an account's figures may get, by the time since it posted.
    static let accountFreshness: [(posted: Duration, interval: Duration)] = [(.days(2), .hours(6)), (.days(14), .hours(12))]
    /// The same for accounts that have not posted for long.
    static let idleInterval = Duration.hours(24)
    /// How far back the days go that are asked for first.
    static let firstDays = Duration.days(30)
    /// Platforms correct the figures of a day for some time after it.
    static let correction = Duration.days(3)
    /// The longest wait of a platform that is believed.
    private static let longestWait = Duration.days(1)

    /// One series for each channel of the workspace, or for those that `channel` names (its id or name, or a platform), of the days from
    /// `from` until before `to`. Throws `VALIDATION_FAILED` for an empty or too long span, `UNKNOWN_CHANNEL`, `AMBIGUOUS_CHANNEL`,
    /// `FORBIDDEN_SCOPE`.
    public func accounts(channel: String?, from: Timestamp, to: Timestamp, as caller: Caller) async throws -> [AccountSeries] {
        try caller.require(.analyticsRead)
        try Self.check(from, to)
        let (organization, known) = (caller.organizationId, try await integrations(channel, as: caller))
        let (first, last) = (WallTime(from, in: .utc).dayText, WallTime(to - .milliseconds(1), in: .utc).dayText)
        let rows = try await database.readDelayed {
            try AccountMetricsRepository.series(of: known.map(\.id), organization: organization, from: first, to: last, in: $0)
        }
        let byChannel = Dictionary(grouping: rows, by: \.integrationId)
        return known.map { channel in
            AccountSeries(
                byChannel[channel.id] ?? [], of: channel, telling: platforms[channel.platform]?.descriptor.accountAnalytics ?? [])
        }
    }

    /// Reads the figures of up to `limit` accounts whose figures are too old; returns how many were asked for. Run by the worker.
    ///
    /// Where a platform says that it was asked too often, its other accounts wait for the next run.
    public func fetchDueAccounts(limit: Int) async throws -> Int {
        let now = time.now
        let telling = platforms.all.map(\.descriptor).filter { !$0.accountAnalytics.isEmpty }.map(\.id)
        let intervals = Self.accountFreshness.map { (postedAfter: now - $0.posted, readBefore: now - $0.interval) }
        let due = try await database.read {
            try AccountMetricsRepository.due(
                platforms: telling, intervals: intervals, idle: now - Self.idleInterval, now: now, limit: limit, in: $0)
        }
        var (asked, resting) = (0, Set<PlatformID>())
        for target in due where !resting.contains(target.platform) {
            asked += 1
            if try await fetch(target)?.kind == .rateLimited { resting.insert(target.platform) }
        }
        return asked
    }

    /// Stores what the platform tells, and returns why it told nothing. As with posts, a failure never marks the channel: the right to
    /// publish may be sound where the right to read figures is missing.
    private func fetch(_ target: AccountMetricsTarget) async throws -> PlatformError? {
        let known = target.lastDay.flatMap { Timestamp("\($0)T00:00:00Z") }
        let earliest = known.map { $0 - Self.correction } ?? time.now - Self.firstDays
        var (figures, failure) = (AccountFigures(), PlatformError?.none)
        do {
            let (integration, account) = try await channels.connectedAccount(target.integrationId)
            figures = try await platforms[integration.platform]?.figures(of: account, since: earliest) ?? figures
        } catch let error as PlatformError {
            logger.info("account figures not read", metadata: ["integration": "\(target.integrationId)", "code": "\(error.code)"])
            failure = error
        } catch let problem as ProblemReport where problem.code == .notFound {
            return nil  // The channel was removed meanwhile.
        }
        let now = time.now
        let wait = failure.flatMap { $0.kind == .rateLimited ? now + min($0.retryAfter ?? .zero, Self.longestWait) : nil }
        var days = figures.days
        if !figures.now.isEmpty { days[WallTime(now, in: .utc).dayText, default: [:]].merge(figures.now) { $1 } }
        let named = days.mapValues { Dictionary(uniqueKeysWithValues: $0.map { ($0.key.rawValue, $0.value) }) }
        try await database.write { try AccountMetricsRepository.store(named, of: target, at: now, notBefore: wait, in: $0) }
        return failure
    }
}
