import Domain
import Foundation
import Logging
import Persistence

/// What becomes of things when an account goes.
public struct DeletionOutlook: Codable, Sendable, Equatable {
    /// Workspaces in which nobody else is: they go with everything in them. What was published stays on the platforms.
    public let workspaces: [WorkspaceContents]
    /// Workspaces that others go on with. What one wrote there stays, without the name.
    public let left: [OrganizationMembership]
    /// Workspaces with others in them that one owns: they have to be handed over first.
    public let owned: [OrganizationMembership]
    /// Another administrator of the instance has to be there first.
    public let isLastAdministrator: Bool
    /// How long the account can be kept by signing in.
    public let days: Int

    /// Why it cannot go; nil where it can.
    public var obstacle: ProblemReport? {
        if !owned.isEmpty {
            return ProblemReport(
                .conflict, "You own workspaces that others belong to. Hand them over first: \(owned.map(\.name).joined(separator: ", ")).")
        }
        guard isLastAdministrator else { return nil }
        return ProblemReport(.conflict, "The last administrator of this instance stays. Make another one first.")
    }
}

/// What somebody shows before an account or a workspace goes: the password, where there is one, and a code where one is asked for at sign-in.
public struct DeletionProof: Codable, Sendable {
    public var password: String?
    /// The six digits that the authenticator app shows, or a recovery code.
    public var code: String?

    public init(password: String? = nil, code: String? = nil) {
        self.password = password
        self.code = code
    }
}

/// Accounts and workspaces that go for good.
public struct AccountDeletions: Sendable {
    let accounts: Accounts
    let media: MediaLibrary
    let channels: Channels
    let delay: Duration
    let mainURL: URL
    let logger: Logger

    var database: any Database { accounts.database }
    var time: any TimeSource { accounts.time }

    /// What goes with the account of the signed-in person, and what stands in the way.
    public func outlook(as caller: Caller) async throws -> DeletionOutlook {
        let user = try caller.requireSignedIn().user
        return try await database.read { try outlook(of: user, in: $0) }
    }

    func outlook(of user: UserID, in transaction: any Transaction) throws -> DeletionOutlook {
        var (gone, left, owned): ([WorkspaceContents], [OrganizationMembership], [OrganizationMembership]) = ([], [], [])
        for known in try OrganizationRepository.of(user, in: transaction) {
            guard let contents = try AccountDeletionRepository.contents(of: known.organization.id, in: transaction) else { continue }
            let membership = OrganizationMembership(id: contents.id, name: contents.name, role: known.role)
            if contents.members == 1 {
                gone.append(contents)
            } else if known.role == .owner {
                owned.append(membership)
            } else {
                left.append(membership)
            }
        }
        return DeletionOutlook(
            workspaces: gone, left: left, owned: owned,
            isLastAdministrator: try AccountDeletionRepository.isLastAdministrator(user, in: transaction),
            days: Int(delay.milliseconds / Duration.days(1).milliseconds))
    }

    /// Has the account of the signed-in person go after the delay. Sessions, keys and assistants end at once, and their own workspaces publish
    /// nothing any more. Throws `WRONG_CREDENTIALS`, `SECOND_FACTOR_REQUIRED`, `RATE_LIMITED`, and `CONFLICT` for what stands in the way.
    public func request(_ proof: DeletionProof, as caller: Caller) async throws -> AccountDeletion {
        let user = try caller.requireSignedIn().user
        try await accounts.prove(proof, as: caller)
        let now = time.now
        let deletion = AccountDeletion(requestedAt: now, endsAt: now + delay)
        try await database.write { transaction in
            let outlook = try outlook(of: user, in: transaction)
            if let obstacle = outlook.obstacle { throw obstacle }
            guard let person = try UserRepository.find(user, in: transaction) else { throw ProblemReport.notFound("user") }
            let paused = try outlook.workspaces.map(\.id).filter { organization in
                try AccountDeletionRepository.removeInvitations(into: organization, in: transaction)
                return try PauseRepository.set(now, of: organization, in: transaction)
            }
            guard try AccountDeletionRepository.insert(deletion, of: user, paused: paused, in: transaction) else {
                throw ProblemReport(.conflict, "This account is to be deleted already.")
            }
            try accounts.audit.record("account.deletion-requested", target: user.text, as: caller, in: transaction)
            try AccountDeletionRepository.endAccess(of: user, at: now, in: transaction)
            guard accounts.mail.configured, delay > .zero else { return }
            let link = mainURL.appending(path: "login").absoluteString
            try accounts.mail.queue(
                .accountDeletion(address: person.email, end: deletion.endsAt, link: link, host: mainURL.host() ?? ""), to: [MailReader(person)],
                in: transaction)
        }
        if delay <= .zero { try await remove(user) }
        return deletion
    }

    /// Removes the accounts whose time has come, and what is left of workspaces. For the regular clean-up.
    public func removeDue() async throws {
        try await removeClosed()
        let now = time.now
        for user in try await database.read({ try AccountDeletionRepository.due(now: now, limit: 100, in: $0) }) {
            do {
                try await remove(user)
            } catch let report as ProblemReport {
                // Somebody has made them an owner since.
                logger.warning("an account that is to go has to stay", metadata: ["user": "\(user)", "reason": "\(report.message)"])
            }
        }
    }

    /// Removes a person: first their own workspaces, then themselves.
    func remove(_ user: UserID) async throws {
        let now = time.now
        let left = try await database.write { transaction -> [OrganizationMembership] in
            let outlook = try outlook(of: user, in: transaction)
            if let obstacle = outlook.obstacle { throw obstacle }
            guard let person = try UserRepository.find(user, in: transaction) else { throw ProblemReport.notFound("user") }
            for workspace in outlook.workspaces { try AccountDeletionRepository.close(workspace.id, at: now, in: transaction) }
            for workspace in outlook.left {
                _ = try TeamRepository.remove(user, of: workspace.id, as: workspace.role, at: now, in: transaction)
            }
            try AccountDeletionRepository.endAccess(of: user, at: now, in: transaction)
            try AccountDeletionRepository.remove(user, email: person.email, in: transaction)
            if accounts.mail.configured {
                try accounts.mail.queue(.accountDeleted(address: person.email, host: mainURL.host() ?? ""), to: [MailReader(person)], in: transaction)
            }
            // Their own workspaces have no log any more.
            for organization in outlook.left.isEmpty ? [nil] : outlook.left.map({ Optional($0.id) }) {
                try accounts.audit.record("account.deleted", target: user.text, subject: "system", organization: organization, in: transaction)
            }
            return outlook.left
        }
        for workspace in left {
            let data: JSONValue = ["userId": .string(user.text), "role": .string(workspace.role.rawValue)]
            await accounts.events.publish(ProductEvent(.memberLeft, organizationId: workspace.id, at: now, data: data))
        }
        try await removeClosed()
    }
}

extension Accounts {
    /// That it is the person themselves, by everything that a sign-in asks for.
    func prove(_ proof: DeletionProof, as caller: Caller) async throws {
        let (user, session) = try caller.requireSignedIn()
        try await confirm(proof.password ?? "", field: "password", as: caller)
        let factor = try await database.read { transaction in
            try Self.requireShownPasskey(user, session, in: transaction)
            return try SecondFactorRepository.find(of: user, in: transaction)
        }
        guard let factor, factor.confirmedAt != nil else { return }
        guard let code = proof.code, !code.isEmpty else { throw Self.codeMissing }
        try await spend(code, of: user, factor, from: ClientInfo(address: user.text, userAgent: ""))
    }

    /// Somebody who comes back keeps their account, and their workspaces publish again. True when it was to go.
    func keepAccount(of user: UserID, at now: Timestamp, in transaction: any Transaction) throws -> Bool {
        guard let paused = try AccountDeletionRepository.withdraw(of: user, in: transaction) else { return false }
        for organization in paused where try PauseRepository.set(nil, of: organization, in: transaction) {
            try PreflightRepository.lookAgain(of: organization, now: now, in: transaction)
            _ = try PublishingRepository.release(of: organization, now: now, in: transaction)
        }
        let organization = try OrganizationRepository.of(user, in: transaction).first?.organization.id
        try audit.record("account.kept", target: user.text, subject: "user:\(user)", organization: organization, in: transaction)
        return true
    }
}
