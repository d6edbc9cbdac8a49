import Domain
import Gateway

/// JSON Schemas that every client and model takes: everything in place, no references, no unions, no nulls, every list with its items, every
/// choice listed, no object that may hold anything, names in snake_case. Made from the types that read and write the JSON.
enum FlatSchema {
    /// The longest text that all clients pass on to their model.
    static let longestDescription = 1024
    /// The choice that says nothing: for models that are made to choose.
    static let unset = "unset"

    /// The schema of a tool's arguments. Throws `SchemaError`, or `Undescribed` for a property without a description.
    static func arguments<Input: ToolInput>(_ type: Input.Type) throws -> JSONValue {
        try Flattening(descriptions: Input.descriptions, owner: "\(type)").schema(of: type)
    }

    /// The schema of a tool's result, one level deep: clients fetch it often, and some put it before their model.
    static func result<Output: Decodable>(_ type: Output.Type) throws -> JSONValue {
        let whole = try Flattening(descriptions: nil, owner: "\(type)").schema(of: type)
        let properties = (whole["properties"]?.object ?? [:]).mapValues { property -> JSONValue in
            guard let items = property["items"] else { return ["type": property["type"] ?? .null] }
            return ["type": "array", "items": ["type": items["type"] ?? .null]]
        }
        return ["type": "object", "properties": .object(properties), "required": ["message", "url"]]
    }

    /// A property that clients could not explain.
    struct Undescribed: Error, CustomStringConvertible {
        let property: String
        var description: String { "\(property) has no description, or one of more than \(FlatSchema.longestDescription) characters" }
    }
}

extension JSONValue {
    /// A schema without the properties at these paths.
    func without(_ paths: Set<String>) -> JSONValue {
        guard !paths.isEmpty, case .object(var schema) = self else { return self }
        if let items = schema["items"] { schema["items"] = items.without(paths) }
        guard let properties = schema["properties"]?.object else { return .object(schema) }
        let kept = properties.filter { !paths.contains($0.key) }.map { name, property in
            (name, property.without(Set(paths.filter { $0.hasPrefix(name + ".") }.map { String($0.dropFirst(name.count + 1)) })))
        }
        schema["properties"] = .object(Dictionary(uniqueKeysWithValues: kept))
        return .object(schema)
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
        case "object":
            // Clients empty an object that may hold anything, or refuse it.
            guard descriptions == nil || schema["properties"]?.object?.isEmpty == false || path.isEmpty else {
                throw FlatSchema.Undescribed(property: "\(owner).\(path): an object of any kind")
            }
            return try object(schema, components, at: path)
        case "array": return ["type": "array", "items": try flat(schema["items"] ?? [:], components, at: path)]
        default:
            var leaf: [String: JSONValue] = ["type": .string(type)]
            leaf["enum"] = schema["enum"]
            return .object(leaf)
        }
    }

    private func object(_ schema: JSONValue, _ components: [String: JSONValue], at path: String) throws -> JSONValue {
        var properties: [String: JSONValue] = [:]
        let required = (schema["required"]?.array ?? []).compactMap(\.string).map(\.snakeCase)
        for (name, property) in schema["properties"]?.object ?? [:] {
            let place = path.isEmpty ? name.snakeCase : "\(path).\(name.snakeCase)"
            guard case .object(var described) = try flat(property, components, at: place) else { continue }
            if let descriptions {
                let shape = path.isEmpty ? Self.shape(of: described) : ""
                guard let words = descriptions[place].map({ $0 + shape }), words.count <= FlatSchema.longestDescription else {
                    throw FlatSchema.Undescribed(property: "\(owner).\(place)")
                }
                described["description"] = .string(words)
                if !required.contains(name.snakeCase), let choices = described["enum"]?.array {
                    described["enum"] = .array(choices + [.string(FlatSchema.unset)])
                }
            }
            properties[name.snakeCase] = .object(described)
        }
        var flat: [String: JSONValue] = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { flat["required"] = .array(required.map { .string($0) }) }
        return .object(flat)
    }

    /// What the elements of a list hold: some clients show their model nothing of what lies within.
    private static func shape(of property: [String: JSONValue]) -> String {
        guard let members = property["items"]?["properties"]?.object else { return "" }
        let names = members.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value["items"] == nil ? "…" : "[…]")" }
        return " Each: {\(names.joined(separator: ", "))}."
    }
}
