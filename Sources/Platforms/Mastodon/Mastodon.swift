import Domain
import Foundation

/// Mastodon and servers that speak its API. `MASTODON_URL` is the operator's own choice and may be anywhere; every other server that a
/// person names is reached through the guard.
struct Mastodon: Platform {
    let context: PlatformContext

    init(_ context: PlatformContext) { self.context = context }

    var descriptor: PlatformDescriptor { Self.descriptor }
    var missingCredentials: [String] { [] }

    var ownInstance: Instance {
        Instance(url: Self.withoutSlash(context.configuration.value("MASTODON_URL") ?? Self.defaultInstance))
    }

    static func withoutSlash(_ text: String) -> String { text.hasSuffix("/") ? String(text.dropLast()) : text }

    /// A server, by its address without a slash at the end.
    struct Instance: Sendable, Equatable {
        let url: String
        /// With the port where there is one; account ids are unique only together with it.
        var host: String {
            let parts = URLComponents(string: url)
            return [parts?.host, parts?.port.map(String.init)].compactMap { $0 }.joined(separator: ":")
        }
    }

    /// What the person typed as their server: `mastodon.example.org`, its address, or `@name@mastodon.example.org`.
    func instance(named text: String?) throws -> Instance {
        let typed = (text ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        let own = ownInstance
        if typed.isEmpty || Self.withoutSlash(typed) == own.url || typed == own.host { return own }
        let address = typed.contains("://") ? typed : "https://\(typed.split(separator: "@").last ?? "")"
        guard let parts = URLComponents(string: address), let scheme = parts.scheme, let host = parts.host?.lowercased(), !host.isEmpty
        else {
            throw ProblemReport(
                .addressRefused, "\(typed.prefix(100)) is not the name of a server. Write it like mastodon.example.org.",
                details: ["field": "instance"])
        }
        return instance("\(scheme)://\(host)\(parts.port.map { ":\($0)" } ?? "")")
    }

    /// The server at `origin` (scheme, host and port).
    private func instance(_ origin: String) -> Instance {
        let (instance, own) = (Instance(url: origin), ownInstance)
        return instance.host == own.host ? own : instance
    }

    /// The server that `address`, an address of any path, belongs to; nil when it is none.
    func instance(at address: String, from base: String? = nil) -> Instance? {
        guard let url = URL(string: address, relativeTo: base.flatMap { URL(string: $0) })?.absoluteURL, let scheme = url.scheme,
            let host = url.host()?.lowercased(), ["http", "https"].contains(scheme)
        else { return nil }
        return instance("\(scheme)://\(host)\(url.port.map { ":\($0)" } ?? "")")
    }

    func instance(of credentials: Credentials) -> Instance { credentials.instanceURL.map(Instance.init) ?? ownInstance }

    /// What the operator has set may be anywhere; every other server is reached through the guard.
    func sender(_ instance: Instance) -> any HTTPSender { instance == ownInstance ? context.http : context.guarded }

    func api(_ instance: Instance, rules: [ErrorRule] = Self.errorRules) -> PlatformAPI {
        let time = context.time
        return PlatformAPI(
            name: instance.host, prefix: "MASTODON", sender: sender(instance), rules: rules, time: time,
            // A time stamp as in ISO 8601.
            retryAfter: { answer in
                answer.headers["x-ratelimit-reset"].flatMap { Timestamp($0) }.map { answer.wait(until: $0, now: time.now) }
            }, refusesToken: { await refusesToken(of: $0, at: instance) })
    }

    static let whoAmI = "/api/v1/accounts/verify_credentials"

    /// Some servers answer a revoked token with a 400 and words of their own (Takahē): so they are asked whose token it is.
    private func refusesToken(of call: HTTPCall, at instance: Instance) async -> Bool {
        guard let authorization = call.headers.first(where: { $0.name == "Authorization" }), !call.url.hasSuffix(Self.whoAmI) else {
            return false
        }
        let question = HTTPCall("GET", "\(instance.url)\(Self.whoAmI)", headers: [authorization], secrets: call.secrets)
        // No answer tells nothing: then the refusal stands as it is.
        guard let answer = try? await sender(instance).send(question) else { return false }
        return [400, 401, 403, 422].contains(answer.status)
    }

    func call(
        _ method: String, _ path: String, _ credentials: Credentials, headers: [(name: String, value: String)] = [], body: HTTPBody? = nil,
        effect: HTTPCall.Effect = .harmless
    ) -> HTTPCall {
        .bearer(credentials.accessToken, method, "\(instance(of: credentials).url)\(path)", headers: headers, body: body, effect: effect)
    }
}
