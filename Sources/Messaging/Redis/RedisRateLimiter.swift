import Domain

/// Limits that all processes share: a fixed window per subject, which Redis forgets when it ends. While Redis is away each process counts for
/// itself, so that a limit never falls away.
public struct RedisRateLimiter: RateLimiter {
    private let redis: RedisClient
    private let prefix: String
    private let local: LocalRateLimiter

    /// `prefix` begins the names of all keys.
    public init(redis: RedisClient, prefix: String, time: any TimeSource) {
        self.redis = redis
        self.prefix = prefix
        local = LocalRateLimiter(time: time)
    }

    public func take(_ subject: String, limit: Int, window: Duration) async -> RateDecision {
        guard let answer = try? await redis.call("EVAL", Self.take, "1", key(subject), "\(max(1, window.milliseconds))").array,
            answer.count == 2, let count = answer[0].integer, let left = answer[1].integer
        else { return await local.take(subject, limit: limit, window: window) }
        return RateDecision(
            allowed: count <= limit, limit: limit, remaining: max(0, limit - count), reset: .milliseconds(max(0, left)))
    }

    public func giveBack(_ subject: String) async {
        if (try? await redis.call("EVAL", Self.giveBack, "1", key(subject))) == nil { await local.giveBack(subject) }
    }

    private func key(_ subject: String) -> String { "\(prefix):rate:\(subject)" }

    private static let take = """
        local count = redis.call('INCR', KEYS[1])
        if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
        return {count, redis.call('PTTL', KEYS[1])}
        """

    private static let giveBack = """
        local count = tonumber(redis.call('GET', KEYS[1]) or '0')
        if count > 0 then return redis.call('DECR', KEYS[1]) end
        return 0
        """
}
