import Application
import Domain
import Hummingbird

/// What stays open to a session in a workspace that asks for a second factor which the person does not have: setting one up, and going elsewhere.
enum SecondFactorGate {
    private static let page = "/settings/security"
    private static let open: Set<String> = [
        "/login", "/logout", "/invitation", "/workspaces/enter", "/settings/team/leave", "/api/auth/logout", "/api/auth/password", "/api/workspaces",
        "/api/team/leave", "/api/health", "/api/openapi.json",
    ]
    private static let openBelow = [
        page, "/login/with/", "/api/auth/second-factor", "/api/auth/identities", "/api/auth/passkeys", "/api/auth/passkey-login",
        "/api/auth/sessions", "/api/workspaces/", "/api/invitations/",
    ]

    /// Stands below what is open, and shows the workspace around it.
    private static let closed = "/settings/security/delete"

    /// A person is led to where a second factor is set up; nil for what is open. Throws `FORBIDDEN` for programs.
    static func answer(_ request: Request, _ signedIn: SignedIn) throws -> Response? {
        let path = request.uri.path
        guard signedIn.lacksSecondFactor, !open.contains(path), path == closed || !openBelow.contains(where: path.hasPrefix),
            !(path == "/api/auth/me" && request.method == .get)
        else { return nil }
        if request.wantsPage { return Response(status: .seeOther, headers: [.location: page]) }
        throw ProblemReport(
            .forbidden, "This workspace opens only with a second factor. Set one up in Settings → Security.",
            details: ["reason": "SECOND_FACTOR"])
    }
}
