import Domain
import Persistence

/// Posts that took each other's times.
public struct QueueArrangement: Codable, Sendable, Equatable {
    public struct Item: Codable, Sendable, Equatable {
        public let postId: PostID
        /// When it went out before.
        public let from: Timestamp
        /// When it goes out now.
        public let to: Timestamp
        public let revision: Int
    }

    /// By which it is taken back; null when every post had its place already.
    public let id: Identifier<AuditEvent>?
    /// Those that moved, in the order in which they go out now.
    public let items: [Item]

    public init(id: Identifier<AuditEvent>?, items: [Item]) { (self.id, self.items) = (id, items) }
}

/// Posts in the order in which they are to go out.
public struct QueueSequence: Codable, Sendable, Equatable {
    public struct Place: Codable, Sendable, Equatable {
        public var id: PostID
        /// The one that was looked at.
        public var revision: Int?

        init(id: PostID, revision: Int? = nil) { (self.id, self.revision) = (id, revision) }
    }

    public var posts: [Place]

    public init(_ posts: [PostID]) { self.posts = posts.map { Place(id: $0) } }
}

/// One post among those that wait on a channel.
public struct QueueStep: Codable, Sendable, Equatable {
    public var post: PostID
    /// Id or name.
    public var channel: String
    public var to: QueueMove
    /// The one that was looked at.
    public var revision: Int?

    public init(post: PostID, channel: String, to: QueueMove, revision: Int? = nil) {
        (self.post, self.channel, self.to, self.revision) = (post, channel, to, revision)
    }
}

/// What is put into an order made by chance.
public struct QueueShuffle: Codable, Sendable, Equatable {
    /// What waits on this channel, by id or name.
    public var channel: String?
    /// These posts.
    public var posts: [PostID]?

    public init(channel: String? = nil, posts: [PostID]? = nil) { (self.channel, self.posts) = (channel, posts) }
}

// MARK: - Exchanging times

extension Posts {
    /// How many posts exchange their times at once.
    public static let mostArranged = 200
    /// How far a channel's queue is read.
    private static let queueRead = 1000
    private static let arranged = "queue.arranged"

    /// Has posts go out in this order: they exchange their times, all or none. A post has one time, so it moves on all of its channels.
    ///
    /// Throws `CONFLICT` when one of them is no plan any more, or was changed since `revision`; `FORBIDDEN` for a draft-only caller where a
    /// person has planned one.
    public func arrange(_ sequence: QueueSequence, as caller: Caller) async throws -> QueueArrangement {
        try caller.require(.postsWrite)
        let order = sequence.posts.map(\.id)
        try Self.requireSome(order)
        let revisions = Dictionary(sequence.posts.compactMap { place in place.revision.map { (place.id, $0) } }) { first, _ in first }
        return try await arrange(as: caller) { transaction in
            try exchange(order, revisions, as: caller, in: transaction) { QueueOrder($0).exchanges(for: order) }
        }
    }

    /// Moves a post among those that wait on a channel. Throws as `arrange`.
    public func move(_ step: QueueStep, as caller: Caller) async throws -> QueueArrangement {
        try caller.require(.postsWrite)
        let (channel, organization, now) = (try await channels.resolve([step.channel], as: caller)[0].id, caller.organizationId, clock.now)
        return try await arrange(as: caller) { transaction in
            let waiting = QueueOrder(
                try QueueRepository.planned(on: channel, of: organization, after: now, limit: Self.queueRead, in: transaction))
            guard let order = waiting.moving(step.post, step.to) else {
                guard try PostRepository.find(step.post, of: organization, in: transaction) != nil else { throw ProblemReport.notFound("post") }
                throw ProblemReport.waitsNot
            }
            guard order.count <= Self.mostArranged else {
                throw ProblemReport(.conflict, "More than \(Self.mostArranged) posts stand between. Give this post another time instead.")
            }
            let revisions = step.revision.map { [step.post: $0] } ?? [:]
            return try exchange(order, revisions, as: caller, in: transaction) { QueueOrder($0).exchanges(for: order) }
        }
    }

    /// Puts the next 200 posts that wait on a channel, or those named, into an order made by chance: another one than before. Throws as `arrange`.
    public func shuffle(_ what: QueueShuffle, as caller: Caller) async throws -> QueueArrangement {
        try caller.require(.postsWrite)
        guard (what.channel == nil) != (what.posts == nil) else {
            throw ProblemReport.invalid("channel", "Give either channel or posts: what is to be shuffled.")
        }
        if let posts = what.posts { try Self.requireSome(posts) }
        var channel: IntegrationID?
        if let name = what.channel { channel = try await channels.resolve([name], as: caller)[0].id }
        let (named, on, organization, now) = (what.posts ?? [], channel, caller.organizationId, clock.now)
        return try await arrange(as: caller) { transaction in
            let posts = try on.map {
                try QueueRepository.planned(on: $0, of: organization, after: now, limit: Self.mostArranged, in: transaction).map(\.id)
            }
            return try exchange(posts ?? named, [:], as: caller, in: transaction) { places in
                var chance = SystemRandomNumberGenerator()
                let order = QueueOrder(places)
                return order.exchanges(for: order.shuffled(using: &chance))
            }
        }
    }

    /// Gives every post of an arrangement the time back that it had. Throws `CONFLICT` when one of them was moved since, or is no plan any more.
    public func undo(_ arrangement: Identifier<AuditEvent>, as caller: Caller) async throws -> QueueArrangement {
        try caller.require(.postsWrite)
        let organization = caller.organizationId
        return try await arrange(as: caller) { transaction in
            guard let event = try AuditRepository.find(arrangement, of: organization, in: transaction), event.action == Self.arranged,
                let steps = event.detail["steps"]
            else { throw ProblemReport.notFound("arrangement") }
            let done: [Step] = try JSON.decode([Step].self, from: JSON.data(steps))
            return try exchange(done.map(\.post), [:], as: caller, in: transaction) { places in
                let times = Dictionary(places.map { ($0.id, $0.at) }) { first, _ in first }
                guard done.allSatisfy({ times[$0.post] == $0.at }) else {
                    throw ProblemReport(.conflict, "A post was moved since, so this can no longer be taken back.")
                }
                return done.map { ($0.of, $0.post) }
            }
        }
    }

    /// Who took whose time, and which that was: what the audit log keeps.
    private struct Step: Codable {
        let post: PostID
        let of: PostID
        let at: Timestamp
    }

    private static func requireSome(_ posts: [PostID]) throws {
        guard (2...mostArranged).contains(posts.count), Set(posts).count == posts.count else {
            throw ProblemReport.invalid("posts", "Name 2 to \(mostArranged) posts, each once.")
        }
    }

    private func arrange(
        as caller: Caller, _ work: @escaping @Sendable (any Transaction) throws -> QueueArrangement
    ) async throws -> QueueArrangement {
        let arrangement = try await store(work)
        guard !arrangement.items.isEmpty else { return arrangement }
        alarm.ring()
        for item in arrangement.items { await events.post(.postUpdated, item.postId, of: caller.organizationId, at: [item.from, item.to]) }
        return arrangement
    }

    /// Locks the posts, asks who takes whose time, and stores that.
    private func exchange(
        _ ids: [PostID], _ revisions: [PostID: Int], as caller: Caller, in transaction: any Transaction,
        taking: (_ places: [(id: PostID, at: Timestamp)]) throws -> [(post: PostID, of: PostID)]
    ) throws -> QueueArrangement {
        let posts = try locked(ids, of: caller.organizationId, in: transaction)
        let (now, approvals) = (clock.now, try Approvals(for: caller, in: transaction))
        var places: [(id: PostID, at: Timestamp)] = []
        for post in posts.values {
            if let revision = revisions[post.id], revision != post.revision { throw ProblemReport.changedMeanwhile }
            try approvals.planner(on: post.channels, in: transaction).requireApproved(to: "move", postWith: post.status)
            guard let at = post.scheduledFor, at > now, [.inReview, .scheduled].contains(post.status) else { throw ProblemReport.waitsNot }
            places.append((post.id, at))
        }
        places.sort { ($0.at, $0.id) < ($1.at, $1.id) }
        var (items, steps): ([QueueArrangement.Item], [Step]) = ([], [])
        for (id, giver) in try taking(places) {
            guard let before = posts[id], let given = posts[giver], let from = before.scheduledFor, let to = given.scheduledFor else {
                throw ProblemReport.changedMeanwhile
            }
            try take(given, for: before, from, to, as: caller, now, in: transaction)
            items.append(.init(postId: id, from: from, to: to, revision: before.revision + 1))
            steps.append(Step(post: id, of: giver, at: to))
        }
        guard let first = items.first else { return QueueArrangement(id: nil, items: []) }
        let detail: [String: JSONValue] = ["steps": try JSON.decode(JSONValue.self, from: JSON.data(steps))]
        let event = try audit.record(Self.arranged, target: first.postId.text, detail: detail, as: caller, in: transaction)
        return QueueArrangement(id: event, items: items.sorted { ($0.to, $0.postId) < ($1.to, $1.postId) })
    }

    /// The series first, as everybody who changes more than one post; then the posts in one order.
    private func locked(_ ids: [PostID], of organization: OrganizationID, in transaction: any Transaction) throws -> [PostID: Post] {
        let known = try ids.compactMap { try PostRepository.find($0, of: organization, in: transaction) }
        guard known.count == ids.count else { throw ProblemReport.notFound("post") }
        for series in Set(known.compactMap { $0.series?.id }).sorted() {
            _ = try SeriesRepository.find(series, of: organization, lock: true, in: transaction)
        }
        var posts: [PostID: Post] = [:]
        for id in ids.sorted() {
            guard let post = try PostRepository.find(id, of: organization, lock: true, in: transaction) else { throw ProblemReport.notFound("post") }
            posts[id] = post
        }
        return posts
    }

    /// Gives `before` the time of `other`, with the clocks by which that was chosen.
    private func take(
        _ other: Post, for before: Post, _ from: Timestamp, _ to: Timestamp, as caller: Caller, _ now: Timestamp, in transaction: any Transaction
    ) throws {
        let publications = try PublicationRepository.list(of: before.id, in: transaction).filter { $0.status != .cancelled }
        guard publications.allSatisfy({ [.draft, .scheduled].contains($0.status) }) else { throw ProblemReport.alreadyPublishing }
        var post = before
        (post.scheduledFor, post.timeZone, post.wallTime) = (to, other.timeZone, other.wallTime)
        (post.zoneRules, post.updatedAt) = (other.zoneRules, now)
        guard try PostRepository.update(post, basedOn: before.revision, in: transaction) else { throw ProblemReport.changedMeanwhile }
        try Self.note(post, replacing: before, restored: nil, as: caller, in: transaction)
        guard try QueueRepository.retime(post.id, from: from, to: to, now: now, in: transaction) == publications.count else {
            throw ProblemReport.alreadyPublishing
        }
        guard var place = before.series, !place.isChanged else { return }
        place.isChanged = true
        try SeriesPosts.place(post.id, at: place, in: transaction)
    }
}

extension ProblemReport {
    fileprivate static let waitsNot = ProblemReport(
        .conflict, "Only posts that wait for their time exchange times: this one is a draft, out, being sent, or its time has passed.")
}
