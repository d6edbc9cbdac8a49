import Domain
import Foundation

extension Instagram {
    private static let scopes = [
        "instagram_business_basic", "instagram_business_content_publish", "instagram_business_manage_comments",
        "instagram_business_manage_insights",
    ]
    private static let needed = scopes.prefix(2)
    /// Younger tokens are not renewed.
    private static let leastAge = Duration.days(1)
    private static let issued = "issued"

    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        guard kind == .standalone else { return try login.authorizationRequest(request) }
        return AuthorizationRequest(
            url: try OAuth2.authorizationURL(
                graph.hosts.url("https://www.instagram.com/oauth/authorize"),
                [
                    ("enable_fb_login", "0"), ("client_id", appId), ("redirect_uri", request.callbackURL.absoluteString),
                    ("response_type", "code"), ("scope", Self.scopes.joined(separator: ",")), ("state", request.state),
                ]), memory: [:])
    }

    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        guard kind == .standalone else { return try await login.exchange(callback) }
        let code = try OAuth2.code(in: callback, platform: graph.api.name)
        // Instagram puts `#_` behind the code; a browser keeps it to itself, others may not.
        let short: JSONValue = try await graph.api.value(
            OAuth2.tokenCall(
                graph.hosts.url("https://api.instagram.com/oauth/access_token"),
                [
                    ("client_id", appId), ("client_secret", appSecret), ("grant_type", "authorization_code"),
                    ("redirect_uri", callback.callbackURL.absoluteString), ("code", code.hasSuffix("#_") ? String(code.dropLast(2)) : code),
                ]))
        // Documented within a list, sent without one.
        let grant = short["data"]?[0] ?? short
        let permissions = grant["permissions"]?.array?.strings ?? grant["permissions"]?.string?.split(separator: ",").map(String.init) ?? []
        guard let token = grant["access_token"]?.string else {
            throw PlatformError(.transient, code: "INSTAGRAM_UNREADABLE_ANSWER", message: "Instagram gave no token. Start connecting again.")
        }
        var credentials = try await longToken(
            "access_token", [("grant_type", "ig_exchange_token"), ("client_secret", appSecret), ("access_token", token)])
        credentials.scopes = permissions
        return credentials
    }

    /// Instagram's own login has nothing that an app may ask for itself.
    func checkApp(callbackURL: URL) async throws -> AppCheck { try await kind == .facebook ? login.checkApp() : .untold }

    /// A token of sixty days, which renews itself.
    private func longToken(_ path: String, _ query: [(String, String)]) async throws -> Credentials {
        let url = "\(graph.hosts.url("https://graph.instagram.com/\(path)"))?\(FormEncoding.encode(query))"
        let secrets = query.filter { $0.0 != "grant_type" }.map(\.1)
        let answer: OAuth2.TokenAnswer = try await graph.api.value(HTTPCall("GET", url, secrets: secrets))
        let now = context.time.now
        return Credentials(
            accessToken: answer.accessToken, refreshToken: answer.accessToken, expiresAt: answer.expiry(from: now),
            extra: [Self.issued: String(now.milliseconds)])
    }

    func refresh(_ credentials: Credentials) async throws -> Credentials {
        guard kind == .standalone else { throw graph.api.cannotRefresh() }
        let issued = credentials.extra[Self.issued].flatMap(Int64.init).map { Timestamp(milliseconds: $0) }
        if let issued, context.time.now - issued < Self.leastAge { return credentials }
        var renewed = try await longToken(
            "refresh_access_token", [("grant_type", "ig_refresh_token"), ("access_token", credentials.refreshToken ?? credentials.accessToken)])
        renewed.scopes = credentials.scopes
        return renewed
    }

    /// Instagram's own login has no way to take a token back: the person removes the app there.
    func revoke(_ credentials: Credentials) async throws {
        if kind == .facebook { try await login.revoke(credentials) }
    }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        switch kind {
        case .facebook: try await linkedAccounts(credentials)
        case .standalone: [try await ownAccount(credentials)]
        }
    }

    private func ownAccount(_ credentials: Credentials) async throws -> PlatformAccount {
        let missing = Self.needed.filter { !credentials.scopes.contains($0) }
        guard missing.isEmpty || credentials.scopes.isEmpty else {
            throw PlatformError(
                .authentication, code: "INSTAGRAM_SCOPE_MISSING",
                message: "Instagram did not give the permissions \(missing.joined(separator: ", ")). Allow all of them when you connect again.")
        }
        let fields = "user_id,username,name,profile_picture_url,account_type"
        let me = try await graph.get("me", [("fields", fields)], token: credentials.accessToken)
        // `id` is another number, with which nothing can be published.
        guard let id = me["user_id"]?.string, me["account_type"]?.string != "PERSONAL" else {
            throw PlatformError(
                .authentication, code: "INSTAGRAM_NOT_PROFESSIONAL",
                message:
                    "Apps may post to professional accounts only. Make it a business or creator account in Instagram's settings, then connect again.")
        }
        return account(id, me)
    }

    private func linkedAccounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        try login.checkScopes(credentials)
        var accounts = [PlatformAccount]()
        for page in try await login.pages(credentials) {
            guard let id = page.instagram else { continue }
            accounts.append(account(id, try await graph.get(id, [("fields", "username,name,profile_picture_url")], token: page.token)))
        }
        guard !accounts.isEmpty else {
            throw PlatformError(
                .authentication, code: "INSTAGRAM_NO_ACCOUNT",
                message: """
                    None of your Facebook pages has a professional Instagram account. Link it to the page in the page's settings, then connect \
                    again; or connect it by itself as Instagram (Standalone).
                    """)
        }
        return accounts
    }

    private func account(_ id: String, _ profile: JSONValue) -> PlatformAccount {
        let username = profile["username"]?.string ?? id
        let name = profile["name"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        return PlatformAccount(
            id: id, username: username, displayName: name ?? username, pictureURL: profile["profile_picture_url"]?.string,
            profileURL: self.profile(username))
    }
}
