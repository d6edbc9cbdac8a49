import HTTPTypes
import Hummingbird

/// Headers that keep browsers from doing what our pages never need. What a handler has set itself stays.
struct SecurityHeaders: RouterMiddleware {
    typealias Context = AppRequestContext
    /// `http:` is let through only where the instance itself is served without TLS: development and the simulator.
    let plain: Bool
    let strictTransport: Bool

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        for field in fields where !response.headers.contains(field.name) { response.headers.append(field) }
        if strictTransport, context.origin.scheme == "https" {
            response.headers[.strictTransportSecurity] = "max-age=31536000"
        }
        return response
    }

    private var fields: HTTPFields {
        [
            .contentSecurityPolicy: policy,
            .xContentTypeOptions: "nosniff",
            .referrerPolicy: "strict-origin-when-cross-origin",
            .openerPolicy: "same-origin",
            .resourcePolicy: "same-origin",
            .permissionsPolicy: "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
            .cacheControl: "private, no-cache",
        ]
    }

    private var policy: String {
        let elsewhere = plain ? "https: http:" : "https:"
        return [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'", "connect-src 'self'", "manifest-src 'self'",
            // Profile pictures are shown from where the platforms keep them.
            "img-src 'self' data: blob: \(elsewhere)", "media-src 'self' blob:",
            // The form that asks for a Mastodon server is answered with a redirect to it.
            "form-action 'self' \(elsewhere)",
            "base-uri 'none'", "frame-ancestors 'none'", "object-src 'none'",
        ].joined(separator: "; ")
    }
}
