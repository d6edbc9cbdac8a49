/// Why a zone file cannot be used.
public struct ZoneFileError: Error, Equatable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

extension ZoneRules {
    /// The longest file that is read, in bytes; those of the IANA database hold less than 4,000.
    static let largestFile = 131_072

    /// Reads TZif: a block with 32-bit times, which is skipped, one with 64-bit times, and a footer for the years after them.
    convenience init(file: [UInt8]) throws(ZoneFileError) {
        guard file.count <= Self.largestFile else { throw ZoneFileError("It is longer than \(Self.largestFile) bytes.") }
        var reader = ZoneFileReader(file)
        let old = try reader.header()
        guard old.version >= UInt8(ascii: "2") else { throw ZoneFileError("It is of version 1, which ends in 2037.") }
        try reader.skip(old.length(timeSize: 4))
        let block = try reader.header()
        guard block.leaps == 0 else { throw ZoneFileError("It counts leap seconds; clocks on walls do not.") }
        guard block.types > 0 else { throw ZoneFileError("It has no local time type.") }
        let times = try (0..<block.times).map { _ throws(ZoneFileError) in try reader.integer(bytes: 8) }
        let indices = try (0..<block.times).map { _ throws(ZoneFileError) in try reader.integer(bytes: 1) & 0xFF }
        let offsets = try (0..<block.types).map { _ throws(ZoneFileError) in
            let offset = try reader.integer(bytes: 4)
            // RFC 9636 §3.2: more than 25 hours behind and less than 26 ahead.
            guard (-89_999...93_599).contains(offset) else { throw ZoneFileError("An offset is \(offset) seconds.") }
            try reader.skip(2)
            return offset
        }
        try reader.skip(block.characters + block.standards + block.universals)
        guard zip(times, times.dropFirst()).allSatisfy(<) else { throw ZoneFileError("Its transitions are not in the order of time.") }
        guard indices.allSatisfy(offsets.indices.contains) else { throw ZoneFileError("A transition names a local time type that is not there.") }
        let rule = try reader.footer()
        self.init(first: offsets[0], moments: zip(times, indices).map { ZoneMoment(at: $0, offset: offsets[$1]) }, rule: rule)
    }
}

/// Reads the bytes of a TZif file from left to right.
private struct ZoneFileReader {
    struct Header {
        let version: UInt8
        let universals, standards, leaps, times, types, characters: Int

        func length(timeSize: Int) -> Int {
            times * timeSize + times + types * 6 + characters + leaps * (timeSize + 4) + standards + universals
        }
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func skip(_ count: Int) throws(ZoneFileError) {
        guard count <= bytes.count - position else { throw ZoneFileError("It ends too early.") }
        position += count
    }

    /// Big-endian, two's complement when four or eight bytes long.
    mutating func integer(bytes count: Int) throws(ZoneFileError) -> Int {
        let start = position
        try skip(count)
        let value = bytes[start..<position].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return count == 4 ? Int(Int32(truncatingIfNeeded: value)) : Int(Int64(truncatingIfNeeded: value))
    }

    mutating func header() throws(ZoneFileError) -> Header {
        let start = position
        try skip(20)
        guard bytes[start..<start + 4].elementsEqual("TZif".utf8) else { throw ZoneFileError("It is no TZif file.") }
        let counts = try (0..<6).map { _ throws(ZoneFileError) in
            let count = try integer(bytes: 4)
            guard (0...bytes.count).contains(count) else { throw ZoneFileError("It ends too early.") }
            return count
        }
        return Header(
            version: bytes[start + 4], universals: counts[0], standards: counts[1], leaps: counts[2], times: counts[3], types: counts[4],
            characters: counts[5])
    }

    /// A rule between two line ends; nil when it is empty.
    mutating func footer() throws(ZoneFileError) -> PosixRule? {
        let rest = bytes[position...]
        guard rest.first == UInt8(ascii: "\n"), let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\n")) else {
            throw ZoneFileError("It has no footer.")
        }
        let text = String(decoding: rest[(position + 1)..<end], as: UTF8.self)
        return text.isEmpty ? nil : try PosixRule(text)
    }
}
