import CPostgres
import Foundation

/// Where the server is and how to get in, as the operator wrote it (`postgres://user:password@host/name?sslmode=…`).
struct PostgresAddress: Sendable {
    let url: String
    private let password: String?
    /// The address as libpq's own variables, for programs of PostgreSQL: arguments can be read by everybody on the machine.
    let environment: [String: String]

    /// Throws `DatabaseError.failed` when libpq cannot read the address. The address itself is not in the words: it holds a password.
    init(_ url: String) throws(DatabaseError) {
        guard let options = PQconninfoParse(url, nil) else { throw .failed("the PostgreSQL address cannot be read") }
        defer { PQconninfoFree(options) }
        var (password, environment): (String?, [String: String]) = (nil, [:])
        var option = options
        while let keyword = option.pointee.keyword {
            let value = option.pointee.val.map { String(cString: $0) }
            if String(cString: keyword) == "password" { password = value }
            if let value, let variable = option.pointee.envvar { environment[String(cString: variable)] = value }
            option += 1
        }
        self.url = url
        self.environment = environment
        self.password = password
    }

    /// Host and port, as an operator knows the server.
    var place: String { "\(environment["PGHOST"] ?? environment["PGHOSTADDR"] ?? "localhost"):\(environment["PGPORT"] ?? "5432")" }

    func redact(_ words: String) -> String {
        guard let password, !password.isEmpty else { return words }
        return words.replacing(password, with: "***")
    }
}

/// One connection with the statements it has prepared. Its calls block, so they belong on a thread of ours.
///
/// `@unchecked Sendable`: it is used by one thread at a time, the one that opened it or took it from the idle list of `PostgresDatabase`,
/// whose lock orders the hand-over.
final class PostgresConnection: @unchecked Sendable {
    private static let largestStatementCount = 256
    /// In the transaction, because a start-up parameter or a `SET` is refused, dropped or leaked to others by poolers.
    private static let statementLimit = "SET LOCAL statement_timeout = '30s'"

    private let handle: OpaquePointer
    private let patience: PostgresPatience
    /// Whether somebody else answers than the process that greeted: a pooler stands between.
    private(set) var isPooled = false
    private let pooler: PostgresPooler
    /// Unique among all processes: should a pooler give us another's server connection, its statements are unknown and never mistaken for ours.
    private let prefix = "postiz_" + String(UInt64.random(in: 0 ... .max), radix: 36) + "_"
    private var statements: [String: (name: String, lastUse: Int)] = [:]
    /// Counts statements run: names new ones and tells which was used last.
    private var clock = 0
    /// Whether the answer to a `COMMIT` is still to come that nobody waited for.
    private var isEnding = false
    /// What was sent and not yet answered: the text of a statement where it was to be prepared.
    private var sent: [String?] = []
    /// Whether the first answer will be that to `BEGIN`.
    private var isOpening = false

    /// Connects and has the server answer; throws `DatabaseError.unavailable` with the reason.
    init(_ address: PostgresAddress, pooler: PostgresPooler, patience: PostgresPatience) throws(DatabaseError) {
        let start = ContinuousClock.now
        guard patience.mayConnect else { throw .unavailable("stopped before the server answered") }
        // What comes after the address overrides it, what comes before is a default.
        let settings = [
            ("application_name", "postiz"), ("connect_timeout", patience.isStopping ? "2" : "\(patience.limits.connecting)"),
            ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"), ("tcp_user_timeout", "30000"),
            ("dbname", address.url), ("client_encoding", "UTF8"),
        ]
        let keywords = try PostgresParameters(settings.map { .text($0.0) } + [.null])
        let values = try PostgresParameters(settings.map { .text($0.1) } + [.null])
        let opened = keywords.withPointers { keywords, _, _ in
            values.withPointers { values, _, _ in PQconnectdbParams(keywords, values, 1) }
        }
        guard let handle = opened else { throw .unavailable("no memory for a connection") }
        guard PQstatus(handle) == CONNECTION_OK, PQenterPipelineMode(handle) == 1 else {
            patience.couldNotConnect(since: start)
            defer { PQfinish(handle) }
            throw .unavailable(address.redact(String(cString: PQerrorMessage(handle)).trimmingSuffix(while: \.isNewline)))
        }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        self.handle = handle
        self.pooler = pooler
        self.patience = patience
        do throws(PostgresError) {
            isOpening = true
            try send("SELECT pg_backend_pid() AS pid")
            let pid = try lastResult(of: receive()).rows.first
            isPooled = (try? pid?.int("pid")) != Int(PQbackendPID(handle))  // No number: whoever answers so is no PostgreSQL.
        } catch {
            throw .unavailable(address.redact(error.message))
        }
    }

    deinit { PQfinish(handle) }

    /// Whether a transaction is open, sound or not.
    var isInTransaction: Bool { [PQTRANS_INTRANS, PQTRANS_INERROR].contains(PQtransactionStatus(handle)) || !isEnding && !sent.isEmpty }

    /// Whether the next unit of work may use it.
    var isReusable: Bool { PQstatus(handle) == CONNECTION_OK && (isEnding || PQtransactionStatus(handle) == PQTRANS_IDLE) }

    /// Whether nothing came while it was idle. Unasked, a server speaks only to say goodbye. First it takes in the answer that nobody waited for.
    var isQuiet: Bool {
        if isEnding {
            isEnding = false
            guard (try? lastResult(of: collect())) != nil, isReusable else { return false }
        }
        var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        return poll(&socket, 1, 0) == 0
    }

    private var usesNames: Bool {
        switch pooler {
        case .automatic: !isPooled
        case .session: true
        case .transaction: false
        }
    }

    /// Begins a transaction with `opening`, such as `BEGIN`.
    func begin(_ opening: String) throws(PostgresError) {
        try sendOpening(opening)
        _ = try lastResult(of: receive())
    }

    /// Runs one statement, and `opening` (such as `BEGIN`) in front of it in the same round trip. It is prepared where names of statements hold.
    func run(_ sql: String, _ parameters: PostgresParameters, opening: String?) throws(PostgresError) -> PostgresResult {
        try SlowStatements.watching(sql) { () throws(PostgresError) in
            try send(sql, parameters, opening: opening)
            return try lastResult(of: receive())
        }
    }

    /// The same without asking for the answer: it comes with that to the next statement.
    func send(_ sql: String, _ parameters: PostgresParameters, opening: String?) throws(PostgresError) {
        clock += 1
        if let opening { try sendOpening(opening) }
        defer { sent.append(nil) }
        guard usesNames else {
            return try check(
                parameters.withPointers { values, lengths, formats in
                    PQsendQueryParams(handle, sql, parameters.count, parameters.types, values, lengths, formats, 0)
                })
        }
        let known = statements[sql]?.name
        let name = known ?? "\(prefix)\(clock)"
        if known == nil {
            try makeRoom()
            try check(PQsendPrepare(handle, name, sql, parameters.count, parameters.types))
            sent.append(sql)
        }
        statements[sql] = (name, clock)
        try check(
            parameters.withPointers { values, lengths, formats in
                PQsendQueryPrepared(handle, name, parameters.count, values, lengths, formats, 0)
            })
    }

    /// Ends a transaction that changed nothing: there is nothing in the answer to wait for.
    func commitReading() throws(PostgresError) {
        try send("COMMIT")
        try check(PQpipelineSync(handle))
        guard PQflush(handle) >= 0 else { throw ownError }
        isEnding = true
    }

    /// Runs one statement without parameters.
    @discardableResult
    func run(_ sql: String) throws(PostgresError) -> PostgresResult {
        try SlowStatements.watching(sql) { () throws(PostgresError) in
            try send(sql)
            return try lastResult(of: receive())
        }
    }

    /// Runs statements separated by semicolons; outside a transaction they form one of their own.
    func script(_ sql: String) throws(PostgresError) {
        try check(PQexitPipelineMode(handle))
        try check(PQsendQuery(handle, sql))
        var failure: PostgresError?
        while true {
            try awaitAnswer(.script)
            guard let result = PQgetResult(handle).map(PostgresResult.init) else { break }
            failure = failure ?? result.failure
        }
        if PQstatus(handle) == CONNECTION_BAD { throw failure ?? ownError }
        try check(PQenterPipelineMode(handle))
        if let failure { throw failure }
    }

    /// Waits up to `milliseconds` for notifications; throws when the connection is lost.
    func notifications(waiting milliseconds: Int32) throws(PostgresError) -> [String] {
        var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        guard poll(&socket, 1, milliseconds) > 0 else { return [] }
        try check(PQconsumeInput(handle))
        var payloads: [String] = []
        while let notification = PQnotifies(handle) {
            payloads.append(String(cString: notification.pointee.extra))
            PQfreemem(notification)
        }
        return payloads
    }

    /// The answer to `opening` is asked for at once: until it comes, we wait for a server connection and not for a statement.
    private func sendOpening(_ opening: String) throws(PostgresError) {
        isOpening = true
        try send(opening)
        try check(PQsendFlushRequest(handle))
        try send(Self.statementLimit)
    }

    private func send(_ sql: String) throws(PostgresError) {
        try check(PQsendQueryParams(handle, sql, 0, nil, nil, nil, nil, 0))
        sent.append(nil)
    }

    /// Sends what was queued and collects every command's result.
    private func receive() throws(PostgresError) -> [PostgresResult] {
        try check(PQpipelineSync(handle))
        return try collect()
    }

    /// Collects what was sent up to the last synchronisation.
    private func collect() throws(PostgresError) -> [PostgresResult] {
        let first: PostgresWait = isOpening ? .opening : .statement
        var results: [PostgresResult] = []
        defer {
            // A prepared statement outlives a failed execution, even the rollback of its transaction. After a failure none is prepared.
            for case (let sql?, let result) in zip(sent, results) where result.failure != nil { statements[sql] = nil }
            (sent, isOpening) = ([], false)
        }
        var isBetweenCommands = false
        while true {
            try awaitAnswer(results.isEmpty ? first : .statement)
            // NULL separates the results of two commands; twice in a row nothing more will come.
            guard let result = PQgetResult(handle).map(PostgresResult.init) else {
                guard !isBetweenCommands else { throw ownError }
                isBetweenCommands = true
                continue
            }
            isBetweenCommands = false
            if result.status == PGRES_PIPELINE_SYNC { return results }
            results.append(result)
            if PQstatus(handle) == CONNECTION_BAD { throw results.lazy.compactMap(\.failure).first ?? ownError }
        }
    }

    /// Waits until a result can be read. A server that is silent for longer than any statement may take is gone, though its socket stands.
    private func awaitAnswer(_ wait: PostgresWait) throws(PostgresError) {
        let start = ContinuousClock.now
        while PQisBusy(handle) == 1 {
            var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
            let ready = poll(&socket, 1, PostgresPatience.glance)
            if ready < 0, errno == EINTR { continue }
            if ready == 0, !patience.isExhausted(since: start, for: wait) { continue }
            guard ready > 0 else {
                // The answer may still come: nobody must take it for the answer to something else.
                shutdown(PQsocket(handle), Int32(SHUT_RDWR))
                _ = PQconsumeInput(handle)
                throw silence(wait)
            }
            try check(PQconsumeInput(handle))
        }
    }

    private func silence(_ wait: PostgresWait) -> PostgresError {
        guard !patience.isStopping else {
            return PostgresError(state: PostgresError.tooManyConnections, message: "stopped before the server answered")
        }
        guard wait == .opening else { return PostgresError(state: "", message: "the server does not answer") }
        let words = "PostgreSQL took the connection but does not answer: is the pool too small?"
        let setting = patience.limits.setting
        patience.complain(
            words + " A pooler needs at least as many server connections as all processes together have of \(setting), and one more each.")
        // Trying again at once would only make the queue longer. Without a pooler the connection itself is dead.
        return PostgresError(state: isPooled ? PostgresError.tooManyConnections : "", message: words)
    }

    private func lastResult(of results: [PostgresResult]) throws(PostgresError) -> PostgresResult {
        guard let last = results.last else { throw ownError }
        if var failure = results.lazy.compactMap(\.failure).first {
            failure.keptLastFromRunning = last.status == PGRES_PIPELINE_ABORTED
            throw failure
        }
        return last
    }

    private func makeRoom() throws(PostgresError) {
        guard statements.count >= Self.largestStatementCount, let oldest = statements.min(by: { $0.value.lastUse < $1.value.lastUse })
        else { return }
        statements[oldest.key] = nil
        try send("DEALLOCATE \(oldest.value.name)")
    }

    /// libpq answers 0 when it could not even send.
    private func check(_ status: Int32) throws(PostgresError) { if status != 1 { throw ownError } }

    /// What libpq itself complains of: a lost connection, or else a call of ours that it refused (CLI's general error).
    private var ownError: PostgresError {
        PostgresError(
            state: PQstatus(handle) == CONNECTION_BAD ? "" : "HY000",
            message: String(cString: PQerrorMessage(handle)).trimmingSuffix(while: \.isNewline))
    }
}
