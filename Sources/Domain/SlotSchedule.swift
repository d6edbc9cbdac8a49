extension Slot {
    /// Throws `VALIDATION_FAILED` or `INVALID_TIME_ZONE` unless its weekdays, minute and zone exist.
    public func validate() throws(ProblemReport) {
        guard weekdays.allSatisfy((1...7).contains) else {
            throw .invalid("weekdays", "A slot's weekdays are numbers from 1 (Monday) to 7 (Sunday); leave them out for every day.")
        }
        guard (0..<1440).contains(minute) else {
            throw .invalid("minute", "A slot's minute is counted from midnight, 0 to 1439: 540 is 09:00.")
        }
        _ = try Schedule.timeZone(timeZone)
    }
}

/// Finds the next free slot of a channel.
public enum SlotSchedule {
    /// How far ahead a free slot is looked for.
    public static let horizon = Duration.days(60)

    /// The slots of a channel that has none of its own: 09:00, 13:00 and 18:00 every day in `zone`.
    public static func defaultSlots(zone: String) -> [Slot] {
        [9, 13, 18].map { Slot(minute: $0 * 60, timeZone: zone) }
    }

    /// A posting time on a certain day.
    public struct Time: Sendable, Equatable {
        public let instant: Timestamp
        /// What the clocks of `timeZone`, the slot's own zone, are to show.
        public let wall: WallTime
        public let timeZone: String
    }

    /// The first time after `instant` that is a slot and not in `taken`; nil when the next 60 days have none. Each slot keeps its
    /// wall-clock time across daylight-saving changes.
    public static func next(after instant: Timestamp, slots: [Slot], taken: Set<Timestamp>) -> Time? {
        slots.compactMap { slot in times(of: slot, after: instant, until: instant + horizon).first { !taken.contains($0.instant) } }
            .min { $0.instant < $1.instant }
    }

    /// All slots after `instant` and up to `end`, at most `horizon` later, that are not in `taken`, in the order of time.
    public static func free(after instant: Timestamp, until end: Timestamp, slots: [Slot], taken: Set<Timestamp>) -> [Timestamp] {
        let end = min(end, instant + horizon)
        return slots.reduce(into: Set<Timestamp>()) { $0.formUnion(times(of: $1, after: instant, until: end).map(\.instant)) }.subtracting(taken)
            .sorted()
    }

    private static func times(of slot: Slot, after instant: Timestamp, until end: Timestamp) -> some Sequence<Time> {
        // Zones are checked when a slot is saved; one that this machine's data no longer knows never comes.
        let zone = ZoneData.inForce.zone(named: slot.timeZone)
        let (first, last) = zone.map { (WallTime(instant, in: $0).day, WallTime(end, in: $0).day) } ?? (0, -1)
        return (first..<max(first, last + 1)).lazy
            .map { WallTime(day: $0, minute: slot.minute) }
            .filter { slot.weekdays.isEmpty || slot.weekdays.contains($0.weekday) }
            .map { Time(instant: $0.instant(in: zone ?? .utc), wall: $0, timeZone: slot.timeZone) }
            .filter { $0.instant > instant && $0.instant <= end }
    }
}
