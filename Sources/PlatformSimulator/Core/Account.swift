import Foundation

/// Somebody with an account on an impersonated platform, or a page that members administer.
public struct Account: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case person
        case organization
    }

    /// The platform's own id: what tokens, authors and answers carry.
    public let id: String
    /// Handle in addresses, unique per platform and kind.
    public let username: String
    /// Name people read.
    public let name: String
    public let kind: Kind
    /// X Premium and the like: longer posts.
    public var verified = false
    public let createdAt: Date
    /// Organizations: ids of the people who administer it. Nil means everybody does.
    public var administrators: Set<String>?

    public func isAdministered(by person: String) -> Bool { administrators?.contains(person) ?? true }
}

/// The accounts of one platform, by id and by handle.
struct AccountBook: Sendable {
    private(set) var byID: [String: Account] = [:]
    private var idsByHandle: [String: String] = [:]
    private(set) var order: [String] = []

    var all: [Account] { order.compactMap { byID[$0] } }
    var people: [Account] { all.filter { $0.kind == .person } }
    var organizations: [Account] { all.filter { $0.kind == .organization } }

    subscript(id: String) -> Account? { byID[id] }

    mutating func add(_ account: Account) {
        if byID.updateValue(account, forKey: account.id) == nil { order.append(account.id) }
        idsByHandle[Self.handle(account.username, account.kind)] = account.id
        idsByHandle[Self.handle(account.name, account.kind)] = account.id
    }

    /// Finds by id, handle or full name, regardless of case.
    func find(_ text: String, kind: Account.Kind = .person) -> Account? {
        byID[text] ?? idsByHandle[Self.handle(text, kind)].flatMap { byID[$0] }
    }

    private static func handle(_ text: String, _ kind: Account.Kind) -> String { kind.rawValue + ":" + text.lowercased() }
}

/// A developer's app registered with a platform.
public struct RegisteredApp: Sendable, Hashable {
    public let id: String
    public let secret: String
    public let name: String
    /// Allowed callbacks, matched byte for byte; empty allows any.
    public var redirectURIs: [String]
    /// Scopes the app may ask for; nil allows all that the platform knows.
    public var scopes: [String]?

    public init(id: String, secret: String, name: String, redirectURIs: [String] = [], scopes: [String]? = nil) {
        (self.id, self.secret, self.name, self.redirectURIs, self.scopes) = (id, secret, name, redirectURIs, scopes)
    }

    func allows(callback: String) -> Bool { redirectURIs.isEmpty || redirectURIs.contains(callback) }
}

/// An access token and what it stands for.
public struct Grant: Sendable, Hashable {
    public let token: String
    /// OAuth 1.0a token secret.
    public var secret: String?
    public var refreshToken: String?
    public let appID: String
    public let accountID: String
    public let scopes: Set<String>
    public let issuedAt: Date
    /// Nil: never.
    public var expiresAt: Date?
    public var refreshExpiresAt: Date?
    /// A page of the person's, for tokens that act as it.
    public var page: String?
    public var isRevoked = false

    func isExpired(at now: Date) -> Bool { expiresAt.map { $0 <= now } ?? false }
}

/// All access tokens of a platform; refresh tokens point at the access token they were issued with.
struct GrantBook: Sendable {
    private(set) var byToken: [String: Grant] = [:]
    private var tokenByRefresh: [String: String] = [:]
    private var tokensByAccount: [String: [String]] = [:]

    subscript(token: String) -> Grant? { byToken[token] }

    func grant(refreshToken: String) -> Grant? { tokenByRefresh[refreshToken].flatMap { byToken[$0] } }

    /// The grant with exactly these scopes that the account gave the app and did not take back.
    func living(account: String, app: String, scopes: Set<String>) -> Grant? {
        (tokensByAccount[account] ?? []).compactMap { byToken[$0] }.first { $0.appID == app && $0.scopes == scopes && !$0.isRevoked }
    }

    /// The token with which the app acts as a page in the name of the account.
    func living(account: String, app: String, page: String) -> Grant? {
        (tokensByAccount[account] ?? []).compactMap { byToken[$0] }.last { $0.appID == app && $0.page == page && !$0.isRevoked }
    }

    mutating func add(_ grant: Grant) {
        byToken[grant.token] = grant
        tokensByAccount[grant.accountID, default: []].append(grant.token)
        if let refresh = grant.refreshToken { tokenByRefresh[refresh] = grant.token }
    }

    /// Makes a refresh token useless; the access token lives on.
    mutating func spend(refreshToken: String) { tokenByRefresh[refreshToken] = nil }

    mutating func revoke(token: String) {
        byToken[token]?.isRevoked = true
        if let refresh = byToken[token]?.refreshToken { tokenByRefresh[refresh] = nil }
    }

    /// Changes every grant of an account. Returns how many there are.
    mutating func change(account: String, _ change: (inout Grant) -> Void) -> Int {
        let tokens = tokensByAccount[account] ?? []
        for token in tokens {
            guard var grant = byToken[token] else { continue }
            change(&grant)
            byToken[token] = grant
        }
        return tokens.count
    }
}
