import Domain
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore
import Observability

/// `GET /metrics` in Prometheus' text format: for private addresses, or with METRICS_TOKEN from anywhere.
struct MetricsPage: Sendable {
    let metrics: PrometheusMetrics
    let token: String?

    func register(on router: Router<AppRequestContext>) {
        router.get("/metrics") { request, context -> Response in
            guard allowed(request, from: context.origin) else {
                throw ProblemReport(.forbidden, "Figures are for private addresses. Set METRICS_TOKEN and send it as a bearer token.")
            }
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: metrics.render())))
        }
    }

    private func allowed(_ request: Request, from origin: RequestOrigin) -> Bool {
        if let token { return request.headers[.authorization] == "Bearer \(token)" }
        return origin.isPrivate
    }
}
