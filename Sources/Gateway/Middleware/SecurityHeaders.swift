import Application
import HTTPTypes
import Hummingbird

/// Headers that keep browsers from doing what our pages never need. What a handler has set itself stays.
struct SecurityHeaders: RouterMiddleware {
    typealias Context = AppRequestContext
    private let strictTransport: Bool
    private let alwaysSecure: Bool
    /// With those for documents, which are written once.
    private let ofAnswers: HTTPFields
    private let ofWindows: HTTPFields

    /// `alwaysSecure`: people come by HTTPS whatever the nearest proxy says, because `MAIN_URL` is one.
    init(policy: ContentPolicy, strictTransport: Bool, alwaysSecure: Bool) {
        self.strictTransport = strictTransport
        self.alwaysSecure = alwaysSecure
        ofAnswers = Self.ofEverything + Self.documents(policy, opener: "same-origin")
        // Assistants open the sign-in in a window of its own and wait for that window to come back to them.
        ofWindows = Self.ofEverything + Self.documents(policy, opener: "unsafe-none")
    }

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        let path = request.uri.path
        let isInWindow = Self.openedByAssistants.contains(path) || path.hasPrefix("/login/with/")
        let ofDocument = isInWindow ? ofWindows : ofAnswers
        let fields = Self.isPartOfPages(response) ? Self.ofEverything : ofDocument
        for field in fields where !response.headers.contains(field.name) { response.headers.append(field) }
        if strictTransport, alwaysSecure || context.origin.scheme == "https" {
            response.headers[.strictTransportSecurity] = "max-age=31536000"
        }
        return response
    }

    /// Scripts and styles obey the policy of the page that loads them. Sent along with each of fifty files, it was half of what a first visit loads.
    private static func isPartOfPages(_ response: Response) -> Bool {
        let type = response.headers[.contentType]?.prefix { $0 != ";" }
        return type == "text/css" || type == "text/javascript"
    }

    private static let ofEverything: HTTPFields = [
        .xContentTypeOptions: "nosniff", .resourcePolicy: "same-origin", .cacheControl: "private, no-cache",
    ]

    private static func documents(_ policy: ContentPolicy, opener: String) -> HTTPFields {
        [
            .contentSecurityPolicy: policy.text(),
            .referrerPolicy: "strict-origin-when-cross-origin",
            .openerPolicy: opener,
            .permissionsPolicy: "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        ]
    }

    private static let openedByAssistants: Set<String> = [AuthorizationAddresses.authorizePath, "/login"]
}

/// The Content Security Policy of pages.
public struct ContentPolicy: Sendable {
    /// `http:` is let through only where the instance itself is served without TLS: development and the simulator.
    private let plain: Bool

    public init(_ configuration: Configuration) { plain = configuration.mainURL.scheme == "http" }

    /// `formTarget` is an origin to which a form of the page may lead besides: browsers apply the policy to redirects of forms as well.
    public func text(formTarget: String? = nil) -> String {
        let elsewhere = plain ? "https: http:" : "https:"
        return [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'", "connect-src 'self'", "manifest-src 'self'",
            // Profile pictures are shown from where the platforms keep them.
            "img-src 'self' data: blob: \(elsewhere)", "media-src 'self' blob:",
            // The form that asks for a Mastodon server is answered with a redirect to it.
            "form-action 'self' \(elsewhere)\(formTarget.map { " \($0)" } ?? "")",
            "base-uri 'none'", "frame-ancestors 'none'", "object-src 'none'",
        ].joined(separator: "; ")
    }
}
