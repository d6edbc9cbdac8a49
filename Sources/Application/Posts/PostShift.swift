import Domain

/// How far a post is moved from the time it has.
public enum PostShift: Sendable, Equatable {
    /// By the calendar: the clocks of the post's own zone show the same time of day, also when they are set in between.
    case days(Int)
    /// Of the instant, whatever the clocks show.
    case minutes(Int)

    /// A whole number of days is a whole number of days; any other number of minutes shifts the instant.
    public init(minutes: Int) { self = minutes % 1440 == 0 ? .days(minutes / 1440) : .minutes(minutes) }
}

extension PostChange {
    /// Moves `post` from the time it has. `zone` is for a post that has none of its own. Throws `CONFLICT` for a post without a time, and
    /// `INVALID_TIME_ZONE` when its zone is not known.
    public init(moving post: PostView, by shift: PostShift, zone: String) throws {
        guard let instant = post.scheduledFor else { throw ProblemReport(.conflict, "This post has no time to move from.") }
        let name = post.timeZone ?? zone
        let zone = try Schedule.timeZone(name)
        let (moved, wall): (Timestamp, WallTime)
        switch shift {
        case .days(let count):
            wall = (post.wallTime ?? WallTime(instant, in: zone)).adding(days: count)
            moved = wall.instant(in: zone)
        case .minutes(let count):
            moved = instant + .minutes(Int64(count))
            wall = WallTime(moved, in: zone)
        }
        // What was planned by wall time stays so, unless the clocks show it twice and the second is meant.
        let keepsWall = post.wallTime != nil && wall.instant(in: zone) == moved
        self.init(scheduledFor: keepsWall ? wall.description : moved.description, timeZone: name, revision: post.revision)
    }
}

extension Posts {
    /// Moves a post from the time it has; everything else stays. Throws as `update`.
    public func shift(_ id: PostID, by shift: PostShift, as caller: Caller) async throws -> PostView {
        let post = try await get(id, as: caller.reading)
        return try await update(id, try PostChange(moving: post, by: shift, zone: caller.timeZone), as: caller)
    }
}
