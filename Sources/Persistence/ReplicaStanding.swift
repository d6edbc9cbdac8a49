import Domain

/// What a server of PostgreSQL says of itself: which database it has, and how far its write-ahead log has come.
struct ServerPosition: Sendable, Equatable {
    /// Given when the data folder was made; all copies of it share it.
    let system: String
    /// Of the database, in that folder.
    let database: Int
    /// Another one since each time that a replica became the primary.
    let timeline: Int
    let isReplica: Bool
    /// The last byte of the log that is on disk, of a replica the last that it has replayed.
    let position: Int

    /// Asks the server. (A primary knows its timeline at once, a replica only since its last restart point.)
    init(in transaction: any Transaction) throws {
        let row = try transaction.query(
            """
            SELECT pg_is_in_recovery() AS recovers, CAST(s.system_identifier AS TEXT) AS system, CAST(d.oid AS BIGINT) AS database,
                CASE WHEN pg_is_in_recovery() THEN CAST(c.timeline_id AS BIGINT) ELSE CAST(CAST(
                    'x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8) AS BIT(32)) AS BIGINT) END AS timeline,
                \(Self.reached) AS position
            FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d WHERE d.datname = current_database()
            """)[0]
        system = try row.text("system")
        database = try row.int("database")
        timeline = try row.int("timeline")
        isReplica = try row.bool("recovers")
        position = try row.optionalInt("position") ?? 0
    }

    init(system: String, database: Int, timeline: Int, isReplica: Bool, position: Int) {
        (self.system, self.database, self.timeline, self.isReplica, self.position) = (system, database, timeline, isReplica, position)
    }

    /// A primary that does not wait for its disk answers before the log is there: then what it has noted counts.
    private static let reached = """
        CAST(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
            WHEN current_setting('synchronous_commit') = 'off' THEN pg_current_wal_insert_lsn()
            ELSE pg_current_wal_flush_lsn() END, '0/0') AS BIGINT)
        """

    /// How far a primary has come. Throws for a replica.
    static func ofPrimary(in transaction: any Transaction) throws -> Int {
        let row = try transaction.query("SELECT pg_is_in_recovery() AS recovers, \(reached) AS position")[0]
        guard try !row.bool("recovers") else { throw DatabaseError.failed("DATABASE_URL names a replica") }
        return try row.int("position")
    }

    /// How far a replica has come; nil for a server that is none (any more).
    static func ofReplica(in transaction: any Transaction) throws -> Int? {
        let row = try transaction.query("SELECT pg_is_in_recovery() AS recovers, \(reached) AS position")[0]
        return try row.bool("recovers") ? row.optionalInt("position") : nil
    }
}

/// Whether a replica may answer, by what looks at it found. The rule alone, without input or output.
struct ReplicaStanding: Sendable {
    enum State: Sendable, Equatable {
        /// Nobody has looked yet.
        case unknown
        case usable
        /// It has not yet replayed what the primary has.
        case behind
        /// It does not answer; in its own words.
        case away(String)
        /// It may never be asked as it is, and why.
        case refused(String)

        /// Whether both are the same to an operator.
        func isLike(_ other: State) -> Bool {
            switch (self, other) {
            case (.away, .away), (.behind, .behind): true
            default: self == other
            }
        }
    }

    /// A replica that is further behind deserves an operator's look.
    static let longestLag = Duration.seconds(10)
    private static let (interval, longestPause) = (Duration.seconds(1), Duration.seconds(30))
    /// Positions of the primary that are remembered, one a look.
    private static let remembered = 600

    private(set) var state = State.unknown
    /// By our own clock, since when it lacks what the primary had then. It is zero while both stand still.
    private(set) var lag = Duration.zero
    /// When somebody should look again.
    private(set) var nextLook = Timestamp(milliseconds: 0)
    /// What the operator heard last: nothing, that it is used, or what is wrong with it.
    private var told = State.unknown
    private var pause = Self.interval
    private var history: [(time: Timestamp, position: Int)] = []

    var mayAnswer: Bool { state == .usable }

    /// What was seen: the primary before the replica was asked (or waited for), and again after it.
    mutating func saw(_ replica: ServerPosition, between before: ServerPosition, and after: ServerPosition, at now: Timestamp) {
        (pause, nextLook) = (Self.interval, now + Self.interval)
        if let reason = Self.fault(of: replica, after) {
            (state, nextLook, lag, history) = (.refused(reason), now + Self.longestPause / 3, .zero, [])
            return
        }
        history.append((now, before.position))
        if history.count > Self.remembered { history.removeFirst(history.count - Self.remembered) }
        guard replica.position < before.position else {
            (state, lag, history) = (.usable, .zero, [])
            return
        }
        // What it has already is no longer needed, but for the newest: since the next one it is behind.
        let missing = history.first { $0.position > replica.position }
        (state, lag) = (.behind, missing.map { now - $0.time } ?? .zero)
    }

    /// It did not answer. It is looked at less and less often.
    mutating func failed(_ words: String, at now: Timestamp) {
        if case .away = state { pause = min(pause * 2, Self.longestPause) } else { pause = Self.interval }
        (state, nextLook, lag, history) = (.away(words), now + pause, .zero, [])
    }

    /// Somebody waited in vain for it to catch up: until the next look nobody else does.
    mutating func keptWaiting() { if state == .usable { state = .behind } }

    /// It is no replica any more.
    mutating func ended() { if state == .usable { state = .refused(Self.noReplica) } }

    /// Whether it is one that an operator should look after.
    var isFaulty: Bool {
        switch state {
        case .away, .refused: true
        case .behind: lag >= Self.longestLag
        case .unknown, .usable: false
        }
    }

    /// Whether the operator has yet to hear how it is; asked again, the answer is no until that changes.
    mutating func isNews() -> Bool {
        guard isFaulty || state == .usable, !told.isLike(state) else { return false }
        told = state
        return true
    }

    private static let noReplica = "it is no replica: it takes writes of its own"

    private static func fault(of replica: ServerPosition, _ primary: ServerPosition) -> String? {
        if replica.system != primary.system || replica.database != primary.database { return "it holds another database than DATABASE_URL" }
        if !replica.isReplica { return noReplica }
        if replica.timeline != primary.timeline { return "it does not yet follow the server that is the primary now" }
        return replica.position > primary.position ? "it has what the primary never had" : nil
    }
}
