import Domain
import Foundation

extension X {
    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        let call = signed(
            "POST", "/oauth/request_token", token: nil, tokenSecret: nil, extra: [("oauth_callback", request.callbackURL.absoluteString)])
        let fields = try await appAnswer(call)
        guard let token = fields["oauth_token"], let secret = fields["oauth_token_secret"],
            let url = URL(string: hosts.url("https://api.x.com/oauth/authenticate?oauth_token=\(FormEncoding.escape(token))"))
        else { throw incomplete() }
        return AuthorizationRequest(url: url, memory: ["oauth_token": token, "oauth_token_secret": secret], callbackKey: token)
    }

    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        guard let token = callback.query["oauth_token"], token == callback.memory["oauth_token"],
            let verifier = callback.query["oauth_verifier"]
        else { throw incomplete() }
        let call = signed(
            "POST", "/oauth/access_token", token: token, tokenSecret: callback.memory["oauth_token_secret"],
            extra: [("oauth_verifier", verifier)])
        let fields = try await appAnswer(call)
        guard let accessToken = fields["oauth_token"], let secret = fields["oauth_token_secret"] else { throw incomplete() }
        return Credentials(accessToken: accessToken, tokenSecret: secret)
    }

    /// The first step of connecting is taken in the app's name alone. It tells whether the callback address is registered, too.
    func checkApp(callbackURL: URL) async throws -> AppCheck {
        try await api.check(
            signed("POST", "/oauth/request_token", token: nil, tokenSecret: nil, extra: [("oauth_callback", callbackURL.absoluteString)]),
            certain: true)
    }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let fields = "username,name,verified,verified_type,profile_image_url,subscription_type"
        let profile: Answer<Profile> = try await api.value(
            signed("GET", "/2/users/me?user.fields=\(fields.replacing(",", with: "%2C"))", credentials))
        let user = profile.data
        let mayWriteLong = user.verified == true || !["None", nil].contains(user.subscription)
        return [
            PlatformAccount(
                id: user.id, username: user.username, displayName: user.name, pictureURL: user.picture,
                profileURL: hosts.url("https://x.com/\(user.username)"),
                limits: AccountLimits(textLength: mayWriteLong ? Self.longTextLimit : nil))
        ]
    }

    /// Tokens of OAuth 1.0a do not expire: one that is refused was revoked.
    func refresh(_ credentials: Credentials) async throws -> Credentials {
        throw api.cannotRefresh()
    }

    /// X's `invalidate_token`: it ends the token that signs the call.
    func revoke(_ credentials: Credentials) async throws {
        try await api.revoke(by: signed("POST", "/1.1/oauth/invalidate_token.json", credentials))
    }

    /// X brings `denied` instead of the usual `error`.
    func callbackProblem(_ query: [String: String]) -> ProblemReport? {
        if query["denied"] != nil { return .consentDeclined("X") }
        return standardCallbackProblem(query)
    }

    /// The form that X's OAuth endpoints answer with. A refusal there is about the app, not about an account.
    private func appAnswer(_ call: HTTPCall) async throws -> [String: String] {
        let answer = try await api.send(call, accepting: [400, 401, 403])
        guard answer.isSuccess else {
            throw PlatformError(
                .authentication, code: "X_APP_REFUSED",
                message: """
                    X refused the app\(answer.detail.map { " (\($0))" } ?? ""). The operator checks X_API_KEY and X_API_SECRET, \
                    and that the callback address is registered with the app; if both are right, connect again.
                    """, platformAnswer: Redaction.platformAnswer(answer.text, secrets: call.secrets))
        }
        return FormEncoding.decode(answer.text)
    }

    private func incomplete() -> PlatformError {
        PlatformError(
            .authentication, code: "X_CALLBACK_INCOMPLETE", message: "X sent back an incomplete answer. Start connecting again.")
    }

    struct Answer<Value: Decodable>: Decodable {
        let data: Value
    }

    private struct Profile: Decodable {
        let id: String
        let name: String
        let username: String
        let verified: Bool?
        let picture: String?
        let subscription: String?

        enum CodingKeys: String, CodingKey {
            case id, name, username, verified
            case picture = "profile_image_url"
            case subscription = "subscription_type"
        }
    }
}
