import Crypto
import Domain
import Foundation

/// Meta's Graph API, as Facebook, Instagram and Threads speak it: versioned paths, nodes and edges, `fields`, one form of errors.
struct GraphAPI: Sendable {
    let hosts: PlatformHosts
    let api: PlatformAPI
    /// `https://graph.facebook.com`.
    let host: String
    /// `v23.0`.
    let version: String
    /// Where given, every call carries `appsecret_proof`: apps may require it, and the others ignore it.
    var appSecret: String?
    /// Whether tokens go into the query, as the Threads API documents it, and not into a header.
    var tokenInQuery = false

    /// `base` and `version` are the names of the operator's variables for the address and the version of the API.
    init(
        name: String, prefix: String, host: String, base: String, version variable: String, default version: String, rules: [ErrorRule],
        _ context: PlatformContext
    ) {
        hosts = PlatformHosts(base: context.configuration.value(base))
        let wanted = context.configuration.value(variable) ?? version
        self.host = host
        self.version = wanted.first?.isNumber == true ? "v\(wanted)" : wanted
        api = PlatformAPI(
            name: name, prefix: prefix, sender: context.http, rules: rules + ErrorRule.graphRules(name), time: context.time,
            retryAfter: { $0.graphWait })
    }

    /// A call in the name of `token`'s owner. `path` is what follows the version: `me/accounts`.
    func call(
        _ method: String, _ path: String, token: String, query: [(String, String)] = [], body: HTTPBody? = nil,
        effect: HTTPCall.Effect = .harmless, scheme: String = "Bearer", headers: [(String, String)] = []
    ) -> HTTPCall {
        let query =
            query + (appSecret.map { [("appsecret_proof", Self.proof(of: token, secret: $0))] } ?? [])
            + (tokenInQuery ? [("access_token", token)] : [])
        return HTTPCall(
            method, url(path, query), headers: (tokenInQuery ? [] : [("Authorization", "\(scheme) \(token)")]) + headers, body: body,
            effect: effect,
            secrets: [token, appSecret].compactMap { $0 })
    }

    /// The address of a node or edge. The names of uploads carry a query of their own.
    func url(_ path: String, _ query: [(String, String)] = []) -> String {
        let address = hosts.url("\(host)/\(version)/\(path)")
        return query.isEmpty ? address : "\(address)\(path.contains("?") ? "&" : "?")\(FormEncoding.encode(query))"
    }

    func get(_ path: String, _ query: [(String, String)] = [], token: String) async throws -> JSONValue {
        try await api.value(call("GET", path, token: token, query: query))
    }

    /// Sends `form`; `fields` are those wanted of what was made.
    func post(
        _ path: String, _ form: [(String, String)], fields: String? = nil, token: String, effect: HTTPCall.Effect = .harmless
    ) async throws -> JSONValue {
        try await api.value(posting(form, to: path, fields: fields, token: token, effect: effect))
    }

    func posting(
        _ form: [(String, String)], to path: String, fields: String? = nil, token: String, effect: HTTPCall.Effect = .harmless
    ) -> HTTPCall {
        call("POST", path, token: token, query: fields.map { [("fields", $0)] } ?? [], body: .form(form), effect: effect)
    }

    /// What `call` made: its id.
    func made(_ call: HTTPCall) async throws -> (id: String, answer: JSONValue) {
        try await api.made(call, at: "id")
    }

    /// The elements of an edge, page after page, `pages` at most; `isEnough` ends it early. `complete` says that there is no more, or enough.
    func list(
        _ path: String, _ query: [(String, String)], token: String, pages: Int = 20, until isEnough: ([JSONValue]) -> Bool = { _ in false }
    ) async throws -> (elements: [JSONValue], complete: Bool) {
        var elements = [JSONValue]()
        var query = query
        for _ in 0..<pages {
            let page = try await get(path, query, token: token)
            let found = page["data"]?.array ?? []
            elements += found
            guard let next = page["paging"]?["next"]?.string, let mark = next.firstIndex(of: "?"), !found.isEmpty, !isEnough(found) else {
                return (elements, true)
            }
            // Edges page by cursors or by time: the address of the next page tells. It is not followed: the token stays at hosts that we know.
            let own: Set = ["access_token", "appsecret_proof"]
            query = FormEncoding.pairs(String(next[next.index(after: mark)...])).filter { !own.contains($0.0) }
        }
        return (elements, false)
    }

    /// Hex of HMAC-SHA256 of the token with the app's secret ("Securing Graph API calls").
    static func proof(of token: String, secret: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Data(token.utf8), using: SymmetricKey(data: Data(secret.utf8))).hexadecimal
    }

    /// A value of a form that is itself JSON.
    static func json(_ value: JSONValue) throws -> String { try JSON.text(value) }

    /// A time of the Graph API, `2026-11-28T10:00:00+0000`; nil for anything else.
    static func time(_ text: String?) -> Timestamp? {
        guard let text else { return nil }
        return Timestamp(text.hasSuffix("+0000") ? text.dropLast(5) + "Z" : text)
    }

    /// Whether a text that Meta shows is the one that was sent: it changes white space and the form of characters.
    static func same(_ left: String?, _ right: String) -> Bool {
        (left ?? "").comparable == right.comparable
    }

    /// Some figures come apart, such as paid and unpaid.
    static func sum(_ value: JSONValue?) -> Int { value?.int ?? value?.object?.values.compactMap(\.int).reduce(0, +) ?? 0 }
}
