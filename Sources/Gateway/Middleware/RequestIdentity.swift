import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird

/// The outermost step: names the request and finds out, through trusted proxies, who sent it and how it was addressed.
struct RequestIdentity: RouterMiddleware {
    typealias Context = AppRequestContext
    let proxies: TrustedProxies
    var family = Forwarding.Family.extended
    /// The host of `MAIN_URL`, for requests without a `Host`.
    let defaultHost: String
    /// Is told what the proxy in front leaves out; nil where people do not come by HTTPS.
    var watch: ProxyWatch?

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestId = Self.acceptable(request.headers[.requestId]) ?? Identifier<Request>().text
        let peer = context.origin.address
        context.origin = origin(of: request, peer: peer)
        context.logger[metadataKey: "request"] = .string(context.requestId)
        look(at: request, from: peer, context)
        var response = try await next(request, context)
        response.headers[.requestId] = context.requestId
        return response
    }

    /// An id that a proxy or client chose, if it cannot do harm in a log or header.
    private static func acceptable(_ id: String?) -> String? {
        guard let id, (8...128).contains(id.utf8.count) else { return nil }
        let allowed = id.utf8.allSatisfy { byte in
            let character = Character(Unicode.Scalar(byte))
            return character.isASCII && (character.isLetter || character.isNumber || "-_.:".contains(character))
        }
        return allowed ? id : nil
    }

    private func look(at request: Request, from peer: String, _ context: AppRequestContext) {
        guard let watch, !Self.asked.contains(request.uri.path), let fault = watch.note(sight(of: request, peer: peer)) else { return }
        context.logger.warning("\(fault.finding) \(fault.advice)", metadata: ["proxy": .string(peer)])
    }

    /// What is asked beside the proxy, by programs on this machine.
    private static let asked: Set<String> = ["/api/health", "/metrics"]

    /// What a request shows of the proxy that it came through.
    func sight(of request: Request, peer: String) -> ProxySight {
        let isForwarded = Forwarding.names.contains { request.headers.contains($0) }
        guard proxies.contains(peer) else { return isForwarded ? .faulty(.untrusted) : .none }
        let nearest = Forwarding.hops(request.headers, family).last
        let (scheme, address) = (nearest?.scheme?.lowercased() == "https", nearest?.address != nil)
        if scheme, address { return .good }
        return .faulty(family == .standard ? .silentForwarded : .silent(aboutScheme: !scheme, aboutAddress: !address))
    }

    func origin(of request: Request, peer: String) -> RequestOrigin {
        var origin = RequestOrigin(address: peer, scheme: "http", host: request.head.authority ?? defaultHost)
        origin.isForwarded = Forwarding.names.contains { request.headers.contains($0) }
        guard proxies.contains(peer) else { return origin }
        let hops = Forwarding.hops(request.headers, family)
        // From our side outwards: the first address that is not one of our proxies is the client. What stands before it anybody may have written.
        guard let client = hops.last(where: { !proxies.contains($0.address ?? "") }) ?? hops.first else { return origin }
        origin.address = client.address ?? peer
        if let scheme = client.scheme?.lowercased(), ["http", "https"].contains(scheme) { origin.scheme = scheme }
        if let host = client.host, !host.isEmpty { origin.host = host }
        return origin
    }
}

/// What proxies say about a request.
enum Forwarding {
    /// The headers that are believed. Proxies know one family or the other, and pass on what a client wrote into the rest.
    enum Family: Sendable {
        /// `X-Forwarded-For`, `-Proto` and `-Host`.
        case extended
        /// `Forwarded` (RFC 7239).
        case standard
    }

    /// Who sent the request to a proxy, and how it was addressed there.
    struct Hop {
        var address: String?
        var scheme: String?
        var host: String?
    }

    static let names: [HTTPField.Name] = [.forwarded, .forwardedFor, .forwardedProto, .forwardedHost]

    /// The client first, the sender to the nearest proxy last.
    static func hops(_ headers: HTTPFields, _ family: Family) -> [Hop] {
        switch family {
        case .extended: extended(headers)
        case .standard: headers[values: .forwarded].flatMap { $0.split(separator: ",") }.map(standard)
        }
    }

    /// Each list belongs to the addresses from its end; a proxy that names one scheme or host means the nearest hop's, and all before it.
    private static func extended(_ headers: HTTPFields) -> [Hop] {
        let addresses = list(headers, .forwardedFor)
        let (schemes, hosts) = (list(headers, .forwardedProto), list(headers, .forwardedHost))
        return (0..<max(addresses.count, 1)).map { position in
            func value(_ list: [String]) -> String? { list.count == addresses.count ? list[safely: position] : list.last }
            return Hop(address: addresses[safely: position].map(address), scheme: value(schemes), host: value(hosts))
        }
    }

    private static func list(_ headers: HTTPFields, _ name: HTTPField.Name) -> [String] {
        headers[values: name].flatMap { $0.split(separator: ",") }.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func standard(_ element: Substring) -> Hop {
        var hop = Hop()
        for pair in element.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2 else { continue }
            let value = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "\""))
            switch parts[0].lowercased() {
            case "for": hop.address = address(value)
            case "proto": hop.scheme = value
            case "host": hop.host = value
            default: break
            }
        }
        return hop
    }

    /// `192.0.2.7:4711`, `"[2001:db8::1]:80"`, `2001:db8::1`: without port and brackets.
    private static func address(_ text: String) -> String {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") { return String(text[text.index(after: text.startIndex)..<end]) }
        let colons = text.filter { $0 == ":" }.count
        return colons == 1 ? String(text.prefix { $0 != ":" }) : text
    }
}

extension Array {
    fileprivate subscript(safely position: Int) -> Element? { indices.contains(position) ? self[position] : nil }
}
