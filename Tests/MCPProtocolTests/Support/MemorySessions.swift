import Domain
import MCPProtocol
import NIOConcurrencyHelpers

/// What all processes of an installation know of sessions, in memory.
final class MemorySessions: Sendable {
    struct State {
        var sessions: [String: (peer: String, session: MCPSession)] = [:]
        var events: [String: [MCPStreamEvent]] = [:]
        var listeners: [String: [AsyncStream<String>.Continuation]] = [:]
    }

    let state = NIOLockedValueBox(State())

    func store(for peer: String) -> BoundStore { BoundStore(peer: peer, all: self) }

    func events(of session: String) -> [MCPStreamEvent] { state.withLockedValue { $0.events[session] ?? [] } }
    var all: [MCPSession] { state.withLockedValue { $0.sessions.values.map(\.session) } }
}

struct BoundStore: SessionStore {
    let peer: String
    let all: MemorySessions

    func create(_ session: MCPSession) async throws { all.state.withLockedValue { $0.sessions[session.id] = (peer, session) } }

    func find(_ id: String) async throws -> MCPSession? {
        all.state.withLockedValue { state in state.sessions[id].flatMap { $0.peer == peer ? $0.session : nil } }
    }

    func save(_ session: MCPSession) async throws {
        all.state.withLockedValue { if $0.sessions[session.id]?.peer == peer { $0.sessions[session.id] = (peer, session) } }
    }

    func remove(_ id: String) async throws { all.state.withLockedValue { $0.sessions[id] = nil } }
    func count() async throws -> Int { all.state.withLockedValue { $0.sessions.values.count { $0.peer == peer } } }
    func keep(_ event: MCPStreamEvent, of session: String) async throws {
        all.state.withLockedValue { $0.events[session, default: []].append(event) }
    }

    func events(of session: String, stream: String, after number: Int) async throws -> [MCPStreamEvent]? {
        let known = all.events(of: session).filter { $0.stream == stream }
        return known.isEmpty ? nil : known.filter { $0.number > number }
    }

    func relay(_ message: String, to session: String) async {
        all.state.withLockedValue { $0.listeners[session] ?? [] }.forEach { $0.yield(message) }
    }

    func relayed(to session: String) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream<String>.makeStream()
        all.state.withLockedValue { $0.listeners[session, default: []].append(continuation) }
        return stream
    }
}
