import Domain
import Messaging

/// Tells the due scans of all processes that the schedule changed.
public struct ScheduleAlarm: Sendable {
    private static let topic = "schedule"

    private let broadcast: any Broadcast

    public init(broadcast: any Broadcast) { self.broadcast = broadcast }

    /// Returns at once; rings that come together count as one.
    public func ring() { Task { [broadcast] in await broadcast.send("", to: Self.topic) } }

    /// Hears rings from now on: listen before looking, so that nothing is missed in between.
    func listen() -> Bell { Bell(rings: broadcast.messages(on: Self.topic)) }
}
