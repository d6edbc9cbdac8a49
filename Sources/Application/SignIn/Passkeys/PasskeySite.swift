import Foundation

/// To what passkeys are bound: the name of the server in the browser's address line (WebAuthn §5.1.3).
struct PasskeySite: Sendable, Equatable {
    /// The relying party's identifier.
    let id: String
    let origin: String

    /// Nil where no browser would have one: at an IP address, and over plain HTTP anywhere but on the same machine.
    init?(_ mainURL: URL) {
        guard let scheme = mainURL.scheme?.lowercased(), let host = mainURL.host()?.lowercased(), !host.isEmpty else { return nil }
        // What ends in a number is an IPv4 address (URL Standard §3.5), what has a colon an IPv6 one.
        let last = host.split(separator: ".").last ?? ""
        guard !host.contains(":"), !host.hasPrefix("["), !last.allSatisfy(\.isNumber) else { return nil }
        let isLocal = host == "localhost" || host.hasSuffix(".localhost")
        guard scheme == "https" || scheme == "http" && isLocal else { return nil }
        id = host
        let isUsual = mainURL.port == nil || mainURL.port == (scheme == "https" ? 443 : 80)
        origin = "\(scheme)://\(host)" + (isUsual ? "" : ":\(mainURL.port ?? 0)")
    }
}
