import Domain
import Foundation
import Messaging
import Persistence

public struct NewIncomingWebhook: Codable, Sendable, Equatable {
    public var name: String
    /// Where its drafts are to go, unless a message says so itself.
    public var integrationIds: [IntegrationID]?

    public init(name: String, integrationIds: [IntegrationID]? = nil) {
        self.name = name
        self.integrationIds = integrationIds
    }
}

/// What became of a message: a draft, at this address.
public struct ReceivedMessage: Codable, Sendable, Equatable {
    public let postId: PostID
    public let url: String
}

/// Secret addresses that make drafts of what other programs send. Nothing that arrives there goes out without a person.
public struct IncomingWebhooks: Sendable {
    static let most = 50
    /// Messages a minute at one address.
    static let perMinute = 30
    /// Of a body.
    public static let mostBytes = 256 << 10

    let mainURL: URL
    let database: any Database
    let posts: Posts
    let rates: any RateLimiter
    let audit: AuditLog
    let time: any TimeSource

    /// A new one with its address, which is shown this once.
    public struct Created: Codable, Sendable {
        public let webhook: IncomingWebhook
        public let url: String
    }

    /// By name.
    public func list(as caller: Caller) async throws -> [IncomingWebhook] {
        try Self.require(caller)
        return try await database.read { try IncomingWebhookRepository.list(of: caller.organizationId, in: $0) }
    }

    /// Throws `VALIDATION_FAILED`, `UNKNOWN_CHANNEL`, and `CONFLICT` where there are too many.
    public func create(_ new: NewIncomingWebhook, as caller: Caller) async throws -> Created {
        try Self.require(caller)
        let (now, secret) = (time.now, RandomToken.make())
        let webhook = IncomingWebhook(
            id: IncomingWebhookID(at: now), name: try AccountRules.name(new.name, field: "name"),
            integrationIds: (new.integrationIds ?? []).distinct(), createdAt: now)
        try await database.write { transaction in
            guard try IncomingWebhookRepository.list(of: caller.organizationId, in: transaction).count < Self.most else {
                throw ProblemReport(.conflict, "A workspace has at most \(Self.most) incoming addresses. Revoke one that is no longer used.")
            }
            try caller.requireChannels(webhook.integrationIds, in: transaction)
            try IncomingWebhookRepository.insert(
                webhook, hash: RandomToken.hash(secret), of: caller.organizationId, by: caller.userId, in: transaction)
            try audit.record(
                "incoming.created", target: webhook.id.text, detail: ["name": .string(webhook.name)], as: caller, in: transaction)
        }
        return Created(webhook: webhook, url: mainURL.appending(path: "api/incoming/\(secret)").absoluteString)
    }

    /// Ends an address at once; the drafts stay.
    public func revoke(_ id: IncomingWebhookID, as caller: Caller) async throws {
        try Self.require(caller)
        try await database.write { transaction in
            guard try IncomingWebhookRepository.remove(id, of: caller.organizationId, in: transaction) else {
                throw ProblemReport.notFound("incoming address")
            }
            try audit.record("incoming.revoked", target: id.text, as: caller, in: transaction)
        }
    }

    /// Makes a draft of what arrived. With a `key` the same message makes one in a day. Throws `NOT_FOUND` for an address that is unknown or
    /// revoked, `RATE_LIMITED`, and what a draft can be refused for.
    public func receive(_ fields: [String: JSONValue], at secret: String, key: String? = nil) async throws -> ReceivedMessage {
        let hash = RandomToken.hash(secret)
        let found = try await database.read { transaction -> (IncomingWebhook, Organization, Set<IntegrationID>)? in
            guard let (webhook, organizationId) = try IncomingWebhookRepository.find(hash: hash, in: transaction),
                let organization = try OrganizationRepository.find(organizationId, in: transaction)
            else { return nil }
            return (webhook, organization, Set(try IntegrationRepository.list(of: organizationId, in: transaction).map(\.id)))
        }
        guard let (webhook, organization, channels) = found else { throw ProblemReport.notFound("incoming address") }
        let decision = await rates.take("incoming:\(webhook.id)", limit: Self.perMinute, window: .minutes(1))
        guard decision.allowed else {
            throw ProblemReport(
                .rateLimited, "This address takes \(Self.perMinute) messages a minute. Send the next one later.", retryAfter: decision.reset)
        }
        let message = try IncomingMessage(fields)
        let draft = PostDraft(
            content: message.text, platforms: message.channels ?? webhook.integrationIds.filter(channels.contains).map(\.text),
            mediaUrls: message.media, tags: message.tags, status: .draft)
        let caller = Caller(
            organizationId: organization.id, identity: .system, role: .drafter, origin: .api, timeZone: organization.timeZone)
        let post = try await posts.create(draft, key: key.map { "incoming:\(webhook.id):\($0)" }, as: caller)
        let now = time.now
        try await database.writeIfThereIsRoom { try IncomingWebhookRepository.count(webhook.id, at: now, in: $0) }
        return ReceivedMessage(postId: post.id, url: mainURL.appending(path: "posts/\(post.id)/edit").absoluteString)
    }

    private static func require(_ caller: Caller) throws {
        try caller.require(.admin)
        try caller.require(.manage)
        try caller.requireApproved(to: "set up incoming addresses")
    }
}
