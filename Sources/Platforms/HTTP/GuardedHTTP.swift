import Domain
import Foundation
import NIOPosix

/// Reaches addresses that users can influence: resolves the name itself, refuses addresses inside the operator's network, connects to
/// exactly the address it has checked, and checks again at every redirect.
public struct GuardedHTTP: HTTPSender {
    static let maximumRedirects = 5
    let transport: HTTPTransport
    let allowedPrivateHosts: Set<String>

    /// Reads may be redirected; everything else is sent to the given address only, and the redirect is the answer.
    public func send(_ call: HTTPCall) async throws -> HTTPAnswer {
        var call = call
        for _ in 0...Self.maximumRedirects {
            let target = try await admit(call.url)
            let answer = try await transport.send(call, to: target)
            guard (301...308).contains(answer.status), ["GET", "HEAD"].contains(call.method), let location = answer.headers["location"],
                let base = URL(string: call.url), let next = URL(string: location, relativeTo: base)?.absoluteURL
            else { return answer }
            if next.host() != base.host() || next.port != base.port || next.scheme != base.scheme {
                call.headers.removeAll { ["authorization", "cookie"].contains($0.name.lowercased()) }
            }
            call.url = next.absoluteString
        }
        throw refusal("The address redirects more than \(Self.maximumRedirects) times.", call.url)
    }

    /// Throws `ProblemReport` with `ADDRESS_REFUSED` when `url` may not be reached.
    public func check(_ url: String) async throws { _ = try await admit(url) }

    /// `address` is nil where the operator has allowed the host: it may be anywhere.
    struct Target {
        let host: String
        let address: String?
    }

    func admit(_ text: String) async throws -> Target {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), let host = url.host(), Self.isPlain(host) else {
            throw refusal("This is not a web address.", text)
        }
        guard url.user() == nil, url.password() == nil else {
            throw refusal("Addresses with a user name or password are not allowed.", text)
        }
        let name = host.lowercased().trimmingCharacters(in: ["[", "]"])
        let hostAndPort = url.port.map { "\(name):\($0)" } ?? name
        let isAllowed = allowedPrivateHosts.contains(name) || allowedPrivateHosts.contains(hostAndPort)
        guard scheme == "https" || scheme == "http" && isAllowed else {
            throw refusal("Only https addresses are allowed.", text)
        }
        if isAllowed { return Target(host: host, address: nil) }
        let addresses = try await NameResolver.addresses(of: name)
        guard let first = addresses.first else { throw TransportFailure(mayHaveArrived: false, reason: "The name could not be resolved") }
        guard addresses.allSatisfy(\.isPublic) else {
            throw refusal(
                "\(hostAndPort) leads into a private network. If that is wanted, the operator adds it to ALLOWED_PRIVATE_HOSTS.", text)
        }
        return Target(host: host, address: first.description)
    }

    /// Only such names mean the same to everything on the way; the pinned address is found by the name.
    private static func isPlain(_ host: String) -> Bool {
        !host.isEmpty && host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_:[]".contains($0)) }
    }

    func refusal(_ message: String, _ url: String) -> ProblemReport {
        ProblemReport(.addressRefused, message, details: ["host": .string(URL(string: url)?.host() ?? "")])
    }
}

/// Asks the system's resolver, on a thread where it may block.
enum NameResolver {
    /// All addresses of `host`, best first (RFC 6724). Throws `TransportFailure` when it has none.
    static func addresses(of host: String) async throws -> [NetworkAddress] {
        if let literal = NetworkAddress(host) { return [literal] }
        return try await NIOThreadPool.singleton.runIfActive { try resolve(host) }
    }

    private static func resolve(_ host: String) throws -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else {
            throw TransportFailure(mayHaveArrived: false, reason: "The name could not be resolved")
        }
        defer { freeaddrinfo(list) }
        return sequence(first: list) { $0?.pointee.ai_next }.prefix { $0 != nil }.compactMap { $0.flatMap { address($0.pointee) } }
    }

    private static func address(_ info: addrinfo) -> NetworkAddress? {
        guard let pointer = info.ai_addr else { return nil }
        switch info.ai_family {
        case AF_INET:
            return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                NetworkAddress(bytes: withUnsafeBytes(of: $0.pointee.sin_addr) { Array($0) })
            }
        case AF_INET6:
            return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                NetworkAddress(bytes: withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) })
            }
        default: return nil
        }
    }
}
