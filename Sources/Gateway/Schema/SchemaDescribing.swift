import Domain
import Foundation

/// A type that says itself what its JSON is, where looking at how it decodes would not tell enough.
protocol SchemaDescribing {
    static func describe(in catalogue: SchemaCatalogue) throws -> (schema: JSONValue, sample: Self)
}

extension String: SchemaDescribing {
    static func describe(in catalogue: SchemaCatalogue) -> (schema: JSONValue, sample: String) { (["type": "string"], "") }
}

extension Bool: SchemaDescribing {
    static func describe(in catalogue: SchemaCatalogue) -> (schema: JSONValue, sample: Bool) { (["type": "boolean"], false) }
}

extension Double: SchemaDescribing {
    static func describe(in catalogue: SchemaCatalogue) -> (schema: JSONValue, sample: Double) { (["type": "number", "format": "double"], 0) }
}

extension Int: SchemaDescribing {
    static func describe(in catalogue: SchemaCatalogue) -> (schema: JSONValue, sample: Int) { (["type": "integer", "format": "int64"], 0) }
}

extension Int64: SchemaDescribing {
    static func describe(in catalogue: SchemaCatalogue) -> (schema: JSONValue, sample: Int64) { (["type": "integer", "format": "int64"], 0) }
}

extension URL: SchemaDescribing {
    static func describe(in catalogue: SchemaCatalogue) throws -> (schema: JSONValue, sample: URL) {
        (["type": "string", "format": "uri"], URL(filePath: "/"))
    }
}

extension Identifier: SchemaDescribing {
    static func describe(in catalogue: SchemaCatalogue) -> (schema: JSONValue, sample: Identifier) {
        (["type": "string", "format": "uuid"], Identifier(at: Timestamp(milliseconds: 0)))
    }
}

extension WallTime: SchemaDescribing {
    static func describe(in catalogue: SchemaCatalogue) -> (schema: JSONValue, sample: WallTime) {
        let words = "What clocks show, without an offset: 2026-11-24T09:00:00.000"
        return (["type": "string", "description": .string(words)], WallTime(day: 0, minute: 0))
    }
}

extension Timestamp: SchemaDescribing {
    static func describe(in catalogue: SchemaCatalogue) -> (schema: JSONValue, sample: Timestamp) {
        (["type": "string", "format": "date-time"], Timestamp(milliseconds: 0))
    }
}

extension JSONValue: SchemaDescribing {
    static func describe(in catalogue: SchemaCatalogue) -> (schema: JSONValue, sample: JSONValue) { ([:], .null) }
}

extension PlatformID: SchemaDescribing {
    static func describe(in catalogue: SchemaCatalogue) -> (schema: JSONValue, sample: PlatformID) { (["type": "string"], "") }
}

extension Array: SchemaDescribing where Element: Decodable {
    static func describe(in catalogue: SchemaCatalogue) throws -> (schema: JSONValue, sample: [Element]) {
        (["type": "array", "items": try catalogue.schema(of: Element.self)], [])
    }
}

extension Set: SchemaDescribing where Element: Decodable {
    static func describe(in catalogue: SchemaCatalogue) throws -> (schema: JSONValue, sample: Set<Element>) {
        (["type": "array", "items": try catalogue.schema(of: Element.self)], [])
    }
}

extension Dictionary: SchemaDescribing where Key: Decodable, Value: Decodable {
    static func describe(in catalogue: SchemaCatalogue) throws -> (schema: JSONValue, sample: [Key: Value]) {
        var schema: [String: JSONValue] = ["type": "object", "additionalProperties": try catalogue.schema(of: Value.self)]
        if Key.self != String.self { schema["propertyNames"] = try catalogue.schema(of: Key.self) }
        return (.object(schema), [:])
    }
}

extension Optional: SchemaDescribing where Wrapped: Decodable {
    static func describe(in catalogue: SchemaCatalogue) throws -> (schema: JSONValue, sample: Wrapped?) {
        (try catalogue.schema(of: Wrapped.self).nullable, nil)
    }
}

extension JSONValue {
    /// This schema, or `null`.
    var nullable: JSONValue {
        guard case .object(var schema) = self else { return self }
        if schema.isEmpty { return self }
        guard case .string(let type)? = schema["type"], schema["enum"] == nil else { return ["anyOf": [self, ["type": "null"]]] }
        schema["type"] = [.string(type), "null"]
        return .object(schema)
    }
}
