import Crypto
import Domain

/// A table as a move sees it.
struct MovedTable: Sendable {
    /// Migrations put one row into it.
    static let seeded = "event_positions"

    struct Column: Sendable {
        enum Kind: Sendable { case plain, truth, document }
        let name: String
        let kind: Kind
    }

    let name: String
    let columns: [Column]
    /// The columns of its primary key; empty where it has a single row.
    let key: [String]

    var quotedName: String { Self.quoted(name) }
    private static func quoted(_ name: String) -> String { "\"\(name)\"" }

    /// All tables but the schema's own, each behind those that it refers to: in the order in which they were made. SQLite knows that order,
    /// PostgreSQL which columns hold truth values and documents.
    static func all(in file: any Database, typed server: any Database) async throws -> [MovedTable] {
        let types = try await server.read { transaction in
            let rows = try transaction.query(
                "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()")
            return Dictionary(
                try rows.map { ("\(try $0.text("table_name")).\(try $0.text("column_name"))", try $0.text("data_type")) }, uniquingKeysWith: { $1 })
        }
        return try await file.read { transaction in
            let names = try transaction.query(
                """
                SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'schema_migrations'
                ORDER BY rowid
                """
            ).map { try $0.text("name") }
            return try names.map { name in
                let rows = try transaction.query("SELECT name, pk FROM pragma_table_info($1) ORDER BY cid", name)
                let columns = try rows.map { row in
                    let column = try row.text("name")
                    guard let type = types["\(name).\(column)"] else {
                        throw DatabaseError.failed("the two databases differ: one has no column \(name).\(column)")
                    }
                    return Column(name: column, kind: type == "boolean" ? .truth : type == "jsonb" ? .document : .plain)
                }
                let key = try rows.map { (place: try $0.int("pk"), name: try $0.text("name")) }.filter { $0.place > 0 }.sorted { $0.place < $1.place }
                return MovedTable(name: name, columns: columns, key: key.map(\.name))
            }
        }
    }

    /// Whether `row` is the mark of a move, which belongs to its database.
    func isMark(_ row: SQLRow) -> Bool { name == "instance_values" && (try? row.text("name")) == DatabaseMove.Mark.name }

    func page(after key: [SQLValue], limit: Int) -> String {
        let names = self.key.map(Self.quoted).joined(separator: ", ")
        let places = key.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let rest = key.isEmpty ? "" : " WHERE (\(names)) > (\(places))"
        let order = self.key.isEmpty ? "" : " ORDER BY \(names) LIMIT \(limit)"
        return "SELECT \(columns.map { Self.quoted($0.name) }.joined(separator: ", ")) FROM \(quotedName)\(rest)\(order)"
    }

    func insertion(of rows: Int) -> String {
        let values = (0..<rows).map { row in
            "(\(columns.indices.map { "$\(row * columns.count + $0 + 1)" }.joined(separator: ", ")))"
        }
        return
            "INSERT INTO \(quotedName) (\(columns.map { Self.quoted($0.name) }.joined(separator: ", "))) VALUES \(values.joined(separator: ", "))"
    }

    func values(_ row: SQLRow, for dialect: Dialect) throws -> [SQLValue] {
        try columns.map { column in
            let value = try row.value(column.name)
            // SQLite has no truth values of its own.
            return column.kind == .truth && dialect == .postgres ? try row.optionalBool(column.name).sqlValue : value
        }
    }

    /// The bytes that stand for a row, the same for both databases: PostgreSQL writes documents in its own order.
    func canonical(_ row: SQLRow) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for column in columns {
            let part: [UInt8]? =
                switch (column.kind, try row.value(column.name)) {
                case (_, .null): nil
                case (.truth, _): [try row.bool(column.name) ? 1 : 0]
                case (.document, _): Array(try JSON.text(try row.json(column.name, as: JSONValue.self)).utf8)
                case (.plain, .bytes(let bytes)): bytes
                case (.plain, .real(let number)): Array("\(number)".utf8)
                case (.plain, .integer(let number)): Array("\(number)".utf8)
                case (.plain, .text(let text)): Array(text.utf8)
                case (.plain, .bool(let flag)): [flag ? 1 : 0]
                }
            bytes += Array("\(part?.count ?? -1):".utf8) + (part ?? [])
        }
        return bytes
    }
}

/// How many rows there are and what they are, whatever their order: the digests of all rows, one laid over the other. No two rows of a table
/// are the same.
struct TableDigest: Equatable, Sendable {
    private(set) var rows = 0
    private var sum = [UInt8](repeating: 0, count: SHA256.byteCount)

    mutating func add(_ row: [UInt8]) {
        rows += 1
        for (index, byte) in SHA256.hash(data: row).enumerated() { sum[index] ^= byte }
    }
}
