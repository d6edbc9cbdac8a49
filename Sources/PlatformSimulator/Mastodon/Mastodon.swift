import Foundation
import HTTPTypes

/// One Mastodon instance.
struct Mastodon: SimulatedPlatform {
    let name = "mastodon"
    let title = "Mastodon"
    let colour = "oklch(0.52 0.22 285)"
    static let scopes = [
        "read", "read:accounts", "read:statuses", "write", "write:statuses", "write:media", "profile", "follow", "push",
    ]
    var allScopes: [String] { Self.scopes }
    let switches: [Switch]
    let store: Store

    static let maxAttachments = 4
    static let descriptionLimit = 1500
    static let imageSizeLimit = 16_777_216
    static let videoSizeLimit = 103_809_024
    static let types = [
        "image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/avif", "video/mp4", "video/x-m4v", "video/quicktime",
        "video/webm", "audio/mpeg", "audio/ogg", "audio/wav", "audio/flac", "audio/mp4", "audio/webm",
    ]
    static let all = RateLimit("all", 300, .seconds(300))

    init(_ options: SimulatorOptions) {
        switches = [
            .autoApprove(options.autoApprove), .enforceRateLimits(options.enforceRateLimits),
            Switch(
                name: "server", initial: .string(MastodonServer.mastodon.rawValue),
                help: "Whose ways it has: \(MastodonServer.allCases.map(\.rawValue).joined(separator: ", "))"),
            Switch(name: "reuseTokens", initial: false, help: "An account that connects an app again gets the token that it has"),
            Switch(name: "discovery404", initial: false, help: "An older server: no /.well-known/oauth-authorization-server"),
            Switch(name: "idempotency", initial: true, help: "Idempotency-Key is honoured (off: as on some other fediverse servers)"),
            Switch(name: "idempotencyWindow", initial: 3600, help: "Seconds for which an Idempotency-Key is remembered"),
            Switch(name: "processingPolls", initial: 2, help: "Status requests (206) until a video, GIF or audio file is processed"),
            Switch(name: "videoFailure", initial: false, help: "Processing ends in 422"),
            Switch(name: "polls", initial: true, help: "The server makes polls (off: it leaves them out without a word)"),
        ]
        store = Store(Self.initialState(switches: switches)) { state in
            state.apps["sim-mastodon-id"] = RegisteredApp(id: "sim-mastodon-id", secret: "sim-mastodon-secret", name: "Postiz")
            for (username, name) in SamplePeople.all {
                state.accounts.add(Self.account(name: name, username: username, in: &state, now: SamplePeople.since))
            }
        }
    }

    var operations: [Operation] { authorisation + descriptions + statuses + media + pages }

    private var pages: [Operation] {
        [
            .page("mastodon.postPage", "/@{username}/{id}") { call in PlatformPages.post(self, call.parameter("id"), now: call.now) },
            .page("mastodon.postPage", "/statuses/{id}") { call in
                store.update { state in
                    guard let post = state.timeline[call.parameter("id")], let author = state.accounts[post.author] else {
                        return .empty(404)
                    }
                    return .redirect(call.base + postPath(post, author: author))
                }
            },
        ]
    }

    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Self.account(name: name, username: username, in: &state, now: now)
    }

    private static func account(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Account(id: newID(in: &state, now: now), username: username, name: name, kind: .person, createdAt: now)
    }

    /// Milliseconds above 16 bits, as Mastodon does.
    static func newID(in state: inout PlatformState, now: Date) -> String { state.nextID(now: now, shift: 16) }

    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant {
        if state.isOn("reuseTokens"), let known = state.grants.living(account: account, app: app, scopes: Set(scopes)) { return known }
        let grant = Grant(token: Encoding.token(bytes: 32), appID: app, accountID: account, scopes: Set(scopes), issuedAt: now)
        state.grants.add(grant)
        return grant
    }

    func caller(of call: Call, in state: PlatformState) -> Account? {
        call.bearer.flatMap { state.grants[$0] }.flatMap { state.accounts[$0.accountID] }
    }

    func rateHeaders(_ reading: RateReading) -> [(String, String)] {
        [
            ("x-ratelimit-limit", String(reading.limit)), ("x-ratelimit-remaining", String(reading.remaining)),
            ("x-ratelimit-reset", Encoding.iso8601(reading.resetsAt)),
        ]
    }

    func tooManyRequests(_ reading: RateReading) -> Reply { .json(["error": "Too many requests"], status: 429) }

    func failure(status: Int) -> Reply {
        let words: [Int: JSON] = [404: "Record not found", 413: "Payload too large"]
        return .json(["error": words[status] ?? "Bad request"], status: status)
    }

    func profilePath(_ account: Account) -> String { "/@" + account.username }
    func postPath(_ publication: Publication, author: Account) -> String { "/@\(author.username)/\(publication.id)" }

    func remarks(on publication: Publication) -> [String] {
        let details = publication.details
        var remarks: [String] = []
        if let warning = details["spoiler_text"]?.string, !warning.isEmpty { remarks.append("Content warning: \(warning)") }
        if let visibility = details["visibility"]?.string, visibility != "public" { remarks.append("Visibility: \(visibility)") }
        if let options = details["poll"]?["options"]?.strings { remarks.append("Poll: " + options.joined(separator: " / ")) }
        if let language = details["language"]?.string { remarks.append("Language: \(language)") }
        return remarks
    }

    func environment(origin: String) -> [(String, String)] {
        [
            ("MASTODON_URL", origin + prefix), ("MASTODON_CLIENT_ID", sampleApp.id), ("MASTODON_CLIENT_SECRET", sampleApp.secret),
        ]
    }

    // MARK: What every call needs

    static func error(_ words: String, _ status: Int) -> Refusal { Refusal(["error": .string(words)], status: status) }

    /// A handler for calls in a user's name; the token must carry one of the scopes.
    func user(
        _ scopes: [String], _ body: @escaping @Sendable (inout PlatformState, Account, Call) throws -> Reply
    ) -> @Sendable (Call) async throws -> Reply {
        { call in try store.update { state in try body(&state, try authenticate(call, scopes, &state), call) } }
    }

    func authenticate(_ call: Call, _ scopes: [String], _ state: inout PlatformState) throws -> Account {
        publishDue(&state, now: call.now)
        let server = state.server
        guard let token = call.bearer else { throw server.tokenRefused("The access token is invalid", call) }
        switch state.check(token: token, now: call.now) {
        case .unknown: throw server.tokenRefused("The access token is invalid", call)
        case .revoked: throw server.tokenRefused("The access token was revoked", call)
        case .expired: throw server.tokenRefused("The access token expired", call)
        case .valid(let grant, let account):
            let reads = scopes.contains { $0.hasPrefix("read") || $0 == "profile" }
            if server.wantsWholeScopes, reads, !grant.scopes.contains("read") { throw Self.error("out_of_scope_for_token", 403) }
            guard scopes.isEmpty || scopes.contains(where: { grant.allows($0) }) else {
                throw Self.error("This action is outside the authorized scopes", 403)
            }
            return account
        }
    }

    /// The body of a call as one JSON object, whether it came as JSON or as a form (`poll[options][]=a`).
    static func parameters(_ call: Call) throws -> JSON {
        if call.isForm { return nested(call.form) }
        if call.body.readableBytes == 0 { return .object([:]) }
        guard let json = call.json, json.object != nil else { throw error("Validation failed: body is not JSON", 400) }
        return json
    }

    static func nested(_ pairs: [(String, String)]) -> JSON {
        pairs.reduce(JSON.object([:])) { result, pair in
            let keys = pair.0.split(separator: "[", omittingEmptySubsequences: false).map { $0.hasSuffix("]") ? $0.dropLast() : $0 }
            return put(pair.1, at: keys[...], in: result)
        }
    }

    private static func put(_ value: String, at keys: ArraySlice<Substring>, in old: JSON?) -> JSON {
        guard let key = keys.first else { return .string(value) }
        if key.isEmpty { return .array((old?.array ?? []) + [put(value, at: keys.dropFirst(), in: nil)]) }
        var members = old?.object ?? [:]
        members[String(key)] = put(value, at: keys.dropFirst(), in: members[String(key)])
        return .object(members)
    }
}

extension Grant {
    /// `write` includes `write:statuses`.
    fileprivate func allows(_ scope: String) -> Bool {
        scopes.contains(scope) || scopes.contains(String(scope.prefix { $0 != ":" }))
    }
}
