import Hummingbird

/// Answers each request in a task of its own. A task keeps the deepest stack that it ever had until it ends (Swift 6.3), and the task of a
/// connection lives as long as the connection: each that had carried a single request held 75 KB.
public struct TaskPerRequest<Responder: HTTPResponder>: HTTPResponder where Responder.Context: Sendable {
    let responder: Responder

    public func respond(to request: Request, context: Responder.Context) async throws -> Response {
        async let response = responder.respond(to: request, context: context)
        return try await response
    }
}
