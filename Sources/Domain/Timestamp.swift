import Foundation

/// An instant in UTC with millisecond precision, as it is stored (epoch milliseconds) and sent (ISO 8601 with three decimals).
public struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    public init(_ date: Date) {
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        self.init(milliseconds: Int64(exactly: milliseconds).map(Self.bounded) ?? (milliseconds < 0 ? -Self.last : Self.last))
    }

    /// Reads ISO 8601 with an offset, with or without fractions: `2026-11-23T09:00:00Z`, `2026-11-23T09:00:00.250+01:00`.
    public init?(_ text: String) {
        guard let written = WrittenTime(text), let offset = written.offset else { return nil }
        self = written.wall.instant(offset: offset)
        // Years outside 1..9999 cannot be written back as ISO 8601.
        guard (-62_135_596_800_000..<253_402_300_800_000).contains(milliseconds) else { return nil }
    }

    /// The system's clock. Rules take the time from a `TimeSource` instead, so that tests can drive it.
    public static var now: Timestamp { Timestamp(Date()) }

    public var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }
    public var description: String { "\(WallTime(self, offset: 0))Z" }
    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }
    // Sums stop at the bounds: numbers come from assistants and platforms, and none of them may stop the process.
    public static func + (left: Self, right: Duration) -> Self {
        Self(milliseconds: bounded(left.milliseconds) + bounded(right.milliseconds)).bounded
    }
    public static func - (left: Self, right: Duration) -> Self {
        Self(milliseconds: bounded(left.milliseconds) - bounded(right.milliseconds)).bounded
    }
    public static func - (left: Self, right: Self) -> Duration { .milliseconds(bounded(left.milliseconds) - bounded(right.milliseconds)) }

    /// The end of the year 9999, which four digits can still write.
    private static let last: Int64 = 253_402_300_799_999
    private static func bounded(_ milliseconds: Int64) -> Int64 { min(max(milliseconds, -last), last) }
    private var bounded: Self { Self(milliseconds: Self.bounded(milliseconds)) }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero, as far as they can be counted.
    public var milliseconds: Int64 {
        let seconds = min(max(components.seconds, -Self.mostSeconds), Self.mostSeconds)
        return seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
    /// Whole seconds, rounded up and at least one: a wait as `Retry-After` tells it.
    public var secondsToWait: Int64 { max(1, (milliseconds + 999) / 1000) }
    public static func minutes(_ count: Int64) -> Duration { seconds(count, each: 60) }
    public static func hours(_ count: Int64) -> Duration { seconds(count, each: 3600) }
    public static func days(_ count: Int64) -> Duration { seconds(count, each: 86_400) }

    private static let mostSeconds = Int64.max / 1000 - 1

    private static func seconds(_ count: Int64, each: Int64) -> Duration {
        .seconds(min(max(count, -mostSeconds / each), mostSeconds / each) * each)
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let instant = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a time is ISO 8601 with an offset, such as 2026-11-23T09:00:00Z")
        }
        self = instant
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Where the time comes from. The product runs on `SystemTime`; tests drive their own.
public protocol TimeSource: Sendable {
    var now: Timestamp { get }
    /// Returns when `now` has reached `instant`; throws `CancellationError` when cancelled.
    func sleep(until instant: Timestamp) async throws
}

/// The machine's own clock.
public struct SystemTime: TimeSource {
    public init() {}
    public var now: Timestamp { .now }
    public func sleep(until instant: Timestamp) async throws {
        // The wall clock may be set while we sleep: look again at least every second.
        while case let left = instant - now, left > .zero { try await Task.sleep(for: min(left, .seconds(1))) }
    }
}
