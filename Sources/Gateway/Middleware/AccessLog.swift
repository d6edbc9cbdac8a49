import HTTPTypes
import Hummingbird
import Logging
import Metrics

/// One log line and the metrics of every request, by route pattern: paths and queries may hold keys, so they appear nowhere.
struct AccessLog: RouterMiddleware {
    typealias Context = AppRequestContext

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        do {
            let response = try await next(request, context)
            record(request, response.status.code, since: start, context)
            return response
        } catch {
            // Nothing but a broken connection comes this far: 499 is what others log for it.
            record(request, 499, since: start, context)
            throw error
        }
    }

    private func record(_ request: Request, _ status: Int, since start: ContinuousClock.Instant, _ context: AppRequestContext) {
        let duration = ContinuousClock.now - start
        let route = context.endpointPath ?? "unknown"
        let method = Self.known.contains(request.method) ? request.method.rawValue : "other"
        let dimensions = [("method", method), ("route", route), ("status", "\(status)")]
        Counter(label: "http_requests_total", dimensions: dimensions).increment()
        Timer(label: "http_request_duration_seconds", dimensions: dimensions).recordNanoseconds(duration.nanoseconds)
        context.logger.log(
            level: Self.quiet.contains(route) ? .debug : .info, "request",
            metadata: [
                "method": .string(method), "route": .string(route), "status": .stringConvertible(status),
                "milliseconds": .stringConvertible(Double(duration.nanoseconds / 1000) / 1000), "client": .string(context.origin.address),
            ])
    }

    /// Health checks every few seconds would bury everything else.
    private static let quiet: Set<String> = ["/api/health"]
    private static let known: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
}

extension Duration {
    fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
