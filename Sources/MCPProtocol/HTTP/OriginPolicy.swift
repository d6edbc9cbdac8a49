import Hummingbird

/// Which web pages may talk to the server, and by which names it may be called: what stands between a browser's user and DNS rebinding.
public struct OriginPolicy: Sendable {
    /// `https://social.example.com`: scheme, host and, unless it is the scheme's own, port.
    public let origins: Set<String>
    /// Names without port. Empty: any.
    public let hosts: Set<String>

    public init(origins: some Sequence<String>, hosts: some Sequence<String>) {
        self.origins = Set(origins.map { Self.normalized($0) })
        self.hosts = Set(hosts.map { $0.lowercased() })
    }

    /// No name is checked and no page is allowed.
    public static let anyHost = OriginPolicy(origins: [], hosts: [])

    /// The status to refuse a request with; nil when it may pass. No `Origin` is fine: only browsers send one.
    func refusal(of request: Request) -> HTTPResponse.Status? {
        if !hosts.isEmpty, !hosts.contains(Self.name(request.head.authority ?? "")) { return .misdirectedRequest }
        let sent = request.headers[values: .origin]
        return sent.allSatisfy { origins.contains(Self.normalized($0)) } ? nil : .forbidden
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
}
