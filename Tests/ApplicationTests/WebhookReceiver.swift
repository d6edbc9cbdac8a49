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

    private let state: NIOLockedValueBox<State>
    private let port: Int
    var url: String { "http://127.0.0.1:\(port)/hook" }
    var taken: [Delivery] { state.withLockedValue(\.taken) }

    /// What comes next is answered so, one after the other; what comes behind them as `usual`.
    func answer(_ answers: HTTPResponseStatus..., then usual: HTTPResponseStatus = .noContent) {
        state.withLockedValue { ($0.answers, $0.usual) = (answers, usual) }
    }

    static func with(_ body: (WebhookReceiver) async throws -> Void) async throws {
        let state = NIOLockedValueBox(State())
        try await LoopbackServer.with { pipeline in
            try pipeline.configureHTTPServerPipeline()
            try pipeline.addHandler(Noting(state))
        } _: { port in
            try await body(WebhookReceiver(state: state, port: port))
        }
    }

    private init(state: NIOLockedValueBox<State>, port: Int) {
        self.state = state
        self.port = port
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
