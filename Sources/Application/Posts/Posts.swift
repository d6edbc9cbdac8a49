import Domain
import Foundation
import Messaging
import Persistence
import Platforms

/// Writing, planning and following posts.
public struct Posts: Sendable {
    let database: any Database
    let queue: any JobQueue
    let clock: any TimeSource
    let platforms: PlatformRegistry
    let channels: Channels
    let media: MediaLibrary
    let events: PublishingEvents
    let alarm: ScheduleAlarm
    /// The product's own address: files below it are not fetched but used as they are.
    let mainURL: String
    let links: LinkPlans
    var audit: AuditLog { AuditLog(database: database, time: clock) }

    public init(
        database: any Database, queue: any JobQueue, events: any EventBus, time: any TimeSource, platforms: PlatformRegistry,
        channels: Channels, media: MediaLibrary, alarm: ScheduleAlarm, mainURL: String, links: LinkPlans? = nil
    ) {
        self.database = database
        self.queue = queue
        self.clock = time
        self.platforms = platforms
        self.channels = channels
        self.media = media
        self.events = PublishingEvents(bus: events, time: time)
        self.alarm = alarm
        self.mainURL = mainURL
        self.links = links ?? LinkPlans(database: database, time: time, shortBase: "\(mainURL)/l/")
    }

    // MARK: Reading

    public func get(_ id: PostID, as caller: Caller) async throws -> PostView {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        let view = try await database.read { transaction in
            try PostRepository.find(id, of: organization, in: transaction).flatMap { try Self.views([$0], of: organization, in: transaction).first }
        }
        guard let view else { throw ProblemReport.notFound("post") }
        return view
    }

    /// Posts in the order of their time; `nextCursor` continues the list. Throws `VALIDATION_FAILED` for a cursor that is not ours.
    public func list(_ query: PostQuery, as caller: Caller) async throws -> Page<PostView> {
        let (organization, filter) = (caller.organizationId, try await pageFilter(query, as: caller))
        return try await database.readDelayed { try Self.page(filter, of: organization, in: $0) }
    }

    /// The same, with how many posts the list holds over all its pages, counted up to `most`.
    public func listCounted(_ query: PostQuery, upTo most: Int, as caller: Caller) async throws -> (page: Page<PostView>, total: Int) {
        let (organization, filter) = (caller.organizationId, try await pageFilter(query, as: caller))
        return try await database.readDelayed { transaction in
            (
                try Self.page(filter, of: organization, in: transaction),
                try PostRepository.count(filter, upTo: most, of: organization, in: transaction)
            )
        }
    }

    /// One more than the page holds shows whether another follows.
    private func pageFilter(_ query: PostQuery, as caller: Caller) async throws -> PostRepository.Filter {
        try caller.require(.postsRead)
        guard (1...200).contains(query.limit) else { throw ProblemReport.invalid("limit", "limit is a number from 1 to 200.") }
        var filter = try await filter(query, as: caller)
        filter.newestFirst = query.newestFirst
        filter.after = try query.cursor.map(position)
        filter.limit = query.limit + 1
        return filter
    }

    private static func page(
        _ filter: PostRepository.Filter, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> Page<PostView> {
        let found = try PostRepository.list(filter, of: organization, in: transaction)
        let page = found.prefix(filter.limit - 1)
        let more = found.count == filter.limit ? page.last.map { cursor(sortAt: $0.sortAt, id: $0.post.id) } : nil
        return Page(items: try views(page.map(\.post), of: organization, in: transaction), nextCursor: more)
    }

    /// How many posts there are in each of these statuses; those without any are left out.
    public func counts(of statuses: [PostStatus] = PostStatus.allCases, as caller: Caller) async throws -> [PostStatus: Int] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.readDelayed { try PostRepository.counts(of: statuses, of: organization, in: $0) }
    }

    /// The same, but of each no more than `most` are counted: what a page shows need not be read to the end.
    public func counts(upTo most: Int, as caller: Caller) async throws -> [PostStatus: Int] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.readDelayed { try PostRepository.counts(upTo: most, of: organization, in: $0) }
    }

    /// How many posts are in the trash, counted up to `most`.
    public func inTrash(upTo most: Int, as caller: Caller) async throws -> Int {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.readDelayed { try TrashRepository.posts(of: organization, upTo: most, in: $0) }
    }

    /// What a query narrows the list to, with its names looked up; without order and page.
    func filter(_ query: PostQuery, as caller: Caller) async throws -> PostRepository.Filter {
        var filter = PostRepository.Filter()
        filter.statuses = query.statuses
        filter.platform = query.platform
        filter.integration = query.integration
        filter.integrations = query.integrations.isEmpty ? nil : try await channels.fitting(query.integrations, as: caller).map(\.id)
        filter.origin = query.origin
        filter.tag = query.tag
        filter.text = query.text
        filter.from = query.from
        filter.to = query.to
        filter.inTrash = query.inTrash
        return filter
    }

    /// Everything with its time in the range, at most 2,000 posts, in the order of time.
    public func calendar(from: Timestamp, to: Timestamp, as caller: Caller) async throws -> [PostView] {
        try caller.require(.postsRead)
        var filter = PostRepository.Filter()
        (filter.from, filter.to, filter.newestFirst, filter.limit) = (from, to, false, 2000)
        let (organization, wanted) = (caller.organizationId, filter)
        return try await database.readDelayed { transaction in
            let found = try PostRepository.list(wanted, of: organization, in: transaction)
            return try Self.views(found.map(\.post), of: organization, in: transaction)
        }
    }

    /// The posts that are late and wait for a person to decide, oldest first.
    public func overdue(limit: Int, as caller: Caller) async throws -> [PostView] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        let ids = try await database.read { try PublishingRepository.overdue(of: organization, limit: limit, in: $0) }
        var posts: [PostView] = []
        for id in ids { posts.append(try await get(id, as: caller.reading)) }
        return posts
    }

    /// What is planned for before `end` but could not go out as things are, the most urgent first.
    public func atRisk(before end: Timestamp, limit: Int, as caller: Caller) async throws -> [PostView] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        let found = try await database.read { try PreflightRepository.atRisk(of: organization, before: end, limit: limit, in: $0) }
        var posts: [PostView] = []
        for id in found.map(\.postId).distinct() { posts.append(try await get(id, as: caller.reading)) }
        return posts
    }

    /// Every try to publish a post, oldest first.
    public func attempts(_ id: PostID, as caller: Caller) async throws -> [AttemptView] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        let attempts = try await database.read { transaction -> [JournalRepository.Attempt]? in
            guard try PostRepository.find(id, of: organization, in: transaction) != nil else { return nil }
            return try JournalRepository.attempts(of: id, in: transaction)
        }
        guard let attempts else { throw ProblemReport.notFound("post") }
        return attempts.map { attempt in
            AttemptView(
                publicationId: attempt.publicationId, number: attempt.number, startedAt: attempt.startedAt, finishedAt: attempt.finishedAt,
                outcome: attempt.outcome.flatMap(PublicationStatus.init), errorCode: attempt.errorCode, errorMessage: attempt.errorMessage,
                platformAnswer: attempt.platformAnswer)
        }
    }

    public func tags(as caller: Caller) async throws -> [String] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.readDelayed { try PostRepository.tags(of: organization, in: $0) }
    }

    func views(_ posts: [Post], of organization: OrganizationID) async throws -> [PostView] {
        try await database.read { try Self.views(posts, of: organization, in: $0) }
    }

    static func views(_ posts: [Post], of organization: OrganizationID, in transaction: any Transaction) throws -> [PostView] {
        let publications = try PublicationRepository.lists(of: posts.map(\.id), in: transaction)
        let threads = publications.values.joined().filter { !$0.status.isPending && $0.status != .published }.map(\.id)
        let progress = try JournalRepository.progress(of: threads, in: transaction)
        let wanted = Set(publications.values.joined().map(\.integrationId))
        let channels = try IntegrationRepository.names(of: wanted, in: organization, in: transaction)
        let rules = try SeriesRepository.rules(of: Set(posts.compactMap { $0.series?.id }), in: organization, in: transaction)
        return posts.map { post in
            PostView(
                post, publications: publications[post.id] ?? [], channels: channels, progress: progress, rule: post.series.flatMap { rules[$0.id] })
        }
    }

    /// Continues a list after one of its posts; not one of the trash.
    public func cursor(after post: PostView) -> String { Self.cursor(sortAt: post.scheduledFor ?? post.createdAt, id: post.id) }

    private static func cursor(sortAt: Timestamp, id: PostID) -> String { "\(sortAt.milliseconds).\(id)" }

    private func position(_ cursor: String) throws -> (sortAt: Timestamp, id: PostID) {
        let pieces = cursor.split(separator: ".", maxSplits: 1)
        guard pieces.count == 2, let milliseconds = Int64(pieces[0]), let id = PostID(String(pieces[1]))
        else { throw ProblemReport.invalid("cursor", "This cursor is not from a list of posts. Use nextCursor as it was given.") }
        return (Timestamp(milliseconds: milliseconds), id)
    }
}
