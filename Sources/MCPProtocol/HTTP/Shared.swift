import Domain
import HTTPTypes
import Hummingbird
import Logging

/// What the transports of one process share.
final class Shared: Sendable {
    let configuration: MCPTransportConfiguration
    let time: any TimeSource
    let logger: Logger
    let keepAlive: KeepAlive
    let questions: Questions
    let calls = Calls()
    let states: RequestState
    /// Changes of one session are made one after the other; sessions share a fixed number of gates.
    private let gates = (0..<64).map { _ in SerialGate() }

    init(configuration: MCPTransportConfiguration, secret: [UInt8], time: any TimeSource, logger: Logger) {
        self.configuration = configuration
        self.time = time
        self.logger = logger
        keepAlive = KeepAlive(time: time)
        questions = Questions(time: time, limit: configuration.questionLimit)
        states = RequestState(secret: secret, time: time)
    }

    func gate(of session: String) -> SerialGate { gates[Int(UInt(bitPattern: session.hashValue) % UInt(gates.count))] }

    func reader(for peer: Peer) -> OpenStream {
        OpenStream(keepAlive, configuration) { await peer.context.isStillAuthorized() }
    }

    func dispatcher(for peer: Peer) -> Dispatcher { Dispatcher(context: peer.context, logger: logger) }

    /// Throws 503 when a peer has as many sessions as it may.
    func requireRoom(for peer: Peer) async throws {
        guard try await peer.sessions.count() < configuration.maximumSessions else {
            throw Refusal(
                .serviceUnavailable, RPCError(.tooMuch, "This key has \(configuration.maximumSessions) sessions open. End some, or wait."),
                headers: [.retryAfter: "60"])
        }
    }

    /// Waits for what a call becomes, and makes the response of it.
    func response(
        to call: Call, _ request: Request, stateless: Bool, headers: HTTPFields = [:]
    ) async throws -> Response {
        switch await call.decided() {
        case .answer(let outcome): return try .outcome(outcome, to: call.request, stateless: stateless, headers: headers)
        case .stream:
            return call.reader.response(to: request, headers: headers) { [keepAlive] in
                // Most calls end soon; what does not is lost with the process.
                keepAlive.after(.seconds(5)) { _ in call.reader.finish() }
            }
        case nil: throw CancellationError()
        }
    }

    /// Turns a call that takes long into a stream, so that its connection is not taken for dead. Returns what stops the waiting.
    func watch(_ call: Call, _ accepted: AcceptedTypes) -> @Sendable () -> Void {
        guard accepted.stream else { return {} }
        let token = keepAlive.after(configuration.patience) { _ in Task { await call.becomeStream() } }
        return { [keepAlive] in keepAlive.cancel(token) }
    }
}
