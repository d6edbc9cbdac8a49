import Foundation

/// A natural limit of a platform: so many calls of a bucket per caller in a window.
struct RateLimit: Sendable {
    enum Window: Sendable {
        case seconds(Double)
        /// Ends at 00:00 UTC.
        case day
    }

    let bucket: String
    let count: Int
    let window: Window

    init(_ bucket: String, _ count: Int, _ window: Window) {
        (self.bucket, self.count, self.window) = (bucket, count, window)
    }

    func end(from now: Date) -> Date {
        switch window {
        case .seconds(let seconds): now.addingTimeInterval(seconds)
        case .day: Date(timeIntervalSince1970: ((now.timeIntervalSince1970 / 86400).rounded(.down) + 1) * 86400)
        }
    }
}

/// What a caller has left, as the platform's rate headers tell it.
struct RateReading: Sendable {
    let bucket: String
    let limit: Int
    let remaining: Int
    let resetsAt: Date
    /// The call is one too many.
    let exceeded: Bool
}

/// Counters per caller and bucket. Not thread-safe: lives inside `PlatformState`.
struct RateTable: Sendable {
    private struct Counter: Sendable {
        var limit: Int
        var used: Int
        var endsAt: Date
    }

    private struct Key: Hashable {
        let caller: String
        let bucket: String
    }

    /// Set by the control API for all calls of a caller; stands above the natural limits until it ends.
    private var overrides: [String: Counter] = [:]
    private var counters: [Key: Counter] = [:]

    mutating func override(caller: String, limit: Int, remaining: Int, endsAt: Date) {
        overrides[caller] = Counter(limit: limit, used: limit - remaining, endsAt: endsAt)
    }

    /// Counts one call. Returns the tightest reading, or nil when nothing limits the call. A refused call is not counted.
    mutating func take(_ limits: [RateLimit], caller: String, now: Date, enforced: Bool) -> RateReading? {
        if var counter = overrides[caller] {
            if counter.endsAt > now {
                let reading = count(&counter, bucket: "override", enforced: true)
                overrides[caller] = counter
                return reading
            }
            overrides[caller] = nil
        }
        var tightest: RateReading?
        for limit in limits {
            let key = Key(caller: caller, bucket: limit.bucket)
            var counter = counters[key] ?? Counter(limit: limit.count, used: 0, endsAt: limit.end(from: now))
            if counter.endsAt <= now { counter = Counter(limit: limit.count, used: 0, endsAt: limit.end(from: now)) }
            let reading = count(&counter, bucket: limit.bucket, enforced: enforced)
            counters[key] = counter
            if reading.exceeded { return reading }
            if reading.remaining < tightest?.remaining ?? .max { tightest = reading }
        }
        return tightest
    }

    private func count(_ counter: inout Counter, bucket: String, enforced: Bool) -> RateReading {
        let exceeded = enforced && counter.used >= counter.limit
        if !exceeded { counter.used += 1 }
        return RateReading(
            bucket: bucket, limit: counter.limit, remaining: max(0, counter.limit - counter.used), resetsAt: counter.endsAt,
            exceeded: exceeded)
    }
}
