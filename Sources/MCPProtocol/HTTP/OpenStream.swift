import Domain
import HTTPTypes
import Hummingbird
import NIOConcurrencyHelpers
import NIOCore
import ServiceLifecycle

/// One response of server-sent events while it is written: what waits for the reader, and the means to end it.
///
/// A reader that takes nothing for too long, or for whom too much waits, is cut off: what it missed may have been kept elsewhere.
final class OpenStream: Sendable {
    private enum Frame: Sendable {
        case text(String)
        case stillHere
    }

    private struct State {
        var writing: Task<Void, any Error>?
        /// When the write that is under way began; the making of the stream counts as one, until it is read from.
        var blockedSince: Timestamp?
        var isOver = false
        var atEnd: [@Sendable () -> Void] = []
    }

    private let frames: AsyncStream<Frame>
    private let continuation: AsyncStream<Frame>.Continuation
    private let state: NIOLockedValueBox<State>
    private let keepAlive: KeepAlive
    private let habits: MCPTransportConfiguration
    private let isStillAuthorized: @Sendable () async -> Bool

    init(_ keepAlive: KeepAlive, _ habits: MCPTransportConfiguration, isStillAuthorized: @escaping @Sendable () async -> Bool) {
        (frames, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(habits.maximumWaitingMessages))
        state = NIOLockedValueBox(State(blockedSince: keepAlive.time.now))
        self.keepAlive = keepAlive
        self.habits = habits
        self.isStillAuthorized = isStillAuthorized
    }

    /// Adds what is formatted as an event already.
    func send(_ event: String) {
        if case .dropped = continuation.yield(.text(event)) { cut() }
    }

    /// Ends the stream after what waits is written.
    func finish() { continuation.finish() }

    /// Ends the stream at once.
    func cut() {
        continuation.finish()
        let writing = state.withLockedValue(\.writing)
        writing?.cancel()
        if writing == nil { end() }
    }

    /// Calls `action` when the reader is gone, for whatever reason; at once if it is gone already.
    func whenOver(_ action: @escaping @Sendable () -> Void) {
        let isOver = state.withLockedValue { state in
            if !state.isOver { state.atEnd.append(action) }
            return state.isOver
        }
        if isOver { action() }
    }

    // MARK: - The response

    /// A response that lasts as long as the stream. `atShutdown` is called when the server is about to stop; it has to end the stream.
    func response(to request: Request, headers: HTTPFields = [:], atShutdown: @escaping @Sendable () -> Void) -> Response {
        let beat = keepAlive.every(habits.keepAlive) { [weak self] now in self?.beat(now) }
        whenOver { [keepAlive] in keepAlive.cancel(beat) }
        // What is left of the request is its connection. The body may have been read, which the framework has to know.
        var rest = request
        rest.body = RequestBody(buffer: ByteBuffer())
        let body = ResponseBody { [self, connection = rest.body] writer in
            defer { end() }
            let handedOver = HandedOver(writer: writer)
            try await connection.consumeWithInboundCloseHandler { [self] _ in
                let writing = Task { [self] in
                    var writer = handedOver.writer
                    try await withGracefulShutdownHandler {
                        try await write(to: &writer)
                    } onGracefulShutdown: {
                        atShutdown()
                    }
                    try await writer.finish(nil)
                }
                state.withLockedValue { $0.writing = writing }
                try await withTaskCancellationHandler {
                    try await writing.value
                } onCancel: {
                    writing.cancel()
                }
            } onInboundClosed: { [self] in
                cut()
            }
        }
        return Response(status: .ok, headers: Self.headers.adding(headers), body: body)
    }

    /// Watching the connection uses it up, so it ends with the stream. Proxies that buffer or compress would hold events back.
    private static let headers: HTTPFields = [
        .contentType: "text/event-stream", .cacheControl: "no-cache, no-transform", .init("X-Accel-Buffering")!: "no", .connection: "close",
    ]

    private func write(to writer: inout any ResponseBodyWriter) async throws {
        for await frame in frames {
            if case .stillHere = frame, await !isStillAuthorized() { return }
            state.withLockedValue { $0.blockedSince = keepAlive.time.now }
            try await writer.write(ByteBuffer(string: Self.text(of: frame)))
            state.withLockedValue { $0.blockedSince = nil }
            try Task.checkCancellation()
        }
        try Task.checkCancellation()
    }

    private static func text(of frame: Frame) -> String {
        switch frame {
        case .text(let text): text
        case .stillHere: ": still here\n\n"
        }
    }

    private func beat(_ now: Timestamp) {
        let isStalled = state.withLockedValue { state in state.blockedSince.map { now - $0 >= habits.stallLimit } ?? false }
        if isStalled { cut() } else if case .dropped = continuation.yield(.stillHere) { cut() }
    }

    private func end() {
        let actions = state.withLockedValue { state in
            defer {
                state.atEnd = []
                state.isOver = true
            }
            return state.atEnd
        }
        continuation.finish()
        actions.forEach { $0() }
    }
}

/// The writer of a response on its way to the one task that uses it: whoever had it waits for that task and writes nothing, so it is never
/// used by two at a time.
private struct HandedOver: @unchecked Sendable {
    let writer: any ResponseBodyWriter
}

extension HTTPFields {
    func adding(_ others: HTTPFields) -> HTTPFields {
        var merged = self
        for field in others { merged[field.name] = field.value }
        return merged
    }
}
