import Application
import Domain
import Hummingbird

/// What happens around the handler of every route: access, rate limit, repeated requests.
struct RoutePipeline: HTTPResponder {
    let route: Route
    let services: Services
    private let body: RequestSchema?

    /// Throws `SchemaError` when the type of the body does not tell its shape.
    init(route: Route, services: Services) throws {
        self.route = route
        self.services = services
        if case .json(let type) = route.body { body = try RequestSchema(of: type) } else { body = nil }
    }

    func respond(to request: Request, context: AppRequestContext) async throws -> Response {
        if route.access != .everybody {
            let caller = try context.requireCaller()
            if let permission = route.permission { try caller.require(permission) }
            if case .scope(let scope) = route.access { try caller.require(scope) }
            if route.access == .person { try caller.requireSignedIn() }
            if route.access == .administrator { try caller.requireInstanceAdmin() }
        }
        let limits = try await RateCounting(services).count(route.rate, for: context)
        do {
            var response = try await answer(request, context)
            response.headers.append(contentsOf: limits)
            return response
        } catch let error as AnsweredProblem {
            throw AnsweredProblem(error.report, headers: error.headers + limits)
        } catch let report as ProblemReport where !limits.isEmpty {
            throw AnsweredProblem(report, headers: limits)
        }
    }

    private func answer(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        guard route.method == .post, let key = request.headers[.idempotencyKey], let caller = context.caller else {
            return try await route.answer(Call(request, context, of: route, body: body))
        }
        return try await Repeatable(idempotency: services.idempotency, route: route, body: body, caller: caller)
            .answer(request, context, key: key)
    }
}

extension HTTPFields {
    fileprivate static func + (left: HTTPFields, right: HTTPFields) -> HTTPFields {
        var sum = left
        sum.append(contentsOf: right)
        return sum
    }
}

extension Router<AppRequestContext> {
    /// Registers `routes` with all that surrounds their handlers. Throws `SchemaError` when a body's type does not tell its shape.
    public func register(_ routes: [Route], services: Services) throws {
        for route in routes {
            on(RouterPath(route.path), method: route.method, responder: try RoutePipeline(route: route, services: services))
        }
    }
}
