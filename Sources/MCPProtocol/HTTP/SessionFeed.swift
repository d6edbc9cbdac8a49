import Domain
import Logging
import NIOConcurrencyHelpers

/// Tells a session what belongs to none of its calls: changes it subscribed to, lists that changed, log messages.
final class SessionFeed: Sendable {
    // What processes tell each other about a session. Messages of clients begin with a brace.
    static let changed = "changed"
    static let ended = "ended"
    static func opened(_ stream: String) -> String { "opened " + stream }

    private struct State {
        var session: MCPSession
        var tasks: [Task<Void, Never>] = []
        var whenStopped: (@Sendable () -> Void)?
    }

    let stream: ResumableStream
    private let peer: Peer
    private let logger: Logger
    private let state: NIOLockedValueBox<State>

    init(_ stream: ResumableStream, _ session: MCPSession, _ peer: Peer, _ logger: Logger) {
        self.stream = stream
        self.peer = peer
        self.logger = logger
        state = NIOLockedValueBox(State(session: session))
    }

    /// Listens from now on, until `stop`.
    func start(whenStopped: @escaping @Sendable () -> Void) {
        let changes = peer.context.changes()
        let relayed = peer.sessions.relayed(to: state.withLockedValue(\.session.id))
        state.withLockedValue { state in
            state.whenStopped = whenStopped
            // Detached: others keep copies of all task-local values of the request for as long as the stream lasts.
            state.tasks = [
                Task.detached { [weak self] in for await change in changes { await self?.tell(change) } },
                Task.detached { [weak self] in for await word in relayed { await self?.heed(word) } },
            ]
        }
    }

    func refresh(_ session: MCPSession) { state.withLockedValue { $0.session = session } }

    func stop() {
        let (tasks, whenStopped) = state.withLockedValue { state in
            defer { (state.tasks, state.whenStopped) = ([], nil) }
            return (state.tasks, state.whenStopped)
        }
        tasks.forEach { $0.cancel() }
        stream.reader?.finish()
        whenStopped?()
    }

    private func tell(_ change: Change) async {
        for message in state.withLockedValue({ $0.session.messages(about: change) }) { await stream.send(message) }
    }

    private func heed(_ word: String) async {
        switch word {
        case Self.changed:
            do {
                if let session = try await peer.sessions.find(state.withLockedValue(\.session.id)) { refresh(session) }
            } catch {
                logger.error("a changed session could not be read", metadata: ["error": "\(error)"])
            }
        case Self.ended: stop()
        case Self.opened(stream.id): break
        default: if word.hasPrefix(Self.opened("")) { stop() }
        }
    }
}
