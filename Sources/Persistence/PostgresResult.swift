import CPostgres

/// What the server answered to one command.
final class PostgresResult {
    private let handle: OpaquePointer

    /// Takes ownership of `handle`.
    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { PQclear(handle) }

    var status: ExecStatusType { PQresultStatus(handle) }

    /// Rows inserted, updated or deleted.
    var changes: Int {
        String(cString: PQcmdStatus(handle)).hasPrefix("SELECT") ? 0 : Int(String(cString: PQcmdTuples(handle))) ?? 0
    }

    /// The error, when the command failed or was skipped because an earlier one had.
    var failure: PostgresError? {
        switch status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: nil
        default:
            PostgresError(
                state: field("C") ?? "", message: field("M") ?? String(cString: PQresultErrorMessage(handle)), constraint: field("n"),
                isFatal: field("V") == "FATAL" || field("S") == "FATAL")
        }
    }

    var rows: [SQLRow] {
        let width = PQnfields(handle)
        let names = (0..<width).map { String(cString: PQfname(handle, $0)) }
        let columns = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let types = (0..<width).map { PQftype(handle, $0) }
        return (0..<PQntuples(handle)).map { row in
            SQLRow(columns: columns, values: (0..<width).map { value(row: row, column: $0, type: types[Int($0)]) })
        }
    }

    func forEachRow(_ body: (inout SQLCursor) throws -> Void) throws {
        for row in 0..<PQntuples(handle) {
            var cursor = SQLCursor(.postgres(handle, row: row))
            try body(&cursor)
        }
    }

    /// A field of the server's error report; codes: PostgreSQL's protocol, "Error and Notice Message Fields".
    private func field(_ code: Unicode.Scalar) -> String? {
        PQresultErrorField(handle, Int32(code.value)).map { String(cString: $0).trimmingSuffix(while: \.isNewline) }
    }

    private func value(row: Int32, column: Int32, type: Oid) -> SQLValue {
        guard PQgetisnull(handle, row, column) == 0, let start = PQgetvalue(handle, row, column) else { return .null }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(handle, row, column)))
        let text = { String(decoding: bytes, as: UTF8.self) }
        switch PostgresType(rawValue: type) {
        case .bool: return .bool(bytes.first == UInt8(ascii: "t"))
        case .int2, .int4, .int8, .oid: return Int64(text()).map { .integer($0) } ?? .null
        case .float4, .float8: return Double(text()).map { .real($0) } ?? .null
        // Sums of BIGINT are NUMERIC: whole where they can be, as in SQLite.
        case .numeric: return Int64(text()).map { .integer($0) } ?? Double(text()).map { .real($0) } ?? .null
        case .bytea: return Self.bytes(start)
        case .void: return .null
        case nil: return .text(text())
        }
    }

    private static func bytes(_ hex: UnsafeMutablePointer<CChar>) -> SQLValue {
        var count = 0
        let bytes = hex.withMemoryRebound(to: UInt8.self, capacity: 1) { PQunescapeBytea($0, &count) }
        defer { PQfreemem(bytes) }
        return .bytes(Array(UnsafeBufferPointer(start: bytes, count: count)))
    }
}

/// Types whose values are not simply text; the numbers are fixed in the server's catalogue (`pg_type.dat`).
enum PostgresType: Oid {
    case bool = 16
    case bytea = 17
    case int8 = 20
    case int2 = 21
    case int4 = 23
    case oid = 26
    case float4 = 700
    case float8 = 701
    case numeric = 1700
    case void = 2278
}

/// An error of the server (with its SQLSTATE) or of the connection (without).
struct PostgresError: Error {
    let state: String
    let message: String
    var constraint: String?
    /// Whether the connection ended with it.
    var isFatal = false
    /// Whether the last of several statements that travelled together did not run because of it.
    var keptLastFromRunning = false

    static let tooManyConnections = "53300"

    /// The connection is gone, or goes. Not 08P01: it is a pooler's fault or ours, and the same work would meet it again.
    var isLoss: Bool { state.isEmpty || state.hasPrefix("08") && !isProtocolFault || state.hasPrefix("57P") }

    /// Messages that do not fit each other, such as values for another statement; also everything that pgbouncer itself complains of.
    var isProtocolFault: Bool { state == "08P01" }

    /// The name of a statement means nothing here, or something else: another client had this server connection.
    var isForeignStatement: Bool { ["26000", "42P05"].contains(state) }

    /// A statement prepared before the schema changed, or by somebody else; a new connection prepares it anew.
    var isStaleStatement: Bool { state == "0A000" || isForeignStatement }

    /// Serialization failure, deadlock or stale statement: the same work may succeed when run again.
    var asksForRetry: Bool { ["40001", "40P01"].contains(state) || isStaleStatement }

    /// Classes and codes: PostgreSQL's appendix A. The parameters' values are not in the words: they may be secrets.
    func databaseError(while doing: String) -> DatabaseError {
        switch state {
        case "23505": .uniqueViolation(constraint: constraint ?? "")
        case "23503": .foreignKeyViolation
        case "40001", "40P01", "55P03": .unavailable("the database is too busy: \(message)")
        case "53100": .full(message)  // disk_full
        case "57014": .unavailable("the database took too long: \(message)")
        case "08P01" where isFatal: .unavailable(message)
        case _ where isLoss || ["53", "58", "XX"].contains(state.prefix(2)): .unavailable(message)
        default: .failed("\(message) (SQLSTATE \(state)) in \(doing)")
        }
    }
}

extension String {
    func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, predicate(last) { text.removeLast() }
        return String(text)
    }
}
