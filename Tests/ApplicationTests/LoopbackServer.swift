import NIOCore
import NIOPosix

/// Listens on a free loopback port while a test runs.
enum LoopbackServer {
    /// Calls `body` with the port; `prepare` gives each connection its handlers.
    static func with(
        _ prepare: @escaping @Sendable (ChannelPipeline.SynchronousOperations) throws -> Void, _ body: (_ port: Int) async throws -> Void
    ) async throws {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try prepare(channel.pipeline.syncOperations) } }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<Void, any Error>
        do { result = .success(try await body(channel.localAddress?.port ?? 0)) } catch { result = .failure(error) }
        try await channel.close()
        try result.get()
    }
}
