import HummingbirdCore
import Logging
import NIOCore

/// HTTP/1 whose requests are answered on the thread that reads and writes their connection: otherwise every answer would change threads
/// several times. Threads of their own remain for what blocks (databases, files, programs).
struct LoopBoundChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let http: HTTP1Channel

    /// Bodies announced as longer than `largestBody` bytes are refused.
    static func server(largestBody: Int) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            let configuration = HTTP1Channel.Configuration(
                additionalChannelHandlers: [ConnectionHandler(largestBody: largestBody)], idleTimeout: .seconds(75))
            return LoopBoundChannel(http: HTTP1Channel(responder: responder, configuration: configuration))
        }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> { http.setup(channel: channel, logger: logger) }

    func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(loop: value.channel.eventLoop)) { await http.handle(value: value, logger: logger) }
    }
}

/// Runs tasks on an event loop.
private final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
