import Domain
import Foundation

/// What is needed to begin connecting.
public struct ConnectRequest: Sendable {
    /// Random, single use; comes back with the callback.
    public let state: String
    /// `{MAIN_URL}/api/auth/{platform}/callback`.
    public let callbackURL: URL
    /// What the person typed as their server, for platforms that ask.
    public let instance: String?
    /// The permissions of the workspace's channels that came through the same app: asking for fewer may end them.
    public let heldScopes: [String]

    public init(state: String, callbackURL: URL, instance: String? = nil, heldScopes: [String] = []) {
        self.state = state
        self.callbackURL = callbackURL
        self.instance = instance
        self.heldScopes = heldScopes
    }
}

/// Where to send the person. `memory` holds secrets (PKCE verifier, request token secret) and is stored encrypted with the state.
public struct AuthorizationRequest: Sendable {
    public let url: URL
    public let memory: [String: String]
    /// The value by which the callback is recognized, where it is not `state`: OAuth 1.0a brings `oauth_token` instead.
    public let callbackKey: String?

    init(url: URL, memory: [String: String], callbackKey: String? = nil) {
        self.url = url
        self.memory = memory
        self.callbackKey = callbackKey
    }
}

/// What came back from the platform's consent page.
public struct AuthorizationCallback: Sendable {
    public let query: [String: String]
    public let memory: [String: String]
    public let callbackURL: URL

    public init(query: [String: String], memory: [String: String], callbackURL: URL) {
        self.query = query
        self.memory = memory
        self.callbackURL = callbackURL
    }
}

/// Tokens of one connection. Stored encrypted; never logged, never sent to a browser.
public struct Credentials: Codable, Sendable, Equatable {
    public var accessToken: String
    /// The token secret of OAuth 1.0a.
    public var tokenSecret: String?
    public var refreshToken: String?
    public var expiresAt: Timestamp?
    public var scopes: [String]
    /// The server the account lives on, for platforms of many instances.
    public var instanceURL: String?
    /// Who gave them at the platform, where the same person's newer permissions for the app end the older ones; nil elsewhere.
    public var holder: String?
    /// What else the adapter must remember: the id and secret of an app it registered itself.
    public var extra: [String: String]

    public init(
        accessToken: String, tokenSecret: String? = nil, refreshToken: String? = nil, expiresAt: Timestamp? = nil, scopes: [String] = [],
        instanceURL: String? = nil, holder: String? = nil, extra: [String: String] = [:]
    ) {
        self.accessToken = accessToken
        self.tokenSecret = tokenSecret
        self.refreshToken = refreshToken
        self.expiresAt = expiresAt
        self.scopes = scopes
        self.instanceURL = instanceURL
        self.holder = holder
        self.extra = extra
    }
}

/// An account or page that can be posted to.
public struct PlatformAccount: Codable, Sendable, Equatable {
    /// The platform's id; `host:id` where ids are unique per instance only.
    public let id: String
    public let username: String
    public let displayName: String
    public let pictureURL: String?
    public let profileURL: String?
    public let limits: AccountLimits
    /// What it belongs to, where people choose among many: the server of a channel, the account of a board. Equal labels stand together.
    public let group: String?

    public init(
        id: String, username: String, displayName: String, pictureURL: String?, profileURL: String?, limits: AccountLimits = .init(),
        group: String? = nil
    ) {
        self.id = id
        self.username = username
        self.displayName = displayName
        self.pictureURL = pictureURL
        self.profileURL = profileURL
        self.limits = limits
        self.group = group
    }
}

/// An account with the tokens to act for it.
public struct ConnectedAccount: Sendable {
    public let account: PlatformAccount
    public let credentials: Credentials

    public init(account: PlatformAccount, credentials: Credentials) {
        self.account = account
        self.credentials = credentials
    }
}
