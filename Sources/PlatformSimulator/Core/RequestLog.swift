import Foundation
import NIOConcurrencyHelpers

/// One call to a platform, for tests that ask what really arrived.
public struct LogEntry: Sendable, Codable {
    public let sequence: Int
    public let time: Date
    public let platform: String
    /// E.g. `x.createPost`; empty for unknown paths.
    public let operation: String
    public let method: String
    public let path: String
    /// Handle of the account the call claimed to come from.
    public let account: String?
    /// What was answered; 0 when the connection was dropped.
    public let status: Int
    /// Id of what the call made public, also when the answer never left.
    public let created: String?
    /// The fault that struck.
    public let fault: Fault.Kind?
}

/// The last calls, in a ring.
final class RequestLog: Sendable {
    private struct Ring: Sendable {
        var entries: [LogEntry] = []
        var next = 0
        var sequence = 0
    }

    private let capacity: Int
    private let box = NIOLockedValueBox(Ring())

    init(capacity: Int) { self.capacity = max(1, capacity) }

    func add(_ make: (_ sequence: Int) -> LogEntry) {
        box.withLockedValue { ring in
            ring.sequence += 1
            let entry = make(ring.sequence)
            if ring.entries.count < capacity {
                ring.entries.append(entry)
            } else {
                ring.entries[ring.next] = entry
                ring.next = (ring.next + 1) % capacity
            }
        }
    }

    /// Oldest first.
    var entries: [LogEntry] {
        box.withLockedValue { ring in Array(ring.entries[ring.next...] + ring.entries[..<ring.next]) }
    }

    func clear() { box.withLockedValue { $0 = Ring() } }
}
