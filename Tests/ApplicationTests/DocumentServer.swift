import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// A web server on a free loopback port that answers each path as it was told, and says nothing at all where it was not.
final class DocumentServer: Sendable {
    struct Page: Sendable {
        var status = HTTPResponseStatus.ok
        var headers: [(String, String)] = []
        var body = ""
    }

    private struct State {
        var pages: [String: Page] = [:]
        var asked: [String] = []
    }

    private let state: NIOLockedValueBox<State>
    let port: Int
    var base: String { "http://127.0.0.1:\(port)" }
    /// The paths that clients asked for.
    var asked: [String] { state.withLockedValue(\.asked) }

    func put(_ path: String, _ page: Page) { state.withLockedValue { $0.pages[path] = page } }

    static func with(_ body: (DocumentServer) async throws -> Void) async throws {
        let state = NIOLockedValueBox(State())
        try await LoopbackServer.with { pipeline in
            try pipeline.configureHTTPServerPipeline()
            try pipeline.addHandler(Answering(state))
        } _: { port in
            try await body(DocumentServer(state: state, port: port))
        }
    }

    private init(state: NIOLockedValueBox<State>, port: Int) {
        self.state = state
        self.port = port
    }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let state: NIOLockedValueBox<State>

        init(_ state: NIOLockedValueBox<State>) { self.state = state }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .head(let head) = unwrapInboundIn(data) else { return }
            let page = state.withLockedValue { state in
                state.asked.append(head.uri)
                return state.pages[head.uri]
            }
            guard let page else { return }
            var headers = HTTPHeaders(page.headers)
            headers.replaceOrAdd(name: "Content-Length", value: "\(page.body.utf8.count)")
            context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: page.status, headers: headers))), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: page.body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
