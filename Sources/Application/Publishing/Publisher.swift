import Domain
import Logging
import Messaging
import Metrics
import NIOConcurrencyHelpers
import Persistence
import Platforms

/// Publishes one publication: claims it, hands it to its platform's adapter with a journal, stores how it ended.
public struct Publisher: Sendable {
    /// The kind of the jobs that name a publication to be published.
    public static let jobKind = "publish"

    let database: any Database
    let time: any TimeSource
    let platforms: PlatformRegistry
    let channels: Channels
    let media: MediaLibrary
    let links: LinkPlans
    let events: PublishingEvents
    let gates: Gates
    let retry: RetryPolicy
    let lateLimit: Duration
    let lease: Duration
    let logger: Logger

    /// The job for a publication; its key keeps the queue from holding two.
    static func job(for publication: PublicationID, runAt: Timestamp) -> NewJob {
        NewJob(kind: jobKind, payload: publication.text, uniqueKey: "publish:\(publication)", runAt: runAt)
    }

    /// What is to become of the job after an attempt.
    public enum Verdict: Sendable, Equatable {
        case done
        case again(at: Timestamp, reason: String)
    }

    /// Makes one attempt. Throws only when the database fails; whatever the platform does ends in a stored result.
    public func run(_ id: PublicationID) async throws -> Verdict {
        let (now, lease) = (time.now, lease)
        let start = try await database.write { transaction -> Start in
            let way: Gates.Way?
            var post: Post?
            switch try gates.admit(id, post: &post, now: now, in: transaction) {
            case .pass(let found): way = found
            case .wait(let wait, let arrival): return .waits(wait, arrival)
            }
            let claim = try PublishingRepository.claim(id, now: now, until: now + lease, in: transaction)
            let held = claim == nil ? try PublishingRepository.hold(id, now: now, in: transaction) : nil
            if let held { try PublicationRepository.refreshPostStatus([held.postId], now: now, in: transaction) }
            if let held { return .held(held) }
            guard let claim, case let publication = claim.publication else { return .nothing }
            let material = Material(
                post: try post ?? PostRepository.find(publication.postId, of: publication.organizationId, in: transaction),
                channel: try Channels.stored(publication.integrationId, in: transaction),
                steps: try JournalRepository.steps(of: id, in: transaction))
            return .claimed(claim, material, way)
        }
        switch start {
        case .nothing: return try await verdictWithoutClaim(id)
        case .held(let held):
            if let hold = held.hold { await events.held(held, by: hold) }
            await events.post(.postUpdated, held.postId, of: held.organizationId)
            return .done
        case .waits(let wait, let arrival):
            await events.waits(id, arrival, for: wait.error)
            return .again(at: wait.until, reason: wait.error.code)
        case .claimed(let claim, let material, let way):
            return try await PostTrace.attempt(claim) { span in
                let verdict = NIOLockedValueBox(Verdict.done)
                // The result is stored within, also when the lease is lost meanwhile or the task cancelled: the fence decides.
                _ = try await Lease(duration: lease, time: time, logger: logger).held(since: now) {
                    let until = time.now + lease
                    return try await database.write { try PublishingRepository.extend(claim, until: until, in: $0) }
                } _: {
                    let ending = AttemptEnding()
                    let result = await attempt(claim, material, ending)
                    PostTrace.note(result, on: span)
                    if let result {
                        let stored = try await store(result, for: claim, way, ending)
                        verdict.withLockedValue { $0 = stored }
                    } else {
                        try await leave(claim, ending)
                    }
                }
                return verdict.withLockedValue { $0 }
            }
        }
    }

    /// How it begins.
    private enum Start: Sendable {
        case nothing
        case held(PublishingRepository.Moved)
        case waits(Gates.Wait, GateRepository.Arrival)
        case claimed(PublishingRepository.Claim, Material, Gates.Way?)
    }

    /// What an attempt is made of.
    private struct Material: Sendable {
        let post: Post?
        let channel: Channels.Stored?
        /// Those that earlier attempts have left.
        let steps: [JournalRepository.Step]
    }

    /// Somebody else has it, or it waits: the job comes back when the lease or the wait is over.
    private func verdictWithoutClaim(_ id: PublicationID) async throws -> Verdict {
        let again = try await database.read { try PublishingRepository.readyAt(id, in: $0) }
        guard let again else { return .done }
        return .again(at: max(again, time.now + .milliseconds(50)), reason: "held by another worker")
    }

    /// Ends a publication under which worker after worker died, without trying once more. What may be public is for a person to look at.
    public func giveUp(_ id: PublicationID) async throws -> Verdict {
        let (now, lease) = (time.now, lease)
        let (claim, hasBegun) = try await database.write { transaction in
            (
                try PublishingRepository.claim(id, now: now, until: now + lease, in: transaction),
                try PublishingRepository.hasBegun(id, in: transaction)
            )
        }
        guard let claim else { return try await verdictWithoutClaim(id) }
        let error = hasBegun ? PlatformError.crashedMidway : .crashed
        var result = hasBegun ? PublishingRepository.Result(.unconfirmed) : failed(error.publicationError)
        result.error = error.publicationError
        return try await store(result, for: claim, nil, AttemptEnding())
    }

    /// Nil when the claim was lost, or the task cancelled.
    private func attempt(
        _ claim: PublishingRepository.Claim, _ material: Material, _ ending: AttemptEnding
    ) async -> PublishingRepository.Result? {
        do {
            return try await publish(claim, material, ending)
        } catch is CancellationError {
            return nil
        } catch is StillConverting {
            var result = PublishingRepository.Result(.processing)
            result.nextAttemptAt = time.now + StillConverting.checkAfter
            return result
        } catch let error as PlatformError {
            ending.note(error)
            return await result(of: error, for: claim)
        } catch let problem as ProblemReport where problem.code.status >= 500 {
            // A disk that is full or not there: this server's trouble, which passes.
            return await result(of: PlatformError(.transient, code: problem.code.rawValue, message: problem.message), for: claim)
        } catch let problem as ProblemReport {
            return ended(PublicationError(code: problem.code.rawValue, message: problem.message, kind: .invalidContent), claim)
        } catch {
            logger.error("attempt ended unexpectedly", metadata: ["publication": "\(claim.publication.id)", "error": "\(error)"])
            return await result(
                of: PlatformError(.transient, code: "INTERNAL_ERROR", message: "Something went wrong on this server; it is tried again."),
                for: claim)
        }
    }

    /// Stopped half way: what is known of the last step is kept, and the claim ends, so that another worker goes on at once.
    private func leave(_ claim: PublishingRepository.Claim, _ ending: AttemptEnding) async throws {
        let (now, step) = (time.now, ending.step)
        try await database.write { transaction in
            guard try PublishingRepository.holds(claim, in: transaction) else { return }
            try step?.store(of: claim.publication.id, in: transaction)
            _ = try PublishingRepository.extend(claim, until: now - .milliseconds(1), in: transaction)
        }
    }

    private func publish(
        _ claim: PublishingRepository.Claim, _ material: Material, _ ending: AttemptEnding
    ) async throws -> PublishingRepository.Result {
        let publication = claim.publication
        guard let post = material.post else { return PublishingRepository.Result(.cancelled) }
        guard let stored = material.channel, case let channel = stored.integration, channel.active else {
            return ended(
                PublicationError(code: "CHANNEL_REMOVED", message: "The channel was removed or switched off.", kind: .invalidContent), claim)
        }
        let (events, parts) = (events, post.content.parts(for: channel.id))
        // A pause is told before the claim: what has begun is finished in spite of it.
        if channel.needsReconnect { return held(.channelNeedsReconnect) }
        guard let platform = platforms[channel.platform] else {
            return ended(
                PublicationError(code: "UNKNOWN_PLATFORM", message: "This server no longer offers \(channel.platform).", kind: .invalidContent),
                claim)
        }
        let journal = DatabaseJournal(
            database: database, time: time, claim: claim, vault: channels.vault, lease: Lease(duration: lease, time: time, logger: logger),
            steps: material.steps, ending: ending
        ) {
            if parts.count > 1 { await events.publicationChanged(publication, to: .publishing) }
        }
        if post.origin == .plug { return try await followUp(post, claim, on: channel, platform, journal: journal) }
        let (_, account) = try await channels.connectedAccount(stored)
        let files = parts.first?.mediaIds ?? []
        let known = try await media.items(Set(files), of: publication.organizationId)
        let chosen = channel.settings.merging(post.content.settings[channel.id] ?? [:]) { $1 }
        let kind = platform.descriptor.kind(chosen, files: files.compactMap { known[$0]?.kind })
        let descriptor = platform.descriptor.narrowed(to: kind)
        var settings = settings(of: post, on: channel, descriptor)
        let composed = try await links.composed(
            ComposedLinks(texts: parts.map(\.text), setting: settings[PlatformDescriptor.linkSetting]?.string), claim, of: post, on: channel,
            counting: platform.descriptor.text.counting, journal: journal)
        if let link = composed.setting { settings[PlatformDescriptor.linkSetting] = .string(link) }
        let saying = zip(parts, composed.texts).map { PostPart(text: $1, mediaIds: $0.mediaIds) }
        let request = PublishRequest(
            publicationId: publication.id, account: account,
            parts: try await outgoing(saying, of: publication.organizationId, for: descriptor, channel.limits), settings: settings,
            kind: kind?.name ?? "")
        await events.publicationChanged(publication, to: .publishing)
        switch try await platform.publish(request, journal: journal) {
        case .published(let platformPostId, let url, let notes):
            var result = PublishingRepository.Result(.published)
            (result.platformPostId, result.url, result.publishedAt, result.notes) = (platformPostId, url, time.now, notes)
            return result
        case .processing(let wait):
            var result = PublishingRepository.Result(.processing)
            result.nextAttemptAt = time.now + wait
            return result
        }
    }

    private func outgoing(
        _ parts: [PostPart], of organization: OrganizationID, for descriptor: PlatformDescriptor, _ limits: AccountLimits
    ) async throws -> [OutgoingPart] {
        var outgoing: [OutgoingPart] = []
        for (index, part) in parts.enumerated() {
            let files = try await media.outgoing(part.mediaIds, of: organization, for: descriptor.media(ofPart: index), limits: limits)
            outgoing.append(OutgoingPart(text: part.text, media: files))
        }
        return outgoing
    }

    /// The author's choice before the channel's default before the platform's.
    func settings(of post: Post, on channel: Integration, _ descriptor: PlatformDescriptor) -> [String: JSONValue] {
        let chosen = post.content.settings[channel.id] ?? [:]
        return Dictionary(
            uniqueKeysWithValues: descriptor.settings.map { ($0.name, chosen[$0.name] ?? channel.settings[$0.name] ?? $0.defaultValue) })
    }

    private func store(
        _ result: PublishingRepository.Result, for claim: PublishingRepository.Claim, _ way: Gates.Way?, _ ending: AttemptEnding
    ) async throws -> Verdict {
        let (now, publication, step, failure) = (time.now, claim.publication, ending.step, ending.failure)
        let status = try await database.write { transaction -> PostStatus? in
            guard try PublishingRepository.finish(claim, with: result, now: now, in: transaction) else { return nil }
            try step?.store(of: publication.id, in: transaction)
            // What failed on this server tells nothing of the platform.
            if let way, failure != nil || result.status == .published { try gates.note(failure, on: way, now: now, in: transaction) }
            return try PublicationRepository.refreshPostStatus([publication.postId], now: now, in: transaction)[publication.postId]
        }
        Counter(
            label: "postiz_publications_total", dimensions: [("outcome", result.status.rawValue), ("platform", claim.platform.rawValue)]
        ).increment()
        if result.status == .published, let due = publication.dueAt, publication.attempts == 0 {
            Metrics.Timer(label: "postiz_publish_lag_seconds").recordNanoseconds(max(0, (now - due).milliseconds) * 1_000_000)
        }
        await events.publicationChanged(publication, to: result.status, url: result.url, error: result.error)
        if let status, result.status.isFinal || status != .publishing {
            await events.postChanged(publication.postId, of: publication.organizationId, to: status)
        }
        guard let next = result.nextAttemptAt else { return .done }
        return .again(at: next, reason: result.error?.code ?? result.status.rawValue)
    }
}

// MARK: - What a failure means

extension Publisher {
    private func failed(_ error: PublicationError) -> PublishingRepository.Result {
        var result = PublishingRepository.Result(.failed)
        result.error = error
        return result
    }

    /// Not tried any more, for a reason that tells nothing of an earlier try: where that may have gone through, a person has to look.
    func ended(_ error: PublicationError, _ claim: PublishingRepository.Claim) -> PublishingRepository.Result {
        guard claim.isInDoubt else { return failed(error) }
        var result = PublishingRepository.Result(.unconfirmed)
        result.error = PlatformError.undecided(because: error.message).publicationError
        result.error?.platformAnswer = error.platformAnswer
        return result
    }

    private func held(_ hold: Hold) -> PublishingRepository.Result {
        var result = PublishingRepository.Result(.onHold)
        result.error = hold.error
        return result
    }

    private func result(of error: PlatformError, for claim: PublishingRepository.Claim) async -> PublishingRepository.Result? {
        switch error.kind {
        case .invalidContent: return failed(error.publicationError)
        case .transient: return retried(error, claim, countsAsAttempt: true)
        case .rateLimited: return retried(error, claim, countsAsAttempt: false)
        case .unknownOutcome: return unconfirmed(error, claim)
        case .authentication: return await reauthenticated(error, claim)
        }
    }

    private func retried(_ error: PlatformError, _ claim: PublishingRepository.Claim, countsAsAttempt: Bool) -> PublishingRepository.Result {
        let wait = max(error.retryAfter ?? .zero, countsAsAttempt ? retry.wait(after: claim.publication.attempts) : .seconds(1))
        let next = time.now + wait
        guard retry.allows(anotherTryAt: next, first: claim.firstAttemptAt) else {
            var final = error.publicationError
            let hours = retry.limit.milliseconds / 3_600_000
            final.message = "It could not go out within \(hours) hours of the first try. The last answer: \(error.message)"
            return ended(final, claim)
        }
        var result = PublishingRepository.Result(.queued)
        (result.error, result.nextAttemptAt, result.countsAsAttempt) = (error.publicationError, next, countsAsAttempt)
        if error.kind == .rateLimited { result.error?.message += " It goes on by itself." }
        return result
    }

    private func unconfirmed(_ error: PlatformError, _ claim: PublishingRepository.Claim) -> PublishingRepository.Result {
        var result = PublishingRepository.Result(.unconfirmed)
        let next = time.now + (error.retryAfter ?? retry.wait(after: claim.publication.attempts))
        let lookAgain = error.decidable && retry.allows(anotherTryAt: next, first: claim.firstAttemptAt)
        let forPerson = error.decidable ? PlatformError.stillUncertain(after: retry.limit) : .undecidable
        result.error = (lookAgain ? error : forPerson).publicationError
        result.error?.platformAnswer = error.platformAnswer
        result.nextAttemptAt = lookAgain ? next : nil
        result.countsAsAttempt = error.retryAfter == nil
        return result
    }

    /// One refresh of the token, then the person is asked to connect again and the channel's posts wait.
    private func reauthenticated(_ error: PlatformError, _ claim: PublishingRepository.Claim) async -> PublishingRepository.Result? {
        let publication = claim.publication
        do {
            if !claim.refreshed {
                try await channels.refreshNow(publication.integrationId)
                try await database.write { try PublishingRepository.markRefreshed(claim, in: $0) }
                var result = PublishingRepository.Result(.queued)
                (result.error, result.nextAttemptAt) = (error.publicationError, time.now)
                return result
            }
            try await channels.markNeedsReconnect(publication.integrationId, reason: error.message)
        } catch let refusal as PlatformError where refusal.kind != .authentication {
            return retried(refusal, claim, countsAsAttempt: true)
        } catch is PlatformError {
            // The refresh was refused: `refreshNow` has marked the channel.
        } catch is CancellationError {
            return nil
        } catch {
            logger.error("token not refreshed", metadata: ["integration": "\(publication.integrationId)", "error": "\(error)"])
            let failure = PlatformError(.transient, code: "INTERNAL_ERROR", message: "The token could not be renewed; it is tried again.")
            return retried(failure, claim, countsAsAttempt: true)
        }
        var result = PublishingRepository.Result(.onHold)
        result.error = error.publicationError
        return result
    }
}
