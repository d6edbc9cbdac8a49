import Foundation

/// A UUID (version 7, RFC 9562 §5.7) that names one `Owner`. Ordered by creation time; written as lower-case text everywhere. Kept as its
/// 16 bytes: a list of posts reads and writes hundreds.
public struct Identifier<Owner>: Hashable, Sendable, Comparable, CustomStringConvertible {
    @usableFromInline
    let number: UUIDNumber

    @usableFromInline
    init(_ number: UUIDNumber) { self.number = number }

    /// A new identifier. `now` supplies the leading 48 bits, so ids made later sort later.
    public init(at now: Timestamp = .now) {
        var random = SystemRandomNumberGenerator()
        let time = UInt64(truncatingIfNeeded: now.milliseconds) << 16
        self.init(UUIDNumber(high: time | 0x7000 | random.next() & 0x0FFF, low: 1 << 63 | random.next() >> 2))
    }

    /// An identifier as a caller or the database wrote it; nil unless it is a UUID.
    @inlinable
    public init?(_ text: String) {
        var text = text
        guard let number = text.withUTF8({ UUIDNumber(utf8: $0) }) else { return nil }
        self.init(number)
    }

    /// The same, from the bytes of the text.
    @inlinable
    public init?(utf8 text: UnsafeBufferPointer<UInt8>) {
        guard let number = UUIDNumber(utf8: text) else { return nil }
        self.init(number)
    }

    public var text: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            number.write(to: buffer.baseAddress!)
            return 36
        }
    }

    public var description: String { text }
    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// The 128 bits of a UUID, and its text of 36 characters. Apart from `Identifier`, because what is general is slower.
@usableFromInline
struct UUIDNumber: Hashable, Sendable, Comparable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    @usableFromInline
    init?(utf8 text: UnsafeBufferPointer<UInt8>) {
        guard text.count == 36, let start = text.baseAddress.map(UnsafeRawPointer.init) else { return nil }
        func digits(_ place: Int) -> UInt64 { UInt64(littleEndian: start.loadUnaligned(fromByteOffset: place, as: UInt64.self)) }
        func four(_ place: Int) -> UInt64 { UInt64(UInt32(littleEndian: start.loadUnaligned(fromByteOffset: place, as: UInt32.self))) }
        let dash = UInt8(ascii: "-")
        guard text[8] == dash, text[13] == dash, text[18] == dash, text[23] == dash,
            let first = HexDigits.number(digits(0)), let second = HexDigits.number(four(9) | four(14) << 32),
            let third = HexDigits.number(four(19) | four(24) << 32), let fourth = HexDigits.number(digits(28))
        else { return nil }
        self.init(high: first << 32 | second, low: third << 32 | fourth)
    }

    /// Writes the 36 bytes of the text.
    func write(to target: UnsafeMutablePointer<UInt8>) {
        let room = UnsafeMutableRawPointer(target)
        func write(_ digits: UInt64, _ place: Int) { room.storeBytes(of: digits.littleEndian, toByteOffset: place, as: UInt64.self) }
        func writeFour(_ digits: UInt64, _ place: Int) {
            room.storeBytes(of: UInt32(truncatingIfNeeded: digits).littleEndian, toByteOffset: place, as: UInt32.self)
        }
        let (second, third) = (HexDigits.text(high & 0xFFFF_FFFF), HexDigits.text(low >> 32))
        write(HexDigits.text(high >> 32), 0)
        writeFour(second, 9)
        writeFour(second >> 32, 14)
        writeFour(third, 19)
        writeFour(third >> 32, 24)
        write(HexDigits.text(low & 0xFFFF_FFFF), 28)
        let dash = UInt8(ascii: "-")
        (target[8], target[13], target[18], target[23]) = (dash, dash, dash, dash)
    }

    @usableFromInline
    static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }
}

/// Eight hexadecimal digits at once, as the bytes of one number of which the lowest is the first digit: a list of posts has ten thousand.
private enum HexDigits {
    /// `byte` eight times.
    private static func all(_ byte: UInt64) -> UInt64 { byte * 0x0101_0101_0101_0101 }

    /// The number of 32 bits that they write; nil when one is no digit.
    static func number(_ text: UInt64) -> UInt64? {
        // One in each byte that can only be a letter. Letters stand from 0x41 and from 0x61 on, figures from 0x30 on.
        let letters = (text >> 6) & all(1)
        let low = text & all(0x0F)
        guard text & all(0xD0) == all(0x10) + letters * 0x30, (text | letters << 5) & all(0x20) == all(0x20) else { return nil }
        // A figure is at most 9, a letter at most 6 and not 0: sums beyond 15 show in the higher half of a byte.
        let isTooHigh = (low + all(6) + letters * 3) & all(0x10) != 0
        let isNotZero = ((low + all(0x0F)) >> 4) & all(1)
        guard !isTooHigh, letters & isNotZero == letters else { return nil }
        var values = low + letters * 9
        values = (values << 4 | values >> 8) & 0x00FF_00FF_00FF_00FF
        values = (values | values >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt64(UInt32(truncatingIfNeeded: values | values >> 16).byteSwapped)
    }

    /// The digits of a number of 32 bits, in lower case.
    static func text(_ number: UInt64) -> UInt64 {
        var values = UInt64(UInt32(truncatingIfNeeded: number).byteSwapped)
        values = (values | values << 16) & 0x0000_FFFF_0000_FFFF
        values = (values | values << 8) & 0x00FF_00FF_00FF_00FF
        values = (values >> 4) & 0x000F_000F_000F_000F | (values & 0x000F_000F_000F_000F) << 8
        let letters = ((values + all(6)) >> 4) & all(1)
        return values + all(0x30) + letters * 0x27
    }
}

extension Identifier: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "an id is a UUID")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension Identifier: CodingKeyRepresentable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public var codingKey: any CodingKey { Key(stringValue: text) }
    public init?<T: CodingKey>(codingKey: T) { self.init(codingKey.stringValue) }
}

public typealias OrganizationID = Identifier<Organization>
public typealias UserID = Identifier<User>
public typealias SessionID = Identifier<Session>
public typealias APIKeyID = Identifier<APIKey>
public typealias IntegrationID = Identifier<Integration>
public typealias PostID = Identifier<Post>
public typealias PublicationID = Identifier<Publication>
public typealias MediaID = Identifier<Media>
