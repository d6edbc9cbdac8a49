import Foundation

/// An address as it stands in a text, taken apart without changing a sign of it.
public struct LinkAddress: Sendable, Equatable {
    private let beforeQuery: Substring
    /// Without the question mark; nil where there is none.
    private let query: Substring?
    /// With the number sign; empty where there is none.
    private let fragment: Substring

    public init(_ text: String) {
        let end = text.firstIndex(of: "#") ?? text.endIndex
        fragment = text[end...]
        let mark = text[..<end].firstIndex(of: "?")
        beforeQuery = text[..<(mark ?? end)]
        query = mark.map { text[text.index(after: $0)..<end] }
    }

    /// The host as it is written, without user and port.
    public var host: String { String(beforeQuery[hostRange]) }

    private var hostRange: Range<Substring.Index> {
        let scheme = beforeQuery.range(of: "://")?.upperBound ?? beforeQuery.startIndex
        let end = beforeQuery[scheme...].firstIndex(of: "/") ?? beforeQuery.endIndex
        let start = beforeQuery[scheme..<end].lastIndex(of: "@").map { beforeQuery.index(after: $0) } ?? scheme
        if beforeQuery[start...].hasPrefix("[") { return start..<end }
        return start..<(beforeQuery[start..<end].firstIndex(of: ":") ?? end)
    }

    /// The names of its parameters, as a server reads them, in lower case.
    private var names: Set<String> {
        Set(
            (query ?? "").split(separator: "&").map { pair in
                let name = pair.prefix { $0 != "=" }
                return (name.removingPercentEncoding ?? String(name)).lowercased()
            })
    }

    /// The same address with `parameters` at the end of its query, before its fragment. What it has already stays as it is, and so does
    /// everything else.
    func adding(_ parameters: [(name: String, value: String)]) -> String {
        var known = names
        var query = query.map(String.init)
        for (name, value) in parameters where known.insert(name.lowercased()).inserted {
            let separator = query.map { $0.isEmpty || $0.hasSuffix("&") ? "" : "&" } ?? ""
            query = "\(query ?? "")\(separator)\(name)=\(Self.encoded(value))"
        }
        return "\(beforeQuery)\(query.map { "?\($0)" } ?? "")\(fragment)"
    }

    /// In a form that every platform takes for a part of the link: where a link may not end in a full stop or a tilde, none stands.
    private static func encoded(_ value: String) -> String {
        value.utf8.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += percent(byte)
            }
        }
    }

    private static func percent(_ byte: UInt8) -> String {
        let digits = Array("0123456789ABCDEF")
        return "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }

    /// As a header can carry it (RFC 3986): what is no ASCII is encoded, the host as Punycode.
    public var travelling: String {
        func ascii(_ text: some StringProtocol) -> String {
            text.utf8.reduce(into: "") { text, byte in
                if (0x21...0x7E).contains(byte) { text.unicodeScalars.append(Unicode.Scalar(byte)) } else { text += Self.percent(byte) }
            }
        }
        let host = hostRange
        return ascii(beforeQuery[..<host.lowerBound]) + ascii(HostName.travelling(String(beforeQuery[host])))
            + ascii(beforeQuery[host.upperBound...]) + (query.map { "?\(ascii($0))" } ?? "") + ascii(fragment)
    }
}

/// Names of hosts.
public enum HostName {
    /// In lower case and, where a label is no ASCII, as Punycode.
    public static func travelling(_ host: String) -> String {
        let host = host.precomposedStringWithCompatibilityMapping.lowercased()
        if host.utf8.allSatisfy({ $0 < 128 }) { return host }
        return host.replacing("。", with: ".").split(separator: ".", omittingEmptySubsequences: false).map {
            Punycode.encoded(Array($0.unicodeScalars))
        }.joined(separator: ".")
    }

    /// What a person wrote for a host: also an address with that host. Nil where it is none.
    public static func read(_ text: String) -> String? {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
        let address = trimmed.contains("://") ? trimmed : "https://\(trimmed)"
        var host = LinkAddress(address).host
        if host.hasPrefix("*.") { host.removeFirst(2) }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isHost = labels.allSatisfy { label in
            !label.isEmpty && label.unicodeScalars.allSatisfy { $0 == "-" || $0 == "_" || $0.isASCIILetterOrDigit || $0.value > 0xA0 }
        }
        return isHost && travelling(host).utf8.count <= 253 ? host : nil
    }
}
