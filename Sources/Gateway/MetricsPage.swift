import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /metrics` in Prometheus' text format: with METRICS_TOKEN from anywhere, or, without one, for the private network of an instance that is
/// not open to the world.
public struct MetricsPage: Sendable {
    private let figures: @Sendable () -> String
    let token: String?
    /// Whether `MAIN_URL` is an address of this machine or a private network.
    let isLocal: Bool
    let wrongKeys: WrongKeys

    /// `figures` is what is shown.
    public init(services: Services, figures: @escaping @Sendable () -> String) {
        self.figures = figures
        token = services.configuration.metricsToken
        let host = services.configuration.mainURL.host() ?? ""
        isLocal = host == "localhost" || host.hasSuffix(".localhost") || RequestOrigin.isPrivate(host)
        wrongKeys = WrongKeys(services.rates)
    }

    public func register(on router: Router<AppRequestContext>) {
        router.get("/metrics") { request, context -> Response in
            guard try await allowed(request, from: context.origin) else {
                throw ProblemReport(.forbidden, "Figures are not public. Set METRICS_TOKEN and send it: Authorization: Bearer TOKEN.")
            }
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: figures())))
        }
    }

    /// A proxy in front of us has a private address, too: what came through one, or may have, is not private.
    func allowed(_ request: Request, from origin: RequestOrigin) async throws -> Bool {
        guard let token else { return isLocal && origin.isPrivate && !origin.isForwarded }
        guard let given = request.bearerToken else { return false }
        return try await wrongKeys.admit(given.utf8.isEqualInConstantTime(to: token.utf8), from: origin.address)
    }
}
