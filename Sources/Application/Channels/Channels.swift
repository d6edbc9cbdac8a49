import Domain
import Foundation
import Logging
import Messaging
import Persistence
import Platforms

/// Connected accounts: connecting them, keeping their tokens alive, and what a person changes on them.
public struct Channels: Sendable {
    let mainURL: URL
    let database: any Database
    let registry: PlatformRegistry
    let hidden: Set<PlatformID>
    let vault: CredentialVault
    let audit: AuditLog
    let events: any EventBus
    let time: any TimeSource
    /// How late a post may go out.
    let lateLimit: Duration
    let logger: Logger

    /// `mainURL` is the instance's public address: callback addresses begin with it. `hidden` platforms are not offered for connecting.
    public init(
        mainURL: URL, database: any Database, platforms: PlatformRegistry, hidden: Set<PlatformID> = [], secrets: SecretBox,
        audit: AuditLog, events: any EventBus, time: any TimeSource, lateLimit: Duration = .hours(24),
        logger: Logger = Logger(label: "postiz.channels")
    ) {
        self.mainURL = mainURL
        self.database = database
        registry = platforms
        self.hidden = hidden
        vault = CredentialVault(secrets: secrets)
        self.audit = audit
        self.events = events
        self.time = time
        self.lateLimit = lateLimit
        self.logger = logger
    }

    /// The platforms that this server has, sorted by name, with what is still missing to offer them.
    public func platforms(as caller: Caller) async throws -> [PlatformView] {
        offerable.map {
            PlatformView(
                $0.descriptor, missing: $0.missingCredentials, callbackUrl: callbackURL(of: $0.descriptor.id).absoluteString,
                filesReachable: filesReachable)
        }
    }

    /// The channels of the caller's workspace, in the order in which they were connected, without what waits on them: `most` bounds them.
    public func list(as caller: Caller) async throws -> [ChannelView] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.read { try IntegrationRepository.list(of: organization, in: $0) }.map { view($0, scheduledCount: nil) }
    }

    /// Throws `NOT_FOUND` for a channel that the workspace does not have.
    public func get(_ id: IntegrationID, as caller: Caller) async throws -> ChannelView {
        try caller.require(.postsRead)
        return try await view(of: id, in: caller.organizationId)
    }

    /// Throws `VALIDATION_FAILED` for a setting that the platform does not have or a value that it does not take; `FORBIDDEN` for a draft-only
    /// caller who would change what or whether a channel publishes.
    public func update(_ id: IntegrationID, _ change: ChannelChange, as caller: Caller) async throws -> ChannelView {
        try caller.require(.channelsWrite)
        if change.settings != nil || change.active != nil { try caller.requireApproved(to: "change how a channel publishes") }
        try await requireSameApprovals(id, change, as: caller)
        let registry = registry
        return try await self.change(id, as: caller, audited: "channel.updated") { integration in
            if let name = change.displayName { integration.displayName = try Self.label(name, "displayName", required: true) }
            if let customer = change.customer {
                let label = try Self.label(customer, "customer", required: false)
                integration.customer = label.isEmpty ? nil : label
            }
            if let settings = change.settings {
                if let descriptor = registry[integration.platform]?.descriptor {
                    let context = ChannelContext(integration: integration, descriptor: descriptor)
                    if let problem = SettingCheck.problems(settings, on: context).first {
                        throw ProblemReport.invalid("settings", problem.message)
                    }
                }
                integration.settings = settings
            }
            if let active = change.active { integration.active = active }
        }
    }

    /// Throws `FORBIDDEN` to whom a rule wants approvals on this channel, and who would change how it publishes, or free themselves of the rule.
    private func requireSameApprovals(_ id: IntegrationID, _ change: ChannelChange, as caller: Caller) async throws {
        let organization = caller.organizationId
        try await database.read { transaction in
            guard let channel = try IntegrationRepository.find(id, of: organization, in: transaction) else { return }
            let approvals = try Approvals(for: caller, in: transaction)
            if change.settings != nil || change.active != nil {
                try approvals.planner(on: [channel]).requireApproved(to: "change how a channel publishes")
            }
            var other = channel
            if let customer = change.customer { other.customer = try Self.label(customer, "customer", required: false) }
            guard approvals.names(among: [other]).isEmpty else { return }
            if other.customer != channel.customer { try approvals.planner(on: [channel]).requireApproved(to: "give a channel to another customer") }
        }
    }

    /// Replaces the times of day at which the channel likes to post; none means the workspace's usual times.
    public func setSlots(_ id: IntegrationID, _ slots: [Slot], as caller: Caller) async throws -> ChannelView {
        try caller.require(.channelsWrite)
        guard slots.count <= Self.mostSlots else { throw ProblemReport.invalid("slots", "A channel has at most \(Self.mostSlots) slots.") }
        let tidy = slots.map { slot in
            var slot = slot
            slot.tag = slot.tag.map(PostTags.tidy)
            return slot
        }
        for slot in tidy { try slot.validate() }
        let distinct = tidy.distinct()
        return try await change(id, as: caller, audited: "channel.slots") { $0.slots = distinct }
    }

    /// Holds everything that becomes due until `resume`.
    public func pause(_ id: IntegrationID, as caller: Caller) async throws -> ChannelView {
        try caller.require(.channelsWrite)
        try caller.requireApproved(to: "pause a channel")
        let now = time.now
        return try await change(id, as: caller, audited: "channel.paused") { $0.pausedAt = $0.pausedAt ?? now }
    }

    /// Lets go out what was held, within the late-posting limit.
    public func resume(_ id: IntegrationID, as caller: Caller) async throws -> ChannelView {
        try caller.require(.channelsWrite)
        try caller.requireApproved(to: "resume a channel")
        return try await change(id, as: caller, audited: "channel.resumed") { $0.pausedAt = nil }
    }

    /// How many channels a workspace may have.
    static let most = 1_000
    private static let mostSlots = 100

    /// Applies `edit` to the channel, stores it, and lets go out what was held when the channel publishes (again).
    private func change(
        _ id: IntegrationID, as caller: Caller, audited action: String, _ edit: @escaping @Sendable (inout Integration) throws -> Void
    ) async throws -> ChannelView {
        let (now, organization) = (time.now, caller.organizationId)
        let (integration, released) = try await database.write { transaction -> (Integration, [PostID]) in
            guard var integration = try IntegrationRepository.find(id, of: organization, in: transaction) else {
                throw ProblemReport.notFound("channel")
            }
            try edit(&integration)
            integration.updatedAt = now
            try IntegrationRepository.update(integration, in: transaction)
            try PreflightRepository.lookAgain(on: id, now: now, in: transaction)
            return (integration, try PublishingRepository.release(on: id, now: now, in: transaction).posts.map(\.key))
        }
        try await audit.record(action, target: id.text, detail: Self.audited(integration), as: caller)
        await send(.integrationUpdated, integration)
        await announce(released, of: organization)
        return try await view(of: id, in: organization)
    }

    static func label(_ text: String, _ field: String, required: Bool) throws -> String {
        let label = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard label.count <= 100, !label.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw ProblemReport.invalid(field, "Use at most 100 characters on one line.")
        }
        if required, label.isEmpty { throw ProblemReport.invalid(field, "This must not be empty.") }
        return label
    }
}

// MARK: - Shared by the other parts of Channels

extension Channels {
    /// Whether platforms may reach the files of this server, as far as its address tells.
    var filesReachable: Bool { mainURL.mayBePublic }

    var offerable: [any Platform] { registry.all.filter { !hidden.contains($0.descriptor.id) } }

    func callbackURL(of platform: PlatformID) -> URL {
        mainURL.appending(components: "api", "auth", platform.rawValue, "callback")
    }

    func view(of id: IntegrationID, in organization: OrganizationID) async throws -> ChannelView {
        let found = try await database.read { transaction in
            try IntegrationRepository.find(id, of: organization, in: transaction).map {
                (
                    $0, try IntegrationRepository.scheduledCounts(of: [id], in: transaction)[id] ?? 0,
                    try PostsAtRisk(of: $0, in: transaction)
                )
            }
        }
        guard let (integration, count, risk) = found else { throw ProblemReport.notFound("channel") }
        return view(integration, scheduledCount: count, postsAtRisk: risk)
    }

    func view(_ integration: Integration, scheduledCount: Int?, postsAtRisk: PostsAtRisk? = nil) -> ChannelView {
        ChannelView(
            integration, descriptor: registry[integration.platform]?.descriptor, scheduledCount: scheduledCount, postsAtRisk: postsAtRisk,
            filesReachable: filesReachable)
    }

    static func audited(_ integration: Integration) -> [String: JSONValue] {
        ["platform": .string(integration.platform.rawValue), "username": .string(integration.username)]
    }

    func send(_ type: EventType, _ integration: Integration, _ more: [String: JSONValue] = [:]) async {
        let data: [String: JSONValue] = [
            "integrationId": .string(integration.id.text), "platform": .string(integration.platform.rawValue),
            "username": .string(integration.username), "status": .string(ChannelView.Status(of: integration).rawValue),
        ]
        let event = ProductEvent(
            type, organizationId: integration.organizationId, at: time.now, data: .object(data.merging(more) { _, new in new }))
        await events.publish(event)
    }

    /// Tells that the status of these posts may have changed with their channel's.
    func announce(_ posts: [PostID], of organization: OrganizationID) async {
        for post in posts {
            await events.publish(
                ProductEvent(.postUpdated, organizationId: organization, at: time.now, data: ["postId": .string(post.text)]))
        }
    }
}
