import Foundation

/// Reads the times and zones that people and programs write.
public enum Schedule {
    /// The instant that `text` means: ISO 8601 with an offset, or a wall time (`2026-11-24T09:00`) in the IANA zone `zone`.
    /// Throws `INVALID_TIME_ZONE` for an unknown zone, `VALIDATION_FAILED` for a time that cannot be read.
    public static func resolve(_ text: String, zone: String) throws(ProblemReport) -> Timestamp { try read(text, zone: zone).instant }

    /// The same, with the wall time that was written; nil when an instant was.
    public static func read(_ text: String, zone: String) throws(ProblemReport) -> (instant: Timestamp, wall: WallTime?) {
        let zone = try timeZone(zone)
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if let instant = Timestamp(text) { return (instant, nil) }
        guard let wall = WallTime(text) else {
            throw .invalid(
                "scheduledFor",
                "The time '\(text.prefix(40))' cannot be read. Write it as 2026-11-24T09:00 (in the time zone \(zone.name)) "
                    + "or with an offset, as 2026-11-24T09:00:00Z.")
        }
        return (wall.instant(in: zone), wall)
    }

    /// The zone of an IANA name such as `Europe/Paris`; throws `INVALID_TIME_ZONE` for any other text.
    public static func timeZone(_ name: String) throws(ProblemReport) -> Zone {
        guard let zone = ZoneData.inForce.zone(named: name) else {
            throw ProblemReport(
                .invalidTimeZone,
                "'\(name.prefix(60))' is not a time zone. Use an IANA name such as Europe/Paris or America/New_York, or UTC.",
                details: ["timeZone": .string(String(name.prefix(60)))])
        }
        return zone
    }
}
