import Domain
import Logging
import Metrics
import NIOConcurrencyHelpers

/// One connection to Redis that everybody's commands share, and others for whoever has to wait. The shared one comes back by itself; while it
/// is away every command fails at once, so that nobody waits for what may not come.
public final class RedisClient: Sendable {
    private struct State {
        var connection: RedisConnection?
        var readers: [RedisConnection] = []
        var runner: Task<Void, Never>?
        /// Why there is no connection; nil before the first try has ended.
        var absence: String?
        var fault: (refusal: RedisRefusal, at: ContinuousClock.Instant)?
        var firstTry: [CheckedContinuation<Void, Never>] = []
        var isClosed = false
    }

    /// How long health tells of an error after it last came.
    private static let faultsAreTold = Duration.seconds(60)

    let connector: RedisConnector
    private let logger: Logger
    private let state = NIOLockedValueBox(State())
    private let up = Gauge(label: "postiz_redis_up")
    private let refusals = Counter(label: "postiz_redis_refusals_total")
    private let losses = Counter(label: "postiz_redis_connections_lost_total")

    /// `authorities` is a PEM file of those who may vouch for a server with TLS, besides the system's; throws when it cannot be read.
    public init(_ address: RedisAddress, authorities: String? = nil, logger: Logger) throws {
        connector = try RedisConnector(address, authorities: authorities)
        self.logger = logger
    }

    deinit { state.withLockedValue { $0.runner?.cancel() } }

    /// Begins to connect and returns when the first try has ended, however it did.
    public func open() async {
        let runs = state.withLockedValue { state in
            guard state.runner == nil, !state.isClosed else { return false }
            state.runner = Task { [weak self, connector] in await Self.keepConnected(connector) { [weak self] in self } }
            return true
        }
        guard runs else { return }
        await withCheckedContinuation { continuation in
            let isOver = state.withLockedValue { state in
                let isOver = state.connection != nil || state.absence != nil || state.isClosed
                if !isOver { state.firstTry.append(continuation) }
                return isOver
            }
            if isOver { continuation.resume() }
        }
    }

    public func close() async {
        let (runner, open) = state.withLockedValue { state in
            state.isClosed = true
            defer { (state.connection, state.readers) = (nil, []) }
            return (state.runner, state.readers + [state.connection].compactMap { $0 })
        }
        runner?.cancel()
        for connection in open { connection.close() }
        await runner?.value
    }

    public var isConnected: Bool { state.withLockedValue { $0.connection != nil } }

    // MARK: Commands

    /// Sends commands in one piece over the shared connection. An answer may be an error.
    func send(_ commands: [RedisCommand]) async throws(RedisError) -> [RESPValue] {
        let (connection, absence) = state.withLockedValue { ($0.connection, $0.absence) }
        guard let connection else { throw .unavailable(absence ?? "Redis is not connected yet") }
        let answers = try await connection.send(commands, patience: RedisConnector.patience)
        for case .error(let refusal) in answers { note(refusal, on: connection) }
        return answers
    }

    /// As `send` of one command; throws `refused` when the answer is an error.
    @discardableResult
    func call(_ words: String...) async throws(RedisError) -> RESPValue {
        let answer = try await send([RedisCommand(words)])[0]
        if case .error(let refusal) = answer { throw .refused(refusal) }
        return answer
    }

    /// A command that the server answers within `wait`, on a connection that is nobody else's meanwhile. Cancelled, the connection is closed,
    /// so that nothing is handed to somebody who is gone.
    func wait(for command: RedisCommand, _ wait: Duration) async throws(RedisError) -> RESPValue {
        let connection = try await lease()
        do {
            let answer = try await withTaskCancellationHandler {
                try await connection.call(command, patience: wait + .seconds(5))
            } onCancel: {
                connection.close()
            }
            giveBack(connection)
            return answer
        } catch let error as RedisError {
            if case .refused(let refusal) = error {
                note(refusal, on: connection)
                giveBack(connection)
            }
            throw error
        } catch {
            throw .unavailable(ConnectionWords.of(error))
        }
    }

    private func lease() async throws(RedisError) -> RedisConnection {
        guard isConnected else { throw .unavailable(state.withLockedValue(\.absence) ?? "Redis is not connected yet") }
        while let reader = state.withLockedValue({ $0.readers.popLast() }) {
            if reader.isOpen { return reader }
        }
        return try await connector.connect()
    }

    private func giveBack(_ connection: RedisConnection) {
        let isKept = state.withLockedValue { state in
            guard !state.isClosed, state.connection != nil, connection.isOpen else { return false }
            state.readers.append(connection)
            return true
        }
        if !isKept { connection.close() }
    }

    private func note(_ refusal: RedisRefusal, on connection: RedisConnection) {
        refusals.increment()
        guard refusal.meaning != .groupGone else { return }
        let isNews = state.withLockedValue { state in
            defer { state.fault = (refusal, .now) }
            return state.fault.map { $0.refusal.code != refusal.code || ContinuousClock.now - $0.at > Self.faultsAreTold } ?? true
        }
        if isNews { logger.error("Redis refused: \(refusal.words)", metadata: ["advice": "\(refusal.advice)"]) }
        if refusal.asksForReconnect {
            connection.close()
            state.withLockedValue { $0.connection }?.close()
        }
    }

    // MARK: The shared connection

    private static func keepConnected(_ connector: RedisConnector, for client: @Sendable () -> RedisClient?) async {
        var pause = RedisPause()
        while !Task.isCancelled {
            do throws(RedisError) {
                let connection = try await connector.connect()
                guard let accepts = client()?.take(connection), accepts else { return connection.close() }
                let start = ContinuousClock.now
                await connection.untilClosed()
                if ContinuousClock.now - start > RedisPause.longest { pause = RedisPause() }
                client()?.lose("the connection was lost")
            } catch {
                client()?.lose("\(error)\(Self.advice(on: error))")
            }
            try? await Task.sleep(for: pause.next())  // Cancelled: the loop ends.
        }
    }

    private static func advice(on error: RedisError) -> String {
        if case .refused(let refusal) = error { " \(refusal.advice)" } else { "" }
    }

    private func take(_ connection: RedisConnection) -> Bool {
        let (accepts, wasAway, waiting) = state.withLockedValue { state in
            guard !state.isClosed else { return (false, false, [CheckedContinuation<Void, Never>]()) }
            state.connection = connection
            defer { (state.absence, state.firstTry) = (nil, []) }
            return (true, state.absence != nil, state.firstTry)
        }
        if accepts { up.record(1) }
        if wasAway { logger.notice("Redis is back", metadata: ["address": "\(connector.address.description)"]) }
        for continuation in waiting { continuation.resume() }
        return accepts
    }

    private func lose(_ reason: String) {
        let (isNews, waiting, readers) = state.withLockedValue { state in
            let isNews = state.absence == nil && !state.isClosed
            defer { (state.connection, state.absence, state.firstTry, state.readers) = (nil, reason, [], []) }
            return (isNews, state.firstTry, state.readers)
        }
        up.record(0)
        for reader in readers { reader.close() }
        if isNews {
            losses.increment()
            logger.warning(
                "Redis is away; the database does its work meanwhile",
                metadata: ["address": "\(connector.address.description)", "reason": "\(reason)"])
        }
        for continuation in waiting { continuation.resume() }
    }

    // MARK: Health

    /// nil when Redis does what it should; otherwise what is wrong and what to do.
    public func complaint() async -> String? {
        if let absence = state.withLockedValue({ $0.connection == nil ? $0.absence ?? "not connected yet" : nil }) {
            return "Redis is away (\(absence)); the database does its work meanwhile."
        }
        do throws(RedisError) {
            guard try await call("PING").text == "PONG" else { return "Redis does not answer PING with PONG." }
        } catch {
            return "Redis does not answer: \(error)."
        }
        guard let fault = state.withLockedValue(\.fault), ContinuousClock.now - fault.at < Self.faultsAreTold else { return nil }
        return "Redis refused: \(fault.refusal.words). \(fault.refusal.advice)"
    }
}

/// How long to wait before connecting again: longer each time, but never so long that people notice, and not all processes at once.
struct RedisPause {
    static let longest = Duration.seconds(2)
    private var following = Duration.milliseconds(50)

    mutating func next() -> Duration {
        defer { following = min(following * 2, Self.longest) }
        return following * Double.random(in: 0.5...1)
    }
}
