/// A value that writes itself as JSON by hand, because it is sent in great numbers. What it writes decodes to the same as what it encodes:
/// a test compares them.
public protocol JSONWritable: Encodable {
    func write(to json: inout JSONBytes) throws
}

/// JSON that grows, written by hand into memory of its own: an array checks at each append whose it is, and lists append tens of thousands of
/// times.
public struct JSONBytes: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// How many bytes are written.
    private(set) var count = 0

    /// `capacity` is what it is expected to hold, in bytes; it takes more.
    public init(capacity: Int = 1024) {
        self.capacity = max(capacity, 64)
        start = .allocate(capacity: self.capacity)
    }

    deinit { start.deallocate() }

    private var written: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    /// What is written so far.
    public var bytes: [UInt8] { Array(written) }
    /// The same without a copy, while `body` looks at it.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result { try body(UnsafeRawBufferPointer(written)) }
    /// The same as text.
    var text: String { String(decoding: written, as: UTF8.self) }

    /// Room for `length` bytes more, which the caller fills.
    private mutating func extend(by length: Int) -> UnsafeMutablePointer<UInt8> {
        if count + length > capacity { grow(to: count + length) }
        defer { count += length }
        return start + count
    }

    @inline(never)
    private mutating func grow(to needed: Int) {
        capacity = max(needed, capacity * 2)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.initialize(from: start, count: count)
        start.deallocate()
        start = larger
    }

    private mutating func append(_ start: UnsafePointer<UInt8>, _ length: Int) { extend(by: length).initialize(from: start, count: length) }
    private mutating func append(_ word: StaticString) { append(word.utf8Start, word.utf8CodeUnitCount) }

    /// Forgets what follows the first `count` bytes.
    mutating func cut(to count: Int) { self.count = min(count, self.count) }

    /// Whether what follows the first `count` bytes is `word`.
    func ends(after count: Int, with word: StaticString) -> Bool {
        written[count...].elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

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
    mutating func put(_ mark: UInt8) { extend(by: 1).pointee = mark }

    /// Divides a member of an object from the one before it. No value ends in a brace that opens.
    private mutating func divide() { if count > 0, start[count - 1] != UInt8(ascii: "{") { put(UInt8(ascii: ",")) } }

    /// Begins a member of the object that is open; its value has to follow. `name` holds nothing that JSON escapes.
    public mutating func field(_ name: StaticString) {
        divide()
        let length = name.utf8CodeUnitCount
        let room = extend(by: length + 3)
        room[0] = UInt8(ascii: "\"")
        (room + 1).initialize(from: name.utf8Start, count: length)
        room[length + 1] = UInt8(ascii: "\"")
        room[length + 2] = UInt8(ascii: ":")
    }

    /// The same for a name that is data.
    public mutating func member(_ name: String) {
        divide()
        write(name)
        put(UInt8(ascii: ":"))
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
        append(value)
    }

    /// Anything else, in its own way of encoding. Throws `EncodingError` for values JSON cannot hold.
    public mutating func field(_ name: StaticString, encoding value: some Encodable) throws {
        field(name)
        write(EncodedJSON(bytes: try JSON.bytes(value)))
    }

    // MARK: Values

    public mutating func write(_ json: EncodedJSON) {
        json.bytes.withUnsafeBufferPointer { if let start = $0.baseAddress { append(start, $0.count) } }
    }

    public mutating func write(_ text: String) {
        put(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            guard let start = utf8.baseAddress else { return }
            var clean = 0
            for index in 0..<utf8.count {
                let byte = start[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                append(start + clean, index - clean)
                clean = index + 1
                escape(byte)
            }
            append(start + clean, utf8.count - clean)
        }
        put(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        put(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): put(byte)
        case 0x0A: put(UInt8(ascii: "n"))
        case 0x0D: put(UInt8(ascii: "r"))
        case 0x09: put(UInt8(ascii: "t"))
        default:
            append("u00")
            for digit in [byte >> 4, byte & 15] { put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10) }
        }
    }

    @inlinable
    public mutating func write<Owner>(_ id: Identifier<Owner>) { write(id.number) }

    @usableFromInline
    mutating func write(_ number: UUIDNumber) {
        let room = extend(by: 38)
        room[0] = UInt8(ascii: "\"")
        number.write(to: room + 1)
        room[37] = UInt8(ascii: "\"")
    }

    public mutating func write(_ time: Timestamp) {
        put(UInt8(ascii: "\""))
        WallTime(time, offset: 0).withUTF8 { utf8 in if let start = utf8.baseAddress { append(start, utf8.count) } }
        append("Z\"")
    }

    public mutating func write(_ flag: Bool) { append(flag ? "true" : "false") }

    mutating func write(integer number: some BinaryInteger) {
        if number >= 0, number < 10 {
            put(UInt8(ascii: "0") + UInt8(number))
        } else {
            write(plain: String(number))
        }
    }

    mutating func write<Number: BinaryFloatingPoint & LosslessStringConvertible>(real number: Number) throws {
        guard number.isFinite else {
            throw EncodingError.invalidValue(number, .init(codingPath: [], debugDescription: "JSON has no number \(number)"))
        }
        let text = number.description
        write(plain: text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }

    private mutating func write(plain text: String) {
        var text = text
        text.withUTF8 { utf8 in if let start = utf8.baseAddress { append(start, utf8.count) } }
    }

    public mutating func writeNull() { append("null") }
}
