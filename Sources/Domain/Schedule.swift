import Foundation
import FoundationInternationalization

/// Reads the times and zones that people and programs write.
public enum Schedule {
    /// The instant that `text` means: ISO 8601 with an offset, or a wall time (`2026-11-24T09:00`) in the IANA zone `zone`.
    /// Throws `INVALID_TIME_ZONE` for an unknown zone, `VALIDATION_FAILED` for a time that cannot be read.
    public static func resolve(_ text: String, zone: String) throws(ProblemReport) -> Timestamp {
        let zone = try timeZone(zone)
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if let instant = Timestamp(text) { return instant }
        guard let written = WrittenTime(text), written.offset == nil else {
            throw .invalid(
                "scheduledFor",
                "The time '\(text.prefix(40))' cannot be read. Write it as 2026-11-24T09:00 (in the time zone \(zone.identifier)) "
                    + "or with an offset, as 2026-11-24T09:00:00Z.")
        }
        return written.wall.instant(in: zone)
    }

    /// The zone of an IANA name such as `Europe/Paris`; throws `INVALID_TIME_ZONE` for any other text.
    public static func timeZone(_ name: String) throws(ProblemReport) -> TimeZone {
        guard let zone = TimeZone(identifier: name) else {
            throw ProblemReport(
                .invalidTimeZone,
                "'\(name.prefix(60))' is not a time zone. Use an IANA name such as Europe/Paris or America/New_York, or UTC.",
                details: ["timeZone": .string(String(name.prefix(60)))])
        }
        return zone
    }
}

/// Refuses to run without time zone data: a scheduler that silently falls back to UTC posts at the wrong hour.
public enum TimeZoneGuard {
    /// Throws `INTERNAL_ERROR` when the executable was linked without time zone data. To be called when the program starts.
    public static func check() throws(ProblemReport) {
        // A statically linked executable has the data only if something in it needs internationalisation: this does.
        _ = Date().formatted(Date.FormatStyle(timeZone: .gmt))
        let summer = Date(timeIntervalSince1970: 1_782_900_000)
        guard TimeZone(identifier: "Europe/Paris")?.secondsFromGMT(for: summer) == 7200 else {
            throw ProblemReport(
                .internalError,
                "This executable has no time zone data (Europe/Paris is unknown), so posts would go out at the wrong hour. "
                    + "Link it dynamically, or with FoundationInternationalization.")
        }
    }
}
