import NIOCore

/// One connection. Commands go out as they come and are answered in their order (pipelining), whoever sent them.
final class RedisConnection: Sendable {
    private let channel: any Channel

    init(channel: any Channel) { self.channel = channel }

    var isOpen: Bool { channel.isActive }

    /// Sends commands in one piece; nobody's come in between. Waits `patience` for the last answer; when it does not come the connection is
    /// closed, because nobody could tell later answers apart. An answer may be an error.
    func send(_ commands: [RedisCommand], patience: Duration) async throws(RedisError) -> [RESPValue] {
        let promise = channel.eventLoop.makePromise(of: [RESPValue].self)
        channel.writeAndFlush(RedisRequest(commands: commands, patience: .milliseconds(patience.milliseconds), promise: promise))
            .cascadeFailure(to: promise)  // When the connection is gone nothing else answers.
        do {
            return try await promise.futureResult.get()
        } catch let error as RedisError {
            throw error
        } catch {
            throw .unavailable("the connection was lost: \(ConnectionWords.of(error))")
        }
    }

    /// As `send` of one command; throws `refused` when the answer is an error.
    func call(_ command: RedisCommand, patience: Duration) async throws(RedisError) -> RESPValue {
        let answer = try await send([command], patience: patience)[0]
        if case .error(let refusal) = answer { throw .refused(refusal) }
        return answer
    }

    func close() { channel.close(promise: nil) }

    /// Returns when the connection is closed, by either side.
    func untilClosed() async {
        try? await channel.closeFuture.get()  // It never fails.
    }
}

/// Commands on their way into a connection, with who waits for the answers.
struct RedisRequest: Sendable {
    let commands: [RedisCommand]
    let patience: TimeAmount
    let promise: EventLoopPromise<[RESPValue]>
}

/// Gives answers to those who asked, in their order; what comes unasked goes to `heard`.
final class RedisExchange: ChannelDuplexHandler {
    typealias InboundIn = RESPValue
    typealias OutboundIn = RedisRequest
    typealias OutboundOut = ByteBuffer

    private struct Pending {
        let promise: EventLoopPromise<[RESPValue]>
        let deadline: NIODeadline
        var missing: Int
        var answers: [RESPValue] = []
    }

    /// Between two looks whether somebody waits too long.
    private static let glance = TimeAmount.milliseconds(200)

    private var pending = CircularBuffer<Pending>()
    private var failure: RedisError?
    private var watch: Scheduled<Void>?
    private let heard: (@Sendable (RESPValue) -> Void)?

    init(heard: (@Sendable (RESPValue) -> Void)?) { self.heard = heard }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = unwrapOutboundIn(data)
        if let failure {
            promise?.fail(failure)
            return request.promise.fail(failure)
        }
        var buffer = context.channel.allocator.buffer(capacity: 128 * request.commands.count)
        for command in request.commands { command.write(to: &buffer) }
        pending.append(Pending(promise: request.promise, deadline: .now() + request.patience, missing: request.commands.count))
        context.write(wrapOutboundOut(buffer), promise: promise)
        if watch == nil { glance(later: context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let value = unwrapInboundIn(data)
        if let heard, Self.isPush(value) { return heard(value) }
        guard !pending.isEmpty else { return fail(.unavailable("Redis answered what was not asked"), context) }
        pending[pending.startIndex].answers.append(value)
        pending[pending.startIndex].missing -= 1
        guard pending[pending.startIndex].missing == 0 else { return }
        let done = pending.removeFirst()
        done.promise.succeed(done.answers)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(
            .unavailable(
                error is RESPViolation ? "what answers does not speak Redis's protocol" : "the connection was lost: \(ConnectionWords.of(error))"),
            context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.unavailable("the connection was closed"), context)
        context.fireChannelInactive()
    }

    /// RESP2 sends messages of channels as arrays that begin with this word.
    private static func isPush(_ value: RESPValue) -> Bool { value.array?.first?.text == "message" }

    private func glance(later context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleTask(in: Self.glance) {
            let (exchange, context) = bound.value
            exchange.watch = nil
            guard let first = exchange.pending.first else { return }
            if first.deadline <= .now() { return exchange.fail(.unavailable("Redis did not answer in time"), context) }
            exchange.glance(later: context)
        }
    }

    private func fail(_ error: RedisError, _ context: ChannelHandlerContext) {
        failure = failure ?? error
        watch?.cancel()
        let waiting = pending
        pending.removeAll()
        for request in waiting { request.promise.fail(error) }
        context.close(promise: nil)
    }
}
