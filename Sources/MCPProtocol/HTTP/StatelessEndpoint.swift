import Domain
import Hummingbird
import NIOConcurrencyHelpers

/// Streamable HTTP where every request describes itself. A stream that its reader leaves is the cancellation of its request.
struct StatelessEndpoint: Sendable {
    let shared: Shared

    func post(_ message: Message, _ request: Request, _ peer: Peer, _ accepted: AcceptedTypes) async throws -> Response {
        switch message {
        case .notification: return .accepted
        case .response: throw Refusal(.badRequest, "In this revision clients send no responses: answers travel in inputResponses.")
        case .request(let call):
            let claims = try await check(call, request, peer)
            guard call.method != "subscriptions/listen" else { return try listen(call, request, peer, accepted) }
            return try await answer(call, claims, request, peer, accepted)
        }
    }

    /// In the order that clients are used to. Throws `Refusal`.
    private func check(_ call: Message.Request, _ request: Request, _ peer: Peer) async throws -> RequestClaims {
        do {
            let claims = try RequestClaims(call.params)
            let headers = HeaderChecks(headers: request.headers)
            try headers.agree(with: call, claims)
            try claims.checkRevision()
            if call.method == "tools/call", let tool = try await peer.context.tools().first(where: { $0.name == call.params["name"]?.string }) {
                try headers.agree(with: call.params["arguments"] ?? [:], of: tool)
            }
            return claims
        } catch let error as RPCError {
            throw Refusal(.badRequest, error, id: call.id)
        }
    }

    private func answer(
        _ request: Message.Request, _ claims: RequestClaims, _ http: Request, _ peer: Peer, _ accepted: AcceptedTypes
    ) async throws -> Response {
        do { try shared.calls.enter(peer.id, limit: shared.configuration.maximumCalls) } catch {
            return try .outcome(.error(error), to: request, stateless: true)
        }
        let reader = shared.reader(for: peer)
        let call = Call(request, on: PlainStream(reader: reader), reader: reader) { $0.send(EventText.opening) }
        if !accepted.json { await call.becomeStream() }
        let stopWatching = shared.watch(call, accepted)
        let era = Stateless(dispatcher: shared.dispatcher(for: peer), states: shared.states, peer: peer.id)
        let voice = call.voice(accepted)
        call.start {
            await era.answer(request, claims, speak: voice)
        } whenDone: { [shared] in
            stopWatching()
            shared.calls.leave(peer.id)
        }
        reader.whenOver { call.cancel() }
        return try await shared.response(to: call, http, stateless: true)
    }

    private func listen(_ request: Message.Request, _ http: Request, _ peer: Peer, _ accepted: AcceptedTypes) throws -> Response {
        guard accepted.stream else { throw Refusal(.notAcceptable, "A subscription is a stream: accept text/event-stream.") }
        let subscription: Subscription
        // Subscriptions stay: they are counted apart from calls.
        let place = peer.id + " subscriptions"
        do {
            subscription = try Subscription(request)
            try shared.calls.enter(place, limit: shared.configuration.maximumSubscriptions)
        } catch {
            return try .outcome(.error(error), to: request, stateless: true)
        }
        let reader = shared.reader(for: peer)
        let changes = peer.context.changes()
        reader.send(EventText.message(subscription.acknowledgement))
        let telling = Task {
            for await change in changes {
                for message in subscription.messages(about: change) { reader.send(EventText.message(message)) }
            }
        }
        reader.whenOver { [shared] in
            telling.cancel()
            shared.calls.leave(place)
        }
        return reader.response(to: http) {
            reader.send(EventText.message(subscription.end(peer.context.server)))
            reader.finish()
        }
    }
}
