import Domain
import Gateway

/// JSON Schemas that every client and model takes: everything in place, no references, no unions, no nulls, every list with its items, every
/// choice listed, names in snake_case. Made from the types that read and write the JSON.
enum FlatSchema {
    /// The longest text that all clients pass on to their model.
    static let longestDescription = 1024

    /// The schema of a tool's arguments. Throws `SchemaError`, or `Undescribed` for a property without a description.
    static func arguments<Input: ToolInput>(_ type: Input.Type) throws -> JSONValue {
        try Flattening(descriptions: Input.descriptions, owner: "\(type)").schema(of: type)
    }

    /// The schema of a tool's result.
    static func result<Output: Decodable>(_ type: Output.Type) throws -> JSONValue {
        try Flattening(descriptions: nil, owner: "\(type)").schema(of: type)
    }

    /// A property that clients could not explain.
    struct Undescribed: Error, CustomStringConvertible {
        let property: String
        var description: String { "\(property) has no description, or one of more than \(FlatSchema.longestDescription) characters" }
    }
}

private struct Flattening {
    /// By the path of a property, such as `parts.text`; nil where none are wanted.
    let descriptions: [String: String]?
    let owner: String

    func schema<Value: Decodable>(of type: Value.Type) throws -> JSONValue {
        let catalogue = SchemaCatalogue()
        let schema = try catalogue.schema(of: type)
        return try flat(schema, catalogue.components, at: "")
    }

    private func flat(_ schema: JSONValue, _ components: [String: JSONValue], at path: String) throws -> JSONValue {
        if let reference = schema["$ref"]?.string, let component = components[String(reference.split(separator: "/").last ?? "")] {
            return try flat(component, components, at: path)
        }
        // Optional means absent, never null.
        if let first = schema["anyOf"]?[0] { return try flat(first, components, at: path) }
        guard let type = schema["type"]?.string ?? schema["type"]?[0]?.string else {
            throw FlatSchema.Undescribed(property: "\(owner).\(path): a value of any kind")
        }
        switch type {
        case "object": return try object(schema, components, at: path)
        case "array": return ["type": "array", "items": try flat(schema["items"] ?? [:], components, at: path)]
        default:
            var leaf: [String: JSONValue] = ["type": .string(type)]
            leaf["enum"] = schema["enum"]
            return .object(leaf)
        }
    }

    private func object(_ schema: JSONValue, _ components: [String: JSONValue], at path: String) throws -> JSONValue {
        var properties: [String: JSONValue] = [:]
        for (name, property) in schema["properties"]?.object ?? [:] {
            let place = path.isEmpty ? name.snakeCase : "\(path).\(name.snakeCase)"
            guard case .object(var described) = try flat(property, components, at: place) else { continue }
            if let descriptions {
                guard let words = descriptions[place], words.count <= FlatSchema.longestDescription else {
                    throw FlatSchema.Undescribed(property: "\(owner).\(place)")
                }
                described["description"] = .string(words)
            }
            properties[name.snakeCase] = .object(described)
        }
        var flat: [String: JSONValue] = ["type": "object", "properties": .object(properties)]
        let required = (schema["required"]?.array ?? []).compactMap(\.string).map(\.snakeCase)
        if !required.isEmpty { flat["required"] = .array(required.map { .string($0) }) }
        return .object(flat)
    }
}
