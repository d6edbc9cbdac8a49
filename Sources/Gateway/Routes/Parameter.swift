import Application
import Domain

/// A query parameter or header of a route, for the OpenAPI document.
public struct Parameter: Sendable {
    public enum Place: String, Sendable { case query, header, path }
    public let name: String
    public let place: Place
    public let schema: JSONValue
    public let summary: String

    public init(_ name: String, in place: Place, schema: JSONValue, _ summary: String) {
        self.name = name
        self.place = place
        self.schema = schema
        self.summary = summary
    }
}

/// A query parameter that a route declares and its handler reads by the same value: `try call[limit]`.
public struct QueryField<Value: Sendable>: Sendable {
    public let parameter: Parameter
    /// Reads all values given under the name. Throws `VALIDATION_FAILED`.
    let read: @Sendable ([String]) throws -> Value

    public init(_ name: String, _ summary: String, schema: JSONValue, read: @escaping @Sendable ([String]) throws -> Value) {
        parameter = Parameter(name, in: .query, schema: schema, summary)
        self.read = read
    }
}

extension QueryField where Value == String {
    public static func text(_ name: String, _ summary: String, maxLength: Int = 500) -> Self {
        Self(name, summary, schema: ["type": "string", "maxLength": .number(Double(maxLength))]) { values in
            let value = values[0]
            guard value.unicodeScalars.count <= maxLength else {
                throw ProblemReport.invalid(name, "\(name) is longer than \(maxLength) characters.")
            }
            return value
        }
    }
}

extension QueryField where Value == [String] {
    /// Several texts: the parameter repeated.
    public static func texts(_ name: String, _ summary: String, maxCount: Int = 100, maxLength: Int = 500) -> Self {
        let item: JSONValue = ["type": "string", "maxLength": .number(Double(maxLength))]
        return Self(name, summary, schema: ["type": "array", "items": item, "maxItems": .number(Double(maxCount))]) { values in
            guard values.count <= maxCount, values.allSatisfy({ $0.unicodeScalars.count <= maxLength }) else {
                throw ProblemReport.invalid(name, "\(name) is given at most \(maxCount) times, with at most \(maxLength) characters each.")
            }
            return values
        }
    }
}

extension QueryField where Value == Int {
    public static func integer(_ name: String, _ summary: String, in range: ClosedRange<Int>, default: Int) -> Self {
        let schema: JSONValue = [
            "type": "integer", "minimum": .number(Double(range.lowerBound)), "maximum": .number(Double(range.upperBound)),
            "default": .number(Double(`default`)),
        ]
        return Self(name, summary, schema: schema) { values in
            guard let number = Int(values[0]), range.contains(number) else {
                throw ProblemReport.invalid(name, "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound).")
            }
            return number
        }
    }
}

extension QueryField where Value == Timestamp {
    public static func time(_ name: String, _ summary: String) -> Self {
        Self(name, summary, schema: ["type": "string", "format": "date-time"]) { values in
            guard let time = Timestamp(values[0]) else {
                throw ProblemReport.invalid(name, "\(name) is a time in ISO 8601 with an offset, such as 2026-11-23T09:00:00Z.")
            }
            return time
        }
    }
}

extension QueryField {
    public static func id<Owner>(_ name: String, _ summary: String) -> Self where Value == Identifier<Owner> {
        Self(name, summary, schema: ["type": "string", "format": "uuid"]) { values in
            guard let id = Identifier<Owner>(values[0]) else { throw ProblemReport.invalid(name, "\(name) is an id: a UUID.") }
            return id
        }
    }

    /// Several cases of a string enum: the parameter repeated, or separated by commas.
    public static func list<Choice: Named>(of type: Choice.Type, _ name: String, _ summary: String) -> Self where Value == [Choice] {
        Self(name, summary, schema: ["type": "array", "items": type.schema]) { values in
            try values.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map { try Choice(String($0), of: name) }
        }
    }
}

extension QueryField where Value: Named {
    /// One of the cases of a string enum.
    public static func choice(_ name: String, _ summary: String) -> Self {
        Self(name, summary, schema: Value.schema) { values in try Value(values[0], of: name) }
    }
}

/// A string enum, as query parameters choose among them.
public protocol Named: RawRepresentable, CaseIterable, Sendable where RawValue == String {}

extension PostStatus: Named {}
extension Origin: Named {}
extension EventType: Named {}
extension SlotBasis: Named {}

extension Named {
    fileprivate static var schema: JSONValue { ["type": "string", "enum": .array(allCases.map { .string($0.rawValue) })] }

    fileprivate init(_ text: String, of name: String) throws {
        guard let choice = Self(rawValue: text) else {
            throw ProblemReport.invalid(name, "\(name) is one of: \(Self.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        self = choice
    }
}
