import Crypto
import Foundation
import HTTPTypes

/// One server of the AT Protocol together with Bluesky's application view and video service, which at home have hosts of their own.
struct Bluesky: SimulatedPlatform {
    let name = "bluesky"
    let title = "Bluesky"
    let colour = "oklch(0.6 0.17 250)"
    let allScopes = ["com.atproto.appPass"]
    let switches: [Switch]
    let store: Store

    static let post = "app.bsky.feed.post"
    static let all = RateLimit("all", 3000, .seconds(300))
    /// 5,000 points an hour, of which making a record takes three.
    static let write = RateLimit("write", 1666, .seconds(3600))

    init(_ options: SimulatorOptions) {
        switches = [
            .enforceRateLimits(options.enforceRateLimits),
            Switch(name: "appPassword", initial: "abcd-efgh-ijkl-mnop", help: "The app password of every account"),
            Switch(name: "emailFactor", initial: false, help: "The account's own password asks for a code sent by e-mail"),
            Switch(name: "accountStatus", initial: "", help: "takendown, suspended or deactivated: what signing in says of every account"),
            Switch(name: "tokenSeconds", initial: 7200, help: "Life of an access token"),
            Switch(name: "blobLimit", initial: 52_428_800, help: "Bytes of the largest blob that uploadBlob takes"),
            Switch(name: "forgetBlobs", initial: false, help: "The next record is refused because its blobs are gone (once)"),
            Switch(name: "processingPolls", initial: 2, help: "Status requests until a film is processed"),
            Switch(name: "videoFailure", initial: "", help: "A failureCode in which processing ends"),
            Switch(name: "videosLeft", initial: 25, help: "remainingDailyVideos; 0: no film may be uploaded"),
        ]
        store = Store(Self.initialState(switches: switches)) { state in
            for (username, name) in SamplePeople.all {
                state.accounts.add(Self.account(name: name, username: username, now: SamplePeople.since))
            }
        }
    }

    var operations: [Operation] { sessions + records + blobs + videos + reads + pages }

    private var pages: [Operation] {
        [
            .page("bluesky.postPage", "/profile/{actor}/post/{key}") { call in
                let id = store.update { state in
                    Self.account(call.parameter("actor"), state).map { Self.uri($0.id, Self.post, call.parameter("key")) }
                }
                return PlatformPages.post(self, id ?? "", now: call.now)
            },
            .page("bluesky.profile", "/profile/{actor}") { call in
                let account = store.update { Self.account(call.parameter("actor"), $0) }
                return PlatformPages.profile(self, account?.username ?? "", now: call.now)
            },
        ]
    }

    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Self.account(name: name, username: username, now: now)
    }

    private static func account(name: String, username: String, now: Date) -> Account {
        let digest = Base32.text(SHA256.hash(data: Data(username.utf8)))
        return Account(id: "did:plc:\(digest.prefix(24))", username: username, name: name, kind: .person, createdAt: now)
    }

    static func handle(_ account: Account) -> String { account.username.replacingOccurrences(of: "_", with: "-") + ".bsky.example.com" }
    static func uri(_ did: String, _ collection: String, _ key: String) -> String { "at://\(did)/\(collection)/\(key)" }

    /// By DID, handle or user name.
    static func account(_ text: String, _ state: PlatformState) -> Account? {
        state.accounts.find(text) ?? state.accounts.people.first { handle($0) == text.lowercased() }
    }

    func caller(of call: Call, in state: PlatformState) -> Account? {
        guard let token = call.bearer else { return nil }
        return (state.grants[token] ?? state.grants.grant(refreshToken: token)).flatMap { state.accounts[$0.accountID] }
    }

    func rateHeaders(_ reading: RateReading) -> [(String, String)] {
        [
            ("ratelimit-limit", String(reading.limit)), ("ratelimit-remaining", String(reading.remaining)),
            ("ratelimit-reset", String(Int(reading.resetsAt.timeIntervalSince1970))), ("ratelimit-policy", "\(reading.limit);w=300"),
        ]
    }

    func tooManyRequests(_ reading: RateReading) -> Reply { Self.error("RateLimitExceeded", "Rate Limit Exceeded", 429).reply }

    func failure(status: Int) -> Reply {
        let names = [404: ("XRPCNotSupported", "XRPCNotSupported"), 413: ("PayloadTooLarge", "request entity too large")]
        let (name, message) = names[status] ?? ("InvalidRequest", "Bad request")
        return Self.error(name, message, status).reply
    }

    func profilePath(_ account: Account) -> String { "/profile/\(Self.handle(account))" }

    func postPath(_ publication: Publication, author: Account) -> String {
        "\(profilePath(author))/post/\(publication.id.split(separator: "/").last ?? "")"
    }

    func remarks(on publication: Publication) -> [String] {
        let details = publication.details
        var remarks: [String] = []
        let values = (details["labels"]?["values"]?.array ?? []).compactMap { $0["val"]?.string }
        if !values.isEmpty { remarks.append("Labels: " + values.joined(separator: ", ")) }
        if let languages = details["langs"]?.strings { remarks.append("Languages: " + languages.joined(separator: ", ")) }
        if let card = details["embed"]?["external"]?["uri"]?.string { remarks.append("Card: \(card)") }
        if let quote = (details["embed"]?["record"]?["record"] ?? details["embed"]?["record"])?["uri"]?.string { remarks.append("Quotes: \(quote)") }
        let features = (details["facets"]?.array ?? []).flatMap { $0["features"]?.array ?? [] }
        let marked = features.compactMap { ($0["uri"] ?? $0["did"] ?? $0["tag"])?.string }
        if !marked.isEmpty { remarks.append("Marked: " + marked.joined(separator: ", ")) }
        if details["threadgate"] != nil { remarks.append("Replies are limited") }
        if details["postgate"] != nil { remarks.append("Cannot be quoted") }
        return remarks
    }

    func environment(origin: String) -> [(String, String)] { [("BLUESKY_API_BASE_URL", origin + prefix)] }

    // MARK: What every call needs

    static func error(_ name: String, _ message: String, _ status: Int = 400) -> Refusal {
        Refusal(["error": .string(name), "message": .string(message)], status: status)
    }

    static func invalid(_ message: String) -> Refusal { error("InvalidRequest", message) }

    /// A handler for calls in a user's name.
    func user(_ body: @escaping @Sendable (inout PlatformState, Account, Call) throws -> Reply) -> @Sendable (Call) async throws -> Reply {
        { call in try store.update { state in try body(&state, try authenticate(call, state), call) } }
    }

    /// Whose access token the call carries; `method` for tokens that a server made out for another service.
    func authenticate(_ call: Call, for method: String? = nil, _ state: PlatformState) throws -> Account {
        guard let token = call.bearer else { throw Self.error("AuthMissing", "Authentication Required", 401) }
        switch state.check(token: token, now: call.now) {
        case .unknown, .revoked: throw Self.error("InvalidToken", "Token could not be verified")
        case .expired: throw Self.error("ExpiredToken", "Token has expired")
        case .valid(let grant, let account):
            guard grant.scopes == Set([method ?? "com.atproto.appPass"]) else { throw Self.error("InvalidToken", "Bad token scope") }
            return account
        }
    }

    static func body(_ call: Call) throws -> JSON {
        guard let json = call.json, json.object != nil else { throw invalid("Expected application/json body") }
        return json
    }
}

/// RFC 4648 base 32 in lower case without padding, as identifiers of content use it.
enum Base32 {
    private static let signs = Array("abcdefghijklmnopqrstuvwxyz234567")

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var (out, buffer, bits) = ("", 0, 0)
        for byte in bytes {
            buffer = (buffer << 8 | Int(byte)) & 0xFFFF
            bits += 8
            while bits >= 5 {
                bits -= 5
                out.append(signs[buffer >> bits & 31])
            }
        }
        if bits > 0 { out.append(signs[buffer << (5 - bits) & 31]) }
        return out
    }
}

/// Identifiers of content (CID, version 1, SHA-256).
enum ContentID {
    /// Of a blob, from the lower-case hex digest of its bytes.
    static func blob(sha256 hex: String) -> String {
        let digits = Array(hex)
        return make(0x55, stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) })
    }

    /// Of a record. The digest is that of its JSON, where the real one is that of its CBOR.
    static func record(_ value: JSON) -> String { make(0x71, Array(SHA256.hash(data: Data(value.text.utf8)))) }

    private static func make(_ codec: UInt8, _ digest: [UInt8]) -> String { "b" + Base32.text([1, codec, 0x12, 0x20] + digest) }
}
