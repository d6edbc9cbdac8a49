import Application
import Domain
import Gateway
import Hummingbird
import MCPProtocol

/// The addresses of the protocol: `/mcp` with a key or access token in the header, and addresses with the key in the path for clients that can
/// send no header. The latter know nothing of signing in: their refusals must not make a client look for it.
public struct MCPRoutes: Sendable {
    private let interface: MCPInterface
    private var services: Services { interface.services }

    public init(_ interface: MCPInterface) { self.interface = interface }

    public func register(on router: Router<AppRequestContext>) {
        add("/mcp", to: router, [.head, .get, .post, .delete], answer)
        guard services.configuration.mcpKeyInURL else { return }
        add("/api/mcp/{key}", to: router, [.head, .get, .post, .delete]) { request, context in
            try await keyed(request, context) { try await interface.transports.streamable($0, as: $1) }
        }
        add("/api/mcp/{key}/sse", to: router, [.head, .get, .post]) { request, context in
            let messages = "/api/mcp/\(try context.parameters.require("key"))/messages"
            return try await keyed(request, context) { try await interface.transports.openSSE($0, as: $1, messagesPath: messages) }
        }
        add("/api/mcp/{key}/messages", to: router, [.post]) { request, context in
            let query = try FormFields(queryOf: request)
            return try await keyed(request, context) {
                try await interface.transports.postSSE($0, sessionId: query["sessionId"] ?? query["session_id"], as: $1)
            }
        }
    }

    private func add(
        _ path: RouterPath, to router: Router<AppRequestContext>, _ methods: [HTTPRequest.Method],
        _ answer: @escaping @Sendable (Request, AppRequestContext) async throws -> Response
    ) {
        for method in methods { router.on(path, method: method, use: answer) }
    }

    // MARK: With a key or token in the header

    private func answer(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let addresses = services.authorization.addresses
        // A browser's session is no credential here.
        guard case .key(let caller) = context.authentication, let secret = request.bearerToken else {
            throw OAuthChallenge.problem(of: context, addresses)
        }
        let peer = interface.peer(for: caller, requestId: context.requestId) { await isValid(secret) }
        do {
            return try await interface.transports.streamable(request.addressed(as: context), as: peer)
        } catch MCPError.insufficientScope(let names) {
            // With those it has: not every client keeps them when it asks for others.
            let needed = Authorization.offeredScopes.filter { caller.scopes.contains($0) || names.contains($0.rawValue) }
            throw AnsweredProblem(
                ProblemReport(.forbiddenScope, "This needs the scope \(names.joined(separator: ", ")). Allow it and call again."),
                headers: [.wwwAuthenticate: OAuthChallenge.insufficientScope(addresses, needed: needed).header])
        }
    }

    /// Whether a credential still stands for somebody. When nobody can tell at the moment, an open stream stays.
    private func isValid(_ secret: String) async -> Bool {
        do {
            return Authorization.isAccessToken(secret)
                ? try await services.authorization.authenticate(secret) != nil : try await services.keys.authenticate(secret) != nil
        } catch {
            services.logger.warning("credential of an open stream not checked", metadata: ["error": .string("\(error)")])
            return true
        }
    }

    // MARK: With the key in the path

    private func keyed(
        _ request: Request, _ context: AppRequestContext, _ answer: (Request, Peer) async throws -> Response
    ) async throws -> Response {
        guard let secret = context.parameters.get("key")?.removingPercentEncoding, let caller = try await services.keys.authenticate(secret)
        else { throw try await refusal(context) }
        let peer = interface.peer(for: caller, requestId: context.requestId) { await isValid(secret) }
        return try await answer(request.addressed(as: context), peer)
    }

    /// The key is not repeated, and no page that follows is told the address: the key may be a right one with a letter too many.
    private func refusal(_ context: AppRequestContext) async throws -> AnsweredProblem {
        var report = ProblemReport(
            .unauthenticated,
            "The key in this address is unknown, revoked or expired. Copy the whole address again from Settings → Assistants (MCP).")
        do { try await WrongKeys(services.rates).count(from: context.origin.address) } catch let tooMany as ProblemReport { report = tooMany }
        return AnsweredProblem(report, headers: [.init("Referrer-Policy")!: "no-referrer"])
    }
}

extension Request {
    /// The request with the name by which the client called the server, as trusted proxies tell it.
    fileprivate func addressed(as context: AppRequestContext) -> Request {
        var head = head
        head.authority = context.origin.host
        head.scheme = context.origin.scheme
        return Request(head: head, body: body)
    }
}
