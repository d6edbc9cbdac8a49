import Domain
import Foundation

extension Pinterest {
    private static let standardScopes = ["boards:read", "boards:write", "pins:read", "pins:write", "user_accounts:read"]

    private var scopes: [String] {
        context.configuration.words("PINTEREST_SCOPES") ?? Self.standardScopes
    }

    private var client: OAuth2.Client {
        .init(id: context.configuration.text("PINTEREST_CLIENT_ID"), secret: context.configuration.text("PINTEREST_CLIENT_SECRET"))
    }

    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        try OAuth2.consent(hosts.url("https://www.pinterest.com/oauth/"), client, scope: scopes.joined(separator: ","), request)
    }

    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        var grant = try OAuth2.grant(of: callback, platform: descriptor.name)
        // Apps of before 25 September 2025 have to ask for refresh tokens that are renewed; others have no other kind.
        if context.configuration.flag("PINTEREST_CONTINUOUS_REFRESH") { grant.append(("continuous_refresh", "true")) }
        return try await token(grant)
    }

    /// Each renewal brings a new refresh token with sixty days of its own.
    func refresh(_ credentials: Credentials) async throws -> Credentials {
        try await OAuth2.refresh(credentials, at: api) { try await token($0) }
    }

    private func token(_ grant: [(String, String)]) async throws -> Credentials {
        let call = OAuth2.tokenCall(hosts.url("https://api.pinterest.com/v5/oauth/token"), grant, basic: client)
        // Which codes it refuses with is not documented: whatever it says, only the person or the operator can mend it.
        let answer = try await api.send(call, accepting: [400, 401, 403])
        guard answer.isSuccess else {
            throw PlatformError(
                .authentication, code: "PINTEREST_GRANT_REFUSED",
                message: """
                    Pinterest refused the connection\(answer.detail.map { " (\(Redaction.remove(call.secrets, from: $0)))" } ?? ""). Connect the \
                    account again; if that fails, the operator checks PINTEREST_CLIENT_ID and PINTEREST_CLIENT_SECRET.
                    """, platformAnswer: Redaction.platformAnswer(answer.text, secrets: call.secrets))
        }
        return try api.decode(answer, to: call, as: OAuth2.TokenAnswer.self).credentials(at: context.time.now)
    }

    func checkApp(callbackURL: URL) async throws -> AppCheck {
        let grant = [("grant_type", "client_credentials"), ("scope", "user_accounts:read")]
        return try await api.check(OAuth2.tokenCall(hosts.url("https://api.pinterest.com/v5/oauth/token"), grant, basic: client))
    }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        try api.requireScopes(scopes, of: credentials, code: "PERMISSION_MISSING")
        let profile = try await get("/user_account", [], credentials)
        guard let name = profile["username"]?.string else { throw api.noAccount() }
        let business = profile["business_name"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        return [
            PlatformAccount(
                id: profile["id"]?.string ?? name, username: name, displayName: business ?? name, pictureURL: profile["profile_image"]?.string,
                profileURL: hosts.url("https://www.pinterest.com/\(FormEncoding.escape(name))/"))
        ]
    }

    // MARK: Looking up

    /// Boards whose name has `query` in it; the sections of the board that is the query.
    func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption] {
        let wanted = query ?? ""
        var found: [ChannelOption] = []
        switch field {
        case "board":
            _ = try await pages(of: "/boards", account.credentials) { boards in
                found += boards.compactMap(Self.option).filter { wanted.isEmpty || $0.label.localizedCaseInsensitiveContains(wanted) }
                return false
            }
        case "section" where wanted.wholeMatch(of: /\d+/) != nil:
            _ = try await pages(of: "/boards/\(wanted)/sections", account.credentials) { sections in
                found += sections.compactMap(Self.option)
                return false
            }
        default: return descriptor.options(of: field, matching: query)
        }
        return found
    }

    private static func option(_ item: JSONValue) -> ChannelOption? {
        guard let id = item["id"]?.string, let name = item["name"]?.string else { return nil }
        let privacy = item["privacy"]?.string ?? "PUBLIC"
        return ChannelOption(value: id, label: name, hint: privacy == "PUBLIC" ? nil : privacy.lowercased())
    }
}
