import Domain
import Persistence

/// What happens in a workspace and concerns a person: what is unread at the bell, and what happened while they were away.
public struct News: Sendable {
    /// Who comes back after so long was away.
    static let absence = Duration.hours(1)
    /// How exactly it is noted when a person was here last.
    private static let precision = Duration.minutes(5)
    /// More unread ones are not counted.
    public static let mostCounted = 100

    let database: any Database
    let log: EventLog
    let time: any TimeSource

    /// How things stand for a person. A visit is noted: after an hour without one they were away. Where nothing can be stored they stand as they did.
    /// Throws `FORBIDDEN` for keys.
    public func standing(visiting: Bool = false, as caller: Caller) async throws -> NewsStanding {
        let (user, organization, now) = (try caller.requireSignedIn().user, caller.organizationId, time.now)
        let kinds = Self.kinds(for: caller.role)
        let (known, unread) = try await database.read { transaction in
            let known = try NewsRepository.standing(of: user, in: organization, in: transaction)
            let unread = try known?.position.map {
                try NewsRepository.count(after: $0, kinds, of: organization, for: user, most: Self.mostCounted, in: transaction)
            }
            return (known, unread ?? 0)
        }
        var awaySince = known?.awaySince
        let visited = known?.visitedAt
        if visiting, visited.map({ $0 < now - Self.precision }) ?? true {
            if let visited, visited < now - Self.absence { awaySince = max(visited, now - EventLog.memory) }
            let since = awaySince
            do {
                try await database.write {
                    try NewsRepository.noteVisit(of: user, to: organization, at: now, awaySince: since, in: $0)
                }
            } catch is DatabaseError {}
        }
        return NewsStanding(unread: unread, awaySince: awaySince)
    }

    /// Takes in what happened just now; where there is no room to store it, things stand as they were stored.
    public func gather() async throws { do { try await log.flush() } catch is DatabaseError {} }

    /// The newest first, up to `limit` of them before the place `position` and not older than `since`; no kinds: all that the person is told of.
    /// Throws `FORBIDDEN` for keys.
    public func list(
        before position: Int? = nil, since: Timestamp? = nil, kinds: Set<EventType> = [], limit: Int, as caller: Caller
    ) async throws -> [NewsEntry] {
        let (user, organization) = (try caller.requireSignedIn().user, caller.organizationId)
        let told = Self.kinds(for: caller.role).filter { kinds.isEmpty || kinds.contains($0) }
        let earliest = since ?? time.now - EventLog.memory
        // Whoever looks sees what happened just now.
        try await gather()
        return try await database.read { transaction in
            let seen = try NewsRepository.standing(of: user, in: organization, in: transaction)?.position ?? Int.max
            let entries = try NewsRepository.list(
                before: position, since: earliest, told, of: organization, for: user, limit: limit, in: transaction)
            return try NewsEntry.list(of: entries, seen: seen, of: organization, in: transaction)
        }
    }

    /// Notes that a person has looked at everything up to `position`. Throws `FORBIDDEN` for keys.
    public func markSeen(upTo position: Int, as caller: Caller) async throws {
        let (user, organization) = (try caller.requireSignedIn().user, caller.organizationId)
        try await database.write { try NewsRepository.noteSeen(position, by: user, in: organization, in: $0) }
    }

    /// The person knows what happened while they were away. Throws `FORBIDDEN` for keys.
    public func forgetAbsence(as caller: Caller) async throws {
        let (user, organization) = (try caller.requireSignedIn().user, caller.organizationId)
        try await database.write { try NewsRepository.forgetAbsence(of: user, from: organization, in: $0) }
    }

    /// What members of a role are told of: what is theirs to decide or to mend, and how the posts of the workspace fare.
    static func kinds(for role: Role) -> [EventType] {
        NewsRepository.kinds.filter { kind in
            switch kind {
            case .postInReview: role.may(.approve)
            case .integrationEnding, .integrationNeedsReconnect: role.may(.connect)
            case .webhookStopped, .memberJoined, .memberLeft: role.may(.manage)
            default: role.may(.view)
            }
        }
    }
}

/// How things stand for a person.
public struct NewsStanding: Sendable, Equatable {
    /// How many they have not looked at, up to `News.mostCounted`.
    public let unread: Int
    /// When they were here last before they came back; nil where they were not away, or know what happened.
    public let awaySince: Timestamp?
}

/// Something that a person is told of.
public struct NewsEntry: Sendable {
    /// Its place in the log.
    public let position: Int
    public let type: EventType
    public let at: Timestamp
    public let data: JSONValue
    public let postId: PostID?
    /// The beginning of the post, as far as it is there.
    public let opening: String?
    public let integrationId: IntegrationID?
    /// Whoever did it or whom it is about.
    public let person: String?
    /// A comment's words.
    public let said: String?
    public let isUnread: Bool

    /// Of what was decided about a post in review.
    public var isApproval: Bool { data["decision"] == ReviewDecision.approved.word }

    /// Those events of one organization, with what they are about named.
    fileprivate static func list(
        of entries: [ProductEventRepository.Entry], seen: Int, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> [NewsEntry] {
        let events = entries.map(\.event)
        let posts = events.compactMap { $0.id(of: "postId", Post.self) }
        let openings = posts.isEmpty ? [:] : try PostRepository.openings(of: posts, of: organization, in: transaction)
        let ids = events.compactMap { $0.id(of: "commentId", PostComment.self) }
        let comments = ids.isEmpty ? [] : try PostCommentRepository.list(ids, of: organization, in: transaction)
        let people = events.contains { $0.person != nil } ? try TeamRepository.members(of: organization, in: transaction) : []
        return entries.map { entry in
            let event = entry.event
            let post = event.id(of: "postId", Post.self)
            let comment = event.id(of: "commentId", PostComment.self).flatMap { id in comments.first { $0.id == id } }
            let member = event.person.flatMap { id in people.first { $0.userId == id } }
            return NewsEntry(
                position: entry.position, type: event.type, at: event.at, data: event.data, postId: post,
                opening: post.flatMap { openings[$0] }, integrationId: event.id(of: "integrationId", Integration.self),
                person: comment?.author ?? member?.name ?? event.data["name"]?.string, said: comment?.text, isUnread: entry.position > seen)
        }
    }
}

extension ProductEvent {
    /// The member who did it or whom it is about.
    fileprivate var person: UserID? { id(of: "by", User.self) ?? id(of: "userId", User.self) }
}
