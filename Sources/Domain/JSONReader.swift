/// Reads JSON that we have stored, from its beginning to its end, into values whose shape is known: several times faster than a decoder, which
/// first makes a map of everything. Throws `DecodingError.dataCorrupted` for what is not the expected shape.
public struct JSONReader {
    private static let deepest = 512

    private let bytes: UnsafeBufferPointer<UInt8>
    private var place = 0
    private var depth = 0

    /// The bytes have to stay as long as the reader.
    public init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    // MARK: Containers

    /// Calls `member` for each name of an object; it has to read the value.
    public mutating func object(_ member: (inout Self, String) throws -> Void) throws {
        try container("{", "}") { reader in
            let name = try reader.string()
            try reader.expect(":")
            try member(&reader, name)
        }
    }

    @inlinable
    public mutating func array<Element>(_ element: (inout Self) throws -> Element) throws -> [Element] {
        var elements: [Element] = []
        try container("[", "]") { elements.append(try element(&$0)) }
        return elements
    }

    @usableFromInline
    mutating func container(_ start: Unicode.Scalar, _ end: Unicode.Scalar, _ element: (inout Self) throws -> Void) throws {
        try expect(start)
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw fault }
        if try peek() == UInt8(ascii: end) { return place += 1 }
        while true {
            try element(&self)
            let mark = try peek()
            place += 1
            if mark == UInt8(ascii: end) { return }
            guard mark == UInt8(ascii: ",") else { throw fault }
        }
    }

    // MARK: Values

    public mutating func value() throws -> JSONValue {
        switch try peek() {
        case UInt8(ascii: "{"):
            var members: [String: JSONValue] = [:]
            try object { members[$1] = try $0.value() }
            return .object(members)
        case UInt8(ascii: "["): return .array(try array { try $0.value() })
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    @inlinable
    public mutating func id<Owner>(of owner: Owner.Type = Owner.self) throws -> Identifier<Owner> { Identifier(try uuid()) }

    @usableFromInline
    mutating func uuid() throws -> UUIDNumber {
        var text = try string()
        guard let number = text.withUTF8({ UUIDNumber(utf8: $0) }) else { throw fault }
        return number
    }

    public mutating func string() throws -> String {
        try expect("\"")
        let start = place
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                defer { place += 1 }
                return String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<place]), as: UTF8.self)
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            default: place += 1
            }
        }
        throw fault
    }

    private mutating func escapedString(from start: Int) throws -> String {
        var text = Array(bytes[start..<place])
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try unescape(to: &text)
            default: text.append(byte)
            }
        }
        throw fault
    }

    private mutating func unescape(to text: inout [UInt8]) throws {
        guard place < bytes.count else { throw fault }
        let mark = bytes[place]
        place += 1
        switch mark {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(mark)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var units = [try unit()]
            if UTF16.isLeadSurrogate(units[0]), place + 1 < bytes.count, bytes[place] == UInt8(ascii: "\\"), bytes[place + 1] == UInt8(ascii: "u") {
                place += 2
                units.append(try unit())
            }
            text += String(decoding: units, as: UTF16.self).utf8
        default: throw fault
        }
    }

    /// Four hexadecimal digits.
    private mutating func unit() throws -> UInt16 {
        guard place + 4 <= bytes.count, let unit = UInt16(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16) else { throw fault }
        place += 4
        return unit
    }

    private mutating func number() throws -> Double {
        let start = place
        while place < bytes.count, !",]} \n\t\r".utf8.contains(bytes[place]) { place += 1 }
        guard let number = Double(String(decoding: bytes[start..<place], as: UTF8.self)), number.isFinite else { throw fault }
        return number
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws -> JSONValue {
        guard bytes[place...].starts(with: text.utf8) else { throw fault }
        place += text.utf8.count
        return value
    }

    // MARK: Marks

    private mutating func expect(_ mark: Unicode.Scalar) throws {
        guard try peek() == UInt8(ascii: mark) else { throw fault }
        place += 1
    }

    /// The next byte that is not blank.
    private mutating func peek() throws -> UInt8 {
        while place < bytes.count {
            switch bytes[place] {
            case 0x20, 0x0A, 0x0D, 0x09: place += 1
            case let byte: return byte
            }
        }
        throw fault
    }

    private var fault: DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: "the stored JSON is not what was expected at byte \(place)"))
    }
}

extension JSONValue {
    /// Reads JSON that we have written. Throws `DecodingError.dataCorrupted`.
    public init(reading bytes: [UInt8]) throws {
        self = try bytes.withUnsafeBufferPointer { bytes in
            var reader = JSONReader(bytes)
            return try reader.value()
        }
    }
}

extension PostContent {
    /// Reads what `JSON.text` wrote of a content.
    public init(reading json: inout JSONReader) throws {
        var (parts, versions, settings): ([PostPart]?, [IntegrationID: [PostPart]]?, [IntegrationID: [String: JSONValue]]?) = (nil, nil, nil)
        var linksAsWritten = false
        try json.object { json, name in
            switch name {
            case "parts": parts = try PostPart.list(reading: &json)
            case "versions": versions = try Self.byChannel(&json) { try PostPart.list(reading: &$0) }
            case "settings": settings = try Self.byChannel(&json) { try $0.value().object ?? [:] }
            case "linksAsWritten": linksAsWritten = try json.value().bool ?? false
            default: _ = try json.value()
            }
        }
        guard let parts, let versions, let settings else { throw JSONReader.incomplete("content") }
        self.init(parts: parts, versions: versions, settings: settings, linksAsWritten: linksAsWritten)
    }

    private static func byChannel<Value>(
        _ json: inout JSONReader, _ read: (inout JSONReader) throws -> Value
    ) throws -> [IntegrationID: Value] {
        var found: [IntegrationID: Value] = [:]
        try json.object { json, name in
            guard let id = IntegrationID(name) else { throw JSONReader.incomplete("channel") }
            found[id] = try read(&json)
        }
        return found
    }
}

extension PostPart {
    static func list(reading json: inout JSONReader) throws -> [PostPart] {
        try json.array { json in
            var (text, mediaIds): (String?, [MediaID]?) = (nil, nil)
            try json.object { json, name in
                switch name {
                case "text": text = try json.string()
                case "mediaIds": mediaIds = try json.array { try $0.id() }
                default: _ = try json.value()
                }
            }
            guard let text, let mediaIds else { throw JSONReader.incomplete("part") }
            return PostPart(text: text, mediaIds: mediaIds)
        }
    }
}

extension JSONReader {
    fileprivate static func incomplete(_ what: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: "a stored \(what) is not whole"))
    }
}
