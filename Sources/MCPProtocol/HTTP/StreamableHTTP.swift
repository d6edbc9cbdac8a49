import Domain
import HTTPTypes
import Hummingbird

/// Streamable HTTP: looks which era a request belongs to.
struct StreamableHTTP: Sendable {
    let shared: Shared
    let sessions: SessionEndpoint
    let stateless: StatelessEndpoint

    init(_ shared: Shared) {
        self.shared = shared
        sessions = SessionEndpoint(shared)
        stateless = StatelessEndpoint(shared: shared)
    }

    func respond(to request: Request, as peer: Peer) async throws -> Response {
        switch request.method {
        case .post: return try await post(request, peer)
        case .get, .delete:
            guard Self.namesHandshake(request) else { throw Refusal.method(allowed: "POST") }
            return request.method == .get ? try await sessions.open(request, peer) : try await sessions.delete(request, peer)
        default: throw Refusal.method(allowed: "POST, GET, DELETE")
        }
    }

    private func post(_ request: Request, _ peer: Peer) async throws -> Response {
        let accepted = AcceptedTypes(request)
        guard accepted.json || accepted.stream else {
            throw Refusal(.notAcceptable, "Accept application/json and text/event-stream.")
        }
        switch try await request.messages(upTo: shared.configuration.maximumBodyBytes) {
        case .one(let message) where Self.isStateless(message, request): return try await stateless.post(message, request, peer, accepted)
        case .one(let message): return try await sessions.post(message, request, peer, accepted)
        case .batch(let messages): return try await sessions.post(messages, request, peer)
        }
    }

    private static func isStateless(_ message: Message, _ request: Request) -> Bool {
        switch message {
        case .request(let call): RequestClaims.names(call.params) || (!namesHandshake(request) && call.method != "initialize")
        case .notification(_, let params): RequestClaims.names(params) || !namesHandshake(request)
        case .response: !namesHandshake(request)
        }
    }

    /// Whether the header is absent or names a revision that begins with a handshake.
    static func namesHandshake(_ request: Request) -> Bool {
        guard let named = request.headers[.protocolVersion] else { return true }
        return Revision(rawValue: named).map { !$0.isStateless } ?? false
    }
}
