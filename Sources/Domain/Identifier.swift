import Foundation

/// A UUID (version 7, RFC 9562 §5.7) that names one `Owner`. Ordered by creation time; written as lower-case text everywhere.
public struct Identifier<Owner>: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let text: String

    /// A new identifier. `now` supplies the leading 48 bits, so ids made later sort later.
    public init(at now: Timestamp = .now) {
        var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: now.milliseconds >> Int64(8 * (5 - index))) }
        bytes[6] = 0x70 | bytes[6] & 0x0F
        bytes[8] = 0x80 | bytes[8] & 0x3F
        let digits = Array("0123456789abcdef".utf8)
        var text = [UInt8]()
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        self.text = String(decoding: text, as: UTF8.self)
    }

    /// An identifier as a caller or the database wrote it; nil unless it is a UUID.
    public init?(_ text: String) {
        // By hand: a list of posts reads hundreds of ids.
        guard text.utf8.count == 36 else { return nil }
        var (index, isLowerCase) = (0, true)
        for byte in text.utf8 {
            let isDash = index == 8 || index == 13 || index == 18 || index == 23
            switch byte {
            case UInt8(ascii: "-") where isDash: break
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !isDash, UInt8(ascii: "a")...UInt8(ascii: "f") where !isDash: break
            case UInt8(ascii: "A")...UInt8(ascii: "F") where !isDash: isLowerCase = false
            default: return nil
            }
            index += 1
        }
        self.text = isLowerCase ? text : text.lowercased()
    }

    public var description: String { text }
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
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
