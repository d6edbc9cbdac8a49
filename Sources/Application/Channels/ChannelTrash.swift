import Domain
import Foundation
import Persistence

/// Channels that were removed and may come back.
extension Channels {
    /// Puts the channel into the trash: what is planned on it is held, its tokens stay sealed until it leaves the trash. Removed for good, from
    /// the trash or not, its tokens end here and at the platform, and what was planned on it is cancelled. What was published stays known.
    public func remove(_ id: IntegrationID, forGood: Bool = false, as caller: Caller) async throws {
        try caller.require(.channelsWrite)
        try caller.requireApproved(to: "remove a channel")
        try await requireUnreviewed(id, to: "remove a channel", as: caller)
        if forGood {
            guard try await purge(id, of: caller.organizationId, as: caller) else { throw ProblemReport.notFound("channel") }
            return
        }
        let (now, organization, audit) = (time.now, caller.organizationId, audit)
        let (integration, posts) = try await database.write { transaction -> (Integration, [PostID]) in
            guard let integration = try IntegrationRepository.find(id, of: organization, in: transaction),
                try ChannelTrashRepository.put(id, of: organization, now: now, in: transaction)
            else { throw ProblemReport.notFound("channel") }
            try audit.record(
                "channel.trashed", target: id.text, detail: Self.audited(integration), as: caller, in: transaction)
            return (integration, try ChannelTrashRepository.holdPlanned(on: id, now: now, in: transaction))
        }
        await send(.integrationRemoved, integration)
        await announce(posts, of: organization)
    }

    /// Takes the channel out of the trash. What was held goes on, within the late-posting limit; what is later than that becomes a draft.
    ///
    /// Throws `NOT_FOUND` when it is not there, `CONFLICT` when the workspace has as many channels as it may.
    public func restore(_ id: IntegrationID, as caller: Caller) async throws -> ChannelView {
        try caller.require(.channelsWrite)
        try caller.requireApproved(to: "restore a channel")
        try await requireUnreviewed(id, to: "restore a channel", as: caller)
        let (now, organization, late, audit) = (time.now, caller.organizationId, lateLimit, audit)
        let (integration, posts) = try await database.write { transaction -> (Integration, [PostID]) in
            guard let integration = try ChannelTrashRepository.find(id, of: organization, in: transaction) else {
                throw ProblemReport.notFound("channel")
            }
            let posts = try Self.takeOut(integration, late: late, now: now, in: transaction)
            try audit.record("channel.restored", target: id.text, detail: Self.audited(integration), as: caller, in: transaction)
            return (integration, posts + (try PublishingRepository.release(on: id, now: now, in: transaction).posts.map(\.key)))
        }
        await send(.integrationConnected, integration, ["reconnected": true])
        await announce(posts, of: organization)
        return try await view(of: id, in: organization)
    }

    /// Throws `FORBIDDEN` to whom a rule wants approvals on this channel: connected anew, it would be one without rules.
    private func requireUnreviewed(_ id: IntegrationID, to what: String, as caller: Caller) async throws {
        let organization = caller.organizationId
        try await database.read { transaction in
            let channel =
                try IntegrationRepository.find(id, of: organization, in: transaction)
                ?? ChannelTrashRepository.find(id, of: organization, in: transaction)
            try Approvals(for: caller, in: transaction).planner(on: [channel].compactMap(\.self)).requireApproved(to: what)
        }
    }

    /// What lies in the workspace's trash, the latest first.
    public func inTrash(as caller: Caller) async throws -> [ChannelView] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.read { transaction in
            let trashed = try ChannelTrashRepository.list(of: organization, in: transaction)
            let counts = try IntegrationRepository.scheduledCounts(of: trashed.map(\.channel.id), in: transaction)
            return trashed.map { view($0.channel, scheduledCount: counts[$0.channel.id] ?? 0).deleted(at: $0.deletedAt) }
        }
    }

    /// Removes channels for good that were put into the trash before `end`, of one workspace or of all. Returns how many it were.
    func purge(deletedBefore end: Timestamp, of organization: OrganizationID?) async throws -> Int {
        var count = 0
        while true {
            let old = try await database.read {
                try ChannelTrashRepository.old(deletedBefore: end, of: organization, limit: Self.purged, in: $0)
            }
            for (id, owner) in old where try await purge(id, of: owner, as: nil) { count += 1 }
            if old.count < Self.purged { return count }
        }
    }

    /// Removes all channels of a workspace that goes for good, so that none of its tokens outlives it.
    func purgeAll(of organization: OrganizationID) async throws {
        let ids = try await database.read { transaction in
            try IntegrationRepository.list(of: organization, in: transaction).map(\.id)
                + ChannelTrashRepository.list(of: organization, in: transaction).map(\.channel.id)
        }
        for id in ids { _ = try await purge(id, of: organization, as: nil) }
    }

    /// Makes the channel one of the workspace's again; the posts of its that became drafts.
    static func takeOut(_ channel: Integration, late: Duration, now: Timestamp, in transaction: any Transaction) throws -> [PostID] {
        let organization = channel.organizationId
        guard try IntegrationRepository.count(of: organization, in: transaction) < most else { throw full }
        guard try ChannelTrashRepository.restore(channel.id, of: organization, now: now, in: transaction) else {
            throw ProblemReport.notFound("channel")
        }
        try PreflightRepository.lookAgain(on: channel.id, now: now, in: transaction)
        return try ChannelTrashRepository.makeDrafts(on: channel.id, dueBefore: now - late, now: now, in: transaction)
    }

    private static let purged = 50

    /// `caller` is nil when its time in the trash is over. False when it is gone already.
    private func purge(_ id: IntegrationID, of organization: OrganizationID, as caller: Caller?) async throws -> Bool {
        let (now, audit) = (time.now, audit)
        let gone = try await database.write { transaction -> (channel: Integration, sealed: Data, wasThere: Bool, posts: [PostID])? in
            guard let (channel, sealed) = try ChannelTrashRepository.withCredentials(id, of: organization, in: transaction) else { return nil }
            let wasThere = try IntegrationRepository.find(id, of: organization, in: transaction) != nil
            guard try ChannelTrashRepository.purge(id, now: now, in: transaction) else { return nil }
            if let caller { try audit.record("channel.removed", target: id.text, detail: Self.audited(channel), as: caller, in: transaction) }
            return (channel, sealed, wasThere, try ChannelTrashRepository.cancelPlanned(on: id, now: now, in: transaction))
        }
        guard let gone else { return false }
        if gone.wasThere { await send(.integrationRemoved, gone.channel) }
        await announce(gone.posts, of: organization)
        try await revoke(gone.sealed, of: gone.channel)
        return true
    }
}
