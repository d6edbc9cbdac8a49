import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A server on a free loopback port that writes down every request byte for byte and answers as it was told.
final class RecordingServer: Sendable {
    enum Reaction: Sendable {
        case answer(status: Int, headers: [String: String] = [:], body: String = "")
        case bytes(status: Int, headers: [String: String], Data)
        /// Reads the whole request, then closes without a word.
        case hangUp
        /// Announces more than it sends, then closes.
        case truncate
        /// Reads the whole request and says nothing.
        case silence

        static func json(_ body: String) -> Reaction { .answer(status: 200, headers: ["content-type": "application/json"], body: body) }
    }

    struct Recorded: Sendable {
        let method: String
        let path: String
        let headers: [String: String]
        let body: Data
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private struct State {
        var requests: [Recorded] = []
        var connections = 0
    }

    private let state = NIOLockedValueBox(State())
    private let channel: any Channel
    let baseURL: String

    var requests: [Recorded] { state.withLockedValue(\.requests) }
    var connections: Int { state.withLockedValue(\.connections) }

    init(_ react: @escaping @Sendable (Recorded) -> Reaction) async throws {
        let state = state
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    state.withLockedValue { $0.connections += 1 }
                    try channel.pipeline.syncOperations.addHandler(
                        Reader { request in
                            state.withLockedValue { $0.requests.append(request) }
                            return react(request)
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        baseURL = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
    }

    func stop() async throws { try await channel.close() }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let react: @Sendable (Recorded) -> Reaction
        private var received = Data()

        init(_ react: @escaping @Sendable (Recorded) -> Reaction) { self.react = react }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.append(contentsOf: unwrapInboundIn(data).readableBytesView)
            while let request = takeRequest() {
                switch react(request) {
                case .answer(let status, let headers, let body):
                    var text = "HTTP/1.1 \(status) -\r\ncontent-length: \(body.utf8.count)\r\n"
                    for (name, value) in headers { text += "\(name): \(value)\r\n" }
                    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "\(text)\r\n\(body)")), promise: nil)
                case .bytes(let status, let headers, let body):
                    var head = "HTTP/1.1 \(status) -\r\n"
                    for (name, value) in headers { head += "\(name): \(value)\r\n" }
                    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: Data("\(head)\r\n".utf8) + body)), promise: nil)
                case .truncate:
                    context.writeAndFlush(
                        wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 201 -\r\ncontent-length: 100\r\n\r\n{\"data\"")), promise: nil)
                    context.close(promise: nil)
                case .hangUp: context.close(promise: nil)
                case .silence: break
                }
            }
        }

        private func takeRequest() -> Recorded? {
            guard let end = received.firstRange(of: Data("\r\n\r\n".utf8)) else { return nil }
            let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
            let headers = Dictionary(
                lines.dropFirst().map { line in
                    let halves = line.split(separator: ":", maxSplits: 1)
                    return (halves[0].lowercased(), halves.count > 1 ? halves[1].trimmingCharacters(in: .whitespaces) : "")
                }
            ) { _, last in last }
            let length = headers["content-length"].flatMap(Int.init) ?? 0
            guard received.count >= end.upperBound - received.startIndex + length else { return nil }
            let words = lines[0].split(separator: " ")
            let body = Data(received[end.upperBound...].prefix(length))
            received = Data(received[end.upperBound...].dropFirst(length))
            return Recorded(method: String(words[0]), path: String(words[1]), headers: headers, body: body)
        }
    }
}
