import Domain
import Foundation

extension Threads {
    /// A token is renewed no earlier than a day after it was made.
    private static let youth = Duration.days(1)
    private static let issued = "issued_at"

    private static let standardScopes = [
        "threads_basic", "threads_content_publish", "threads_manage_replies", "threads_read_replies", "threads_manage_insights",
        "threads_delete",
    ]

    /// What is asked for: the operator's choice, or all that is used.
    private var scopes: [String] {
        context.configuration.words("THREADS_SCOPES") ?? Self.standardScopes
    }

    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        try OAuth2.consent(
            graph.hosts.url("https://www.threads.net/oauth/authorize"), client, scope: scopes.joined(separator: ","), request)
    }

    /// The code gives a token for an hour, which is exchanged for one of sixty days at once.
    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        var code = try OAuth2.code(in: callback, platform: descriptor.name)
        if code.hasSuffix("#_") { code.removeLast(2) }  // An empty fragment that Meta puts behind its callbacks.
        let short: OAuth2.TokenAnswer = try await graph.api.value(
            OAuth2.tokenCall(
                graph.hosts.url("https://graph.threads.net/oauth/access_token"),
                [
                    ("grant_type", "authorization_code"), ("redirect_uri", callback.callbackURL.absoluteString), ("code", code),
                ] + client.fields))
        return try await token(
            "/access_token", [("grant_type", "th_exchange_token"), ("client_secret", client.secret)], from: short.accessToken, scopes: scopes)
    }

    /// Meta's "app access token".
    func checkApp(callbackURL: URL) async throws -> AppCheck {
        let query = FormEncoding.encode(client.fields + [("grant_type", "client_credentials")])
        return try await graph.api.check(
            HTTPCall("GET", graph.hosts.url("https://graph.threads.net/oauth/access_token?\(query)"), secrets: [client.secret]), certain: true)
    }

    /// The token renews itself while it lives. One of the first day needs no renewing and is not renewed.
    func refresh(_ credentials: Credentials) async throws -> Credentials {
        let issued = credentials.extra[Self.issued].flatMap(Int64.init).map(Timestamp.init(milliseconds:))
        if let issued, context.time.now - issued < Self.youth { return credentials }
        return try await token(
            "/refresh_access_token", [("grant_type", "th_refresh_token")], from: credentials.refreshToken ?? credentials.accessToken,
            scopes: credentials.scopes)
    }

    private func token(_ path: String, _ fields: [(String, String)], from old: String, scopes: [String]) async throws -> Credentials {
        let now = context.time.now
        let query = FormEncoding.encode(fields + [("access_token", old)])
        let answer: OAuth2.TokenAnswer = try await graph.api.value(
            HTTPCall("GET", graph.hosts.url("https://graph.threads.net\(path)?\(query)"), secrets: [old, client.secret]))
        return Credentials(
            accessToken: answer.accessToken, refreshToken: answer.accessToken, expiresAt: answer.expiry(from: now), scopes: scopes,
            extra: [Self.issued: String(now.milliseconds)])
    }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let profile = try await graph.get(
            "me", [("fields", "id,username,name,threads_profile_picture_url")], token: credentials.accessToken)
        guard let id = profile["id"]?.string, let username = profile["username"]?.string else {
            throw PlatformError(
                .authentication, code: "THREADS_NO_ACCOUNT", message: "Threads did not say who this is. Set up a profile there, then connect again.")
        }
        let name = profile["name"]?.string ?? ""
        return [
            PlatformAccount(
                id: id, username: username, displayName: name.isEmpty ? username : name,
                pictureURL: profile["threads_profile_picture_url"]?.string, profileURL: profileURL(username))
        ]
    }
}
