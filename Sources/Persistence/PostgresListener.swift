import Foundation
import NIOConcurrencyHelpers

/// What a channel of `LISTEN` tells.
public enum PostgresNotification: Sendable, Equatable {
    /// From now on notifications arrive. Earlier ones may have been missed (a new connection, a reader that was too slow): look once.
    case listening
    /// Somebody called `pg_notify(channel, payload)`, and their transaction was committed.
    case payload(String)
}

extension PostgresDatabase {
    /// Listens to `channel` on a connection and a thread of its own, past a pooler where there is a direct address, until the stream is dropped
    /// or the database closed. Connects again when the server goes away: after two seconds at most, and as soon as other work finds it back.
    public func notifications(on channel: String) -> AsyncStream<PostgresNotification> {
        AsyncStream(bufferingPolicy: .bufferingNewest(4096)) { continuation in
            let isDropped = NIOLockedValueBox(false)
            continuation.onTermination = { _ in isDropped.withLockedValue { $0 = true } }
            let listener = PostgresListener(address: directAddress, channel: channel, stream: continuation, patience: patience) { [weak self] in
                isDropped.withLockedValue { $0 } || self?.isClosed ?? true
            } openedConnections: { [weak self] in
                self?.openedConnections ?? 0
            }
            Thread.detachNewThread { listener.run() }
        }
    }
}

/// How long a listener waits before it connects again, in seconds: longer each time, but never so long that people notice.
struct ListenerPause {
    private static let longest: TimeInterval = 2
    private var following: TimeInterval = 0.1

    mutating func next() -> TimeInterval {
        defer { following = min(following * 2, Self.longest) }
        return following
    }
}

private struct PostgresListener: Sendable {
    /// How long a stop may go unnoticed.
    private static let glance: Int32 = 250
    let address: PostgresAddress
    let channel: String
    let stream: AsyncStream<PostgresNotification>.Continuation
    let patience: PostgresPatience
    let isStopped: @Sendable () -> Bool
    let openedConnections: @Sendable () -> Int

    func run() {
        var pause = ListenerPause()
        while !isStopped() {
            // A failure to connect and a lost connection are answered alike: wait, connect again, say `.listening`.
            try? listen { pause = ListenerPause() }
            let opened = openedConnections()
            let next = Date(timeIntervalSinceNow: pause.next())
            while !isStopped(), case let left = next.timeIntervalSinceNow, left > 0 {
                if openedConnections() != opened {
                    pause = ListenerPause()
                    break
                }
                Thread.sleep(forTimeInterval: min(left, 0.25))
            }
        }
        stream.finish()
    }

    /// Returns when stopped; throws when there is no connection any more.
    private func listen(onceConnected: () -> Void) throws {
        let connection = try PostgresConnection(address, pooler: .session, patience: patience)
        try connection.run("LISTEN \"\(channel.replacing("\"", with: "\"\""))\"")
        onceConnected()
        tell(.listening)
        while !isStopped() {
            for payload in try connection.notifications(waiting: Self.glance) { tell(.payload(payload)) }
        }
    }

    private func tell(_ notification: PostgresNotification) {
        if case .dropped = stream.yield(notification) { stream.yield(.listening) }
    }
}
