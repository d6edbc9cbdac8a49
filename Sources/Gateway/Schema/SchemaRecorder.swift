import Domain

/// A decoder that reads nothing: it notes which keys and types are asked for and answers with samples.
final class SchemaRecorder: Decoder {
    /// What one type asked for.
    final class Notes {
        /// Keys and their schemas; nil unless the type reads an object.
        var properties: [String: JSONValue]?
        var required: [String] = []
        /// The schema of a type that reads a single value.
        var single: JSONValue?

        func note(_ key: any CodingKey, _ schema: JSONValue, required isRequired: Bool) {
            properties?[key.stringValue] = schema
            if isRequired, !required.contains(key.stringValue) { required.append(key.stringValue) }
        }
    }

    let catalogue: SchemaCatalogue
    let notes = Notes()
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(catalogue: SchemaCatalogue) { self.catalogue = catalogue }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        if notes.properties == nil { notes.properties = [:] }
        return KeyedDecodingContainer(KeyedSchema<Key>(recorder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw SchemaError(type: "a type that decodes a list by hand") }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleSchema(recorder: self) }
}

private struct SingleSchema: SingleValueDecodingContainer {
    let recorder: SchemaRecorder
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let (schema, sample) = try recorder.catalogue.describe(type)
        recorder.notes.single = schema
        return sample
    }
}

private struct KeyedSchema<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recorder: SchemaRecorder
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) throws -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        let (schema, sample) = try recorder.catalogue.describe(type)
        recorder.notes.note(key, schema, required: true)
        return sample
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        recorder.notes.note(key, try recorder.catalogue.schema(of: type).nullable, required: false)
        return nil
    }

    // The standard library has overloads for these; left alone they would call `decode` and note the key as required.
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try optional(type, key) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try optional(type, key) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try optional(type, key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try optional(type, key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try optional(type, key) }

    private func optional<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
        recorder.notes.note(key, try recorder.catalogue.schema(of: type).nullable, required: false)
        return nil
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        throw SchemaError(type: "a type that decodes nested objects by hand")
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw SchemaError(type: "a type that decodes a list by hand")
    }

    func superDecoder() throws -> any Decoder { throw SchemaError(type: "a class that inherits its coding") }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw SchemaError(type: "a class that inherits its coding") }
}
