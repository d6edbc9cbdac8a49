import Application
import Gateway
import Hummingbird

/// Whether the instance works: for load balancers, containers and people.
struct HealthRoutes: Sendable {
    let services: Services

    var routes: [Route] {
        [
            Route(
                .get, "/api/health", "Whether database, queue and storage work", access: .everybody, rate: .uncounted,
                successes: [
                    .init(.ok, "The instance works, or mostly", type: HealthReport.self),
                    .init(.serviceUnavailable, "The instance is down, or the database cannot be reached", type: HealthReport.self),
                ]
            ) { _ in
                let report = await services.health.report()
                return try Response.json(report, status: report.status == .down ? .serviceUnavailable : .ok)
            }
        ]
    }
}
