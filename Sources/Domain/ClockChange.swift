import Foundation

/// What the author should know about a wall-clock time on a day on which the clocks are changed.
public enum ClockChange: Sendable, Equatable {
    /// The clocks skip it: `read` is the time that was taken instead.
    case skipped(read: Timestamp)
    /// The clocks show it twice: the first was taken, `second` is the other one.
    case twice(second: Timestamp)

    /// Nil for an ordinary time, a time with an offset, and what cannot be read at all.
    public init?(_ text: String, zone: String) {
        guard let zone = TimeZone(identifier: zone), let written = WrittenTime(text.trimmingCharacters(in: .whitespacesAndNewlines)),
            written.offset == nil
        else { return nil }
        let read = written.wall.instant(in: zone)
        guard WallTime(read, in: zone) == written.wall else {
            self = .skipped(read: read)
            return
        }
        // Clocks are set back by an hour nearly everywhere; somewhere by half an hour or two.
        let later = [30, 60, 120].map { read + .minutes($0) }.first { WallTime($0, in: zone) == written.wall }
        guard let later else { return nil }
        self = .twice(second: later)
    }
}
