import Domain

/// Keys for assistants come in the extents that assistants who sign in are offered.
extension GrantExtent {
    /// What a key needs for it.
    public var keyScopes: Set<Scope> {
        switch self {
        case .drafts, .full: [.postsRead, .postsWrite, .mediaWrite, .analyticsRead]
        case .read: [.postsRead, .analyticsRead]
        }
    }

    public var isDraftOnly: Bool { self == .drafts }
}
