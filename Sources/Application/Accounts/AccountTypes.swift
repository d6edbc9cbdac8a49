import Domain

/// Where a request comes from, for the session list, throttling and the audit log.
public struct ClientInfo: Sendable, Equatable {
    public let address: String
    public let userAgent: String
    /// The cookie of a browser in which somebody has signed in before, as it came.
    public let device: String?

    public init(address: String, userAgent: String, device: String? = nil) {
        self.address = address
        self.userAgent = userAgent
        self.device = device
    }

    /// What is counted as one place.
    var network: String { NetworkAddress.network(of: address) }
}

/// A new account. The name defaults to what stands before the `@`, the workspace's name to the person's, the zone to UTC.
public struct Registration: Codable, Sendable {
    public var email: String
    public var password: String
    public var name: String?
    public var organizationName: String?
    /// IANA, such as `Europe/Paris`.
    public var timeZone: String?
    /// A language tag, such as `en` or `de-AT`.
    public var locale: String?
    /// The token of an invitation's link: the account belongs to its workspace, and makes none of its own.
    public var invitation: String?

    public init(
        email: String, password: String, name: String? = nil, organizationName: String? = nil, timeZone: String? = nil, locale: String? = nil,
        invitation: String? = nil
    ) {
        self.email = email
        self.password = password
        self.name = name
        self.organizationName = organizationName
        self.timeZone = timeZone
        self.locale = locale
        self.invitation = invitation
    }
}

public struct Login: Codable, Sendable {
    public var email: String
    public var password: String
    /// The six digits that the authenticator app shows, or a recovery code, for an account with a second factor.
    public var code: String?
    /// The token of an invitation's link, to join its workspace and go on there.
    public var invitation: String?

    public init(email: String, password: String, code: String? = nil, invitation: String? = nil) {
        self.email = email
        self.password = password
        self.code = code
        self.invitation = invitation
    }
}

/// A user with a session. `token` goes into the cookie and nowhere else.
public struct SignedIn: Sendable {
    public let user: User
    public let organization: Organization
    public let role: Role
    public let session: Session
    public let token: String
    /// What forms of this session must carry.
    public let csrfToken: String
    /// Right after signing in: what makes the browser known for this account, for it to keep.
    public let device: String?
    /// Right after signing in: whether the account was to be deleted and is not any more.
    public let kept: Bool
    public let caller: Caller
    /// Whether the workspace asks for a second factor that the person does not have: it stays closed until one is set up.
    public let lacksSecondFactor: Bool
    /// Whether the person has still to open the link that was mailed to them: until then the account does nothing.
    public let awaitsActivation: Bool
}

/// Who the caller is. `user` is nil for a command on the server.
public struct Me: Codable, Sendable, Equatable {
    public let user: User?
    public let organization: Organization
    public let role: Role
    public let scopes: [Scope]
    public let organizations: [OrganizationMembership]
}

public struct OrganizationMembership: Codable, Sendable, Equatable {
    public let id: OrganizationID
    public let name: String
    public let role: Role
}

/// What is to be changed; what is nil stays.
public struct ProfileChange: Codable, Sendable {
    public var name: String?
    public var timeZone: String?
    /// A language tag such as `en` or `de-AT`.
    public var locale: String?
    /// With which day the person's weeks begin.
    public var weekStart: WeekStart?
    public var organizationName: String?
    public var organizationTimeZone: String?
    /// What becomes of the workspace's posts whose time passed while they could not go out.
    public var organizationCatchUp: CatchUp?
    /// Whether what members plan who may not approve waits for an approval.
    public var organizationNeedsApproval: Bool?
    /// Whether the workspace opens only to members who sign in with a second factor.
    public var organizationNeedsSecondFactor: Bool?

    public init(
        name: String? = nil, timeZone: String? = nil, locale: String? = nil, weekStart: WeekStart? = nil, organizationName: String? = nil,
        organizationTimeZone: String? = nil, organizationCatchUp: CatchUp? = nil, organizationNeedsApproval: Bool? = nil,
        organizationNeedsSecondFactor: Bool? = nil
    ) {
        self.name = name
        self.timeZone = timeZone
        self.locale = locale
        self.weekStart = weekStart
        self.organizationName = organizationName
        self.organizationTimeZone = organizationTimeZone
        self.organizationCatchUp = organizationCatchUp
        self.organizationNeedsApproval = organizationNeedsApproval
        self.organizationNeedsSecondFactor = organizationNeedsSecondFactor
    }
}

public struct PasswordChange: Codable, Sendable {
    public var currentPassword: String
    public var newPassword: String

    public init(currentPassword: String, newPassword: String) {
        self.currentPassword = currentPassword
        self.newPassword = newPassword
    }
}

public struct PasswordReset: Codable, Sendable {
    /// From the link that was mailed or shown.
    public var token: String
    public var newPassword: String

    public init(token: String, newPassword: String) {
        self.token = token
        self.newPassword = newPassword
    }
}
