import Domain
import Foundation
import HTTPTypes
import Hummingbird

/// The outermost step: names the request and finds out, through trusted proxies, who sent it and how it was addressed.
struct RequestIdentity: RouterMiddleware {
    typealias Context = AppRequestContext
    let proxies: TrustedProxies
    /// The host of `MAIN_URL`, for requests without a `Host`.
    let defaultHost: String

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestId = Self.acceptable(request.headers[.requestId]) ?? Identifier<Request>().text
        context.origin = origin(of: request, peer: context.origin.address)
        context.logger[metadataKey: "request"] = .string(context.requestId)
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

    func origin(of request: Request, peer: String) -> RequestOrigin {
        var origin = RequestOrigin(address: peer, scheme: "http", host: request.head.authority ?? defaultHost)
        guard proxies.contains(peer) else { return origin }
        let hops = Forwarding(request.headers)
        // From our side outwards: the first address that is not one of our proxies is the client.
        origin.address = hops.addresses.last { !proxies.contains($0) } ?? hops.addresses.first ?? peer
        if let scheme = hops.scheme?.lowercased(), ["http", "https"].contains(scheme) { origin.scheme = scheme }
        if let host = hops.host, !host.isEmpty { origin.host = host }
        return origin
    }
}

/// What the proxies say: `Forwarded` (RFC 7239) or, in its absence, the `X-Forwarded-*` family.
private struct Forwarding {
    /// The client first, the nearest proxy last.
    var addresses: [String] = []
    var scheme: String?
    var host: String?

    init(_ headers: HTTPFields) {
        let elements = headers[values: .forwarded].flatMap { $0.split(separator: ",") }
        guard !elements.isEmpty else {
            addresses = headers[values: .forwardedFor].flatMap { $0.split(separator: ",") }.map { Self.address(String($0)) }
            scheme = Self.first(headers[.forwardedProto])
            host = Self.first(headers[.forwardedHost])
            return
        }
        for element in elements {
            for pair in element.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                guard parts.count == 2 else { continue }
                let value = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "\""))
                switch parts[0].lowercased() {
                case "for": addresses.append(Self.address(value))
                case "proto": scheme = scheme ?? value
                case "host": host = host ?? value
                default: break
                }
            }
        }
    }

    private static func first(_ list: String?) -> String? {
        list?.split(separator: ",").first.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// `192.0.2.7:4711`, `"[2001:db8::1]:80"`, `2001:db8::1`: without port and brackets.
    private static func address(_ text: String) -> String {
        let text = text.trimmingCharacters(in: .whitespaces)
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") { return String(text[text.index(after: text.startIndex)..<end]) }
        let colons = text.filter { $0 == ":" }.count
        return colons == 1 ? String(text.prefix { $0 != ":" }) : text
    }
}
