/// A value that writes itself as JSON by hand, because it is sent in great numbers. What it writes decodes to the same as what it encodes:
/// a test compares them.
public protocol JSONWritable: Encodable {
    func write(to json: inout JSONBytes) throws
}

/// JSON that grows, written by hand.
public struct JSONBytes {
    public internal(set) var bytes: [UInt8] = []

    public init(capacity: Int = 1024) { bytes.reserveCapacity(capacity) }

    // MARK: Containers

    // Inlinable, so that whoever writes lists of something has one made for it: a general one looks up types for each list.
    @inlinable
    public mutating func object(_ fill: (inout Self) throws -> Void) rethrows {
        put(UInt8(ascii: "{"))
        try fill(&self)
        put(UInt8(ascii: "}"))
    }

    @inlinable
    public mutating func array<Element>(_ elements: some Sequence<Element>, _ write: (inout Self, Element) throws -> Void) rethrows {
        put(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { put(UInt8(ascii: ",")) }
            isFirst = false
            try write(&self, element)
        }
        put(UInt8(ascii: "]"))
    }

    @usableFromInline
    mutating func put(_ mark: UInt8) { bytes.append(mark) }

    /// Begins a member of the object that is open; its value has to follow. `name` holds nothing that JSON escapes.
    public mutating func field(_ name: StaticString) {
        // No value ends in a brace that opens.
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        let count = name.utf8CodeUnitCount
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count + 3) { room in
            room[0] = UInt8(ascii: "\"")
            (room.baseAddress! + 1).update(from: name.utf8Start, count: count)
            room[count + 1] = UInt8(ascii: "\"")
            room[count + 2] = UInt8(ascii: ":")
            bytes.append(contentsOf: UnsafeBufferPointer(room))
        }
    }

    /// The same for a name that is data.
    public mutating func member(_ name: String) {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        write(name)
        bytes.append(UInt8(ascii: ":"))
    }

    public mutating func field(_ name: StaticString, _ text: String?) {
        field(name)
        if let text { write(text) } else { writeNull() }
    }

    public mutating func field(_ name: StaticString, _ number: Int) {
        field(name)
        write(integer: number)
    }

    public mutating func field(_ name: StaticString, _ time: Timestamp?) {
        field(name)
        if let time { write(time) } else { writeNull() }
    }

    @inlinable
    public mutating func field<Owner>(_ name: StaticString, _ id: Identifier<Owner>) {
        field(name)
        write(id)
    }

    /// A value that is JSON already.
    public mutating func field(_ name: StaticString, raw value: StaticString) {
        field(name)
        bytes.append(contentsOf: UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    /// Anything else, in its own way of encoding. Throws `EncodingError` for values JSON cannot hold.
    public mutating func field(_ name: StaticString, encoding value: some Encodable) throws {
        field(name)
        bytes += try JSON.bytes(value)
    }

    // MARK: Values

    public mutating func write(_ json: EncodedJSON) { bytes += json.bytes }

    public mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var clean = 0
            for index in 0..<utf8.count {
                let byte = utf8[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                bytes.append(contentsOf: utf8[clean..<index])
                clean = index + 1
                escape(byte)
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[clean...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            let digits = String(byte, radix: 16)
            bytes += "u00\(digits.count == 1 ? "0" : "")\(digits)".utf8
        }
    }

    @inlinable
    public mutating func write<Owner>(_ id: Identifier<Owner>) { write(id.number) }

    @usableFromInline
    mutating func write(_ number: UUIDNumber) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 38) { room in
            room[0] = UInt8(ascii: "\"")
            number.write(to: room.baseAddress! + 1)
            room[37] = UInt8(ascii: "\"")
            bytes.append(contentsOf: UnsafeBufferPointer(room))
        }
    }

    public mutating func write(_ time: Timestamp) {
        bytes.append(UInt8(ascii: "\""))
        WallTime(time, offset: 0).append(to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
        bytes.append(UInt8(ascii: "\""))
    }

    public mutating func write(_ flag: Bool) { bytes += (flag ? "true" : "false").utf8 }

    mutating func write(integer number: some BinaryInteger) {
        if number >= 0, number < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(number))
        } else {
            bytes += String(number).utf8
        }
    }

    mutating func write<Number: BinaryFloatingPoint & LosslessStringConvertible>(real number: Number) throws {
        guard number.isFinite else {
            throw EncodingError.invalidValue(number, .init(codingPath: [], debugDescription: "JSON has no number \(number)"))
        }
        let text = number.description
        bytes += (text.hasSuffix(".0") ? text.dropLast(2) : text[...]).utf8
    }

    public mutating func writeNull() { bytes += "null".utf8 }
}
