import Application
import Domain
import HTTPTypes

/// What a call of `/mcp` is answered with when it lacks a valid token or a scope: from it a hosted assistant learns where to sign in
/// (RFC 9728 §5.1, RFC 6750 §3). Never sent from addresses with a key in them, whose clients would then ask for a sign-in.
public struct OAuthChallenge: Sendable, Equatable {
    /// The value of `WWW-Authenticate`.
    public let header: String

    /// For HTTP 401. `tokenSent`: a token came along, but is unknown, expired or meant for something else.
    static func signIn(_ addresses: AuthorizationAddresses, tokenSent: Bool) -> OAuthChallenge {
        let error = tokenSent ? [("error", "invalid_token")] : []
        return OAuthChallenge(error + [("scope", text(Authorization.offeredScopes)), ("resource_metadata", addresses.resourceMetadata)])
    }

    /// For HTTP 403. `needed` are all scopes that the call needs: the client asks for them in addition to those it has.
    public static func insufficientScope(_ addresses: AuthorizationAddresses, needed: [Scope]) -> OAuthChallenge {
        OAuthChallenge([
            ("error", "insufficient_scope"), ("scope", text(needed)), ("resource_metadata", addresses.resourceMetadata),
        ])
    }

    /// The problem of a request to `/mcp` that nobody is behind, to be thrown: 401 with the challenge.
    public static func problem(of context: AppRequestContext, _ addresses: AuthorizationAddresses) -> AnsweredProblem {
        let tokenSent = if case .refused = context.authentication { true } else { false }
        let words =
            tokenSent
            ? "This access token or API key is unknown, revoked or expired. Sign in again, or make a new key in Settings → API keys."
            : "Sign in as the metadata named in WWW-Authenticate describes, or send an API key: Authorization: Bearer ptz_…"
        return AnsweredProblem(
            ProblemReport(.unauthenticated, words), headers: [.wwwAuthenticate: signIn(addresses, tokenSent: tokenSent).header])
    }

    private init(_ parameters: [(name: String, value: String)]) {
        header = "Bearer " + parameters.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ", ")
    }

    private static func text(_ scopes: [Scope]) -> String { scopes.map(\.rawValue).joined(separator: " ") }
}
