import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// A server on a free loopback port that notes what it is sent, and answers with what it was told.
final class WebhookReceiver: Sendable {
    struct Delivery: Sendable {
        var headers: [String: String] = [:]
        var body = ""
    }

    private struct State {
        var answers: [HTTPResponseStatus] = []
        var usual = HTTPResponseStatus.noContent
        var taken: [Delivery] = []
    }

    private let state = NIOLockedValueBox(State())
    private let channel: any Channel
    var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/hook" }
    var taken: [Delivery] { state.withLockedValue(\.taken) }

    /// What comes next is answered so, one after the other; what comes behind them as `usual`.
    func answer(_ answers: HTTPResponseStatus..., then usual: HTTPResponseStatus = .noContent) {
        state.withLockedValue { ($0.answers, $0.usual) = (answers, usual) }
    }

    static func with(_ body: (WebhookReceiver) async throws -> Void) async throws {
        let receiver = try await WebhookReceiver()
        let result: Result<Void, any Error>
        do { result = .success(try await body(receiver)) } catch { result = .failure(error) }
        try await receiver.channel.close()
        try result.get()
    }

    private init() async throws {
        let state = state
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Noting(state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private final class Noting: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let state: NIOLockedValueBox<State>
        private var delivery = Delivery()

        init(_ state: NIOLockedValueBox<State>) { self.state = state }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                delivery = Delivery(headers: Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { $1 })
            case .body(let buffer): delivery.body += String(buffer: buffer)
            case .end:
                let status = state.withLockedValue { state in
                    state.taken.append(delivery)
                    return state.answers.isEmpty ? state.usual : state.answers.removeFirst()
                }
                context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: ["content-length": "0"]))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
