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
            },
            Route(
                .get, "/api/health/request", "How your request arrives: its host, scheme and address, as they decide about cookies and limits",
                access: .everybody, successes: [.init(.ok, "What the server sees", type: RequestSeen.self)]
            ) { call in
                let origin = call.context.origin
                return try Response.json(
                    RequestSeen(host: origin.host, scheme: origin.scheme, address: origin.address, version: services.health.version))
            },
            Route(
                .get, "/api/doctor", "What is wrong with this server or soon will be, and how to mend it: for its administrators",
                access: .administrator,
                successes: [.init(.ok, "What was found", type: DoctorReport.self)], errors: [.forbidden]
            ) { call in try Response.json(try await services.doctor.report(as: try call.caller)) },
        ]
    }
}
