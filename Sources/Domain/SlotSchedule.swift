extension Slot {
    /// Throws `VALIDATION_FAILED` or `INVALID_TIME_ZONE` unless its weekdays, minute and zone exist.
    public func validate() throws(ProblemReport) {
        guard weekdays.allSatisfy((1...7).contains) else {
            throw .invalid("weekdays", "A slot's weekdays are numbers from 1 (Monday) to 7 (Sunday); leave them out for every day.")
        }
        guard (0..<1440).contains(minute) else {
            throw .invalid("minute", "A slot's minute is counted from midnight, 0 to 1439: 540 is 09:00.")
        }
        if let tag, !(1...60).contains(tag.count) || tag.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            throw .invalid("tag", "A slot's tag has 1 to 60 characters on one line; leave it out for posts of any other kind.")
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
        /// The tag that the slot is kept for, if any.
        public let tag: String?
    }

    /// Those of a channel's `own` slots that a post with `tags` takes: the ones kept for a tag of it, else those that are kept for none.
    /// The usual times in `zone` where there are no slots at all. Tags are compared without regard to case.
    public static func slots(_ own: [Slot], for tags: [String], zone: String) -> [Slot] {
        guard !own.isEmpty else { return defaultSlots(zone: zone) }
        let wanted = Set(tags.map { $0.lowercased() })
        let kept = own.filter { slot in slot.tag.map { wanted.contains($0.lowercased()) } ?? false }
        return kept.isEmpty ? own.filter { $0.tag == nil } : kept
    }

    /// The first time after `instant` that is a slot and not in `taken`; nil when the next 60 days have none. Each slot keeps its
    /// wall-clock time across daylight-saving changes.
    public static func next(after instant: Timestamp, slots: [Slot], taken: Set<Timestamp>) -> Time? {
        slots.compactMap { slot in times(of: slot, after: instant, until: instant + horizon).first { !taken.contains($0.instant) } }
            .min { $0.instant < $1.instant }
    }

    /// All slots after `instant` and up to `end`, at most `horizon` later, that are not in `taken`, in the order of time. Of several at one
    /// time it is the one that is kept for no tag, if there is one.
    public static func free(after instant: Timestamp, until end: Timestamp, slots: [Slot], taken: Set<Timestamp>) -> [Time] {
        let end = min(end, instant + horizon)
        var free: [Timestamp: Time] = [:]
        for time in slots.lazy.flatMap({ times(of: $0, after: instant, until: end) }) where !taken.contains(time.instant) {
            if free[time.instant] == nil || time.tag == nil { free[time.instant] = time }
        }
        return free.values.sorted { $0.instant < $1.instant }
    }

    private static func times(of slot: Slot, after instant: Timestamp, until end: Timestamp) -> some Sequence<Time> {
        // Zones are checked when a slot is saved; one that this machine's data no longer knows never comes.
        let zone = ZoneData.inForce.zone(named: slot.timeZone)
        let (first, last) = zone.map { (WallTime(instant, in: $0).day, WallTime(end, in: $0).day) } ?? (0, -1)
        return (first..<max(first, last + 1)).lazy
            .map { WallTime(day: $0, minute: slot.minute) }
            .filter { slot.weekdays.isEmpty || slot.weekdays.contains($0.weekday) }
            .map { Time(instant: $0.instant(in: zone ?? .utc), wall: $0, timeZone: slot.timeZone, tag: slot.tag) }
            .filter { $0.instant > instant && $0.instant <= end }
    }
}
