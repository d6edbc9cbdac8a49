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
    /// Listens to `channel` on a connection and a thread of its own until the stream is dropped or the database closed; connects again,
    /// ever more slowly, when the server goes away.
    public func notifications(on channel: String) -> AsyncStream<PostgresNotification> {
        AsyncStream(bufferingPolicy: .bufferingNewest(4096)) { continuation in
            let isDropped = NIOLockedValueBox(false)
            continuation.onTermination = { _ in isDropped.withLockedValue { $0 = true } }
            let listener = PostgresListener(address: address, channel: channel, stream: continuation) { [weak self] in
                isDropped.withLockedValue { $0 } || self?.isClosed ?? true
            }
            Thread.detachNewThread { listener.run() }
        }
    }
}

private struct PostgresListener: Sendable {
    /// How long a stop may go unnoticed.
    private static let glance: Int32 = 250
    private static let longestPause: TimeInterval = 10

    let address: PostgresAddress
    let channel: String
    let stream: AsyncStream<PostgresNotification>.Continuation
    let isStopped: @Sendable () -> Bool

    func run() {
        var pause: TimeInterval = 0.1
        while !isStopped() {
            // A failure to connect and a lost connection are answered alike: wait, connect again, say `.listening`.
            try? listen { pause = 0.1 }
            let next = Date(timeIntervalSinceNow: pause)
            while !isStopped(), case let left = next.timeIntervalSinceNow, left > 0 { Thread.sleep(forTimeInterval: min(left, 0.25)) }
            pause = min(pause * 2, Self.longestPause)
        }
        stream.finish()
    }

    /// Returns when stopped; throws when there is no connection any more.
    private func listen(onceConnected: () -> Void) throws {
        let connection = try PostgresConnection(address)
        try connection.script("LISTEN \"\(channel.replacing("\"", with: "\"\""))\"")
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
