import Domain
import NIOConcurrencyHelpers

/// Tells the due scan of this process that the schedule changed.
public final class ScheduleAlarm: Sendable {
    private let listeners = NIOLockedValueBox<[Int: AsyncStream<Void>.Continuation]>([:])
    private let next = NIOLockedValueBox(0)

    public init() {}

    public func ring() {
        for listener in listeners.withLockedValue({ Array($0.values) }) { listener.yield() }
    }

    struct Ring: Sendable {
        let stream: AsyncStream<Void>

        /// Returns at a ring, at `instant`, or when cancelled.
        func wait(until instant: Timestamp, time: any TimeSource) async {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in stream { return } }
                // Cancelled means the other was first; there is nothing else to tell.
                group.addTask { try? await time.sleep(until: instant) }
                await group.next()
                group.cancelAll()
            }
        }
    }

    /// Hears rings from now on: listen before looking, so that nothing is missed in between.
    func listen() -> Ring {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = next.withLockedValue { next in
            next += 1
            return next
        }
        listeners.withLockedValue { $0[id] = continuation }
        continuation.onTermination = { [weak self] _ in self?.listeners.withLockedValue { $0[id] = nil } }
        return Ring(stream: stream)
    }
}
