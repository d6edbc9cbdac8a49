import Domain
import Foundation

extension Mastodon {
    /// Known to servers of every age; reading is for looking up what became of a post.
    static let scopes = ["read:accounts", "read:statuses", "write:statuses", "write:media"]
    /// For servers where no part of the right to read opens what wants the whole (Takahē).
    static let wholeScopes = ["read", "write:statuses", "write:media"]

    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        let named = try instance(named: request.instance)
        if named != ownInstance { try await context.guarded.check(named.url) }
        let registration = try await registration(at: named, typed: request.instance, callbackURL: request.callbackURL.absoluteString)
        let (app, proof) = (registration.app, PKCE())
        let scope = registration.scopes.joined(separator: " ")
        return try OAuth2.consent(
            "\(registration.instance.url)/oauth/authorize", .init(id: app.clientId, secret: app.clientSecret), scope: scope, request, proof.fields,
            memory: [
                "instance": registration.instance.url, "client_id": app.clientId, "client_secret": app.clientSecret,
                "verifier": proof.verifier, "scope": scope,
            ])
    }

    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        let (grant, memory) = (try OAuth2.grant(of: callback, platform: descriptor.name), callback.memory)
        let instance = memory["instance"].map(Instance.init) ?? ownInstance
        let app = RegisteredApp(clientId: memory["client_id"] ?? "", clientSecret: memory["client_secret"] ?? "")
        let scope = memory["scope"] ?? Self.scopes.joined(separator: " ")
        let fields = OAuth2.Client(id: app.clientId, secret: app.clientSecret).fields
        var credentials = try await api(instance, rules: Self.connectingRules(instance)).credentials(
            by: OAuth2.tokenCall(
                "\(instance.url)/oauth/token", grant + fields + [("scope", scope), ("code_verifier", memory["verifier"] ?? "")]))
        credentials.instanceURL = instance.url
        credentials.extra = [Self.clientID: app.clientId, Self.clientSecret: app.clientSecret]
        let isNarrow = scope == Self.scopes.joined(separator: " ")
        if isNarrow, app != operatorsApp(for: instance) { try await checkScopes(credentials, callback.callbackURL.absoluteString) }
        return credentials
    }

    /// Where parts of a permission were granted but do not count, the next connection asks for the whole.
    private func checkScopes(_ credentials: Credentials, _ callbackURL: String) async throws {
        do {
            _ = try await profile(credentials)
        } catch let error as PlatformError where error.code == "MASTODON_SCOPE_MISSING" {
            let instance = instance(of: credentials)
            _ = try await register(at: instance, callbackURL: callbackURL, scopes: Self.wholeScopes)
            throw PlatformError(
                .authentication, code: error.code,
                message: "\(instance.host) wants wider permissions than other servers do. Start connecting again: they are asked for then.",
                platformAnswer: error.platformAnswer)
        }
    }

    private func profile(_ credentials: Credentials) async throws -> Profile {
        let instance = instance(of: credentials)
        return try await api(instance, rules: Self.connectingRules(instance)).value(call("GET", Self.whoAmI, credentials))
    }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let (instance, profile) = (instance(of: credentials), try await profile(credentials))
        return [
            PlatformAccount(
                id: "\(instance.host):\(profile.id)",
                username: profile.acct.contains("@") ? profile.acct : "\(profile.acct)@\(instance.host)",
                displayName: profile.displayName.isEmpty ? profile.username : profile.displayName, pictureURL: profile.avatar,
                profileURL: profile.url, limits: try await limits(of: instance, credentials))
        ]
    }

    /// Tokens do not expire: one that is refused was revoked.
    func refresh(_ credentials: Credentials) async throws -> Credentials {
        throw api(instance(of: credentials)).cannotRefresh()
    }

    static let clientID = "client_id"
    static let clientSecret = "client_secret"

    /// RFC 7009. Channels that were connected before the app's secret was kept beside the token cannot prove that it is theirs.
    func revoke(_ credentials: Credentials) async throws {
        guard let id = credentials.extra[Self.clientID], let secret = credentials.extra[Self.clientSecret] else { return }
        let instance = instance(of: credentials)
        let fields = OAuth2.Client(id: id, secret: secret).fields + [("token", credentials.accessToken)]
        try await api(instance).revoke(by: OAuth2.tokenCall("\(instance.url)/oauth/revoke", fields))
    }

    private struct Profile: Decodable {
        let id: String
        let username: String
        let acct: String
        let displayName: String
        let avatar: String?
        let url: String?

        enum CodingKeys: String, CodingKey {
            case id, username, acct, avatar, url
            case displayName = "display_name"
        }
    }
}
