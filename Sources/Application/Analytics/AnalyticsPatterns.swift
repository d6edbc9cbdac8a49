import Domain
import Persistence

/// When posts did well, and which tags did.
public struct AnalyticsPatterns: Sendable, Equatable {
    /// What was published in one hour of the week, by the caller's clocks.
    public struct Hour: Sendable, Equatable {
        /// 1 is Monday.
        public let weekday: Int
        public let hour: Int
        public let published: Int
        /// Engagements a post, on average.
        public let engagements: Double
    }

    public struct Tag: Sendable, Equatable {
        public let tag: String
        public let published: Int
        public let figures: [String: Int]
    }

    /// Only hours in which something with figures came out.
    public let hours: [Hour]
    /// Most engagements first.
    public let tags: [Tag]
}

extension Analytics {
    /// The patterns in what was published from `from` until before `to`. Throws as `overview` does.
    public func patterns(channel: String?, from: Timestamp, to: Timestamp, as caller: Caller) async throws -> AnalyticsPatterns {
        let (zone, organization) = (try Schedule.timeZone(caller.timeZone), caller.organizationId)
        let rows = try await rows(channel, from: from, to: to, as: caller).filter { $0.figures?.isEmpty == false }
        let ids = Array(Set(rows.map(\.postId)))
        let tagsOfPosts = try await database.readDelayed { try PostRepository.tags(of: ids, in: organization, in: $0) }
        return AnalyticsPatterns(hours: Self.hours(rows, zone), tags: Self.tags(rows, tagsOfPosts))
    }

    private static func hours(_ rows: [MetricsRow], _ zone: Zone) -> [AnalyticsPatterns.Hour] {
        struct Key: Hashable {
            let weekday: Int
            let hour: Int
        }
        let dated = rows.compactMap { row -> (key: Key, engagements: Int)? in
            guard let wall = row.publishedAt.map({ WallTime($0, in: zone) }) else { return nil }
            return (Key(weekday: wall.weekday, hour: wall.hour), Figures.engagements(row.figures ?? [:]))
        }
        return Dictionary(grouping: dated, by: \.key).map { key, samples in
            AnalyticsPatterns.Hour(
                weekday: key.weekday, hour: key.hour, published: samples.count,
                engagements: Double(samples.reduce(0) { $0 &+ $1.engagements }) / Double(samples.count))
        }.sorted { ($0.weekday, $0.hour) < ($1.weekday, $1.hour) }
    }

    private static func tags(_ rows: [MetricsRow], _ tagsOfPosts: [PostID: [String]]) -> [AnalyticsPatterns.Tag] {
        let tagged = rows.flatMap { row in (tagsOfPosts[row.postId] ?? []).map { (tag: $0, figures: row.figures ?? [:]) } }
        return Dictionary(grouping: tagged, by: \.tag).map { tag, rows in
            AnalyticsPatterns.Tag(tag: tag, published: rows.count, figures: Figures.sum(rows.map(\.figures)))
        }.sorted { (Figures.engagements($0.figures), $1.tag) > (Figures.engagements($1.figures), $0.tag) }
    }
}
