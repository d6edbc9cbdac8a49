import Domain

/// The figures of one post, per channel. Figures are named as `Metric`.
public struct PostAnalytics: Codable, Sendable, Equatable {
    public struct Sample: Codable, Sendable, Equatable {
        public let fetchedAt: Timestamp
        public let figures: [String: Int]
    }

    public struct Channel: Codable, Sendable, Equatable {
        public let integrationId: IntegrationID
        /// The latest figures.
        public let figures: [String: Int]
        /// (likes + shares + comments + clicks) / impressions; nil without impressions.
        public let engagementRate: Double?
        /// Nil until figures were read for the first time.
        public let fetchedAt: Timestamp?
        /// All figures read so far, oldest first.
        public let history: [Sample]
    }

    public let postId: PostID
    public let publications: [Channel]
}

/// The figures of everything published in a span of time.
public struct AnalyticsSummary: Codable, Sendable, Equatable {
    /// What was published on one day, with the latest figures.
    public struct Day: Codable, Sendable, Equatable {
        /// `2026-11-23` in the workspace's zone.
        public let day: String
        public let published: Int
        public let figures: [String: Int]
    }

    public struct Channel: Codable, Sendable, Equatable {
        public let integrationId: IntegrationID
        public let platform: PlatformID
        public let name: String
        public let published: Int
        public let figures: [String: Int]
        public let engagementRate: Double?
    }

    public let from: Timestamp
    public let to: Timestamp
    /// How many publications there were.
    public let published: Int
    public let totals: [String: Int]
    public let engagementRate: Double?
    /// Days on which something was published, oldest first.
    public let series: [Day]
    /// Most published first.
    public let channels: [Channel]
}
