/// What can be done in a workspace. Which role may do what is the one table of `Role.permissions`; everything else asks it.
public enum Permission: String, Codable, Sendable, CaseIterable {
    /// To see posts, channels, figures and the plan.
    case view = "VIEW"
    /// To write drafts, propose posts for review, and add files.
    case draft = "DRAFT"
    /// To have posts go out at a time without anybody's approval.
    case schedule = "SCHEDULE"
    /// To have posts go out at once.
    case publish = "PUBLISH"
    /// To decide about posts in review.
    case approve = "APPROVE"
    /// To connect channels, and programs and assistants of one's own.
    case connect = "CONNECT"
    /// To decide about the workspace: its members, its settings, its log.
    case manage = "MANAGE"
    /// To hand the workspace over.
    case own = "OWN"
}

extension Role {
    /// What members with this role may do.
    public var permissions: Set<Permission> {
        switch self {
        case .viewer: Granted.viewer
        case .drafter: Granted.drafter
        case .user: Granted.user
        case .admin: Granted.admin
        case .owner: Granted.owner
        }
    }

    /// Made once: they are asked at every call.
    private enum Granted {
        static let viewer: Set<Permission> = [.view]
        static let drafter: Set<Permission> = [.view, .draft]
        static let user: Set<Permission> = [.view, .draft, .schedule, .publish, .connect]
        static let admin = owner.subtracting([.own])
        static let owner = Set(Permission.allCases)
    }

    public func may(_ permission: Permission) -> Bool { permissions.contains(permission) }

    /// Whether what a member plans waits for approval, in a workspace that asks for one or not. Who approves needs none.
    public func plansForReview(needsApproval: Bool) -> Bool { !may(.schedule) || needsApproval && !may(.approve) }

    /// The least role that may.
    static func least(with permission: Permission) -> Role { allCases.first { $0.may(permission) } ?? .owner }

    /// Whether a member with this role decides about one with `other`: about everybody below. Nobody is above an owner.
    public func isAbove(_ other: Role) -> Bool { may(.manage) && self > other }

    /// The roles that a member with this one gives: up to their own. Ownership is handed over, not given.
    public var given: [Role] { may(.manage) ? Role.allCases.filter { $0 < .owner && $0 <= self } : [] }
}

extension Scope {
    /// What a member must be allowed for a key, an assistant or a session of theirs to have this scope.
    public var permission: Permission {
        switch self {
        case .postsRead, .analyticsRead: .view
        case .postsWrite, .mediaWrite: .draft
        case .channelsWrite, .admin: .connect
        }
    }
}
