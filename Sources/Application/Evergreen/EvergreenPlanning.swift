import Domain
import Persistence

extension Evergreen {
    /// How far ahead free times are filled: so that a person sees what is planned, and may remove it.
    static let ahead = Duration.hours(24)
    /// The same text does not go out on a channel again before.
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
            guard let channel = try IntegrationRepository.list(of: organization, in: transaction).first(where: { $0.id == id }),
                let workspace = try OrganizationRepository.find(organization, in: transaction)
            else { return nil }
            return (channel, workspace)
        }
        // Where nothing goes out now, nothing is piled up for later.
        guard let (channel, workspace) = found, channel.publishes else { return 0 }
        let zone = try Schedule.timeZone(workspace.timeZone)
        let caller = Caller(organizationId: organization, identity: .system, role: .admin, origin: .evergreen, timeZone: workspace.timeZone)
        // Not in this minute: a time that passes while a post is written would be refused.
        let free = try await posts.free(of: [channel], after: now + .minutes(1), until: now + Self.ahead, as: caller).flatMap(\.slots)
        var planned = 0
        for slot in free {
            if try await fill(slot.at, on: id, in: zone, as: caller) { planned += 1 }
        }
        return planned
    }

    private func fill(_ slot: Timestamp, on channel: IntegrationID, in zone: Zone, as caller: Caller) async throws -> Bool {
        let organization = caller.organizationId
        let (used, entries) = try await database.read { transaction in
            (
                try EvergreenRepository.used(on: channel, of: organization, since: slot - Self.textRest, in: transaction),
                try EvergreenRepository.ready(on: channel, of: organization, in: transaction)
            )
        }
        guard !used.contains(where: { $0.at == slot }) else { return false }
        let resting = Set(used.filter { $0.at > slot - Self.textRest && $0.at < slot + Self.textRest }.map(\.text))
        for entry in entries where entry.mayGoOut(at: slot, in: zone) {
            guard let text = entry.textsInTurn.first(where: { !resting.contains($0) }) else { continue }
            do {
                return try await plan(entry, text, at: slot, as: caller)
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

    private func plan(_ entry: EvergreenEntry, _ text: String, at slot: Timestamp, as caller: Caller) async throws -> Bool {
        let (organization, channel) = (caller.organizationId, entry.integrationId)
        var draft = PostDraft(
            content: text, platforms: [channel.text], scheduledFor: slot.description, timeZone: caller.timeZone,
            mediaIds: entry.mediaIds.isEmpty ? nil : entry.mediaIds)
        if let id = entry.postId {
            // What the channel was told of the first one holds for the others.
            let source = try await database.read { try PostRepository.find(id, of: organization, in: $0) }
            draft.settings = (source?.content.settings[channel]).map { [channel.text: $0] }
            draft.tags = source?.tags
        }
        return try await posts.create(draft, as: caller) { post, transaction in
            guard try EvergreenRepository.plan(entry, of: organization, at: slot, text: text, as: post, in: transaction) else { return false }
            return try !EvergreenRepository.isTaken(slot, on: channel, besides: post, in: transaction)
        } != nil
    }
}
