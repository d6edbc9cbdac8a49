import Application
import Domain
import Hummingbird

/// What stays open to somebody who has registered and not yet shown that the address is theirs: showing it, leaving, and taking their data along.
enum ActivationGate {
    private static let page = "/activate"
    private static let open: Set<String> = [
        page, "/activate/again", "/login", "/logout", "/api/auth/logout", "/api/auth/activation", "/api/auth/activation/again", "/api/auth/export",
        "/api/auth/deletion", "/api/health", "/api/openapi.json",
    ]

    /// A person is led to where that is said; nil for what is open. Throws `FORBIDDEN` for programs.
    static func answer(_ request: Request, _ signedIn: SignedIn) throws -> Response? {
        let path = request.uri.path
        guard signedIn.awaitsActivation, !open.contains(path), !path.hasPrefix("/assets/"), !(path == "/api/auth/me" && request.method == .get)
        else { return nil }
        if request.wantsPage { return Response(status: .seeOther, headers: [.location: page]) }
        throw ProblemReport(
            .forbidden, "Open the link that was mailed to you first: it shows that the address is yours.", details: ["reason": "ACTIVATION"])
    }
}
