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
        guard text.count == 36 else { return nil }
        var (high, low) = (UInt64(0), UInt64(0))
        for index in 0..<36 {
            let byte = text[index]
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            if index < 18 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
        }
        self.init(high: high, low: low)
    }

    /// Writes the 36 bytes of the text.
    func write(to target: UnsafeMutablePointer<UInt8>) {
        var place = 0
        for number in 0..<32 {
            if number == 8 || number == 12 || number == 16 || number == 20 {
                target[place] = UInt8(ascii: "-")
                place += 1
            }
            let digit = UInt8(truncatingIfNeeded: (number < 16 ? high : low) >> UInt64(60 - number % 16 * 4)) & 15
            target[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            place += 1
        }
    }

    @usableFromInline
    static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }
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
