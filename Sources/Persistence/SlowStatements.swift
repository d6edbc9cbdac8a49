import Domain
import Logging
import NIOConcurrencyHelpers

/// Statements that take long, in the log. Their texts hold no values of anybody: those are bound.
enum SlowStatements {
    /// What takes longer counts as slow.
    static let limit = Duration.milliseconds(500)
    /// A database that is slow at everything must not fill the log with it: between two lines others are only counted.
    private static let pause = Duration.seconds(1)

    private static let logger = Logger(label: "postiz")
    private static let noted = NIOLockedValueBox<(last: ContinuousClock.Instant?, leftOut: Int)>((nil, 0))

    /// Runs a statement, with the wait for locks of others and for the disk.
    static func watching<Value, Failure: Error>(_ sql: String, _ run: () throws(Failure) -> Value) throws(Failure) -> Value {
        let start = ContinuousClock.now
        defer {
            let duration = ContinuousClock.now - start
            if duration > limit { note(sql, duration) }
        }
        return try run()
    }

    private static func note(_ sql: String, _ duration: Duration) {
        let now = ContinuousClock.now
        let leftOut: Int? = noted.withLockedValue { noted in
            if let last = noted.last, now - last < pause {
                noted.leftOut += 1
                return nil
            }
            defer { noted = (now, 0) }
            return noted.leftOut
        }
        guard let leftOut else { return }
        var metadata: Logger.Metadata = [
            "milliseconds": "\(duration.milliseconds)",
            "statement": "\(sql.split(whereSeparator: \.isWhitespace).joined(separator: " "))",
        ]
        if leftOut > 0 { metadata["leftOut"] = "\(leftOut)" }
        logger.warning("slow statement", metadata: metadata)
    }
}
