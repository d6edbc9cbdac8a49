import Domain

/// When to try again: exponential backoff with jitter from 5 seconds to 15 minutes, for as long as `limit` after the first attempt.
public struct RetryPolicy: Sendable {
    /// How long a transient failure is tried again before it becomes final.
    public var limit: Duration
    public var shortest: Duration
    public var longest: Duration

    public init(limit: Duration = .hours(24), shortest: Duration = .seconds(5), longest: Duration = .minutes(15)) {
        self.limit = limit
        self.shortest = shortest
        self.longest = longest
    }

    /// The wait after `failures` failures (0 for the first): doubled each time, spread over ±20 % so that many do not return together.
    public func wait(after failures: Int, jitter: Double = .random(in: 0.8...1.2)) -> Duration {
        let doubled = Double(shortest.milliseconds) * Double(1 << min(failures, 20))
        return .milliseconds(Int64(min(doubled, Double(longest.milliseconds)) * jitter))
    }

    func allows(anotherTryAt next: Timestamp, first: Timestamp) -> Bool { next - first <= limit }
}
