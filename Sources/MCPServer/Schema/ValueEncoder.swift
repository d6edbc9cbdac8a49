import Domain

/// Turns values into the JSON that assistants get: names in snake_case, and what is absent left out instead of null. Keys of dictionaries are
/// data and stay as they are.
enum ValueEncoder {
    /// Throws `EncodingError` for what JSON cannot hold.
    static func encode(_ value: some Encodable) throws -> JSONValue {
        let box = Box(keepsNames: value is any KeyedByData)
        return try box.wrap(value)
    }
}

/// A collection whose keys are data: they are not renamed.
private protocol KeyedByData {}
extension Dictionary: KeyedByData {}

extension JSONValue {
    /// The same without members that are null, at every depth.
    var withoutNulls: JSONValue {
        switch self {
        case .object(let object): .object(object.filter { $0.value != .null }.mapValues(\.withoutNulls))
        case .array(let array): .array(array.map(\.withoutNulls))
        default: self
        }
    }
}

extension String {
    /// `scheduledFor` is `scheduled_for`.
    var snakeCase: String {
        // Names of properties are ASCII.
        var name: [UInt8] = []
        name.reserveCapacity(utf8.count + 4)
        for byte in utf8 {
            guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) else {
                name.append(byte)
                continue
            }
            if !name.isEmpty { name.append(UInt8(ascii: "_")) }
            name.append(byte | 0x20)
        }
        return String(decoding: name, as: UTF8.self)
    }
}

/// Receives what one value encodes itself as.
private final class Box: Encoder {
    private enum Content {
        case nothing
        case single(JSONValue)
        case object([String: JSONValue])
        case array([JSONValue])
    }

    let keepsNames: Bool
    private var content = Content.nothing
    private var children: [(key: String?, box: Box)] = []
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(keepsNames: Bool) { self.keepsNames = keepsNames }

    func wrap(_ value: some Encodable) throws -> JSONValue {
        if let json = value as? JSONValue { return json }
        try value.encode(to: self)
        return json
    }

    private var json: JSONValue {
        switch content {
        case .nothing: return .null
        case .single(let value): return value
        case .array(let array): return .array(array + children.map(\.box.json))
        case .object(var object):
            for case (let key?, let box) in children { object[key] = box.json }
            return .object(object)
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .nothing = content { content = .object([:]) }
        return KeyedEncodingContainer(Members<Key>(box: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .nothing = content { content = .array([]) }
        return Elements(box: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(box: self) }

    func set(_ value: JSONValue) { content = .single(value) }

    func set(_ value: JSONValue, _ key: any CodingKey) {
        guard case .object(var object) = content else { return }
        content = .nothing  // So that the dictionary is not copied.
        object[name(key)] = value
        content = .object(object)
    }

    func append(_ value: JSONValue) {
        guard case .array(var array) = content else { return }
        content = .nothing
        array.append(value)
        content = .array(array)
    }

    var count: Int { if case .array(let array) = content { array.count } else { 0 } }

    func child(_ key: (any CodingKey)?) -> Box {
        let box = Box(keepsNames: false)
        children.append((key.map(name), box))
        return box
    }

    private func name(_ key: any CodingKey) -> String { keepsNames ? key.stringValue : key.stringValue.snakeCase }
}

private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: Box
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil(forKey key: Key) {}
    mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        let json = try Box(keepsNames: value is any KeyedByData).wrap(value)
        if json != .null { box.set(json, key) }
    }
    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        box.child(key).container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { box.child(key).unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { box.child(nil) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { box.child(key) }
}

private struct Elements: UnkeyedEncodingContainer {
    let box: Box
    var codingPath: [any CodingKey] { [] }
    var count: Int { box.count }

    mutating func encodeNil() { box.append(.null) }
    mutating func encode<Value: Encodable>(_ value: Value) throws {
        box.append(try Box(keepsNames: value is any KeyedByData).wrap(value))
    }
    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        box.child(nil).container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { box.child(nil).unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { box.child(nil) }
}

private struct Single: SingleValueEncodingContainer {
    let box: Box
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil() { box.set(.null) }
    mutating func encode(_ value: Bool) { box.set(.bool(value)) }
    mutating func encode(_ value: String) { box.set(.string(value)) }
    mutating func encode(_ value: Double) throws {
        guard value.isFinite else { throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: "not a finite number")) }
        box.set(.number(value))
    }
    mutating func encode(_ value: Float) throws { try encode(Double(value)) }
    mutating func encode(_ value: Int) { box.set(.number(Double(value))) }
    mutating func encode(_ value: Int8) { box.set(.number(Double(value))) }
    mutating func encode(_ value: Int16) { box.set(.number(Double(value))) }
    mutating func encode(_ value: Int32) { box.set(.number(Double(value))) }
    mutating func encode(_ value: Int64) { box.set(.number(Double(value))) }
    mutating func encode(_ value: UInt) { box.set(.number(Double(value))) }
    mutating func encode(_ value: UInt8) { box.set(.number(Double(value))) }
    mutating func encode(_ value: UInt16) { box.set(.number(Double(value))) }
    mutating func encode(_ value: UInt32) { box.set(.number(Double(value))) }
    mutating func encode(_ value: UInt64) { box.set(.number(Double(value))) }
    mutating func encode<Value: Encodable>(_ value: Value) throws {
        box.set(try Box(keepsNames: value is any KeyedByData).wrap(value))
    }
}
