import Domain
import Foundation
import Persistence
import Platforms

/// What connecting asks the platform, and how its answer becomes a channel.
extension Channels {
    /// The adapter of a platform that can be offered. Throws `UNKNOWN_PLATFORM`, or `PLATFORM_NOT_CONFIGURED` saying what is missing.
    func offered(_ id: PlatformID) throws -> any Platform {
        guard let platform = offerable.first(where: { $0.descriptor.id == id }) else {
            let known = offerable.map(\.descriptor.id.rawValue).joined(separator: ", ")
            throw ProblemReport(.unknownPlatform, "There is no platform \"\(id)\". Known are: \(known).")
        }
        let missing = platform.missingCredentials
        guard missing.isEmpty else {
            let callback = callbackURL(of: id).absoluteString
            throw ProblemReport(
                .platformNotConfigured,
                """
                \(platform.descriptor.name) is not set up on this server yet. The operator sets \(missing.joined(separator: ", ")) and \
                registers the callback URL \(callback) with \(platform.descriptor.name).
                """, details: ["missing": .array(missing.map(JSONValue.string)), "callbackUrl": .string(callback)])
        }
        return platform
    }

    /// Runs a call to the platform and puts its failure into words for the person who connects.
    func asking<Answer>(_ platform: any Platform, _ call: () async throws -> Answer) async throws -> Answer {
        do {
            return try await call()
        } catch let error as PlatformError {
            var details: [String: JSONValue] = ["platform": .string(platform.descriptor.id.rawValue), "platformCode": .string(error.code)]
            if let answer = error.platformAnswer { details["platformAnswer"] = .string(answer) }
            logger.notice(
                "connecting failed",
                metadata: ["platform": "\(platform.descriptor.id)", "code": "\(error.code)", "message": "\(error.message)"])
            // Nobody comes back by itself to a connection that failed.
            let advice = error.kind == .rateLimited ? " Start connecting again \(error.later)." : ""
            throw ProblemReport(
                .connectFailed, "\(platform.descriptor.name) could not be connected: \(error.message)\(advice)", details: details,
                retryAfter: error.retryAfter)
        } catch let failure as TransportFailure {
            throw ProblemReport(
                .connectFailed, "\(platform.descriptor.name) could not be reached: \(failure.reason). Try again in a moment.")
        }
    }

    /// The channel to be reconnected. Throws `NOT_FOUND` also when it is on another platform.
    func channel(_ id: IntegrationID, on platform: PlatformID, of organization: OrganizationID) async throws -> Integration {
        let channel = try await database.read { try IntegrationRepository.find(id, of: organization, in: $0) }
        guard let channel, channel.platform == platform else { throw ProblemReport.notFound("channel") }
        return channel
    }

    /// The account of a channel; nil where several may be the one that it waits for. Throws `CONFLICT` naming both when the person signed in
    /// with another one.
    func account(of channel: Integration, among accounts: [PlatformAccount], on server: String?) throws -> PlatformAccount? {
        if let account = accounts.first(where: { $0.id == channel.platformAccountId }) { return account }
        if channel.awaitsAccount, !accounts.isEmpty {
            let named = accounts.filter { channel.goesBy($0.username, $0.displayName, on: server) }
            return named.count == 1 ? named[0] : accounts.count == 1 ? accounts[0] : nil
        }
        let names = accounts.prefix(5).map { "\"\($0.username)\"" }.joined(separator: ", ")
        throw ProblemReport(
            .conflict,
            """
            You signed in as \(names.isEmpty ? "somebody without such an account" : names), but this channel is "\(channel.username)". \
            Sign out at the platform and reconnect with that account, or connect the other one as a new channel.
            """,
            details: ["expected": .string(channel.username), "found": .array(accounts.prefix(5).map { .string($0.username) })])
    }

    static func nothingToConnect(_ descriptor: PlatformDescriptor) -> ProblemReport {
        ProblemReport(
            .connectFailed,
            descriptor.connect.choosesAccount
                ? "\(descriptor.name) named no account or page that you may post to. Ask its administrator for a role that may post."
                : "\(descriptor.name) did not tell whose account this is. Start again from Channels.")
    }

    static let full = ProblemReport(
        .conflict, "A workspace has at most \(most) channels. Remove one that is no longer used, then try again.")

    /// Makes the account a channel, or renews the channel that it is, also one in the trash: then id, posts and settings stay, and what was held goes
    /// out. A channel that waits for its account becomes it when it has its name, or is the one that the person chose, `wanted`.
    func store(
        _ account: PlatformAccount, _ credentials: Credentials, of platform: PlatformID, for wanted: IntegrationID? = nil, as caller: Caller
    ) async throws -> (IntegrationID, reconnected: Bool) {
        let (now, organization, vault, late) = (time.now, caller.organizationId, vault, lateLimit)
        let work: @Sendable (any Transaction) throws -> Connection = { transaction in
            if let known = try IntegrationRepository.find(account: account.id, on: platform, of: organization, in: transaction) {
                if let wanted, wanted != known.id { throw Self.isAnother(account, known) }
                let renewed = known.renewed(by: account, credentials, now: now)
                let released = try Self.renew(renewed, credentials, vault, now: now, in: transaction)
                return Connection(channel: renewed, reconnected: true, released: released)
            }
            if var waiting = try Self.waiting(for: account, wanted, on: platform, at: credentials.instanceURL, of: organization, in: transaction) {
                _ = try IntegrationRepository.tell(account: account.id, to: waiting.id, of: organization, in: transaction)
                waiting.become(account.id)
                let renewed = waiting.renewed(by: account, credentials, now: now)
                let released = try Self.renew(renewed, credentials, vault, now: now, in: transaction)
                return Connection(channel: renewed, reconnected: true, released: released)
            }
            if let removed = try ChannelTrashRepository.find(account: account.id, on: platform, of: organization, in: transaction) {
                let drafts = try Self.takeOut(removed, late: late, now: now, in: transaction)
                let renewed = removed.renewed(by: account, credentials, now: now)
                let released = try Self.renew(renewed, credentials, vault, now: now, in: transaction)
                return Connection(channel: renewed, reconnected: true, released: drafts + released)
            }
            guard try IntegrationRepository.count(of: organization, in: transaction) < Self.most else { throw Self.full }
            let channel = Integration(account, credentials, platform: platform, of: organization, now: now)
            let sealed = try vault.seal(credentials, of: channel.id, now: now)
            try IntegrationRepository.insert(channel, credentials: sealed, in: transaction)
            return Connection(channel: channel, reconnected: false, released: [])
        }
        let stored: Connection
        do {
            stored = try await database.write(work)
        } catch DatabaseError.uniqueViolation {
            // Somebody connected the same account at the same moment: it is there now.
            stored = try await database.write(work)
        }
        var detail = Self.audited(stored.channel)
        detail["reconnected"] = .bool(stored.reconnected)
        try await audit.record("channel.connected", target: stored.channel.id.text, detail: detail, as: caller)
        await send(.integrationConnected, stored.channel, ["reconnected": .bool(stored.reconnected)])
        await announce(stored.released, of: organization)
        return (stored.channel.id, stored.reconnected)
    }

    /// The channel that waits for this account: the one that was chosen, or the only one of its name.
    private static func waiting(
        for account: PlatformAccount, _ wanted: IntegrationID?, on platform: PlatformID, at server: String?, of organization: OrganizationID,
        in transaction: any Transaction
    ) throws -> Integration? {
        let all = try IntegrationRepository.awaitingAccounts(on: platform, of: organization, in: transaction)
        let named = all.filter { $0.goesBy(account.username, account.displayName, on: server) }
        guard let wanted, let chosen = all.first(where: { $0.id == wanted }) else { return named.count == 1 ? named[0] : nil }
        // Whoever is signed in at the platform with another account than they think does not give its posts to that one.
        if named.count == 1, named[0].id != wanted { throw isAnother(account, named[0]) }
        return chosen
    }

    private static func isAnother(_ account: PlatformAccount, _ channel: Integration) -> ProblemReport {
        ProblemReport(
            .conflict,
            """
            You signed in as "\(account.username)", which is the channel "\(channel.displayName)" here. Reconnect that one, or sign in as another.
            """)
    }

    /// A connection as it was stored.
    private struct Connection: Sendable {
        let channel: Integration
        let reconnected: Bool
        /// The posts that are held no longer.
        let released: [PostID]
    }

    static func renew(
        _ channel: Integration, _ credentials: Credentials, _ vault: CredentialVault, now: Timestamp, in transaction: any Transaction
    ) throws -> [PostID] {
        var tokens = credentials
        if let sealed = try IntegrationRepository.withCredentials(channel.id, in: transaction)?.sealed,
            let old = try? vault.open(sealed, of: channel)  // Unreadable old tokens are a reason to reconnect, not to refuse it.
        {
            tokens = old.replaced(by: credentials)
        }
        try IntegrationRepository.update(channel, in: transaction)
        try IntegrationRepository.storeCredentials(
            try vault.seal(tokens, of: channel.id, now: now), of: channel.id, now: now, in: transaction)
        _ = try IntegrationRepository.setReconnectReason(nil, of: channel.id, now: now, in: transaction)
        try PreflightRepository.lookAgain(on: channel.id, now: now, in: transaction)
        return try PublishingRepository.release(on: channel.id, now: now, in: transaction).posts.map(\.key)
    }
}

extension PlatformError {
    /// When the person may try again: "in 15 minutes".
    var later: String {
        guard let retryAfter else { return "later" }
        let minutes = max(1, (retryAfter.milliseconds + 59_999) / 60_000)
        return minutes == 1 ? "in a minute" : "in \(minutes) minutes"
    }
}

extension Integration {
    init(_ account: PlatformAccount, _ credentials: Credentials, platform: PlatformID, of organization: OrganizationID, now: Timestamp) {
        self.init(
            id: IntegrationID(at: now), organizationId: organization, platform: platform, platformAccountId: account.id,
            username: account.username, displayName: account.displayName.isEmpty ? account.username : account.displayName,
            pictureURL: account.pictureURL, profileURL: account.profileURL, instanceURL: credentials.instanceURL, limits: account.limits,
            scopes: credentials.scopes, tokenExpiresAt: credentials.expiresAt, refreshable: credentials.refreshToken?.isEmpty == false,
            createdAt: now, updatedAt: now)
    }

    /// This channel after its account was connected again. The display name may be the person's own, so it stays.
    func renewed(by account: PlatformAccount, _ credentials: Credentials, now: Timestamp) -> Integration {
        var renewed = self
        renewed.username = account.username
        renewed.pictureURL = account.pictureURL ?? pictureURL
        renewed.profileURL = account.profileURL ?? profileURL
        renewed.instanceURL = credentials.instanceURL ?? instanceURL
        renewed.limits = account.limits
        renewed.active = true
        renewed.reconnectReason = nil
        renewed.updatedAt = now
        return renewed
    }
}
