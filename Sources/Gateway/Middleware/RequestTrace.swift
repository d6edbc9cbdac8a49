import HTTPTypes
import Hummingbird
import Tracing

/// A span for every request, within the caller's trace where it names one (`traceparent`). By route pattern: paths and queries may hold keys, so
/// they appear nowhere.
struct RequestTrace: RouterMiddleware {
    typealias Context = AppRequestContext

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        guard !Self.quiet.contains(request.uri.path) else { return try await next(request, context) }
        var trace = ServiceContext.topLevel
        InstrumentationSystem.instrument.extract(request.headers, into: &trace, using: Headers())
        return try await withSpan(request.method.rawValue, context: trace, ofKind: .server) { span in
            defer {
                if let route = context.endpointPath { span.operationName = "\(request.method.rawValue) \(route)" }
                span.attributes["http.route"] = context.endpointPath
            }
            span.attributes["http.request.method"] = request.method.rawValue
            span.attributes["postiz.request.id"] = context.requestId
            let response = try await next(request, context)
            span.attributes["http.response.status_code"] = response.status.code
            if response.status.code >= 500 { span.setStatus(.init(code: .error)) }
            return response
        }
    }

    /// What programs ask every few seconds.
    private static let quiet: Set<String> = ["/api/health", "/metrics"]

    private struct Headers: Extractor {
        func extract(key: String, from headers: HTTPFields) -> String? { HTTPField.Name(key).flatMap { headers[$0] } }
    }
}
