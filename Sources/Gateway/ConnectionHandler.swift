import HTTPTypes
import Metrics
import NIOCore
import NIOHTTPTypes

/// Four things that the server leaves to its owner. It says that a connection ends where the client has asked for that: clients go by the answer,
/// and would send the next request into it (RFC 9112 §9.6). It answers `Expect: 100-continue`, so that clients do not wait before each large upload. It
/// ends a connection whose request was answered before its body was read, whoever answered and whatever the answer: a long rest would be read
/// only to be thrown away. And it ends connections so that the answer arrives: closing at once while a client still sends makes its system
/// forget the answer (RFC 9112 §9.6), so the sending side is closed first, and what comes is dropped for a while.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Bounds of what is read of a body that nobody wants.
    private enum Rest {
        /// Bytes for which a connection is kept: reading them is quicker than a new one.
        static let kept = 64 * 1024
        /// Bytes that are dropped while a client takes in its answer, and for how long.
        static let dropped = 64 * 1024 * 1024
        static let patience = TimeAmount.seconds(10)
    }

    /// Bodies announced as longer are refused anyway: their sender is not asked to go on.
    private let largestBody: Int
    /// Bytes of the request's body that are still to come; nil when it does not say.
    private var outstanding: Int?
    private var requestIsWhole = true
    /// Whether its client wants no further answer on this connection.
    private var isLast = false
    private var closing = false
    /// Bytes dropped since the last answer; nil as long as there is none.
    private var dropped: Int?

    private let connections = Meter(label: "http_connections")

    init(largestBody: Int) { self.largestBody = largestBody }

    func channelActive(context: ChannelHandlerContext) {
        connections.increment()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connections.decrement()
        context.fireChannelInactive()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if dropped != nil { return drop(unwrapInboundIn(data), context) }
        switch unwrapInboundIn(data) {
        case .head(let head):
            requestIsWhole = false
            isLast = head.headerFields[.connection]?.lowercased().split { ", ".contains($0) }.contains("close") ?? false
            outstanding = head.headerFields[.contentLength].flatMap { Int($0) } ?? (head.headerFields.contains(.transferEncoding) ? nil : 0)
            if head.headerFields[.expect]?.lowercased() == "100-continue", outstanding ?? 0 <= largestBody {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
        case .body(let buffer): outstanding = outstanding.map { $0 - buffer.readableBytes }
        case .end: requestIsWhole = true
        }
        context.fireChannelRead(data)
    }

    private func drop(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .body(let buffer):
            let sum = (dropped ?? 0) + buffer.readableBytes
            dropped = sum
            if sum > Rest.dropped { context.close(promise: nil) }
        case .end: context.close(promise: nil)
        case .head: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // Nobody behind us asks for more.
        if dropped != nil { context.read() }
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if isLast || !requestIsWhole && (outstanding.map { $0 > Rest.kept } ?? true) { head.headerFields[.connection] = "close" }
            closing = head.headerFields[.connection] == "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end where closing:
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            written.futureResult.whenComplete { _ in
                let (handler, context) = bound.value
                handler.end(context)
            }
            context.writeAndFlush(data, promise: written)
        default:
            context.write(data, promise: promise)
        }
    }

    /// Closes at once when the request was read, else when the client has had its time.
    private func end(_ context: ChannelHandlerContext) {
        guard !requestIsWhole, context.channel.isActive else { return context.close(promise: nil) }
        dropped = 0
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Rest.patience) { channel.close(promise: nil) }
        context.read()
    }
}
