import AsyncHTTPClient
import NIOCore

/// The messages of an answer, be it one JSON text or a stream of events.
struct ServerMessages: AsyncSequence {
    private static let longest = 64 << 20

    private let response: HTTPClientResponse
    private let noting: (ServerEvents.Event) -> Void

    /// `noting` sees each event of a stream, also those without a message.
    init(_ response: HTTPClientResponse, noting: @escaping (ServerEvents.Event) -> Void = { _ in }) {
        self.response = response
        self.noting = noting
    }

    func makeAsyncIterator() -> AsyncIterator {
        let isStream = response.headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/event-stream") ?? false
        return AsyncIterator(source: isStream ? .events(response.body.makeAsyncIterator()) : .whole(response.body), noting: noting)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate enum Source {
            case whole(HTTPClientResponse.Body)
            case events(HTTPClientResponse.Body.AsyncIterator)
            case ended
        }

        fileprivate var source: Source
        fileprivate let noting: (ServerEvents.Event) -> Void
        private var reader = ServerEvents()
        private var ready: ArraySlice<String> = []

        fileprivate init(source: Source, noting: @escaping (ServerEvents.Event) -> Void) {
            self.source = source
            self.noting = noting
        }

        mutating func next() async throws -> String? {
            while true {
                if let text = ready.popFirst() { return text }
                switch source {
                case .ended: return nil
                case .whole(let body):
                    source = .ended
                    let text = String(buffer: try await body.collect(upTo: ServerMessages.longest))
                    return text.isEmpty ? nil : text
                case .events(var bytes):
                    guard let piece = try await bytes.next() else { source = .ended; continue }
                    source = .events(bytes)
                    let events = reader.read(piece.readableBytesView)
                    events.forEach(noting)
                    ready = events.map(\.data).filter { !$0.isEmpty }[...]
                }
            }
        }
    }
}
