import Domain
import Foundation

/// A value as both databases can hold it. Times are epoch milliseconds, ids and JSON are text.
public enum SQLValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])

    /// PostgreSQL cannot hold U+0000 in text, so neither driver takes it.
    func refuseNUL() throws(DatabaseError) {
        guard case .text(var text) = self else { return }
        // `contains` looks at one byte after the other, and a list of ids has thousands.
        let hasNUL = text.withUTF8 { utf8 in utf8.baseAddress.map { memchr($0, 0, utf8.count) != nil } ?? false }
        if hasNUL { throw .failed("text with a NUL character cannot be stored") }
    }
}

/// A Swift value that can be a statement's parameter.
public protocol SQLConvertible {
    var sqlValue: SQLValue { get }
}

extension SQLValue: SQLConvertible { public var sqlValue: SQLValue { self } }
extension Bool: SQLConvertible { public var sqlValue: SQLValue { .bool(self) } }
extension Int: SQLConvertible { public var sqlValue: SQLValue { .integer(Int64(self)) } }
extension Int64: SQLConvertible { public var sqlValue: SQLValue { .integer(self) } }
extension Double: SQLConvertible { public var sqlValue: SQLValue { .real(self) } }
extension String: SQLConvertible { public var sqlValue: SQLValue { .text(self) } }
extension Data: SQLConvertible { public var sqlValue: SQLValue { .bytes(Array(self)) } }
extension Timestamp: SQLConvertible { public var sqlValue: SQLValue { .integer(milliseconds) } }
extension Identifier: SQLConvertible { public var sqlValue: SQLValue { .text(text) } }
extension Optional: SQLConvertible where Wrapped: SQLConvertible { public var sqlValue: SQLValue { self?.sqlValue ?? .null } }

/// One row of a result: values by column name. Reading a column that is absent, or null where a value is needed, throws
/// `DatabaseError.failed` and names the column.
public struct SQLRow: Sendable, Equatable {
    /// Shared by all rows of a result.
    public let columns: [String: Int]
    public let values: [SQLValue]

    public init(columns: [String: Int], values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    public func value(_ column: String) throws -> SQLValue {
        guard let index = columns[column] else { throw DatabaseError.failed("no column \(column)") }
        return values[index]
    }

    public func text(_ column: String) throws -> String { try require(column, try optionalText(column)) }
    public func int(_ column: String) throws -> Int { Int(try require(column, try optionalInteger(column))) }
    public func bool(_ column: String) throws -> Bool { try require(column, try optionalBool(column)) }
    public func real(_ column: String) throws -> Double { try require(column, try optionalReal(column)) }
    public func bytes(_ column: String) throws -> Data { try require(column, try optionalBytes(column)) }
    public func time(_ column: String) throws -> Timestamp { try require(column, try optionalTime(column)) }
    public func id<Owner>(_ column: String, of owner: Owner.Type = Owner.self) throws -> Identifier<Owner> {
        try require(column, try optionalID(column))
    }
    public func json<Value: Decodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        try JSON.decode(type, from: try text(column))
    }

    public func optionalText(_ column: String) throws -> String? {
        switch try value(column) {
        case .null: nil
        case .text(let text): text
        case .integer(let number): String(number)
        default: throw DatabaseError.failed("column \(column) is not text")
        }
    }

    public func optionalInteger(_ column: String) throws -> Int64? {
        switch try value(column) {
        case .null: nil
        case .integer(let number): number
        case .bool(let flag): flag ? 1 : 0
        case .text(let text): try require(column, Int64(text))
        case .real(let number): try require(column, Int64(exactly: number))
        default: throw DatabaseError.failed("column \(column) is not an integer")
        }
    }

    public func optionalInt(_ column: String) throws -> Int? { try optionalInteger(column).map(Int.init) }

    public func optionalBool(_ column: String) throws -> Bool? {
        switch try value(column) {
        case .null: nil
        case .bool(let flag): flag
        case .integer(let number): number != 0
        default: throw DatabaseError.failed("column \(column) is not a boolean")
        }
    }

    public func optionalReal(_ column: String) throws -> Double? {
        switch try value(column) {
        case .null: nil
        case .real(let number): number
        case .integer(let number): Double(number)
        case .text(let text): try require(column, Double(text))
        default: throw DatabaseError.failed("column \(column) is not a number")
        }
    }

    public func optionalBytes(_ column: String) throws -> Data? {
        switch try value(column) {
        case .null: nil
        case .bytes(let bytes): Data(bytes)
        default: throw DatabaseError.failed("column \(column) is not bytes")
        }
    }

    public func optionalTime(_ column: String) throws -> Timestamp? {
        try optionalInteger(column).map(Timestamp.init(milliseconds:))
    }

    public func optionalID<Owner>(_ column: String, of owner: Owner.Type = Owner.self) throws -> Identifier<Owner>? {
        guard let text = try optionalText(column) else { return nil }
        return try require(column, Identifier<Owner>(text))
    }

    public func optionalJSON<Value: Decodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value? {
        try optionalText(column).map { try JSON.decode(type, from: $0) }
    }

    private func require<Value>(_ column: String, _ value: Value?) throws -> Value {
        guard let value else { throw DatabaseError.failed("column \(column) holds no usable value") }
        return value
    }
}

extension [SQLRow] {
    /// One value a row from a column that holds JSON.
    func jsonList<Value: Decodable>(_ column: String) throws -> [Value] {
        let values: [Value] = try JSON.decode(from: "[\(try map { try $0.text(column) }.joined(separator: ","))]")
        guard values.count == count else { throw DatabaseError.failed("column \(column) holds no usable value") }
        return values
    }
}
