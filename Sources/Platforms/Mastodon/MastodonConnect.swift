import Domain
import Foundation

extension Mastodon {
    /// Known to servers of every age; reading is for looking up what became of a post.
    private static let scopes = ["read:accounts", "read:statuses", "write:statuses", "write:media"]

    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        let instance = try instance(named: request.instance)
        if instance != ownInstance { try await context.guarded.check(instance.url) }
        let callbackURL = request.callbackURL.absoluteString
        let app = try await app(at: instance, callbackURL: callbackURL)
        let proof = PKCE()
        return AuthorizationRequest(
            url: try OAuth2.authorizationURL(
                "\(instance.url)/oauth/authorize",
                [
                    ("response_type", "code"), ("client_id", app.clientId), ("redirect_uri", callbackURL),
                    ("scope", Self.scopes.joined(separator: " ")), ("state", request.state), ("code_challenge", proof.challenge),
                    ("code_challenge_method", "S256"),
                ]),
            memory: [
                "instance": instance.url, "client_id": app.clientId, "client_secret": app.clientSecret, "verifier": proof.verifier,
            ])
    }

    /// The operator's app for the own instance, else one that is registered once per instance and callback address.
    private func app(at instance: Instance, callbackURL: String) async throws -> RegisteredApp {
        if instance == ownInstance, let id = context.configuration.value("MASTODON_CLIENT_ID"),
            let secret = context.configuration.value("MASTODON_CLIENT_SECRET")
        {
            return RegisteredApp(clientId: id, clientSecret: secret)
        }
        let platform = descriptor.id
        if let known = try await context.apps.app(
            platform: platform, instance: instance.url, callbackURL: callbackURL, scopes: Self.scopes)
        {
            return known
        }
        let answer: Registration = try await api(instance).value(
            HTTPCall(
                "POST", "\(instance.url)/api/v1/apps",
                body: .form([
                    ("client_name", "Postiz"), ("redirect_uris", callbackURL), ("scopes", Self.scopes.joined(separator: " ")),
                    ("website", callbackURL.components(separatedBy: "/api/").first ?? callbackURL),
                ])))
        let app = RegisteredApp(clientId: answer.id, clientSecret: answer.secret)
        try await context.apps.save(app, platform: platform, instance: instance.url, callbackURL: callbackURL, scopes: Self.scopes)
        return app
    }

    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        let code = try OAuth2.code(in: callback, platform: descriptor.name)
        let memory = callback.memory
        let instance = memory["instance"].map(Instance.init) ?? ownInstance
        let answer: OAuth2.TokenAnswer = try await api(instance).value(
            OAuth2.tokenCall(
                "\(instance.url)/oauth/token",
                [
                    ("grant_type", "authorization_code"), ("code", code), ("client_id", memory["client_id"] ?? ""),
                    ("client_secret", memory["client_secret"] ?? ""), ("redirect_uri", callback.callbackURL.absoluteString),
                    ("scope", Self.scopes.joined(separator: " ")), ("code_verifier", memory["verifier"] ?? ""),
                ]))
        return Credentials(
            accessToken: answer.accessToken, refreshToken: answer.refreshToken, expiresAt: answer.expiry(from: context.time.now),
            scopes: answer.scopes, instanceURL: instance.url)
    }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let instance = instance(of: credentials)
        let profile: Profile = try await api(instance).value(call("GET", "/api/v1/accounts/verify_credentials", credentials))
        let limits = try await limits(instance, credentials)
        return [
            PlatformAccount(
                id: "\(instance.host):\(profile.id)",
                username: profile.acct.contains("@") ? profile.acct : "\(profile.acct)@\(instance.host)",
                displayName: profile.displayName.isEmpty ? profile.username : profile.displayName, pictureURL: profile.avatar,
                profileURL: profile.url, limits: limits)
        ]
    }

    /// Tokens do not expire: one that is refused was revoked.
    func refresh(_ credentials: Credentials) async throws -> Credentials {
        throw PlatformError(
            .authentication, code: "MASTODON_CANNOT_REFRESH",
            message: "\(instance(of: credentials).host) cannot renew this connection by itself. Connect the account again.")
    }

    /// What this server allows; older ones do not tell, and the usual limits hold.
    private func limits(_ instance: Instance, _ credentials: Credentials) async throws -> AccountLimits {
        let call = call("GET", "/api/v2/instance", credentials)
        let answer = try await api(instance).send(call, accepting: [404])
        guard answer.isSuccess else { return AccountLimits() }
        let document: JSONValue = try api(instance).decode(answer, to: call)
        let statuses = document["configuration"]?["statuses"]
        let media = document["configuration"]?["media_attachments"]
        // Anybody may run a server: a number with which nothing can be counted is as good as none.
        func limit(_ value: JSONValue?) -> Int? { value?.int.flatMap { (1...Int(Int32.max)).contains($0) ? $0 : nil } }
        return AccountLimits(
            textLength: limit(statuses?["max_characters"]), mediaCount: limit(statuses?["max_media_attachments"]),
            urlLength: limit(statuses?["characters_reserved_per_url"]), imageBytes: limit(media?["image_size_limit"]),
            videoBytes: limit(media?["video_size_limit"]), altTextLength: limit(media?["description_limit"]),
            mediaTypes: media?["supported_mime_types"]?.array?.strings)
    }

    private struct Registration: Decodable {
        let id: String
        let secret: String

        enum CodingKeys: String, CodingKey {
            case id = "client_id"
            case secret = "client_secret"
        }
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
