import Domain
import Foundation

extension YouTube {
    private static let prefix = "https://www.googleapis.com/auth/"
    /// Without these nothing can be published; people may untick each of them.
    private static let needed = ["youtube.upload", "youtube.readonly", "youtube.force-ssl"]
    static let analyticsScope = "\(prefix)yt-analytics.readonly"

    /// Google gives a refresh token only for `access_type=offline`, and to people who agreed before only with `prompt=consent`.
    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        let proof = PKCE()
        let scopes = Self.needed.map { Self.prefix + $0 } + [Self.analyticsScope]
        return try OAuth2.consent(
            hosts.url("https://accounts.google.com/o/oauth2/v2/auth"), client, scope: scopes.joined(separator: " "), request,
            [("access_type", "offline"), ("prompt", "consent")] + proof.fields, memory: ["verifier": proof.verifier])
    }

    private var client: OAuth2.Client {
        .init(id: context.configuration.text("YOUTUBE_CLIENT_ID"), secret: context.configuration.text("YOUTUBE_CLIENT_SECRET"))
    }

    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        try await token(
            OAuth2.grant(of: callback, platform: descriptor.name) + [("code_verifier", callback.memory["verifier"] ?? "")])
    }

    func refresh(_ credentials: Credentials) async throws -> Credentials {
        try await OAuth2.refresh(credentials, at: api) { try await token($0) }
    }

    /// The refresh token's end is the end of the access tokens that came of it.
    func revoke(_ credentials: Credentials) async throws {
        let token = credentials.refreshToken ?? credentials.accessToken
        try await api.revoke(by: OAuth2.tokenCall(hosts.url("https://oauth2.googleapis.com/revoke"), [("token", token)]))
    }

    /// Google says of a code that nobody was given that the grant is invalid, once it has accepted the app.
    func checkApp(callbackURL: URL) async throws -> AppCheck {
        let grant = [("grant_type", "authorization_code"), ("code", "none"), ("redirect_uri", callbackURL.absoluteString)]
        return try await api.check(
            OAuth2.tokenCall(hosts.url("https://oauth2.googleapis.com/token"), grant + client.fields), beyond: "invalid_grant")
    }

    private func token(_ grant: [(String, String)]) async throws -> Credentials {
        try await api.credentials(by: OAuth2.tokenCall(hosts.url("https://oauth2.googleapis.com/token"), grant + client.fields))
    }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let missing = Self.needed.filter { !credentials.scopes.contains(Self.prefix + $0) }
        guard missing.isEmpty || credentials.scopes.isEmpty else {
            throw PlatformError(
                .authentication, code: "YOUTUBE_SCOPE_MISSING",
                message: "Google did not give the permissions \(missing.joined(separator: ", ")). Leave all boxes ticked when you connect again.")
        }
        let list = try await get("/youtube/v3/channels", [("part", "snippet,contentDetails,statistics,status"), ("mine", "true")], credentials)
        let channels = (list["items"]?.array ?? []).compactMap(channel)
        guard !channels.isEmpty else {
            throw api.noAccount("NO_CHANNEL", "This Google account has no YouTube channel. Create one at YouTube, then connect again.")
        }
        return channels
    }

    private func channel(_ item: JSONValue) -> PlatformAccount? {
        guard let id = item["id"]?.string, let snippet = item["snippet"] else { return nil }
        let title = snippet["title"]?.string ?? ""
        // Until the person has proved their phone number to YouTube, films may last a quarter of an hour.
        let isLimited = ["eligible", "disallowed"].contains(item["status"]?["longUploadsStatus"]?.string)
        return PlatformAccount(
            id: id, username: snippet["customUrl"]?.string ?? title, displayName: title,
            pictureURL: snippet["thumbnails"]?["default"]?["url"]?.string, profileURL: hosts.url("https://www.youtube.com/channel/\(id)"),
            limits: AccountLimits(videoDuration: isLimited ? 900 : nil))
    }
}
