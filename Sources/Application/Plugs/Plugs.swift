import Domain
import Foundation
import Persistence
import Platforms

/// What a new plug is to be; what is absent is as usual.
public struct NewPlug: Codable, Sendable, Equatable {
    public var integrationId: IntegrationID
    /// Nil: each post that goes out on the channel from now on.
    public var postId: PostID?
    /// Nil: the channel itself.
    public var actingIntegrationId: IntegrationID?
    public var action: FollowUpAction
    public var text: String?
    public var trigger: Plug.Trigger
    public var amount: Int
    /// Nil: 7.
    public var days: Int?

    public init(
        integrationId: IntegrationID, postId: PostID? = nil, actingIntegrationId: IntegrationID? = nil, action: FollowUpAction,
        text: String? = nil, trigger: Plug.Trigger, amount: Int, days: Int? = nil
    ) {
        self.integrationId = integrationId
        self.postId = postId
        self.actingIntegrationId = actingIntegrationId
        self.action = action
        self.text = text
        self.trigger = trigger
        self.amount = amount
        self.days = days
    }
}

/// What is to change about a plug; what is absent stays.
public struct PlugChange: Codable, Sendable, Equatable {
    public var actingIntegrationId: IntegrationID?
    public var action: FollowUpAction?
    public var text: String?
    public var trigger: Plug.Trigger?
    public var amount: Int?
    public var days: Int?
    public var active: Bool?

    public init(
        actingIntegrationId: IntegrationID? = nil, action: FollowUpAction? = nil, text: String? = nil, trigger: Plug.Trigger? = nil,
        amount: Int? = nil, days: Int? = nil, active: Bool? = nil
    ) {
        self.actingIntegrationId = actingIntegrationId
        self.action = action
        self.text = text
        self.trigger = trigger
        self.amount = amount
        self.days = days
        self.active = active
    }
}

/// What is done with posts that are out, once each: by those who may publish without anybody's approval.
public struct Plugs: Sendable {
    static let most = 200
    public static let amounts = 1...1_000_000, days = 1...90
    /// Of a comment, in code points; platforms take less.
    public static let longest = 10_000

    let database: any Database
    let posts: Posts
    let platforms: PlatformRegistry
    let audit: AuditLog
    let time: any TimeSource

    /// In the order in which they were made: all, those of one channel, those about one post alone.
    public func list(of channel: IntegrationID? = nil, about post: PostID? = nil, as caller: Caller) async throws -> [Plug] {
        try caller.require(.postsRead)
        return try await database.read { transaction in
            try PlugRepository.list(of: caller.organizationId, in: transaction).filter {
                (channel == nil || $0.integrationId == channel) && (post == nil || $0.postId == post)
            }
        }
    }

    public func get(_ id: PlugID, as caller: Caller) async throws -> Plug {
        try caller.require(.postsRead)
        return try await database.read { try find(id, as: caller, in: $0) }
    }

    /// What was done with a post, the latest first.
    public func runs(of post: PostID, as caller: Caller) async throws -> [PlugRun] {
        try caller.require(.postsRead)
        return try await database.read { transaction in
            guard try PostRepository.find(post, of: caller.organizationId, in: transaction) != nil else { throw ProblemReport.notFound("post") }
            return try PlugRunRepository.list(of: post, in: caller.organizationId, in: transaction)
        }
    }

    /// The post that the post of a plug is about; nil for one that no plug has made.
    public func subject(of post: PostID, as caller: Caller) async throws -> PostID? {
        try caller.require(.postsRead)
        return try await database.read { try PlugRunRepository.subject(of: post, in: caller.organizationId, in: $0) }
    }

    /// Throws `VALIDATION_FAILED` for what a platform does not let apps do, `UNKNOWN_CHANNEL`, `NOT_FOUND` for an unknown post, and `CONFLICT`
    /// where the workspace has too many.
    public func create(_ request: NewPlug, as caller: Caller) async throws -> Plug {
        try Self.require(caller)
        let now = time.now
        let plug = Plug(
            id: PlugID(at: now), integrationId: request.integrationId, postId: request.postId,
            actingIntegrationId: request.actingIntegrationId ?? request.integrationId, action: request.action,
            text: Self.text(request.text, of: request.action), trigger: request.trigger, amount: request.amount, days: request.days ?? 7,
            since: now, createdAt: now)
        try await database.write { transaction in
            guard try PlugRepository.list(of: caller.organizationId, in: transaction).count < Self.most else {
                throw ProblemReport(.conflict, "A workspace has at most \(Self.most) plugs. Remove one that is not needed.")
            }
            try check(plug, as: caller, in: transaction)
            try PlugRepository.insert(plug, of: caller.organizationId, by: caller.userId, in: transaction)
            try note("added", plug, as: caller, in: transaction)
        }
        return plug
    }

    /// Throws as `create`. One that is switched on again leaves alone what went out meanwhile.
    public func update(_ id: PlugID, _ change: PlugChange, as caller: Caller) async throws -> Plug {
        try Self.require(caller)
        let now = time.now
        return try await database.write { transaction in
            var plug = try find(id, as: caller, lock: true, in: transaction)
            plug.actingIntegrationId = change.actingIntegrationId ?? plug.actingIntegrationId
            plug.action = change.action ?? plug.action
            plug.text = Self.text(change.text ?? plug.text, of: plug.action)
            plug.trigger = change.trigger ?? plug.trigger
            plug.amount = change.amount ?? plug.amount
            plug.days = change.days ?? plug.days
            if let active = change.active, active != plug.active { (plug.active, plug.since) = (active, active ? now : plug.since) }
            try check(plug, as: caller, in: transaction)
            try PlugRepository.update(plug, of: caller.organizationId, in: transaction)
            try note("changed", plug, as: caller, in: transaction)
            return plug
        }
    }

    /// What it has done stays, and stays in the history of the posts.
    public func remove(_ id: PlugID, as caller: Caller) async throws {
        try Self.require(caller)
        try await database.write { transaction in
            let plug = try find(id, as: caller, in: transaction)
            try PlugRepository.remove(id, of: caller.organizationId, in: transaction)
            try note("removed", plug, as: caller, in: transaction)
        }
    }

    // MARK: Rules

    private static func require(_ caller: Caller) throws {
        try caller.require(.postsWrite)
        try caller.require(.publish)
        // What it makes goes out and waits for nobody's approval.
        try caller.requireApproved(to: "set up plugs")
    }

    private func find(_ id: PlugID, as caller: Caller, lock: Bool = false, in transaction: any Transaction) throws -> Plug {
        guard let plug = try PlugRepository.find(id, of: caller.organizationId, lock: lock, in: transaction) else {
            throw ProblemReport.notFound("plug")
        }
        return plug
    }

    private static func text(_ text: String?, of action: FollowUpAction) -> String {
        action == .comment ? (text ?? "").withOneLineEnd.trimmingCharacters(in: .whitespacesAndNewlines) : ""
    }

    private func check(_ plug: Plug, as caller: Caller, in transaction: any Transaction) throws {
        guard Self.amounts.contains(plug.amount) else { throw ProblemReport.invalid("amount", "amount is a number from 1 to 1,000,000.") }
        guard Self.days.contains(plug.days) else { throw ProblemReport.invalid("days", "days is a number from 1 to 90.") }
        let channels = try IntegrationRepository.list(of: caller.organizationId, in: transaction)
        func channel(_ id: IntegrationID, _ field: String) throws -> (Integration, PlatformDescriptor) {
            guard let found = channels.first(where: { $0.id == id }), let platform = platforms[found.platform] else {
                throw ProblemReport.unknownChannel(id, field: field)
            }
            return (found, platform.descriptor)
        }
        let (watched, descriptor) = try channel(plug.integrationId, "integrationId")
        let (actor, acting) = try channel(plug.actingIntegrationId, "actingIntegrationId")
        try Approvals(for: caller, in: transaction).planner(on: [watched, actor]).requireApproved(to: "set up plugs")
        guard descriptor.followUps.contains(where: { $0.action == plug.action }) else {
            throw ProblemReport.invalid("action", "\(descriptor.name) does not let apps do this with a post that is out.")
        }
        guard descriptor.lets(actor, plug.action, withPostOf: watched) else {
            throw ProblemReport.invalid(
                "actingIntegrationId", "\(descriptor.name) does not let this channel do that with a post of the other one.")
        }
        if plug.trigger == .likes, !descriptor.analytics.contains(.likes) {
            throw ProblemReport.invalid("trigger", "\(descriptor.name) does not tell how many people like a post. Choose a time.")
        }
        if plug.trigger == .minutes, plug.amount >= plug.days * 1440 {
            throw ProblemReport.invalid("amount", "This time is not before the end. Choose a shorter one, or more days.")
        }
        if plug.action == .comment {
            let facts = LinkPlaceholder.facts(channel: actor, tags: [], due: time.now, timeZone: nil, post: nil)
            let links = OutgoingLinks(
                try posts.links.plan(of: caller.organizationId, in: transaction), facts: facts, counting: acting.text.counting)
            try check(plug.text, on: actor, acting, links)
        }
        if let id = plug.postId {
            guard let post = try PostRepository.find(id, of: caller.organizationId, in: transaction) else { throw ProblemReport.notFound("post") }
            guard post.channels.contains(plug.integrationId), post.origin != .plug else {
                throw ProblemReport.invalid("postId", "This post does not go out on the channel, or was made by a plug itself.")
            }
        }
    }

    private func check(_ text: String, on channel: Integration, _ descriptor: PlatformDescriptor, _ links: OutgoingLinks) throws {
        guard !text.isEmpty, text.unicodeScalars.count <= Self.longest else {
            throw ProblemReport.invalid("text", "Write what the comment says, in at most 10,000 characters.")
        }
        let content = PostContent(parts: [PostPart(text: ""), PostPart(text: text)])
        let counts = PostValidator.counts(of: content, on: [ChannelContext(integration: channel, descriptor: descriptor, links: links)])
        guard let count = counts.last, count.length > count.limit else { return }
        throw ProblemReport.invalid("text", "The comment has \(count.length) characters; \(descriptor.name) takes \(count.limit).")
    }

    private func note(_ action: String, _ plug: Plug, as caller: Caller, in transaction: any Transaction) throws {
        try audit.record(
            "plug.\(action)", target: plug.id.text,
            detail: ["action": .string(plug.action.rawValue), "integration": .string(plug.integrationId.text)], as: caller, in: transaction)
    }
}
