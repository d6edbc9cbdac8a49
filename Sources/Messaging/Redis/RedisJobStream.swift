import Domain

/// A job that is worth looking at, as an entry of the stream says.
struct JobHint: Sendable, Equatable {
    let entry: String
    /// Its id in the database; empty when the entry is not one of ours.
    let job: String
}

/// The hints of one kind of job in Redis: a stream with a group of readers, and a sorted set of those whose time has not come.
///
/// A hint lives from `push` until somebody has looked at its job in the database: from then on the job's lease there watches over it.
struct RedisJobStream: Sendable {
    static let group = "workers"
    /// The server waits in steps of a tenth of a second anyway, and never so long that a silent loss goes unnoticed: Redis 6.2 lets a reader wait
    /// on a stream that is gone.
    static let longestWait = Duration.seconds(1)
    /// Scripts unpack what they are given; Lua has room for some thousands.
    static let largestBatch = 500
    /// A hint that nobody has settled for so long: whoever took it is gone.
    static let stalledAfter = Duration.seconds(30)
    static let readersAreForgottenAfter = Duration.days(1)

    let redis: RedisClient
    /// This process among the readers.
    let reader: String
    private let (stream, later, turn): (String, String, String)

    init(redis: RedisClient, prefix: String, kind: String, reader: String) {
        self.redis = redis
        self.reader = reader
        (stream, later, turn) = ("\(prefix):jobs:\(kind)", "\(prefix):later:\(kind)", "\(prefix):turn:\(kind)")
    }

    /// Position 0: what was pushed before there was a group counts.
    func makeGroup() async throws(RedisError) {
        do throws(RedisError) {
            try await redis.call("XGROUP", "CREATE", stream, Self.group, "0", "MKSTREAM")
        } catch .refused(let refusal) where refusal.code == "BUSYGROUP" {}
    }

    func push(_ jobs: [(id: String, runAt: Timestamp)], now: Timestamp) async throws(RedisError) {
        let (due, delayed) = (jobs.filter { $0.runAt <= now }, jobs.filter { $0.runAt > now })
        var commands = due.map { RedisCommand("XADD", stream, "*", "id", $0.id) }
        if !delayed.isEmpty {
            commands.append(RedisCommand(["ZADD", later] + delayed.flatMap { ["\($0.runAt.milliseconds)", $0.id] }))
        }
        guard !commands.isEmpty else { return }
        for case .error(let refusal) in try await redis.send(commands) { throw .refused(refusal) }
    }

    /// What is there now, and when the next delayed one comes.
    func look(limit: Int, now: Timestamp) async throws(RedisError) -> (hints: [JobHint], next: Timestamp?) {
        let answers = try await redis.send([
            RedisCommand("EVAL", Self.bringDue, "2", later, stream, "\(now.milliseconds)"), read(limit: limit, wait: nil),
        ])
        for case .error(let refusal) in answers { throw .refused(refusal) }
        return (Self.hints(in: answers[1]), answers[0].integer.map { Timestamp(milliseconds: Int64($0)) })
    }

    /// Waits for a hint; empty when none came.
    func wait(limit: Int, _ wait: Duration) async throws(RedisError) -> [JobHint] {
        let bounded = max(.milliseconds(1), min(wait, Self.longestWait))
        return Self.hints(in: try await redis.wait(for: read(limit: limit, wait: bounded), bounded))
    }

    private func read(limit: Int, wait: Duration?) -> RedisCommand {
        let block = wait.map { ["BLOCK", "\($0.milliseconds)"] } ?? []
        return RedisCommand(["XREADGROUP", "GROUP", Self.group, reader, "COUNT", "\(limit)"] + block + ["STREAMS", stream, ">"])
    }

    /// Takes hints out of the stream and of what is pending, in one step.
    func settle(_ entries: [String]) async throws(RedisError) {
        for start in stride(from: 0, to: entries.count, by: Self.largestBatch) {
            let some = entries[start..<min(start + Self.largestBatch, entries.count)]
            let answers = try await redis.send([RedisCommand(["EVAL", Self.settle, "1", stream, Self.group] + some)])
            if case .error(let refusal) = answers[0] { throw .refused(refusal) }
        }
    }

    // MARK: Mending

    /// Whether it is this process that mends for the next while: one of all does.
    func takeTurn(for duration: Duration) async throws(RedisError) -> Bool {
        try await redis.call("SET", turn, reader, "NX", "PX", "\(duration.milliseconds)") != .null
    }

    /// How many hints are neither settled nor lost.
    func count() async throws(RedisError) -> Int { try await redis.call("XLEN", stream).integer ?? 0 }

    /// Forgets hints whose readers are gone; returns how many. With JUSTID an answer has ids alone, also on Redis 6.2, where entries that were
    /// deleted are nil otherwise; what follows the ids (Redis 7) is of no use here.
    func forgetStalled() async throws(RedisError) -> Int {
        var (cursor, forgotten) = ("0-0", 0)
        repeat {
            let answer = try await redis.call(
                "XAUTOCLAIM", stream, Self.group, reader, "\(Self.stalledAfter.milliseconds)", cursor, "COUNT", "\(Self.largestBatch)", "JUSTID")
            guard let parts = answer.array, parts.count >= 2, let next = parts[0].text else { break }
            let entries = (parts[1].array ?? []).compactMap(\.text)
            try await settle(entries)
            (cursor, forgotten) = (next, forgotten + entries.count)
        } while cursor != "0-0"
        return forgotten
    }

    /// Removes the names of processes that are gone. One with pending hints stays: they would be lost with it.
    func forgetReaders(idleFor duration: Duration = Self.readersAreForgottenAfter) async throws(RedisError) {
        try await redis.call("EVAL", Self.forgetReaders, "1", stream, Self.group, "\(duration.milliseconds)")
    }

    // MARK: Words

    /// `[[stream, [[entry, [field, value, …]], …]]]`, or nil when there is none.
    private static func hints(in answer: RESPValue) -> [JobHint] {
        (answer.array?.first?.array?.last?.array ?? []).compactMap { element in
            guard let parts = element.array, parts.count == 2, let entry = parts[0].text else { return nil }
            let fields = (parts[1].array ?? []).compactMap(\.text)
            return JobHint(entry: entry, job: fields.count == 2 && fields[0] == "id" ? fields[1] : "")
        }
    }

    private static let bringDue = """
        for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 100)) do
            redis.call('XADD', KEYS[2], '*', 'id', id)
            redis.call('ZREM', KEYS[1], id)
        end
        return redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or false
        """

    private static let settle = """
        local entries = {unpack(ARGV, 2)}
        redis.call('XACK', KEYS[1], ARGV[1], unpack(entries))
        return redis.call('XDEL', KEYS[1], unpack(entries))
        """

    private static let forgetReaders = """
        local forgotten = 0
        for _, reader in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
            local facts = {}
            for i = 1, #reader, 2 do facts[reader[i]] = reader[i + 1] end
            if facts.pending == 0 and facts.idle > tonumber(ARGV[2]) then
                redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], facts.name)
                forgotten = forgotten + 1
            end
        end
        return forgotten
        """
}
