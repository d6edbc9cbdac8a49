import Domain
import Foundation

/// Bluesky and every other server of the AT Protocol. Bluesky's own hosts are known; every server that a person or a document names is
/// reached through the guard.
struct Bluesky: Platform {
    let context: PlatformContext
    let hosts: PlatformHosts

    init(_ context: PlatformContext) {
        self.context = context
        hosts = PlatformHosts(base: context.configuration.value("BLUESKY_API_BASE_URL"))
    }

    var descriptor: PlatformDescriptor { Self.descriptor }
    var missingCredentials: [String] { [] }

    var videoService: String { hosts.url("https://video.bsky.app") }

    /// Where the account's records are, without a slash at the end.
    func server(of credentials: Credentials) -> String { credentials.instanceURL ?? hosts.url(Self.defaultService) }

    func api(_ server: String) -> PlatformAPI {
        let time = context.time
        return PlatformAPI(
            name: "Bluesky", prefix: "BLUESKY", sender: hosts.owns(server, domains: ["bsky.social", "bsky.app"]) ? context.http : context.guarded,
            rules: Self.errorRules, time: time,
            retryAfter: { $0.wait(untilSecondsIn: "ratelimit-reset", now: time.now) })
    }

    /// A call of the AT Protocol (XRPC): a query with GET, a procedure with POST.
    func xrpc(
        _ method: String, _ name: String, at server: String, query: [(String, String)] = [], token: String? = nil, body: HTTPBody? = nil,
        effect: HTTPCall.Effect = .harmless
    ) -> HTTPCall {
        HTTPCall(
            method, "\(server)/xrpc/\(name)\(query.isEmpty ? "" : "?")\(FormEncoding.encode(query))",
            headers: token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? [], body: body, effect: effect,
            secrets: [token].compactMap { $0 })
    }

    func query<Value: Decodable>(_ name: String, _ query: [(String, String)], _ account: Credentials) async throws -> Value {
        let server = server(of: account)
        return try await api(server).value(xrpc("GET", name, at: server, query: query, token: account.accessToken))
    }
}

/// A record's place: `at://did/collection/key`.
struct RecordAddress: Sendable, Equatable, CustomStringConvertible {
    static let post = "app.bsky.feed.post"

    let repository: String
    let collection: String
    let key: String

    init(repository: String, collection: String = Self.post, key: String) {
        (self.repository, self.collection, self.key) = (repository, collection, key)
    }

    init?(_ text: String) {
        guard text.hasPrefix("at://") else { return nil }
        let parts = text.dropFirst(5).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, !parts.contains("") else { return nil }
        (repository, collection, key) = (parts[0], parts[1], parts[2])
    }

    var description: String { "at://\(repository)/\(collection)/\(key)" }
    var query: [(String, String)] { [("repo", repository), ("collection", collection), ("rkey", key)] }
}

/// A record in exactly one version, as replies and quotes name it (com.atproto.repo.strongRef).
struct RecordReference: Codable, Sendable, Equatable {
    let uri: String
    let cid: String

    var json: JSONValue { ["uri": .string(uri), "cid": .string(cid)] }
}

/// Keys of records that sort by time (TID): 53 bits of microseconds since 1970, 10 bits that tell writers apart, in 13 signs of base 32.
enum RecordKey {
    private static let signs = Array("234567abcdefghijklmnopqrstuvwxyz")

    static func tid(microseconds: UInt64, clock: UInt64) -> String {
        let value = (microseconds & (1 << 53 - 1)) << 10 | clock & 1023
        return String((0..<13).map { signs[Int(value >> UInt64(60 - 5 * $0) & 31)] })
    }
}
