import Foundation

/// Percent-encoding as OAuth 1.0a (RFC 5849 §3.6) and forms need it.
public enum FormEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Leaves only `A-Z a-z 0-9 - . _ ~` (RFC 3986 §2.3); everything else becomes `%XX` of its UTF-8 bytes.
    public static func escape(_ text: String) -> String {
        var result = [UInt8]()
        result.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.append(byte)
            default:
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    public static func encode(_ fields: [(String, String)]) -> String {
        fields.map { "\(escape($0.0))=\(escape($0.1))" }.joined(separator: "&")
    }

    /// The fields of a form or a query; of a repeated name the last value counts.
    static func decode(_ text: String) -> [String: String] {
        Dictionary(pairs(text)) { _, last in last }
    }

    static func pairs(_ text: String) -> [(String, String)] {
        text.split(separator: "&").map { field in
            let halves = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (unescape(halves[0]), halves.count > 1 ? unescape(halves[1]) : "")
        }
    }

    private static func unescape(_ text: Substring) -> String {
        let spaced = text.replacing("+", with: " ")
        return String(spaced).removingPercentEncoding ?? String(spaced)
    }
}
