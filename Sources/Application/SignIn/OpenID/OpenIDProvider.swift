/// A provider of identities, as the operator has set it.
public struct OpenIDProvider: Sendable, Equatable {
    /// Where the operator names the addresses: the provider then describes nothing itself, and tells who somebody is at `userInfo`.
    struct Endpoints: Sendable, Equatable {
        let authorization: String
        let token: String
        let userInfo: String
    }

    /// As in addresses: small letters and digits.
    public let name: String
    /// For people.
    public let title: String
    /// Exactly as the provider writes it.
    let issuer: String
    /// Nil where the provider describes itself (OpenID Connect Discovery).
    let endpoints: Endpoints?
    let clientID: String
    /// Nil for a public client.
    let clientSecret: String?
    let scope: String
    /// In lower case; empty: every address.
    let allowedDomains: Set<String>
    /// Whether somebody without account and invitation gets an account.
    let makesAccounts: Bool
    /// Whether its addresses count as verified where it does not say so.
    let isTrusted: Bool

    /// The address that is certainly theirs; nil without one.
    func address(of claimed: ClaimedIdentity) -> String? { claimed.emailVerified ?? isTrusted ? claimed.email : nil }

    /// Whether `email` may come by it.
    func allows(_ email: String) -> Bool {
        allowedDomains.isEmpty || email.lastIndex(of: "@").map { allowedDomains.contains(email[email.index(after: $0)...].lowercased()) } ?? false
    }
}
