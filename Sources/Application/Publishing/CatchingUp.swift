import Domain
import Persistence

/// What becomes of posts whose time passed while they could not go out, where a workspace wants something else than that they go out at once.
struct CatchingUp: Sendable {
    let database: any Database
    let time: any TimeSource
    let events: PublishingEvents
    let lateLimit: Duration
    var batch = 200

    /// Moves or leaves everything that is late by more than `CatchUp.grace`.
    func run() async throws {
        while try await step() == batch {}
    }

    private func step() async throws -> Int {
        let (now, lateLimit, batch) = (time.now, lateLimit, batch)
        let (late, left) = try await database.write { transaction in
            let late = try PublishingRepository.late(
                before: now - CatchUp.grace, notBefore: now - lateLimit, count: batch, in: transaction)
            var left = late.filter { $0.catchUp == .leave }.map(\.publication)
            let toSlots = Dictionary(grouping: late.filter { $0.catchUp == .nextSlots }.map(\.publication), by: \.integrationId)
            for (channel, publications) in toSlots { left += try Self.spread(publications, on: channel, now: now, in: transaction) }
            for publication in left { try PublishingRepository.leave(publication.id, now: now, in: transaction) }
            for post in Set(late.map(\.publication.postId)).sorted() { try Self.follow(post, late, now: now, in: transaction) }
            return (late, left)
        }
        let leftIds = Set(left.map(\.id))
        for publication in left { await events.overdue(publication) }
        for (post, organization) in late.map(\.publication).filter({ !leftIds.contains($0.id) }).posts {
            await events.post(.postScheduled, post, of: organization)
        }
        return late.count
    }

    /// Gives each the next free posting time of its channel; returns those for which there is none.
    private static func spread(
        _ publications: [PublishingRepository.Moved], on channel: IntegrationID, now: Timestamp, in transaction: any Transaction
    ) throws -> [PublishingRepository.Moved] {
        guard let organization = publications.first?.organizationId,
            let integration = try IntegrationRepository.find(channel, of: organization, in: transaction)
        else { return publications }
        let zone = try OrganizationRepository.find(organization, in: transaction)?.timeZone ?? "UTC"
        var taken = try PublicationRepository.plannedTimes(of: channel, from: now, until: now + SlotSchedule.horizon, in: transaction)
        var left: [PublishingRepository.Moved] = []
        for publication in publications {
            let tags = try PostRepository.find(publication.postId, of: organization, in: transaction)?.tags ?? []
            let slots = SlotSchedule.slots(integration.slots, for: tags, zone: zone)
            guard let slot = SlotSchedule.next(after: now, slots: slots, taken: taken) else {
                left.append(publication)
                continue
            }
            taken.insert(slot.instant)
            try PublishingRepository.postpone(publication.id, to: slot.instant, now: now, in: transaction)
        }
        return left
    }

    /// The post shows the first time at which anything of it goes out.
    private static func follow(
        _ id: PostID, _ late: [PublishingRepository.Late], now: Timestamp, in transaction: any Transaction
    ) throws {
        guard let organization = late.first(where: { $0.publication.postId == id })?.publication.organizationId,
            var post = try PostRepository.find(id, of: organization, lock: true, in: transaction)
        else { return }
        let planned = try PublicationRepository.list(of: id, in: transaction).filter { $0.status == .scheduled }.compactMap(\.dueAt).min()
        if let planned, planned > now {
            (post.scheduledFor, post.wallTime, post.zoneRules, post.updatedAt) = (planned, nil, nil, now)
            _ = try PostRepository.update(post, basedOn: post.revision, in: transaction)
        }
        try PublicationRepository.refreshPostStatus([id], now: now, in: transaction)
    }
}
