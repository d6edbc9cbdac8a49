import HTTPTypes
import Hummingbird
import NIOCore

/// Which web pages may talk to the server, and by which names it may be called: what stands between a browser's user and DNS rebinding.
public struct OriginPolicy: Sendable {
    /// `https://social.example.com`: scheme, host and, unless it is the scheme's own, port.
    public let origins: Set<String>
    /// Names without port. IP addresses need not be among them: no name server turns one into another.
    public let hosts: Set<String>

    public init(origins: some Sequence<String>, hosts: some Sequence<String>) {
        self.origins = Set(origins.map { Self.normalized($0) })
        self.hosts = Set(hosts.map { $0.lowercased() })
    }

    /// The status to refuse a request with; nil when it may pass. No `Origin` is fine: only browsers send one.
    func refusal(of request: Request) -> HTTPResponse.Status? {
        let authority = request.head.authority ?? ""
        let name = Self.name(authority)
        let isAddress = Self.isAddress(name)
        guard isAddress || hosts.contains(name) else { return .misdirectedRequest }
        let own = isAddress ? Self.normalized("\(request.head.scheme ?? "http")://\(authority)") : nil
        let allowed = request.headers[values: .origin].map(Self.normalized).allSatisfy { $0 == own || origins.contains($0) }
        return allowed ? nil : .forbidden
    }

    /// Lower case, without the port that the scheme has anyway.
    private static func normalized(_ origin: String) -> String {
        let origin = origin.lowercased()
        for (scheme, port) in [("https://", ":443"), ("http://", ":80")] where origin.hasPrefix(scheme) && origin.hasSuffix(port) {
            return String(origin.dropLast(port.count))
        }
        return origin
    }

    /// The host of `host:port`; an IPv6 address keeps its brackets.
    private static func name(_ authority: String) -> String {
        let authority = authority.lowercased()
        guard let colon = authority.lastIndex(of: ":"), authority[colon...].dropFirst().allSatisfy(\.isNumber) else { return authority }
        return String(authority[..<colon])
    }

    /// Whether a host is an IP address, written out as browsers do: `192.168.1.5`, `[fd00::5]`.
    private static func isAddress(_ host: String) -> Bool {
        let inner = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : nil
        guard let address = try? SocketAddress(ipAddress: inner ?? host, port: 0) else { return false }
        return (address.protocol == .inet6) == (inner != nil)
    }
}
