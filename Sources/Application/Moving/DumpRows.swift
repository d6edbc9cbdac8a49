import Domain

/// The rows of some tables in a dump that `pg_dump` wrote as text, with `COPY` or with `INSERT`, read line by line.
///
/// What is not looked for is skipped, statements that we do not know among it.
struct DumpRows {
    /// By column; what is NULL is absent.
    typealias Row = [String: String]

    private enum State {
        case between
        /// In a `COPY` block; nil for a table that is not looked for.
        case copying(table: String?, columns: [String])
        case inserting(DumpStatement)
        /// In a `CREATE TABLE`, whose columns an `INSERT` may leave out.
        case creating(table: String)
    }

    private let wanted: Set<String>
    private var state = State.between
    private var columns: [String: [String]] = [:]
    /// The tables that were looked for and are there, if empty.
    private(set) var found: Set<String> = []

    /// `tables` are those that are looked for, in whatever schema.
    init(of tables: Set<String>) { wanted = tables }

    /// Reads a line, without its end, and hands on the rows that are complete with it. Throws `VALIDATION_FAILED` for what no dump holds.
    mutating func read(_ line: ArraySlice<UInt8>, _ take: (_ table: String, Row) throws -> Void) throws {
        switch state {
        case .between: try begin(line, take)
        case .copying(let table, let names):
            if line.elementsEqual([0x5C, 0x2E]) {
                state = .between
            } else if let table {
                try take(table, try Self.row(line, names))
            }
        case .inserting(var statement):
            statement.append(line)
            try go(on: statement, take)
        case .creating(let table):
            if line.first == 0x29 {
                state = .between
            } else if let name = DumpStatement.columnDefined(by: String(decoding: line, as: UTF8.self)) {
                columns[table, default: []].append(name)
            }
        }
    }

    /// Throws when the dump breaks off.
    func end() throws {
        guard case .between = state else { throw Self.broken("it ends in the middle of a table, so it is not complete") }
    }

    static func broken(_ why: String) -> ProblemReport { ProblemReport.invalid("dump", "The dump cannot be read: \(why). Nothing was brought over.") }

    private mutating func begin(_ line: ArraySlice<UInt8>, _ take: (String, Row) throws -> Void) throws {
        if line.starts(with: Self.copy) {
            var words = DumpWords(String(decoding: line, as: UTF8.self).dropFirst(5))
            guard let table = words.qualifiedName() else { return }
            let names = words.list() ?? []
            guard words.rest.hasPrefix(" FROM stdin") else { return }
            note(table)
            state = .copying(table: wanted.contains(table) ? table : nil, columns: names)
        } else if line.starts(with: Self.insert) {
            var statement = DumpStatement()
            statement.append(line)
            try go(on: statement, take)
        } else if line.starts(with: Self.create) {
            var words = DumpWords(String(decoding: line, as: UTF8.self).dropFirst(Self.create.count))
            guard let table = words.qualifiedName(), line.last == 0x28 else { return }
            note(table)
            columns[table] = []
            state = .creating(table: table)
        } else if line.starts(with: Self.encoding) {
            let name = String(decoding: line.dropFirst(Self.encoding.count), as: UTF8.self).uppercased()
            guard name.hasPrefix("'UTF8'") || name.hasPrefix("'UTF-8'") || name.hasPrefix("'SQL_ASCII'") else {
                throw Self.broken("its text is in \(name.prefix(20)). Make it with pg_dump --encoding=UTF8")
            }
        }
    }

    private mutating func note(_ table: String) { if wanted.contains(table) { found.insert(table) } }

    private static let copy = Array("COPY ".utf8)
    private static let insert = Array("INSERT INTO ".utf8)
    private static let create = Array("CREATE TABLE ".utf8)
    private static let encoding = Array("SET client_encoding = ".utf8)

    private mutating func go(on statement: DumpStatement, _ take: (String, Row) throws -> Void) throws {
        guard statement.isComplete else {
            state = .inserting(statement)
            return
        }
        state = .between
        guard let (table, names, rows) = statement.inserted(where: wanted.contains) else { return }
        note(table)
        let known = names ?? columns[table] ?? []
        for values in rows {
            guard values.count == known.count else { throw Self.broken("a row of \(table) has \(values.count) values for \(known.count) columns") }
            try take(table, Self.row(known, values))
        }
    }

    private static func row(_ names: [String], _ values: [String?]) -> Row {
        var row: Row = [:]
        for (name, value) in zip(names, values) { row[name] = value }
        return row
    }

    /// A line of a `COPY` block: values between tabs, `\N` for NULL.
    private static func row(_ line: ArraySlice<UInt8>, _ names: [String]) throws -> Row {
        let fields = line.split(separator: 0x09, omittingEmptySubsequences: false)
        guard fields.count == names.count else { throw broken("a row has \(fields.count) values for \(names.count) columns") }
        return row(names, fields.map { $0.elementsEqual([0x5C, 0x4E]) ? nil : unescaped($0) })
    }

    private static let escapes: [UInt8: UInt8] = [0x62: 8, 0x66: 12, 0x6E: 10, 0x72: 13, 0x74: 9, 0x76: 11]

    private static func unescaped(_ field: ArraySlice<UInt8>) -> String {
        guard field.contains(0x5C) else { return String(decoding: field, as: UTF8.self) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(field.count)
        var rest = field
        while let byte = rest.popFirst() {
            guard byte == 0x5C, let next = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            bytes.append(escapes[next] ?? next)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
