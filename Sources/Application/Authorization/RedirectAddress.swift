import Platforms

/// Where a client wants its answers. Read by hand instead of with a URL parser: parsers differ, and what one takes for a host another does not.
public struct RedirectAddress: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// `https` at a host on the network.
        case web
        /// A program on the person's own computer that listens on some port. Any program there can claim to be it.
        case loopback
        /// A program that the person's computer opens for a scheme of its own, such as `cursor:`.
        case program
    }

    public let text: String
    public let kind: Kind
    /// For people: the host, or the scheme with its colon.
    public let host: String
    /// The text without the port, for loopback addresses.
    private let portless: String

    /// Nil unless it is an absolute address to which an answer may be sent: `https`, `http` to the own computer, or a scheme of a program;
    /// without fragment, user name or anything that browsers read in their own way.
    public init?(_ text: String) {
        guard text.utf8.count <= 1000, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !text.contains(where: Self.misread.contains),
            let colon = text.firstIndex(of: ":"), let scheme = Self.scheme(text[..<colon])
        else { return nil }
        let rest = text[text.index(after: colon)...]
        self.text = text
        guard scheme == "http" || scheme == "https" else {
            guard !rest.isEmpty, !Self.refused(scheme) else { return nil }
            kind = .program
            host = scheme + ":"
            portless = text
            return
        }
        guard rest.hasPrefix("//"), let authority = Authority(rest.dropFirst(2)) else { return nil }
        let isLoopback = Self.ownComputer.contains(authority.host)
        guard scheme == "https" || isLoopback else { return nil }
        kind = isLoopback ? .loopback : .web
        host = authority.host
        portless = "\(scheme)://\(authority.host)\(authority.rest)"
    }

    /// Whether `given` in a request means this registered address: the same text, except that a program on the person's own computer may
    /// listen on another port each time (RFC 8252 §7.3).
    func admits(_ given: RedirectAddress) -> Bool {
        text == given.text || (kind == .loopback && given.kind == .loopback && portless == given.portless)
    }

    /// The address with an answer in its query.
    func adding(_ parameters: [(String, String)]) -> String {
        let joint = text.contains("?") ? (text.hasSuffix("?") || text.hasSuffix("&") ? "" : "&") : "?"
        return text + joint + FormEncoding.encode(parameters)
    }

    /// What begins a fragment, and what browsers take for something else or repair.
    private static let misread: Set<Character> = ["#", "\\", "\"", "<", ">", "`"]
    private static let ownComputer: Set<String> = ["localhost", "127.0.0.1", "[::1]"]

    private static func scheme(_ text: Substring) -> String? {
        guard let first = text.first, first.isLetter, text.allSatisfy({ $0.isLetter || $0.isNumber || "+-.".contains($0) }) else { return nil }
        return text.lowercased()
    }

    /// Schemes that run or show something instead of opening a program that waits for an answer.
    private static func refused(_ scheme: String) -> Bool { dangerous.contains(scheme) || scheme.hasPrefix("ms-") }
    private static let dangerous: Set<String> = [
        "about", "blob", "chrome", "data", "feed", "file", "filesystem", "ftp", "intent", "javascript", "jar", "mailto", "resource", "search",
        "search-ms",
        "shell", "sms", "tel", "vbscript", "view-source", "ws", "wss",
    ]
}

/// `host:port` and what follows.
private struct Authority {
    /// In lower case.
    let host: String
    let rest: Substring

    init?(_ text: Substring) {
        let end = text.firstIndex { $0 == "/" || $0 == "?" } ?? text.endIndex
        let authority = text[..<end]
        rest = text[end...]
        let afterHost: Substring
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            afterHost = authority[authority.index(after: bracket)...]
        } else {
            afterHost = authority[(authority.firstIndex(of: ":") ?? authority.endIndex)...]
        }
        host = authority[..<afterHost.startIndex].lowercased()
        let isPlain = host.allSatisfy { $0.isLetter || $0.isNumber || ".-_".contains($0) || ("[:]".contains($0) && host.hasPrefix("[")) }
        guard !host.isEmpty, host != "[]", isPlain, Self.isPort(afterHost) else { return nil }
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard text.hasPrefix(":") else { return text.isEmpty }
        let digits = text.dropFirst()
        return digits.allSatisfy(\.isNumber) && (UInt16(digits).map { $0 > 0 } ?? false)
    }
}
