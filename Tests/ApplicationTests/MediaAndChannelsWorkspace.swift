import Application
import Domain
import Foundation
import Logging
import Messaging
import Persistence
import TestSupport
import Testing

/// A workspace with one person, over a database of its own and, for channels, platforms that run in this process.
struct Workspace: Sendable {
    let database: any Database
    let broadcast = LocalBroadcast()
    let events: BroadcastEventBus
    let time: ManualTime
    let organization = OrganizationID()
    let user = UserID()
    let session = SessionID()

    /// The person at a browser.
    var person: Caller {
        Caller(organizationId: organization, identity: .user(user, session: session), role: .owner, origin: .web, timeZone: "Europe/Paris")
    }

    /// Somebody in another workspace.
    var stranger: Caller {
        Caller(organizationId: OrganizationID(), identity: .user(UserID(), session: SessionID()), role: .owner, origin: .web)
    }

    init(_ database: any Database) async throws {
        self.database = database
        events = BroadcastEventBus(broadcast: broadcast, logger: Logger(label: "test"))
        time = ManualTime(.now)
        let (organization, user, now) = (organization, user, time.now)
        try await database.write { transaction in
            try transaction.execute(
                "INSERT INTO organizations (id, name, time_zone, created_at) VALUES ($1, 'Example', 'Europe/Paris', $2)", organization, now)
            try transaction.execute(
                """
                INSERT INTO users (id, email, name, password_hash, role, time_zone, locale, created_at)
                VALUES ($1, 'ada@example.com', 'Ada', '', 'ADMIN', 'Europe/Paris', 'en', $2)
                """, user, now)
        }
    }

    /// A channel that no platform has heard of.
    func addChannel(_ platform: PlatformID) async throws -> IntegrationID {
        let channel = Integration(
            id: IntegrationID(at: time.now), organizationId: organization, platform: platform, platformAccountId: "\(UUID())", username: "ada",
            displayName: "Ada Example", createdAt: time.now, updatedAt: time.now)
        let tokens = StoredCredentials(sealed: Data([0]), scopes: [], expiresAt: nil, refreshable: false, refreshAfter: nil)
        try await database.write { try IntegrationRepository.insert(channel, credentials: tokens, in: $0) }
        return channel.id
    }

    /// A post of the workspace on these channels, each with a publication in `status`.
    @discardableResult
    func addPost(
        on channels: [IntegrationID], status: PostStatus, publications: PublicationStatus, media: [MediaID] = [],
        platformPostId: String? = nil,
        publishedAt: Timestamp? = nil
    ) async throws -> PostID {
        let now = time.now
        let post = Post(
            id: PostID(at: now), organizationId: organization, createdBy: user, origin: .web,
            content: PostContent(parts: [PostPart(text: "Hello", mediaIds: media)]), channels: channels, status: status,
            scheduledFor: now + .hours(1), timeZone: nil, tags: [], createdAt: now, updatedAt: now, revision: 1)
        try await database.write { transaction in
            try PostRepository.insert(post, in: transaction)
            for channel in channels {
                let publication = Publication(
                    id: PublicationID(at: now), organizationId: post.organizationId, postId: post.id, integrationId: channel, occurrence: 0,
                    status: publications, dueAt: now + .hours(1), attempts: 0, nextAttemptAt: nil, platformPostId: nil, url: nil,
                    publishedAt: nil, error: nil, updatedAt: now)
                try PublicationRepository.insert(publication, in: transaction)
                try transaction.execute(
                    "UPDATE publications SET platform_post_id = $2, published_at = $3 WHERE id = $1", publication.id, platformPostId,
                    publishedAt)
            }
        }
        return post.id
    }

    func publications(of post: PostID) async throws -> [Publication] {
        try await database.read { try PublicationRepository.list(of: post, in: $0) }
    }

    func status(of post: PostID) async throws -> PostStatus? {
        let organization = organization
        return try await database.read { try PostRepository.find(post, of: organization, in: $0)?.status }
    }

    static func with(_ kind: TestDatabase, _ body: (Workspace) async throws -> Void) async throws {
        try await kind.withDatabase(schema) { try await body(Workspace($0)) }
    }
}

/// Holds that `work` is refused with this code.
func refused(
    _ code: ProblemReport.Code, at location: SourceLocation = #_sourceLocation, _ work: () async throws -> some Any
) async throws {
    do {
        let result = try await work()
        Issue.record("not refused: \(result)", sourceLocation: location)
    } catch let problem as ProblemReport {
        #expect(problem.code == code, "\(problem)", sourceLocation: location)
    }
}
