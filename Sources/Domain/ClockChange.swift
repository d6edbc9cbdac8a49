/// What the author should know about a wall-clock time on a day on which the clocks are changed.
public enum ClockChange: Sendable, Equatable {
    /// The clocks skip it: `read` is the time that was taken instead.
    case skipped(read: Timestamp)
    /// The clocks show it twice: the first was taken, `second` is the other one.
    case twice(second: Timestamp)

    /// Nil for an ordinary time.
    public init?(_ wall: WallTime, in zone: Zone) {
        let reading = wall.reading(in: zone)
        if reading.isSkipped {
            self = .skipped(read: reading.instant)
        } else if let second = reading.second {
            self = .twice(second: second)
        } else {
            return nil
        }
    }
}

extension Problem {
    /// The warning that the clocks of `zone` skip `wall` or show it twice; nil for an ordinary time.
    public init?(_ wall: WallTime, in zone: Zone) {
        let written = wall.millisecond % 60_000 == 0 ? wall.minuteText : wall.description
        switch ClockChange(wall, in: zone) {
        case nil: return nil
        case .skipped(let read):
            let shown = WallTime(read, in: zone).minuteText
            self.init(
                .timeSkipped, "The clocks of \(zone.name) skip \(written): it was read as \(shown) (\(read)).", severity: .warning,
                field: "scheduledFor")
        case .twice(let second):
            self.init(
                .timeTwice, "The clocks of \(zone.name) show \(written) twice: the first was taken. For the second write \(second).",
                severity: .warning, field: "scheduledFor")
        }
    }
}
