/// Who asks: a signed-in user, an API key or an assistant, always in one organization. Every use case takes a caller and stays in its organization.
public struct Caller: Sendable, Equatable {
    public enum Identity: Sendable, Equatable {
        case user(UserID, session: SessionID)
        case key(APIKeyID, user: UserID?)
        /// A hosted assistant with an access token, on behalf of the member who allowed it.
        case grant(GrantID, user: UserID?)
        /// Whoever opens a link that was mailed to a member, for the one thing that it is for.
        case mailedLink(user: UserID)
        /// Somebody at a customer who opened their link; what they see and do is decided by `Portal`.
        case portal(PortalLink)
        /// A command run on the server itself.
        case system
    }

    public let organizationId: OrganizationID
    public let identity: Identity
    public let role: Role
    public let instanceRole: InstanceRole
    public let scopes: Set<Scope>
    public let origin: Origin
    /// The zone in which times without an offset are read.
    public let timeZone: String
    /// What the caller would schedule or publish waits for a person's approval instead.
    public let draftOnly: Bool
    /// The channels because of which it waits, where a rule of the workspace asks for that; see `awaitingApproval(on:)`.
    public let reviewedOn: [String]

    /// `scopes` and `draftOnly` are what the session, key or grant has; the caller has of it what `role` may.
    public init(
        organizationId: OrganizationID, identity: Identity, role: Role, instanceRole: InstanceRole = .user,
        scopes: Set<Scope> = Set(Scope.allCases), origin: Origin, timeZone: String = "UTC", draftOnly: Bool = false, reviewedOn: [String] = []
    ) {
        self.organizationId = organizationId
        self.identity = identity
        self.role = role
        self.instanceRole = instanceRole
        self.scopes = scopes.filter { role.may($0.permission) }
        self.origin = origin
        self.timeZone = timeZone
        self.draftOnly = draftOnly || !role.may(.schedule)
        self.reviewedOn = reviewedOn
    }

    /// The same caller where a rule asks for an approval of what they plan on these channels, by name.
    public func awaitingApproval(on channels: [String]) -> Caller {
        guard !draftOnly, !channels.isEmpty else { return self }
        return Caller(
            organizationId: organizationId, identity: identity, role: role, instanceRole: instanceRole, scopes: scopes, origin: origin,
            timeZone: timeZone, draftOnly: true, reviewedOn: channels)
    }

    public var userId: UserID? {
        switch identity {
        case .user(let id, _), .mailedLink(let id): id
        case .key(_, let user), .grant(_, let user): user
        case .system, .portal: nil
        }
    }

    /// The link by which a client came.
    public var portal: PortalLink? { if case .portal(let link) = identity { link } else { nil } }

    /// What rate limits and audit lines count by.
    public var subject: String {
        switch identity {
        case .user(let id, _), .mailedLink(let id): "user:\(id)"
        case .key(let id, _): "key:\(id)"
        case .grant(let id, _): "grant:\(id)"
        case .portal(let link): "portal:\(link.id)"
        case .system: "system"
        }
    }

    /// Whether this is an assistant that signed in: it can ask its person for more.
    public var isGrant: Bool { if case .grant = identity { true } else { false } }

    public func may(_ scope: Scope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }

    /// Whether the role may, and nobody's approval is needed first.
    public func may(_ permission: Permission) -> Bool {
        role.may(permission) && !(draftOnly && [.schedule, .publish, .approve].contains(permission))
    }

    /// Throws `ProblemReport` with `FORBIDDEN` unless the caller's role allows `scope`, and with `FORBIDDEN_SCOPE` unless their key has it.
    public func require(_ scope: Scope) throws {
        guard may(scope) else {
            try require(scope.permission)
            let words =
                isGrant
                ? "This assistant was not allowed the scope \(scope.rawValue). Connect it again and allow more."
                : "This key lacks the scope \(scope.rawValue). Make a key with it in Settings → API keys."
            throw ProblemReport(.forbiddenScope, words, details: ["scope": .string(scope.rawValue)])
        }
    }

    /// Throws `ProblemReport` with `FORBIDDEN` unless the caller's role has `permission`.
    public func require(_ permission: Permission) throws {
        guard role.may(permission) else {
            throw ProblemReport(
                .forbidden, "This needs the role \(Role.least(with: permission).rawValue) in the workspace. Ask an owner or administrator.")
        }
    }

    /// Throws `ProblemReport` with `FORBIDDEN` for a caller who may make drafts only. `what` completes "This key may not …",
    /// or "This assistant may not …".
    public func requireApproved(to what: String) throws {
        guard !draftOnly else {
            if !reviewedOn.isEmpty {
                throw ProblemReport(
                    .forbidden,
                    "Here you may not \(what): what you plan on \(reviewedOn.joined(separator: ", ")) waits for an approval. Ask an owner or "
                        + "administrator to do it, or give the post a time: it waits for their approval.")
            }
            if case .user = identity {
                throw ProblemReport(
                    .forbidden,
                    "Here you may not \(what): your role makes drafts and posts for review. Ask an owner or administrator to do it, or plan the "
                        + "post: it waits for their approval.")
            }
            throw ProblemReport(
                .forbidden,
                "This \(isGrant ? "assistant" : "key") may not \(what): it only makes drafts and posts for review. Ask a person to do it in "
                    + "the web interface; a post that it schedules waits there for approval.")
        }
    }

    /// The same for changing a post, but that a person may change what is planned: it then waits for approval once more.
    public func requireMayChange(postWith status: PostStatus) throws {
        if case .user = identity, status == .scheduled { return }
        // By a rule alone, also what did not go out: changed, it waits.
        if !reviewedOn.isEmpty, [.scheduled, .failed, .cancelled].contains(status) { return }
        try requireApproved(to: "change", postWith: status)
    }

    /// Throws `ProblemReport` with `FORBIDDEN` when a caller who may make drafts only would `verb` a post that is more than that: what a
    /// person planned, or what has begun to go out.
    public func requireApproved(to verb: String, postWith status: PostStatus) throws {
        if !status.isProposal { try requireApproved(to: "\(verb) a post that is more than a draft") }
    }
}
