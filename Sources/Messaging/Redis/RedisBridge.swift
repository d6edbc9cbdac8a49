import Domain
import Logging
import NIOConcurrencyHelpers

extension BridgedBroadcast {
    /// Messages between the processes that share a Redis server. `prefix` begins the name of the channel; channels do not belong to one database of
    /// a server, so installations need different ones.
    public convenience init(redis: RedisClient, prefix: String, logger: Logger) {
        self.init(RedisBridge(redis: redis, channel: "\(prefix):broadcast"), logger: logger)
    }
}

/// One channel of Redis. A message is its sender, topic and payload, a line each but the last.
private struct RedisBridge: BroadcastBridge {
    /// A server that answers nothing for so long, and then not in time either, is gone.
    private static let silence = Duration.seconds(5)

    let redis: RedisClient
    let channel: String
    private let sender = "\(Identifier<RedisBridge>())"

    init(redis: RedisClient, channel: String) { (self.redis, self.channel) = (redis, channel) }

    var isReady: Bool { redis.isConnected }

    func send(_ messages: [BroadcastMessage]) async throws {
        let answers = try await redis.send(messages.map { RedisCommand("PUBLISH", channel, "\(sender)\n\($0.topic)\n\($0.payload)") })
        for case .error(let refusal) in answers { throw RedisError.refused(refusal) }
    }

    func listen(to wants: @escaping @Sendable (String) -> Bool, _ tell: @escaping @Sendable (BridgeNews) -> Void) async {
        var pause = RedisPause()
        while !Task.isCancelled {
            // A failure to connect and a lost connection are answered alike: wait, connect again, say that some may have been missed.
            let heard = (try? await hear(tell)) ?? false
            if heard { pause = RedisPause() }
            tell(.lost)
            try? await Task.sleep(for: pause.next())  // Cancelled: the loop ends.
        }
    }

    /// Until the connection is lost or the task cancelled. False when the server did not let us listen.
    private func hear(_ tell: @escaping @Sendable (BridgeNews) -> Void) async throws -> Bool {
        let (messages, continuation) = AsyncStream.makeStream(of: String?.self, bufferingPolicy: .bufferingNewest(4096))
        let connection = try await redis.connector.connect { value in
            guard let words = value.array, words.count == 3, let message = words[2].text else { return }
            if case .dropped = continuation.yield(message) { continuation.yield(nil) }
        }
        return await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    // The connection's end ends the stream, and with it everything here.
                    await connection.untilClosed()
                    continuation.finish()
                }
                guard (try? await connection.call(RedisCommand("SUBSCRIBE", channel), patience: RedisConnector.patience)) != nil else {
                    connection.close()
                    return false
                }
                tell(.listening)
                group.addTask { await Self.watch(connection) }
                // nil: some came faster than they were read.
                for await message in messages { if let news = message.map(read) ?? .message(.gap) { tell(news) } }
                group.cancelAll()
                return true
            }
        } onCancel: {
            connection.close()
        }
    }

    /// A connection that the network has forgotten looks like one on which nobody speaks.
    private static func watch(_ connection: RedisConnection) async {
        while connection.isOpen, !Task.isCancelled {
            do {
                try await Task.sleep(for: silence)
                _ = try await connection.call(RedisCommand("PING"), patience: RedisConnector.patience)
            } catch {
                return connection.close()
            }
        }
    }

    /// nil: it is this process's own, whose listeners have had it.
    private func read(_ message: String) -> BridgeNews? {
        let parts = message.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[0] != sender else { return nil }
        return .message(BroadcastMessage(topic: parts[1], payload: parts[2]))
    }
}
