import Hummingbird

/// Sends each request to the index page, the control API or the platform whose prefix it carries.
struct SimulatorResponder: HTTPResponder {
    typealias Context = SimulatorContext

    let simulation: Simulation
    let control: ControlAPI

    func respond(to request: Request, context: SimulatorContext) async throws -> Response {
        var response = try await answer(to: request, context: context)
        // Whoever asked for the end of the connection goes by the answer, and would send the next call into it (RFC 9112 §9.6).
        if request.headers[.connection]?.lowercased() == "close" { response.headers[.connection] = "close" }
        return response
    }

    private func answer(to request: Request, context: SimulatorContext) async throws -> Response {
        let path = request.uri.path
        let first = path.split(separator: "/").first.map(String.init) ?? ""
        if let platform = simulation.platform(first) {
            return try await simulation.answer(request, platform: platform, context: context)
        }
        switch first {
        case "" where request.method == .get: return Reply.html(IndexPage.html(of: simulation)).response
        case "_control" where context.isLoopback: return try await control.answer(request).response
        case "_control": return Reply.json(["error": "The control API answers on loopback only"], status: 403).response
        default:
            return Reply.html(Page.html(title: "Not found", "<p>Nothing lives here. <a href='/'>All platforms</a></p>"), status: 404)
                .response
        }
    }
}
