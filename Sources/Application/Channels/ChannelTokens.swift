import Domain
import Foundation
import Persistence
import Platforms

/// Keeping tokens alive: renewed long before they end, by one worker at a time, and never lost to a failed renewal.
extension Channels {
    /// Tokens that end within this time are renewed before they are used.
    private static let margin = Duration.minutes(5)
    /// How far ahead the posts are whose tokens are renewed before their time.
    private static let foresight = Duration.hours(1)
    /// How long one worker may take to renew, and when another may try: later, so that no two renewals are ever under way.
    private static let (refreshLimit, refreshLease) = (Duration.seconds(90), Duration.seconds(120))
    /// How long others wait for it.
    private static let refreshPatience = Duration.seconds(35)
    /// When a renewal that failed for a passing reason is tried again by itself, unless the platform says, and then at most after a day.
    private static let (refreshPause, longestPause) = (Duration.minutes(10), Duration.days(1))

    /// The channel with tokens that can be used now, renewed if they are about to end.
    ///
    /// Throws `NOT_FOUND` for a removed channel; `PlatformError` of kind `.authentication`, after marking the channel, when the person
    /// must connect again; of another kind when the tokens have ended and could not be renewed just now.
    public func connectedAccount(_ id: IntegrationID) async throws -> (Integration, ConnectedAccount) {
        try await connectedAccount(try await storedCredentials(id))
    }

    /// The same of a channel that was read just now.
    func connectedAccount(_ found: Stored) async throws -> (Integration, ConnectedAccount) {
        var stored = found
        if let end = stored.integration.tokenExpiresAt, end - time.now < Self.margin {
            if stored.integration.refreshable {
                try await refreshBeforeUse(stored, end: end)
                stored = try await storedCredentials(stored.integration.id)
            } else if end <= time.now {
                throw try await ended(stored.integration)
            }
        }
        let integration = stored.integration
        let account = PlatformAccount(
            id: integration.platformAccountId, username: integration.username, displayName: integration.displayName,
            pictureURL: integration.pictureURL, profileURL: integration.profileURL, limits: integration.limits)
        return (integration, ConnectedAccount(account: account, credentials: try vault.open(stored.sealed, of: integration)))
    }

    /// Does `work` with the channel's tokens; where the platform refuses them, once more with renewed ones. Throws what `connectedAccount`
    /// and `work` throw.
    func acting<Result: Sendable>(on id: IntegrationID, _ work: (ConnectedAccount) async throws -> Result) async throws -> Result {
        let (integration, account) = try await connectedAccount(id)
        do {
            return try await work(account)
        } catch let error as PlatformError where error.kind == .authentication && integration.refreshable {
            try await refreshNow(id, staleToken: account.credentials.accessToken)
            return try await work(try await connectedAccount(id).1)
        }
    }

    /// Renews the tokens now. Of several callers one asks the platform; the others wait for its result. Where `staleToken`, the access
    /// token that was refused, is not the stored one any more, it was renewed meanwhile and nothing is done.
    ///
    /// Throws `PlatformError` of kind `.authentication` after marking the channel; of another kind when it may work later. The tokens
    /// stay as they were then.
    public func refreshNow(_ id: IntegrationID, staleToken: String? = nil) async throws {
        let stored = try await storedCredentials(id)
        if let staleToken, try vault.open(stored.sealed, of: stored.integration).accessToken != staleToken { return }
        let (now, until) = (time.now, time.now + Self.refreshLease)
        let mine = try await database.write {
            try IntegrationRepository.leaseRefresh(of: id, sealed: stored.sealed, until: until, now: now, in: $0)
        }
        if mine { return try await refresh(stored) }
        // Sealed anew between reading and leasing, they are as they were: nobody renews them.
        if try await awaitRefresh(of: stored) == .sealedAnew { try await refreshNow(id, staleToken: staleToken) }
    }

    /// Renews tokens that have lived three quarters of their life, or half of it and would end with a post that is due soon; returns how many were renewed. A failure is logged and tried again
    /// later, or marks the channel.
    public func refreshDue(limit: Int) async throws -> Int {
        let now = time.now
        let due = try await database.read {
            try IntegrationRepository.dueForRefresh(now: now, horizon: now + Self.foresight, margin: Self.margin, limit: limit, in: $0)
        }
        var renewed = 0
        for id in due {
            do {
                try await refreshNow(id)
                renewed += 1
            } catch let error as PlatformError {
                logger.warning("token not renewed", metadata: ["integration": "\(id)", "code": "\(error.code)"])
            } catch let problem as ProblemReport where problem.code == .notFound {
                continue  // Removed meanwhile.
            }
        }
        return renewed
    }

    /// Notes that only the person can mend the connection, and tells the workspace once. With `sealed`, only where these tokens are still
    /// the stored ones.
    public func markNeedsReconnect(_ id: IntegrationID, reason: String, refused sealed: Data? = nil) async throws {
        let (now, vault) = (time.now, vault)
        let changed = try await database.write { transaction -> Integration? in
            guard let stored = try IntegrationRepository.withCredentials(id, in: transaction), !stored.integration.needsReconnect,
                sealed.map({ vault.holdTheSame($0, stored.sealed, of: stored.integration) }) ?? true
            else { return nil }
            return try IntegrationRepository.setReconnectReason(reason, of: id, now: now, in: transaction)
        }
        guard let changed else { return }
        logger.notice("channel needs reconnecting", metadata: ["integration": "\(id)", "platform": "\(changed.platform)"])
        await send(.integrationNeedsReconnect, changed, ["reason": .string(reason)])
    }

    /// Ends the tokens of a removed channel at its platform, unless another channel, of whatever workspace, has the same: platforms give an
    /// account that connects the same app again the token that it has, and one person's tokens for an app may end together (`ChannelKin`).
    /// A platform that does not answer keeps nobody from removing a channel.
    func revoke(_ sealed: Data, of removed: Integration) async throws {
        guard let platform = registry[removed.platform], let tokens = try? vault.open(sealed, of: removed) else { return }
        let kin = kin(of: removed.platform)
        let others = try await database.read { transaction in
            kin.isEmpty
                ? try IntegrationRepository.sameAccount(removed.platformAccountId, on: removed.platform, in: transaction)
                : try kin.flatMap { try IntegrationRepository.everyWorkspaces(on: $0, in: transaction) }
        }
        let isShared = others.contains { other in
            // What cannot be read may be the same.
            guard let theirs = try? vault.open(other.sealed, of: other.integration) else { return true }
            return theirs.accessToken == tokens.accessToken || !kin.isEmpty && theirs.holder == tokens.holder
        }
        guard !isShared else { return }
        do {
            try await platform.revoke(tokens)
        } catch let error as PlatformError {
            logger.notice("token not revoked", metadata: ["integration": "\(removed.id)", "code": "\(error.code)"])
        }
    }

    /// A channel with its tokens as they are stored.
    struct Stored: Sendable {
        let integration: Integration
        let sealed: Data
        let leaseUntil: Timestamp?
    }

    /// Nil for one that was removed.
    static func stored(_ id: IntegrationID, in transaction: any Transaction) throws -> Stored? {
        try IntegrationRepository.withCredentials(id, in: transaction).map {
            Stored(integration: $0.integration, sealed: $0.sealed, leaseUntil: $0.leaseUntil)
        }
    }

    private func storedCredentials(_ id: IntegrationID) async throws -> Stored {
        guard let found = try await database.read({ try Self.stored(id, in: $0) }) else { throw ProblemReport.notFound("channel") }
        return found
    }

    /// A token that still works for some minutes is used although it could not be renewed just now.
    private func refreshBeforeUse(_ stored: Stored, end: Timestamp) async throws {
        do {
            try await refreshNow(stored.integration.id)
        } catch let error as PlatformError where error.kind != .authentication && end > time.now {
            logger.warning("token not renewed in time", metadata: ["integration": "\(stored.integration.id)", "code": "\(error.code)"])
        }
    }

    /// Marks a channel whose tokens have ended, and says it in words.
    func ended(_ integration: Integration) async throws -> PlatformError {
        let reason = "The connection to \(integration.displayName) has ended: the platform's tokens last a limited time. Connect it again."
        try await markNeedsReconnect(integration.id, reason: reason)
        return PlatformError(.authentication, code: "TOKEN_EXPIRED", message: reason)
    }

    private func refresh(_ stored: Stored) async throws {
        let (id, sealed) = (stored.integration.id, stored.sealed)
        do {
            let old = try vault.open(sealed, of: stored.integration)
            let renewal = try await renewal(of: old, stored)
            let new = renewal.taken.replaced(by: renewal.new)
            let now = time.now
            let (taken, seals) = (renewal.sealed, try vault.seal(new, of: id, now: now))
            let isStored = try await database.write {
                try IntegrationRepository.storeRenewed(seals, replacing: sealed, proven: taken, of: id, now: now, in: $0)
            }
            // A person has connected the channel meanwhile: what they brought is newer.
            guard isStored else { return }
            if let spent = old.refreshToken, new.refreshToken != spent { try await share(new, after: spent, of: stored.integration) }
        } catch {
            let failure = error as? PlatformError
            let mustAct = failure?.kind == .authentication
            let pause = min(failure?.retryAfter ?? Self.refreshPause, Self.longestPause)
            let retry = stored.integration.refreshable && !mustAct ? time.now + pause : nil
            try await database.write { try IntegrationRepository.endRefresh(of: id, sealed: sealed, retry: retry, in: $0) }
            if mustAct, let failure { try await markNeedsReconnect(id, reason: failure.message, refused: sealed) }
            throw error
        }
    }

    /// What the platform answered, and the tokens that it took for it.
    private struct Renewal: Sendable {
        let new: Credentials
        let taken: Credentials
        let sealed: Data
    }

    /// Asks the platform for new tokens. Where it refuses the stored ones, which it gave but which never proved themselves, those before
    /// them are tried: a renewal whose answer was worthless does not cost the connection.
    private func renewal(of tokens: Credentials, _ stored: Stored) async throws -> Renewal {
        do {
            return Renewal(new: try await renewed(tokens, stored.integration), taken: tokens, sealed: stored.sealed)
        } catch let refusal as PlatformError where refusal.kind == .authentication {
            let id = stored.integration.id
            let sealed = try await database.read { try IntegrationRepository.previousCredentials(of: id, in: $0) }
            // Those that cannot be read, or renew with the same, are no help.
            guard let sealed, let before = try? vault.open(sealed, of: stored.integration), before.refreshToken != tokens.refreshToken else {
                throw refusal
            }
            do {
                let new = try await renewed(before, stored.integration)
                logger.notice("token renewed with the one before it", metadata: ["integration": "\(id)"])
                return Renewal(new: new, taken: before, sealed: sealed)
            } catch let older as PlatformError where older.kind == .authentication {
                throw refusal
            }
        }
    }

    private func renewed(_ tokens: Credentials, _ integration: Integration) async throws -> Credentials {
        guard let platform = registry[integration.platform] else {
            throw PlatformError(.transient, code: "UNKNOWN_PLATFORM", message: "This server does not offer \(integration.platform).")
        }
        let (time, end) = (time, time.now + Self.refreshLimit)
        let answer = try await withThrowingTaskGroup(of: Credentials?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await platform.refresh(tokens) }
            group.addTask {
                try await time.sleep(until: end)
                return nil
            }
            return try await group.next() ?? nil
        }
        // No answer in time, or one without a token, leaves everything as it was.
        guard let answer, !answer.accessToken.isEmpty else {
            throw PlatformError(
                .transient, code: "REFRESH_FAILED", message: "The tokens of \(integration.displayName) could not be renewed just now.")
        }
        return answer
    }

    /// Gives renewed tokens to the other channels that came with the same consent: the refresh token that they have is spent.
    private func share(_ new: Credentials, after spent: String, of renewed: Integration) async throws {
        let (vault, now, platform) = (vault, time.now, renewed.platform)
        let shared = try await database.write { transaction -> [(Integration, [PostID])] in
            try IntegrationRepository.everyWorkspaces(on: platform, in: transaction).compactMap { other, sealed in
                // Unreadable tokens are another channel's trouble, not this one's.
                guard other.id != renewed.id, let old = try? vault.open(sealed, of: other), old.refreshToken == spent else { return nil }
                var other = other
                (other.reconnectReason, other.updatedAt) = (nil, now)
                return (other, try Self.renew(other, new, vault, now: now, in: transaction))
            }
        }
        for (channel, released) in shared {
            await send(.integrationUpdated, channel)
            await announce(released, of: channel.organizationId)
        }
    }

    private enum Awaited { case renewed, sealedAnew }

    /// Waits for the worker that renews, and takes over its result.
    private func awaitRefresh(of before: Stored) async throws -> Awaited {
        let deadline = time.now + Self.refreshPatience
        while time.now < deadline {
            let now = try await storedCredentials(before.integration.id)
            if now.sealed != before.sealed {
                return vault.holdTheSame(now.sealed, before.sealed, of: now.integration) ? .sealedAnew : .renewed
            }
            if let reason = now.integration.reconnectReason {
                throw PlatformError(.authentication, code: "CHANNEL_NEEDS_RECONNECT", message: reason)
            }
            guard let lease = now.leaseUntil, lease > time.now else { break }
            try await time.sleep(until: time.now + .milliseconds(100))
        }
        throw PlatformError(
            .transient, code: "REFRESH_FAILED", message: "The tokens of \(before.integration.displayName) could not be renewed just now.")
    }
}
