import Domain
import Foundation
import Persistence

/// For whom at which customer a link is to be made.
public struct NewPortalLink: Codable, Sendable, Equatable {
    public var customer: String
    /// The name of whom it is for: it stands beside what they say and decide.
    public var person: String
    /// Nil: they look and comment.
    public var mayApprove: Bool?
    /// For how many days; nil: 90.
    public var days: Int?

    public init(customer: String, person: String, mayApprove: Bool? = nil, days: Int? = nil) {
        self.customer = customer
        self.person = person
        self.mayApprove = mayApprove
        self.days = days
    }
}

/// A link with its address, which is shown this once.
public struct CreatedPortalLink: Codable, Sendable {
    public let link: PortalLink
    public let url: String
}

/// The links by which clients see what is planned for them. Those who manage the workspace make and revoke them.
public struct PortalLinks: Sendable {
    public static let days = 1...365
    public static let usualDays = 90
    public static let longestName = 100
    /// How many a workspace has at most.
    static let most = 500

    let mainURL: URL
    let database: any Database
    let audit: AuditLog
    let time: any TimeSource

    /// Newest first, those that have ended too.
    public func list(as caller: Caller) async throws -> [PortalLink] {
        try Self.require(caller)
        return try await database.read { try PortalLinkRepository.list(of: caller.organizationId, in: $0) }
    }

    /// Throws `NOT_FOUND` for a customer of no channel, and `CONFLICT` where the workspace asks for a second factor, or has too many.
    public func make(_ new: NewPortalLink, as caller: Caller) async throws -> CreatedPortalLink {
        try Self.require(caller)
        let customer = try Channels.label(new.customer, "customer", required: true)
        let person = try Channels.label(new.person, "person", required: true)
        let days = new.days ?? Self.usualDays
        guard Self.days.contains(days) else { throw ProblemReport.invalid("days", "A link for a client lasts 1 to 365 days.") }
        let (secret, now, organization) = (RandomToken.make(), time.now, caller.organizationId)
        let link = PortalLink(
            id: PortalLinkID(at: now), customer: customer, person: person, mayApprove: new.mayApprove ?? false, createdBy: caller.userId,
            createdAt: now, expiresAt: now + .days(Int64(days)))
        try await database.write { transaction in
            guard try OrganizationRepository.find(organization, in: transaction)?.needsSecondFactor != true else {
                throw ProblemReport(.conflict, "This workspace opens only with a second factor, so there are no links that open it without one.")
            }
            guard try IntegrationRepository.list(of: organization, in: transaction).contains(where: { $0.customer == customer }) else {
                throw ProblemReport(
                    .notFound, "No channel belongs to this customer. Give a channel to them first, on its page.", details: ["field": "customer"])
            }
            guard try PortalLinkRepository.list(of: organization, in: transaction).count < Self.most else {
                throw ProblemReport(.conflict, "A workspace has at most \(Self.most) links for clients. Revoke those that are not needed.")
            }
            try PortalLinkRepository.insert(link, hash: RandomToken.hash(secret), of: organization, in: transaction)
            try audit.record("portal-link.created", target: link.id.text, detail: Self.audited(link), as: caller, in: transaction)
        }
        return CreatedPortalLink(link: link, url: mainURL.appending(path: "portal/\(link.id)/enter/\(secret)").absoluteString)
    }

    /// From then on it opens nothing, also where it was opened before. Throws `NOT_FOUND`.
    public func revoke(_ id: PortalLinkID, as caller: Caller) async throws {
        try Self.require(caller)
        try await database.write { transaction in
            guard try PortalLinkRepository.remove(id, of: caller.organizationId, in: transaction) else { throw ProblemReport.notFound("link") }
            try audit.record("portal-link.revoked", target: id.text, as: caller, in: transaction)
        }
    }

    private static func require(_ caller: Caller) throws {
        try caller.require(.admin)
        try caller.require(.manage)
        try caller.requireApproved(to: "make links for clients")
    }

    private static func audited(_ link: PortalLink) -> [String: JSONValue] {
        ["customer": .string(link.customer), "person": .string(link.person), "mayApprove": .bool(link.mayApprove)]
    }
}
