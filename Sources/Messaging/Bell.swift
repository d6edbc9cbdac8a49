import Domain

/// Waiting that a message cuts short. Begin to listen before you look whether there is something to do, so that no ring is missed.
public struct Bell: Sendable {
    private let rings: AsyncStream<String>

    public init(rings: AsyncStream<String>) { self.rings = rings }

    /// Returns at a ring (also one from before this call), at `instant`, or when cancelled.
    public func wait(until instant: Timestamp, time: any TimeSource) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in rings { return } }
            // Cancelled means the other was first; there is nothing else to tell.
            group.addTask { try? await time.sleep(until: instant) }
            await group.next()
            group.cancelAll()
        }
    }
}
