import Domain
import Persistence

extension Evergreen {
    /// How far ahead free times are filled: so that a person sees what is planned, and may remove it.
    static let ahead = Duration.hours(24)
    /// What was said on a channel, by whomever, is not said there again before: some platforms refuse it, and nobody likes it.
    static let textRest = Duration.hours(24)

    /// Plans entries for the free times of their channels' queues within the next day, `batch` channels after another. Returns how many were
    /// planned.
    ///
    /// The transaction of a post notes its time and its entry's turn, so that neither a crash nor two processes at once plan one twice. A time
    /// stays used when its post was removed or moved: a person wanted it so.
    @discardableResult
    public func fill(batch: Int = 200) async throws -> Int {
        let now = time.now
        var (planned, last) = (0, IntegrationID?.none)
        while true {
            let after = last
            let channels = try await database.read { try EvergreenRepository.channels(at: now, after: after, limit: batch, in: $0) }
            for (organization, channel) in channels {
                do {
                    planned += try await fill(channel, of: organization, at: now)
                } catch let problem as ProblemReport where problem.code == .invalidTimeZone {
                    // A zone that this machine's data no longer knows: its times never come, those of others do.
                    continue
                }
            }
            guard channels.count == batch else { return planned }
            last = channels.last?.1
        }
    }

    private func fill(_ id: IntegrationID, of organization: OrganizationID, at now: Timestamp) async throws -> Int {
        let found = try await database.read { transaction -> (Integration, Organization)? in
            guard let channel = try IntegrationRepository.find(id, of: organization, in: transaction),
                let workspace = try OrganizationRepository.find(organization, in: transaction)
            else { return nil }
            return (channel, workspace)
        }
        // Where nothing goes out now, nothing is piled up for later.
        guard let (channel, workspace) = found, channel.publishes else { return 0 }
        let queue = Queue(
            channel: channel, zone: try Schedule.timeZone(workspace.timeZone),
            caller: Caller(organizationId: organization, identity: .system, role: .admin, origin: .evergreen, timeZone: workspace.timeZone))
        // Not in this minute: a time that passes while a post is written would be refused.
        let (start, end) = (now + .minutes(1), now + Self.ahead)
        let free = try await posts.free(of: [channel], after: start, until: end, as: queue.caller).flatMap(\.slots).map(\.at)
        var planned = 0
        for slot in free {
            if try await fill(slot, in: queue) { planned += 1 }
        }
        return planned
    }

    /// The queue of a channel, and as whom it is filled.
    private struct Queue {
        let channel: Integration
        let zone: Zone
        let caller: Caller

        /// Whether `slot`, a time of the channel, is one for posts with `tags`.
        func takes(_ tags: [String], at slot: Timestamp) -> Bool {
            let slots = SlotSchedule.slots(channel.slots, for: tags, zone: zone.name)
            return !SlotSchedule.free(after: slot - .milliseconds(1), until: slot, slots: slots, taken: []).isEmpty
        }
    }

    private func fill(_ slot: Timestamp, in queue: Queue) async throws -> Bool {
        let (channel, organization) = (queue.channel.id, queue.caller.organizationId)
        let (used, entries, said) = try await database.read { transaction in
            (
                try EvergreenRepository.used(on: channel, of: organization, since: slot, in: transaction),
                try EvergreenRepository.ready(on: channel, of: organization, in: transaction),
                try EvergreenRepository.said(
                    on: channel, of: organization, after: slot - Self.textRest, before: slot + Self.textRest, in: transaction)
            )
        }
        guard !used.contains(slot) else { return false }
        let resting = Set(said.compactMap { $0.parts(for: channel).first?.text })
        for entry in entries where entry.mayGoOut(at: slot, in: queue.zone) && queue.takes(entry.tags, at: slot) {
            guard let text = entry.textsInTurn.first(where: { !resting.contains($0) }) else { continue }
            if try await pauseAfterFailure(entry, of: organization) { continue }
            do {
                return try await plan(entry, text, at: slot, as: queue.caller)
            } catch let refusal as ProblemReport where refusal.code == .conflict || refusal.code == .timeInPast {
                return false
            } catch let refusal as ProblemReport where refusal.code.status < 500 {
                // It cannot go out as it is: a person must look at it; the next one takes the time.
                try await database.write {
                    try EvergreenRepository.pause(entry.id, of: organization, because: refusal.message, in: $0)
                }
            }
        }
        return false
    }

    /// What a platform has refused once is not sent to it again before a person has looked at it.
    private func pauseAfterFailure(_ entry: EvergreenEntry, of organization: OrganizationID) async throws -> Bool {
        try await database.write { transaction in
            guard let reason = try EvergreenRepository.newFailure(of: entry.id, in: organization, in: transaction) else { return false }
            try EvergreenRepository.pause(entry.id, of: organization, because: reason, in: transaction)
            return true
        }
    }

    private func plan(_ entry: EvergreenEntry, _ text: String, at slot: Timestamp, as filler: Caller) async throws -> Bool {
        let (organization, channel) = (filler.organizationId, entry.integrationId)
        let writer = try await database.read { try EvergreenRepository.writer(of: entry.id, in: organization, in: $0) }
        // By the rules for whoever wrote it: one who has left had a say as any member has, and one who may only write drafts now has none.
        let role = writer.role ?? .user
        let caller = Caller(
            organizationId: organization, identity: filler.identity, role: role.may(.publish) ? role : filler.role, origin: filler.origin,
            timeZone: filler.timeZone, draftOnly: !role.may(.publish) || role.plansForReview(needsApproval: writer.needsApproval))
        var draft = Self.draft(of: entry, saying: text)
        (draft.scheduledFor, draft.timeZone) = (slot.description, caller.timeZone)
        return try await posts.create(draft, as: caller) { post, transaction in
            guard try EvergreenRepository.plan(entry, of: organization, at: slot, text: text, as: post, in: transaction) else { return false }
            return try !EvergreenRepository.isTaken(slot, on: channel, besides: post, in: transaction)
        } != nil
    }
}
