import Domain

/// JSON Schemas (draft 2020-12) of Codable types, found by letting each type decode itself from a decoder that only takes notes. So a schema
/// cannot drift from the code that reads and writes the JSON.
///
/// Objects are named components, referred to by `$ref`; everything else is described in place.
public final class SchemaCatalogue {
    /// The objects met so far, by name.
    public private(set) var components: [String: JSONValue] = [:]
    private var underway: Set<String> = []

    public init() {}

    /// The schema of `type`. Throws `SchemaError` for a type that does not tell its shape, such as a string enum that is not `CaseIterable`.
    public func schema<Value: Decodable>(of type: Value.Type) throws -> JSONValue {
        let name = Self.name(of: type)
        // A type that contains itself is described only once.
        if underway.contains(name) { return Self.reference(name) }
        return try describe(type).schema
    }

    /// The schema of `type` together with some value of it, which the decoding of the type around it goes on with.
    func describe<Value: Decodable>(_ type: Value.Type) throws -> (schema: JSONValue, sample: Value) {
        if let leaf = type as? any SchemaDescribing.Type {
            let (schema, sample) = try leaf.describe(in: self)
            guard let sample = sample as? Value else { throw SchemaError(type: "\(type)") }
            return (schema, sample)
        }
        if let cases = Self.cases(of: type), let first = cases.first {
            return (["type": "string", "enum": .array(cases.map { .string($0.name) })], first.value)
        }
        return try describeByDecoding(type)
    }

    private func describeByDecoding<Value: Decodable>(_ type: Value.Type) throws -> (schema: JSONValue, sample: Value) {
        let name = Self.name(of: type)
        let recorder = SchemaRecorder(catalogue: self)
        underway.insert(name)
        defer { underway.remove(name) }
        let sample: Value
        do {
            sample = try type.init(from: recorder)
        } catch let error as SchemaError {
            throw error
        } catch {
            throw SchemaError(type: "\(type): \(error)")
        }
        guard var properties = recorder.notes.properties else {
            return (recorder.notes.single ?? ["type": "object"], sample)
        }
        var object: [String: JSONValue] = ["type": "object"]
        for (name, rule) in (type as? any Ruled.Type)?.rules ?? [:] {
            if name == Rule.whole {
                object.merge(rule.object ?? [:]) { own, _ in own }
            } else {
                guard let property = properties[name] else { throw SchemaError(type: "\(type), which has rules for \(name) but no such property,") }
                properties[name] = property.refined(by: rule)
            }
        }
        object["properties"] = .object(properties)
        if !recorder.notes.required.isEmpty { object["required"] = .array(recorder.notes.required.map { .string($0) }) }
        components[name] = .object(object)
        return (Self.reference(name), sample)
    }

    static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    /// `Domain.SettingField.Option` is `SettingFieldOption`; `Application.Page<Application.PostView>` is `PageOfPostView`.
    static func name(of type: Any.Type) -> String {
        String(reflecting: type).split(separator: "<").map { part in
            part.split(separator: ",").map { name in
                let path = name.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" })
                // The first is the module.
                return path.count > 1 ? path.dropFirst().joined() : path.joined()
            }.joined(separator: "And")
        }.joined(separator: "Of")
    }

    /// The cases of a string enum.
    private static func cases<Value>(of type: Value.Type) -> [(name: String, value: Value)]? {
        guard let type = type as? any CaseIterable.Type else { return nil }
        func list<Enum: CaseIterable>(_ type: Enum.Type) -> [(name: String, value: Value)] {
            type.allCases.compactMap { item in
                guard let name = (item as? any RawRepresentable)?.rawValue as? String, let value = item as? Value else { return nil }
                return (name, value)
            }
        }
        return list(type)
    }
}

/// A type whose JSON cannot be described.
public struct SchemaError: Error, Sendable, CustomStringConvertible {
    let type: String
    public var description: String { "\(type) does not tell the shape of its JSON; a string enum must be CaseIterable" }
}
