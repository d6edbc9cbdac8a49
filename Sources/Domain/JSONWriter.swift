import Foundation

extension JSON {
    /// For what is sent and not compared: keys stand in the order in which a value names them. Several times faster than `data`, which
    /// first makes a tree of everything. Throws `EncodingError` for values JSON cannot hold, such as an infinite number.
    public static func bytes(_ value: some Encodable) throws -> [UInt8] { try withBytes(of: value) { Array($0) } }

    /// The same without a copy: they are there while `body` looks at them.
    public static func withBytes<Result>(
        of value: some Encodable, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        if let value = value as? any JSONWritable {
            // As much as most lists take, so that they do not move while they grow.
            var json = JSONBytes(capacity: 65_536)
            try value.write(to: &json)
            return try json.withBytes(body)
        }
        let writer = JSONWriter()
        try writer.write(value: value)
        return try writer.bytes.withUnsafeBytes(body)
    }

    /// For assistants: names in snake_case, and what is absent or null left out. Keys of dictionaries are data and stay as they are.
    /// Throws `EncodingError` for values JSON cannot hold.
    public static func snakeCased(_ value: some Encodable) throws -> [UInt8] {
        let writer = JSONWriter(snakeCases: true)
        try writer.write(value: value)
        return writer.bytes
    }
}

/// A collection whose keys are data.
private protocol KeyedByData {}
extension Dictionary: KeyedByData {}

/// Where values write themselves. What they write is one value of its own, so that each step is one exclusive access to it.
private final class JSONWriter {
    private(set) var text = JSONText()
    /// Whether names of properties are written in snake_case, and members that are null not at all.
    let snakeCases: Bool

    init(snakeCases: Bool = false) { self.snakeCases = snakeCases }

    var bytes: [UInt8] { text.bytes }

    func write<Value: Encodable>(value: Value) throws {
        // Types whose own way of encoding is not what JSON wants.
        if Value.self == URL.self, let url = value as? URL { return text.write(url.absoluteString) }
        if Value.self == Data.self, let data = value as? Data { return text.write(data.base64EncodedString()) }
        if snakeCases, let json = value as? JSONValue { return try text.write(json.withoutNulls) }
        let (start, depth) = (text.out.count, text.depth)
        try value.encode(to: JSONValueEncoder(writer: self, depth: depth, type: Value.self))
        text.end(at: depth, emptySince: start)
    }

    func step(_ change: (inout JSONText) throws -> Void) rethrows { try change(&text) }

    /// Makes room for the next element of the container at `depth`.
    func element(at depth: Int) -> JSONValueEncoder { JSONValueEncoder(writer: self, depth: text.next(at: depth)) }

    func element(_ key: some CodingKey, at depth: Int, renamed: Bool) -> JSONValueEncoder {
        JSONValueEncoder(writer: self, depth: text.next(renamed ? key.stringValue.snakeCase : key.stringValue, at: depth))
    }

    /// Writes a member, and takes it back where it is null and nulls are left out.
    func member<Value: Encodable>(_ value: Value, _ key: some CodingKey, at depth: Int, renamed: Bool) throws {
        let before = text.mark(at: depth)
        let element = element(key, at: depth, renamed: renamed)
        let start = text.out.count
        try element.encode(value)
        if snakeCases, text.out.ends(after: start, with: "null") { text.takeBack(to: before, at: depth) }
    }
}

/// JSON that grows. To write into a container closes those within it: one is written to at a time, as every sensible `encode(to:)` does.
private struct JSONText: ~Copyable {
    private struct Level {
        let end: UInt8
        var isEmpty = true
    }

    private(set) var out = JSONBytes()
    private var levels: [Level] = []

    var bytes: [UInt8] { out.bytes }

    /// The number of containers that are open.
    var depth: Int { levels.count }

    // MARK: Values

    mutating func write(_ json: JSONValue) throws { try json.write(to: &out) }
    mutating func write(_ text: String) { out.write(text) }
    mutating func write(_ flag: Bool) { out.write(flag) }
    mutating func write(integer number: some BinaryInteger) { out.write(integer: number) }
    mutating func writeNull() { out.writeNull() }

    mutating func write<Number: BinaryFloatingPoint & LosslessStringConvertible>(real number: Number) throws { try out.write(real: number) }

    // MARK: Containers

    /// Opens a container at `depth`, or goes on with the one that is open there: a value may ask for its container twice.
    mutating func open(_ start: Unicode.Scalar, _ end: Unicode.Scalar, at depth: Int) {
        guard levels.count <= depth else { return close(to: depth + 1) }
        out.put(UInt8(ascii: start))
        levels.append(Level(end: UInt8(ascii: end)))
    }

    /// Makes room for the next element of the container at `depth` and gives the depth of containers within it.
    mutating func next(at depth: Int) -> Int {
        close(to: depth + 1)
        if !levels[depth].isEmpty { out.put(UInt8(ascii: ",")) }
        levels[depth].isEmpty = false
        return levels.count
    }

    mutating func next(_ key: String, at depth: Int) -> Int {
        let within = next(at: depth)
        write(key)
        out.put(UInt8(ascii: ":"))
        return within
    }

    /// What the container at `depth` holds so far; nothing is open within it.
    mutating func mark(at depth: Int) -> (bytes: Int, isEmpty: Bool) {
        close(to: depth + 1)
        return (out.count, levels[depth].isEmpty)
    }

    mutating func takeBack(to mark: (bytes: Int, isEmpty: Bool), at depth: Int) {
        close(to: depth + 1)
        out.cut(to: mark.bytes)
        levels[depth].isEmpty = mark.isEmpty
    }

    /// A value has ended that began at byte `start`. One that wrote nothing is an empty object.
    mutating func end(at depth: Int, emptySince start: Int) {
        close(to: depth)
        if out.count == start { out.object { _ in } }
    }

    private mutating func close(to depth: Int) {
        while levels.count > depth { out.put(levels.removeLast().end) }
    }
}

/// Where one value writes itself: a container, or a single value.
private struct JSONValueEncoder: Encoder, SingleValueEncodingContainer {
    let writer: JSONWriter
    let depth: Int
    /// Of what is written; nil where it is a part of something.
    var type: Any.Type?

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedEncodingContainer<Key> {
        writer.step { $0.open("{", "}", at: depth) }
        let renames = writer.snakeCases && !(type is any KeyedByData.Type)
        return KeyedEncodingContainer(JSONObject(writer: writer, depth: depth, renames: renames))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        writer.step { $0.open("[", "]", at: depth) }
        return JSONArray(writer: writer, depth: depth)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { writer.step { $0.writeNull() } }
    func encode(_ value: Bool) { writer.step { $0.write(value) } }
    func encode(_ value: String) { writer.step { $0.write(value) } }
    func encode(_ value: Double) throws { try writer.step { try $0.write(real: value) } }
    func encode(_ value: Float) throws { try writer.step { try $0.write(real: value) } }
    func encode(_ value: Int) { writer.step { $0.write(integer: value) } }
    func encode(_ value: Int8) { writer.step { $0.write(integer: value) } }
    func encode(_ value: Int16) { writer.step { $0.write(integer: value) } }
    func encode(_ value: Int32) { writer.step { $0.write(integer: value) } }
    func encode(_ value: Int64) { writer.step { $0.write(integer: value) } }
    func encode(_ value: UInt) { writer.step { $0.write(integer: value) } }
    func encode(_ value: UInt8) { writer.step { $0.write(integer: value) } }
    func encode(_ value: UInt16) { writer.step { $0.write(integer: value) } }
    func encode(_ value: UInt32) { writer.step { $0.write(integer: value) } }
    func encode(_ value: UInt64) { writer.step { $0.write(integer: value) } }
    func encode<Value: Encodable>(_ value: Value) throws { try writer.write(value: value) }
}

private struct JSONObject<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let writer: JSONWriter
    let depth: Int
    let renames: Bool

    var codingPath: [any CodingKey] { [] }

    private func element(_ key: some CodingKey) -> JSONValueEncoder { writer.element(key, at: depth, renamed: renames) }

    func encodeNil(forKey key: Key) { if !writer.snakeCases { element(key).encodeNil() } }
    func encode(_ value: Bool, forKey key: Key) { element(key).encode(value) }
    func encode(_ value: String, forKey key: Key) { element(key).encode(value) }
    func encode(_ value: Double, forKey key: Key) throws { try element(key).encode(value) }
    func encode(_ value: Float, forKey key: Key) throws { try element(key).encode(value) }
    func encode(_ value: Int, forKey key: Key) { element(key).encode(value) }
    func encode(_ value: Int8, forKey key: Key) { element(key).encode(value) }
    func encode(_ value: Int16, forKey key: Key) { element(key).encode(value) }
    func encode(_ value: Int32, forKey key: Key) { element(key).encode(value) }
    func encode(_ value: Int64, forKey key: Key) { element(key).encode(value) }
    func encode(_ value: UInt, forKey key: Key) { element(key).encode(value) }
    func encode(_ value: UInt8, forKey key: Key) { element(key).encode(value) }
    func encode(_ value: UInt16, forKey key: Key) { element(key).encode(value) }
    func encode(_ value: UInt32, forKey key: Key) { element(key).encode(value) }
    func encode(_ value: UInt64, forKey key: Key) { element(key).encode(value) }
    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws { try writer.member(value, key, at: depth, renamed: renames) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        element(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { element(key).unkeyedContainer() }
    func superEncoder() -> any Encoder { element(JSONSuperKey()) }
    func superEncoder(forKey key: Key) -> any Encoder { element(key) }
}

private struct JSONArray: UnkeyedEncodingContainer {
    let writer: JSONWriter
    let depth: Int
    private(set) var count = 0

    init(writer: JSONWriter, depth: Int) {
        self.writer = writer
        self.depth = depth
    }

    var codingPath: [any CodingKey] { [] }

    private mutating func element() -> JSONValueEncoder {
        count += 1
        return writer.element(at: depth)
    }

    mutating func encodeNil() { element().encodeNil() }
    mutating func encode(_ value: Bool) { element().encode(value) }
    mutating func encode(_ value: String) { element().encode(value) }
    mutating func encode(_ value: Double) throws { try element().encode(value) }
    mutating func encode(_ value: Float) throws { try element().encode(value) }
    mutating func encode(_ value: Int) { element().encode(value) }
    mutating func encode(_ value: Int8) { element().encode(value) }
    mutating func encode(_ value: Int16) { element().encode(value) }
    mutating func encode(_ value: Int32) { element().encode(value) }
    mutating func encode(_ value: Int64) { element().encode(value) }
    mutating func encode(_ value: UInt) { element().encode(value) }
    mutating func encode(_ value: UInt8) { element().encode(value) }
    mutating func encode(_ value: UInt16) { element().encode(value) }
    mutating func encode(_ value: UInt32) { element().encode(value) }
    mutating func encode(_ value: UInt64) { element().encode(value) }
    mutating func encode<Value: Encodable>(_ value: Value) throws { try element().encode(value) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        element().container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { element().unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { element() }
}

extension String {
    /// `scheduledFor` is `scheduled_for`.
    public var snakeCase: String {
        // Names of properties are ASCII.
        guard utf8.contains(where: \.isCapital) else { return self }
        var name: [UInt8] = []
        name.reserveCapacity(utf8.count + 4)
        for byte in utf8 {
            if byte.isCapital, !name.isEmpty { name.append(UInt8(ascii: "_")) }
            name.append(byte.isCapital ? byte | 0x20 : byte)
        }
        return String(decoding: name, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isCapital: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
}

private struct JSONSuperKey: CodingKey {
    let stringValue = "super"
    var intValue: Int? { nil }
    init() {}
    init?(stringValue: String) { nil }
    init?(intValue: Int) { nil }
}
