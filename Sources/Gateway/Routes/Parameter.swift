import Application
import Domain

/// A query parameter or header of a route, for the OpenAPI document.
public struct Parameter: Sendable {
    public enum Place: String, Sendable { case query, header, path }
    public let name: String
    public let place: Place
    public let schema: JSONValue
    public let summary: String
    /// Whether the call is refused without it.
    public let required: Bool

    public init(_ name: String, in place: Place, required: Bool = false, schema: JSONValue, _ summary: String) {
        self.name = name
        self.place = place
        self.required = required || place == .path
        self.schema = schema
        self.summary = summary
    }
}

/// A query parameter that a route declares and its handler reads by the same value: `try call[limit]`.
public struct QueryField<Value: Sendable>: Sendable {
    public let parameter: Parameter
    /// Reads all values given under the name. Throws `VALIDATION_FAILED`.
    let read: @Sendable ([String]) throws -> Value

    public init(
        _ name: String, _ summary: String, required: Bool = false, schema: JSONValue, read: @escaping @Sendable ([String]) throws -> Value
    ) {
        parameter = Parameter(name, in: .query, required: required, schema: schema, summary)
        self.read = read
    }
}

extension Parameter {
    /// Any query parameters, for calls that pass on what others send.
    public static func anyQuery(_ summary: String) -> Parameter {
        Parameter("query", in: .query, schema: ["type": "object", "additionalProperties": true], summary)
    }

    fileprivate var takesAnyName: Bool { schema["type"] == "object" }
}

extension Route {
    /// Throws `VALIDATION_FAILED` for a parameter that the route does not declare.
    func checkNames(of query: FormFields) throws {
        let declared = parameters.filter { $0.place == .query }
        let names = declared.map(\.name)
        guard !declared.contains(where: \.takesAnyName), let given = query.pairs.first(where: { !names.contains($0.name) })?.name else { return }
        let shown = String(given.prefix(60))
        let offer = names.isEmpty ? "It takes none." : "It takes \(names.joined(separator: ", "))."
        throw ProblemReport(
            .validationFailed,
            "\(shown) is not a query parameter of \(method.rawValue) \(path).\(ShapeWords.suggestion(shown, among: names)) \(offer)",
            details: ["field": .string(shown), "known": .array(names.map { .string($0) })])
    }
}

extension QueryField where Value == String {
    /// `pattern` describes what Application takes.
    public static func text(
        _ name: String, _ summary: String, required: Bool = false, maxLength: Int = 500, pattern: JSONValue = Rule.plain
    ) -> Self {
        Self(
            name, summary, required: required, schema: ["type": "string", "maxLength": .number(Double(maxLength)), "pattern": pattern]
        ) { values in
            let value = values[0]
            guard value.unicodeScalars.count <= maxLength else {
                throw ProblemReport.invalid(name, "\(name) is longer than \(maxLength) characters.")
            }
            return value
        }
    }

    /// Where a list goes on. They are made by us and mean nothing to clients.
    public static func cursor(_ summary: String = "Continues a list: nextCursor of the page before") -> Self {
        text("cursor", summary, maxLength: 100, pattern: #"^\d{1,15}\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"#)
    }
}

extension QueryField where Value == [String] {
    /// Several texts: the parameter repeated.
    public static func texts(_ name: String, _ summary: String, maxCount: Int = 100, maxLength: Int = 500) -> Self {
        let item: JSONValue = ["type": "string", "maxLength": .number(Double(maxLength)), "pattern": Rule.plain]
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

extension QueryField where Value == Bool {
    public static func flag(_ name: String, _ summary: String) -> Self {
        Self(name, summary, schema: ["type": "boolean"]) { values in
            guard let flag = Bool(values[0].lowercased()) else { throw ProblemReport.invalid(name, "\(name) is true or false.") }
            return flag
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
extension MediaKind: Named {}

extension Named {
    fileprivate static var schema: JSONValue { ["type": "string", "enum": .array(allCases.map { .string($0.rawValue) })] }

    fileprivate init(_ text: String, of name: String) throws {
        guard let choice = Self.allCases.first(where: { $0.rawValue.lowercased() == text.lowercased() }) else {
            let (choices, given) = (Self.allCases.map(\.rawValue), String(text.prefix(60)))
            let words = "\(name) cannot be \"\(given)\". Use \(ShapeWords.either(choices)).\(ShapeWords.suggestion(given, among: choices))"
            throw ProblemReport.invalid(name, words)
        }
        self = choice
    }
}
