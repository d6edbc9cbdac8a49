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
        context.configuration.value("THREADS_SCOPES")?.split { $0 == " " || $0 == "," }.map(String.init) ?? Self.standardScopes
    }

    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        AuthorizationRequest(
            url: try OAuth2.authorizationURL(
                hosts.url("https://www.threads.net/oauth/authorize"),
                [
                    ("client_id", appId), ("redirect_uri", request.callbackURL.absoluteString), ("scope", scopes.joined(separator: ",")),
                    ("response_type", "code"), ("state", request.state),
                ]), memory: [:])
    }

    /// The code gives a token for an hour, which is exchanged for one of sixty days at once.
    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        var code = try OAuth2.code(in: callback, platform: descriptor.name)
        if code.hasSuffix("#_") { code.removeLast(2) }  // An empty fragment that Meta puts behind its callbacks.
        let short: OAuth2.TokenAnswer = try await api.value(
            OAuth2.tokenCall(
                hosts.url("https://graph.threads.net/oauth/access_token"),
                [
                    ("client_id", appId), ("client_secret", appSecret), ("grant_type", "authorization_code"),
                    ("redirect_uri", callback.callbackURL.absoluteString), ("code", code),
                ]))
        return try await token(
            "/access_token", [("grant_type", "th_exchange_token"), ("client_secret", appSecret)], from: short.accessToken, scopes: scopes)
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
        let answer: OAuth2.TokenAnswer = try await api.value(tokenCall("GET", path, fields, token: old))
        return Credentials(
            accessToken: answer.accessToken, refreshToken: answer.accessToken, expiresAt: answer.expiry(from: now), scopes: scopes,
            extra: [Self.issued: String(now.milliseconds)])
    }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let profile: Profile = try await api.value(
            call("GET", "me", [("fields", "id,username,name,threads_profile_picture_url")], credentials))
        let name = profile.name.flatMap { $0.isEmpty ? nil : $0 } ?? profile.username
        return [
            PlatformAccount(
                id: profile.id, username: profile.username, displayName: name, pictureURL: profile.picture,
                profileURL: hosts.url("https://www.threads.net/@\(FormEncoding.escape(profile.username))"))
        ]
    }

    private struct Profile: Decodable {
        let id: String
        let username: String
        let name: String?
        let picture: String?

        enum CodingKeys: String, CodingKey {
            case id, username, name
            case picture = "threads_profile_picture_url"
        }
    }
}
