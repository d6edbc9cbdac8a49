import Domain
import Logging
import Metrics
import NIOConcurrencyHelpers

/// The streaming replicas of a PostgreSQL server, asked instead of it where a moment's delay is harmless.
///
/// Each time the primary is asked first how far its log has come, and a replica answers only when it has replayed that: so it has whatever
/// was stored before anybody asked, by whichever process, and nobody has to remember who wrote what. The question costs the primary less
/// than any statement that reads a table.
public final class PostgresReplicas: Sendable {
    /// How long is waited for a replica to come as far as the primary: on a network of one's own it is there in a few milliseconds.
    private static let patience = Duration.milliseconds(60)

    fileprivate struct Replica: Sendable {
        let name: String
        let database: PostgresDatabase
        let standing = NIOLockedValueBox(ReplicaStanding())
    }

    /// What is known of one replica.
    public struct Finding: Sendable, Equatable {
        /// Host and port, for the operator alone.
        public let name: String
        /// Whether it answers.
        public let isUsed: Bool
        /// What is wrong with it, as the end of a sentence that begins with its name; nil when nothing is, or nothing worth a look.
        public let fault: String?
        /// The same where everybody may read it.
        public let publicFault: String?
        /// How far it is behind.
        public let lag: Duration
    }

    private let replicas: [Replica]
    private let turn = NIOLockedValueBox(0)

    /// `urls`: one for each server, not for something that spreads connections over several. Throws `DatabaseError.failed` for one that
    /// cannot be read.
    public init(
        urls: [String], connections: Int = 8, pooler: PostgresPooler = .automatic, logger: Logger = Logger(label: "postiz")
    ) throws {
        var limits = PostgresLimits()
        // Somebody else can be asked: nobody waits long.
        (limits.opening, limits.statement, limits.connecting, limits.repeats) = (.seconds(1), .seconds(15), 2, false)
        limits.setting = "DATABASE_READ_CONNECTIONS"
        let fixed = limits
        replicas = try urls.map { url in
            let database = try PostgresDatabase(url: url, connections: connections, pooler: pooler, limits: fixed, logger: logger)
            return Replica(name: database.address.place, database: database)
        }
    }

    func hurry() { for replica in replicas { replica.database.hurry() } }

    /// Lets go of all connections.
    public func close() async { for replica in replicas { await replica.database.close() } }

    /// Looks at those whose time has come. Returns what belongs into the log: whose standing changed, and whether that is good.
    public func look(beside primary: PostgresDatabase, at now: Timestamp) async -> [(words: String, isGood: Bool)] {
        var news: [(words: String, isGood: Bool)] = []
        for replica in replicas where replica.standing.withLockedValue({ $0.nextLook <= now }) {
            await look(at: replica, beside: primary, at: now)
            let new = replica.finding
            Gauge(label: "postiz_database_replica_usable", dimensions: [("replica", new.name)]).record(new.isUsed ? 1 : 0)
            Gauge(label: "postiz_database_replica_lag_seconds", dimensions: [("replica", new.name)]).record(new.lag / .seconds(1))
            guard replica.standing.withLockedValue({ $0.isNews() }) else { continue }
            news.append((new.fault.map { "The replica \(new.name) is not used: \($0)." } ?? "The replica \(new.name) is used.", new.fault == nil))
        }
        return news
    }

    private func look(at replica: Replica, beside primary: PostgresDatabase, at now: Timestamp) async {
        // A primary that does not answer is told of elsewhere, and says nothing of its replicas.
        guard let before = await Self.standing(of: primary) else { return }
        let found: ServerPosition
        do {
            _ = try await hasReached(before.position, replica)
            found = try await replica.database.read { try ServerPosition(in: $0) }
        } catch {
            return replica.standing.withLockedValue { $0.failed("\(error)", at: now) }
        }
        guard let after = await Self.standing(of: primary) else { return }
        replica.standing.withLockedValue { $0.saw(found, between: before, and: after, at: now) }
    }

    private static func standing(of primary: PostgresDatabase) async -> ServerPosition? {
        try? await primary.read { try ServerPosition(in: $0) }  // Its silence is noticed by everybody else.
    }

    /// As they were when somebody looked last.
    public var findings: [Finding] { replicas.map(\.finding) }

    /// What `work` finds on a replica; nil when the primary has to be asked. Throws what `work` throws of its own, and what the primary did when
    /// it was asked how far it is.
    func answer<Value: Sendable>(
        _ work: @escaping @Sendable (any Transaction) throws -> Value, beside primary: PostgresDatabase
    ) async throws -> Value? {
        guard let replica = next() else { return nil }
        let position: Int
        do {
            position = try await primary.read { try ServerPosition.ofPrimary(in: $0) }
        } catch DatabaseError.failed(_) {
            return nil  // It cannot say it; what was asked may be answered all the same.
        }
        do {
            if try await hasReached(position, replica) {
                let value = try await replica.database.read(work)
                Counter(label: "postiz_database_replica_reads_total", dimensions: [("answered", "replica")]).increment()
                return value
            }
        } catch is DatabaseError {
            // Gone, stopped by a conflict with what it replays, or slow: the primary knows, and the next look tells which.
        }
        replica.standing.withLockedValue { $0.keptWaiting() }
        Counter(label: "postiz_database_replica_reads_total", dimensions: [("answered", "primary")]).increment()
        return nil
    }

    /// One after the other, of those that may answer.
    private func next() -> Replica? {
        let ready = replicas.filter { $0.standing.withLockedValue(\.mayAnswer) }
        guard !ready.isEmpty else { return nil }
        let place = turn.withLockedValue { turn in
            turn = (turn + 1) % 1_000_000
            return turn
        }
        return ready[place % ready.count]
    }

    /// Whether it has replayed `position`, now or in a moment. Asked in a transaction of its own: what is read afterwards is at least as new.
    private func hasReached(_ position: Int, _ replica: Replica) async throws -> Bool {
        let start = ContinuousClock.now
        var pause = Duration.milliseconds(2)
        while true {
            guard let reached = try await replica.database.read({ try ServerPosition.ofReplica(in: $0) }) else {
                replica.standing.withLockedValue { $0.ended() }
                return false
            }
            if reached >= position { return true }
            guard ContinuousClock.now - start + pause <= Self.patience, (try? await Task.sleep(for: pause)) != nil else { return false }
            pause *= 2
        }
    }
}

extension PostgresReplicas.Replica {
    fileprivate var finding: PostgresReplicas.Finding {
        standing.withLockedValue { standing in
            let (fault, detail): (String?, String) =
                switch standing.state {
                case .away(let words): ("it does not answer", ": \(words)")
                case .refused(let words): (words, "")
                case .behind where standing.isFaulty: ("it is \(standing.lag.milliseconds / 1000) seconds behind", "")
                case .unknown, .usable, .behind: (nil, "")
                }
            return PostgresReplicas.Finding(
                name: name, isUsed: standing.mayAnswer, fault: fault.map { $0 + detail }, publicFault: fault, lag: standing.lag)
        }
    }
}

extension PostgresDatabase {
    public func readDelayed<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        if let replicas, let value = try await replicas.answer(work, beside: self) { return value }
        return try await read(work)
    }
}
