import Domain
import Logging
import NIOConcurrencyHelpers

/// Where a transport puts the messages of one request, or of one stream.
protocol MessageSink: Sendable {
    func send(_ message: String) async
    /// No more will come.
    func end() async
}

/// The events of one stream of a session: numbered, kept in the store, and handed to whoever reads at the moment. A reader that comes back
/// names the last event it saw and gets what followed, in this process or another.
final class ResumableStream: MessageSink {
    /// Kept in place of a message: the stream begins or ends here.
    private static let mark = ""

    let id: String
    private let session: String
    private let store: any SessionStore
    private let logger: Logger
    /// Numbers, keeps and sends one event after the other.
    private let gate = SerialGate()
    private let state: NIOLockedValueBox<(number: Int, reader: OpenStream?)>

    /// A stream whose last event so far is `number`.
    init(id: String, after number: Int = 0, of session: String, in store: any SessionStore, logger: Logger, reader: OpenStream? = nil) {
        self.id = id
        self.session = session
        self.store = store
        self.logger = logger
        state = NIOLockedValueBox((number, reader))
    }

    /// Makes the stream known, so that a reader finds it even before its first event.
    func begin() async { await gate { await self.keep(MCPStreamEvent(stream: self.id, number: 0, message: Self.mark)) } }

    func send(_ message: String) async {
        await gate {
            let event = self.next(message)
            await self.keep(event)
            self.reader?.send(Self.text(of: event))
        }
    }

    func end() async {
        await gate {
            await self.keep(self.next(Self.mark))
            self.reader?.finish()
        }
    }

    /// Gives a reader what came after event `number`, and from now on what comes. A former reader is ended.
    func resume(_ reader: OpenStream, after number: Int) async {
        await gate {
            let former = self.state.withLockedValue { state in
                defer { state.reader = reader }
                return state.reader
            }
            if former !== reader { former?.finish() }
            do {
                let missed = try await self.store.events(of: self.session, stream: self.id, after: number) ?? []
                self.deliver(missed, to: reader)
            } catch {
                self.logger.error("kept messages of a stream could not be read", metadata: ["error": "\(error)"])
                reader.finish()
            }
        }
    }

    /// Writes kept events to a reader, and ends it where the stream ended. Returns the last number.
    @discardableResult
    func deliver(_ events: [MCPStreamEvent], to reader: OpenStream) -> Int? {
        for event in events {
            if event.message == Self.mark { reader.finish() } else { reader.send(Self.text(of: event)) }
        }
        return events.last?.number
    }

    static func hasEnded(_ events: [MCPStreamEvent]) -> Bool { events.last?.message == mark }

    func leave(_ reader: OpenStream) {
        state.withLockedValue { if $0.reader === reader { $0.reader = nil } }
    }

    var reader: OpenStream? { state.withLockedValue(\.reader) }

    private func next(_ message: String) -> MCPStreamEvent {
        state.withLockedValue { state in
            state.number += 1
            return MCPStreamEvent(stream: id, number: state.number, message: message)
        }
    }

    /// A message that could not be kept still goes to the reader of the moment.
    private func keep(_ event: MCPStreamEvent) async {
        do { try await store.keep(event, of: session) } catch {
            logger.error("a message of a stream could not be kept", metadata: ["error": "\(error)"])
        }
    }

    private static func text(of event: MCPStreamEvent) -> String {
        "id: \(event.stream).\(event.number)\n" + EventText.message(event.message)
    }
}

/// A stream that is lost with its connection.
struct PlainStream: MessageSink {
    let reader: OpenStream

    func send(_ message: String) async { reader.send(EventText.message(message)) }
    func end() async { reader.finish() }
}

/// Server-sent events as text.
enum EventText {
    /// Says that the stream is open, to proxies too.
    static let opening = ": open\n\n"

    /// A message is one line.
    static func message(_ message: String) -> String { "event: message\ndata: \(message)\n\n" }

    /// Names the stream before anything is said on it, so that a reader can come back (2025-11-25; older decoders take the empty data for JSON).
    static func priming(_ stream: String, retry pause: Duration) -> String {
        "id: \(stream).0\nretry: \(pause.milliseconds)\ndata: \n\n"
    }
}
