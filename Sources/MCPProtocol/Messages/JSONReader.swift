import Domain

/// Reads JSON that a stranger sent: bounded in depth, and tolerant of halves of surrogate pairs, which become U+FFFD.
struct JSONReader {
    enum Failure: Error, Equatable {
        case notJSON(at: Int)
        case tooDeep
    }

    static let maximumDepth = 64

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    static func read(_ bytes: some Sequence<UInt8>) throws(Failure) -> JSONValue {
        let result = bytes.withContiguousStorageIfAvailable { read($0) } ?? Array(bytes).withUnsafeBufferPointer { read($0) }
        return try result.get()
    }

    private static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSONValue, Failure> {
        var reader = JSONReader(bytes: bytes)
        return Result { () throws(Failure) in
            let value = try reader.value(depth: 0)
            reader.skipBlanks()
            guard reader.position == bytes.count else { throw .notJSON(at: reader.position) }
            return value
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private mutating func value(depth: Int) throws(Failure) -> JSONValue {
        skipBlanks()
        switch current {
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func object(depth: Int) throws(Failure) -> [String: JSONValue] {
        guard depth <= Self.maximumDepth else { throw .tooDeep }
        position += 1
        var members: [String: JSONValue] = [:]
        if skip(to: UInt8(ascii: "}")) { return members }
        repeat {
            skipBlanks()
            guard current == UInt8(ascii: "\"") else { throw .notJSON(at: position) }
            let key = try string()
            guard skip(to: UInt8(ascii: ":")) else { throw .notJSON(at: position) }
            members[key] = try value(depth: depth)
        } while skip(to: UInt8(ascii: ","))
        guard skip(to: UInt8(ascii: "}")) else { throw .notJSON(at: position) }
        return members
    }

    private mutating func array(depth: Int) throws(Failure) -> [JSONValue] {
        guard depth <= Self.maximumDepth else { throw .tooDeep }
        position += 1
        var elements: [JSONValue] = []
        if skip(to: UInt8(ascii: "]")) { return elements }
        repeat { elements.append(try value(depth: depth)) } while skip(to: UInt8(ascii: ","))
        guard skip(to: UInt8(ascii: "]")) else { throw .notJSON(at: position) }
        return elements
    }

    // MARK: - Strings

    private mutating func string() throws(Failure) -> String {
        position += 1
        var text = ""
        while true {
            text += try plainRun()
            guard current == UInt8(ascii: "\\") else { break }
            position += 1
            text.unicodeScalars.append(try escape())
        }
        position += 1
        return text
    }

    /// Everything up to the closing quote or the next escape.
    private mutating func plainRun() throws(Failure) -> String {
        let start = position
        while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            guard byte >= 0x20 else { throw .notJSON(at: position) }
            position += 1
        }
        guard position < bytes.count, let run = String(validating: bytes[start..<position], as: UTF8.self) else { throw .notJSON(at: start) }
        return run
    }

    private mutating func escape() throws(Failure) -> Unicode.Scalar {
        guard let byte = current else { throw .notJSON(at: position) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw .notJSON(at: position - 1)
        }
    }

    private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // Only a high half that is followed by a low one means something.
        guard first < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u") else {
            return "\u{FFFD}"
        }
        let afterFirst = position
        position += 2
        let second = try hexadecimal()
        guard (0xDC00...0xDFFF).contains(second) else {
            position = afterFirst
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func hexadecimal() throws(Failure) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw .notJSON(at: position) }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    // MARK: - The rest

    private mutating func number() throws(Failure) -> Double {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        let whole = position
        guard skipDigits() > 0, bytes[whole] != UInt8(ascii: "0") || position == whole + 1 else { throw .notJSON(at: start) }
        if current == UInt8(ascii: ".") {
            position += 1
            guard skipDigits() > 0 else { throw .notJSON(at: start) }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() > 0 else { throw .notJSON(at: start) }
        }
        guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)), value.isFinite else { throw .notJSON(at: start) }
        return value
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Failure) -> JSONValue {
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[position...].starts(with: expected) else { throw .notJSON(at: position) }
        position += expected.count
        return value
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Skips blanks, and `byte` if it comes next; tells whether it did.
    private mutating func skip(to byte: UInt8) -> Bool {
        skipBlanks()
        guard current == byte else { return false }
        position += 1
        return true
    }
}
