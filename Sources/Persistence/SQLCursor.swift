import CPostgres
import CSQLite
import Domain

/// The row at which a running statement stands, read column by column in the order of its `SELECT`: for what is read in great numbers. Only
/// `Transaction.forEach` makes one, and it must not be kept beyond the closure that received it. Reading null where a value is needed, or a
/// value of another kind, throws `DatabaseError.failed` and names the column.
public struct SQLCursor {
    enum Source {
        case sqlite(OpaquePointer)
        case postgres(OpaquePointer, row: Int32)
    }

    private let source: Source
    private var next: Int32 = 0

    init(_ source: Source) { self.source = source }

    // MARK: The next column

    public mutating func text() throws -> String {
        let column = take()
        return try require(optionalText(column), column)
    }
    public mutating func optionalText() -> String? { optionalText(take()) }
    public mutating func int() throws -> Int { Int(try integer()) }
    public mutating func time() throws -> Timestamp { Timestamp(milliseconds: try integer()) }
    public mutating func optionalTime() throws -> Timestamp? { try optionalInteger(take()).map(Timestamp.init(milliseconds:)) }
    public mutating func bool() throws -> Bool { try integer() != 0 }
    public mutating func id<Owner>(of owner: Owner.Type = Owner.self) throws -> Identifier<Owner> {
        let column = next
        return try require(optionalID(), column)
    }

    public mutating func optionalID<Owner>(of owner: Owner.Type = Owner.self) throws -> Identifier<Owner>? {
        let column = take()
        guard let id = withBytes(column, { Identifier<Owner>(utf8: $0) }) else { return nil }
        guard let id else { throw unusable(column) }
        return id
    }

    /// A word of an enum; one that this program does not know is an error, not a default.
    public mutating func word<Word: RawRepresentable>(_ type: Word.Type = Word.self) throws -> Word where Word.RawValue == String {
        let column = next
        return try require(Word(rawValue: try text()), column)
    }

    /// What `read` makes of the bytes of a JSON document.
    public mutating func json<Value>(_ read: (inout JSONReader) throws -> Value) throws -> Value {
        let column = next
        return try require(try optionalJSON(read), column)
    }

    public mutating func optionalJSON<Value>(_ read: (inout JSONReader) throws -> Value) throws -> Value? {
        try withBytes(take()) { bytes in
            var reader = JSONReader(bytes)
            return try read(&reader)
        }
    }

    private mutating func integer() throws -> Int64 {
        let column = take()
        return try require(optionalInteger(column), column)
    }

    // MARK: Any column

    private mutating func take() -> Int32 {
        defer { next += 1 }
        return next
    }

    func optionalText(_ column: Int32) -> String? { withBytes(column) { String(decoding: $0, as: UTF8.self) } }

    private func optionalInteger(_ column: Int32) throws -> Int64? {
        if case .sqlite(let statement) = source {
            switch sqlite3_column_type(statement, column) {
            case SQLITE_NULL: return nil
            case SQLITE_INTEGER: return sqlite3_column_int64(statement, column)
            default: throw unusable(column)
            }
        }
        guard let number = withBytes(column, Self.integer) else { return nil }
        guard let number else { throw unusable(column) }
        return number
    }

    /// PostgreSQL writes numbers in digits and truth as a letter.
    private static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        if text.count == 1, text[0] == UInt8(ascii: "t") { return 1 }
        if text.count == 1, text[0] == UInt8(ascii: "f") { return 0 }
        var (number, isNegative, digits) = (Int64(0), false, text[...])
        if digits.first == UInt8(ascii: "-") { (isNegative, digits) = (true, digits.dropFirst()) }
        guard !digits.isEmpty, digits.count < 19 else { return Int64(String(decoding: text, as: UTF8.self)) }
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return isNegative ? -number : number
    }

    /// Nil for null.
    private func withBytes<Value>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) throws -> Value) rethrows -> Value? {
        switch source {
        case .sqlite(let statement):
            guard let start = sqlite3_column_text(statement, column) else { return nil }
            return try body(UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
        case .postgres(let result, let row):
            guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else { return nil }
            let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
            return try body(bytes.assumingMemoryBound(to: UInt8.self))
        }
    }

    private func require<Value>(_ value: Value?, _ column: Int32) throws -> Value {
        guard let value else { throw unusable(column) }
        return value
    }

    private func unusable(_ column: Int32) -> DatabaseError {
        let name =
            switch source {
            case .sqlite(let statement): sqlite3_column_name(statement, column)
            case .postgres(let result, _): UnsafePointer(PQfname(result, column))
            }
        return .failed("column \(name.map { String(cString: $0) } ?? "\(column)") holds no usable value")
    }
}
