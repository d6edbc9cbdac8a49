import Application
import Domain
import Hummingbird

/// What happens around the handler of every route: access, rate limit, repeated requests.
struct RoutePipeline: HTTPResponder {
    let route: Route
    let services: Services

    func respond(to request: Request, context: AppRequestContext) async throws -> Response {
        if route.access != .everybody {
            let caller = try context.requireCaller()
            if case .scope(let scope) = route.access { try caller.require(scope) }
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
            return try await route.answer(Call(request, context))
        }
        return try await Repeatable(idempotency: services.idempotency, route: route, caller: caller).answer(request, context, key: key)
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
    /// Registers `routes` with all that surrounds their handlers.
    public func register(_ routes: [Route], services: Services) {
        for route in routes {
            on(RouterPath(route.path), method: route.method, responder: RoutePipeline(route: route, services: services))
        }
    }
}
