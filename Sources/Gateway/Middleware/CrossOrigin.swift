import Application
import HTTPTypes
import Hummingbird

/// CORS: the listed origins may call the API from a browser, with credentials; nobody else. What assistants sign in with is open to all
/// origins, because some of them run in browsers, and carries no credentials.
struct CrossOrigin: RouterMiddleware {
    typealias Context = AppRequestContext
    let origins: Set<String>

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin] else { return try await next(request, context) }
        if AuthorizationAddresses.forPrograms.contains(request.uri.path) { return try await open(request, context, next) }
        guard origins.contains(origin) else { return try await next(request, context) }
        var response: Response
        if request.method == .options, request.headers.contains(.accessControlRequestMethod) {
            response = Response(status: .noContent, headers: Self.preflight)
        } else {
            response = try await next(request, context)
            response.headers[.accessControlExposeHeaders] =
                "X-Request-Id, Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Idempotency-Replayed"
        }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlAllowCredentials] = "true"
        response.headers[values: .vary].append("Origin")
        return response
    }

    private func open(
        _ request: Request, _ context: AppRequestContext, _ next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        if request.method == .options, request.headers.contains(.accessControlRequestMethod) {
            response = Response(status: .noContent, headers: Self.openPreflight)
        } else {
            response = try await next(request, context)
        }
        response.headers[.accessControlAllowOrigin] = "*"
        return response
    }

    private static let openPreflight: HTTPFields = [
        .accessControlAllowMethods: "GET, HEAD, POST",
        // The asterisk does not include Authorization.
        .accessControlAllowHeaders: "*, Authorization", .accessControlMaxAge: "600",
    ]

    private static let preflight: HTTPFields = [
        .accessControlAllowMethods: "GET, HEAD, POST, PUT, PATCH, DELETE",
        .accessControlAllowHeaders: "Authorization, Content-Type, X-CSRF-Token, Idempotency-Key, X-File-Name, X-Request-Id, Last-Event-ID",
        .accessControlMaxAge: "600",
    ]
}
