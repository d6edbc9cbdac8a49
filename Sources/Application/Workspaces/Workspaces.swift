import Domain
import Foundation
import Persistence

/// What there is to know about a workspace before doing anything in it.
public struct WorkspaceOverview: Codable, Sendable, Equatable {
    public let id: OrganizationID
    public let name: String
    /// The zone in which times without an offset are read.
    public let timeZone: String
    public let now: Timestamp
    /// Now as a wall time in `timeZone`: `2026-11-24T09:00`.
    public let local: String
    /// Today in English: `Tuesday`.
    public let weekday: String
    /// The first 200.
    public let channels: [ChannelView]
    /// How many posts there are in each status.
    public let countsByStatus: [PostStatus: Int]
    /// What the caller may do.
    public let scopes: [Scope]
    /// Whether what the caller would schedule or publish waits for an administrator's approval instead.
    public let draftOnly: Bool
    /// What becomes of posts whose time passed while they could not go out.
    public let catchUp: CatchUp
    /// Whether it publishes, and what waits.
    public let publishing: PauseState
}

/// Workspaces as wholes.
public struct Workspaces: Sendable {
    private let database: any Database
    private let channels: Channels
    private let posts: Posts
    private let time: any TimeSource

    public init(database: any Database, channels: Channels, posts: Posts, time: any TimeSource) {
        self.database = database
        self.channels = channels
        self.posts = posts
        self.time = time
    }

    /// The caller's workspace. Throws `FORBIDDEN_SCOPE`.
    public func overview(as caller: Caller) async throws -> WorkspaceOverview {
        try caller.require(.postsRead)
        let found = try await database.read { transaction in
            try OrganizationRepository.find(caller.organizationId, in: transaction).map {
                ($0, try Pausing.state(of: $0.id, in: transaction))
            }
        }
        guard let (organization, pause) = found else { throw ProblemReport.notFound("workspace") }
        let now = time.now
        let wall = WallTime(now, in: try Schedule.timeZone(caller.timeZone))
        let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        return WorkspaceOverview(
            id: organization.id, name: organization.name, timeZone: caller.timeZone, now: now, local: wall.minuteText,
            weekday: days[wall.weekday - 1], channels: try await channels.page(ChannelQuery(), as: caller).items,
            countsByStatus: try await posts.counts(as: caller), scopes: caller.scopes.sorted { $0.rawValue < $1.rawValue },
            draftOnly: caller.draftOnly, catchUp: organization.catchUp, publishing: pause)
    }
}
