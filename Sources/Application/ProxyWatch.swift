import NIOConcurrencyHelpers

/// What is wrong with the proxy in front of an instance that people open by HTTPS, as a request showed it.
public enum ProxyFault: Sendable, Hashable {
    /// Forwarding headers from an address that `TRUSTED_PROXIES` does not name: nothing of them is believed.
    case untrusted
    /// A trusted proxy that does not say that the client came by HTTPS, or from which address.
    case silent(aboutScheme: Bool, aboutAddress: Bool)
    /// `TRUSTED_PROXY_HEADERS=forwarded`, and a trusted proxy whose `Forwarded` does not say both.
    case silentForwarded

    /// What was seen, without addresses: `GET /api/health` tells everybody.
    public var finding: String {
        switch self {
        case .untrusted: "A request came through a proxy that TRUSTED_PROXIES does not name: all its clients count as one address."
        case .silent(let scheme, let address):
            [
                scheme ? "MAIN_URL is https, but a request came without X-Forwarded-Proto: https." : nil,
                address ? "A request came without X-Forwarded-For: all clients of its proxy count as one address." : nil,
            ].compactMap { $0 }.joined(separator: " ")
        case .silentForwarded: "A request came without a Forwarded header that names the client's address and proto=https."
        }
    }

    /// Which header each proxy has to be told to set.
    public var advice: String {
        let headers: String
        switch self {
        case .untrusted: headers = "Add the proxy's address to TRUSTED_PROXIES."
        case .silent(let scheme, let address):
            let nginx = [
                scheme ? "proxy_set_header X-Forwarded-Proto $scheme;" : nil, address ? "proxy_set_header X-Forwarded-For $remote_addr;" : nil,
            ]
            let haproxy = [
                scheme ? "http-request set-header X-Forwarded-Proto https" : nil, address ? "http-request set-header X-Forwarded-For %[src]" : nil,
            ]
            let apache = scheme ? " Apache: RequestHeader set X-Forwarded-Proto https." : ""
            headers = "nginx: \(Self.list(nginx))\(apache) HAProxy: \(Self.list(haproxy)). Caddy and Apache set the rest by themselves."
        case .silentForwarded: headers = "Let the proxy set it, or remove TRUSTED_PROXY_HEADERS and let it set X-Forwarded-For and X-Forwarded-Proto."
        }
        return "\(headers) Whole configurations: docs/proxies.md."
    }

    private static func list(_ lines: [String?]) -> String { lines.compactMap { $0 }.joined(separator: " ") }
}

/// What a request showed of the proxy in front.
public enum ProxySight: Sendable, Hashable {
    /// It came through none, as far as it tells.
    case none
    case good
    case faulty(ProxyFault)
}

/// Remembers what requests showed of the proxy in front.
public final class ProxyWatch: Sendable {
    private struct State {
        var told: Set<ProxyFault> = []
        var last = ProxySight.none
    }

    private let state = NIOLockedValueBox(State())

    public init() {}

    /// What the last request showed that came through a proxy.
    public var last: ProxySight { state.withLockedValue(\.last) }

    /// Notes what a request showed. Returns a fault the first time that it is seen: then it belongs into the log.
    public func note(_ sight: ProxySight) -> ProxyFault? {
        guard sight != .none else { return nil }
        return state.withLockedValue { state in
            state.last = sight
            guard case .faulty(let fault) = sight, state.told.insert(fault).inserted else { return nil }
            return fault
        }
    }
}
