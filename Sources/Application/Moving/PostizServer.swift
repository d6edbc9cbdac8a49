import Domain
import Foundation

/// A Postiz that runs, with the key of one of its workspaces.
public struct PostizServer: Sendable {
    /// What may stand before `/public/v1`, in the order in which it is tried: its container answers behind `/api`, its backend alone without.
    let bases: [String]
    let key: String
    /// How far back its posts are read.
    let since: Timestamp?

    /// Its host, by which its workspace is called.
    let name: String

    /// `address` may end in `/api`, `/public/v1` or both, and begin with `http://`: a server at home is often reached so. Throws
    /// `VALIDATION_FAILED` for what is no address, or cannot be a key.
    public init(address: String, key: String, since: Timestamp? = nil) throws {
        let typed = address.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let url = URL(string: typed.contains("://") ? typed : "https://\(typed)"), let scheme = url.scheme?.lowercased(),
            ["https", "http"].contains(scheme), let host = url.host(), Self.isPlain(host), url.user() == nil, url.query() == nil,
            url.fragment() == nil
        else { throw ProblemReport.invalid("from", "Give the web address of Postiz, such as https://postiz.example.com.") }
        var base = url.absoluteString
        while base.hasSuffix("/") { base.removeLast() }
        if base.hasSuffix(Self.path) { base.removeLast(Self.path.count) }
        while base.hasSuffix("/") { base.removeLast() }
        bases = base.hasSuffix("/api") ? [base] : [base, base + "/api"]
        name = host + (url.port.map { ":\($0)" } ?? "")
        self.key = key.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...1000).contains(self.key.utf8.count), self.key.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw ProblemReport.invalid("key", "This is no key of Postiz. It is found there under Settings, Public API.")
        }
        self.since = since
    }

    static let path = "/public/v1"

    private static func isPlain(_ host: String) -> Bool {
        !host.isEmpty && host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_:[]".contains($0)) }
    }
}
