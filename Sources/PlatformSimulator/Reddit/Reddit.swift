import Foundation
import HTTPTypes

/// Reddit: OAuth 2, uploads through leases, posts in communities, comments.
struct Reddit: SimulatedPlatform {
    let name = "reddit"
    let title = "Reddit"
    let colour = "oklch(0.63 0.23 35)"
    static let scopes = [
        "identity", "submit", "read", "flair", "history", "edit", "mysubreddits", "save", "vote", "subscribe", "privatemessages",
    ]
    var allScopes: [String] { Self.scopes }
    let switches: [Switch]
    let store: Store

    /// 100 calls a minute, averaged over ten.
    static let all = RateLimit("all", 1000, .seconds(600))

    init(_ options: SimulatorOptions) {
        switches = [
            .autoApprove(options.autoApprove), .enforceRateLimits(options.enforceRateLimits),
            Switch(
                name: "postingLimit", initial: "",
                help: "RATELIMIT to every post: refuse, words (no seconds told), or created (it was made all the same)"),
            Switch(name: "refusal", initial: "", help: "A code with which every post and comment is refused: IN_TIMEOUT"),
            Switch(name: "removal", initial: "", help: "What became of every post, as removed_by_category: automod_filtered, moderator, reddit"),
            Switch(name: "mediaPolls", initial: 2, help: "Reads of the author's list until a post of a file appears in it"),
            Switch(name: "mediaFailure", initial: false, help: "Files are never processed: their posts do not appear"),
            Switch(name: "tellsComments", initial: true, help: "Off: comments are accepted and not told"),
        ]
        store = Store(Self.initialState(switches: switches)) { state in
            state.apps["sim-reddit-id"] = RegisteredApp(id: "sim-reddit-id", secret: "sim-reddit-secret", name: "Postiz")
            for (username, name) in SamplePeople.all {
                state.accounts.add(Self.account(name: name, username: username, now: SamplePeople.since))
            }
        }
    }

    var operations: [Operation] { authorisation + uploads + submissions + comments + reading + communityReads + pages }

    private var pages: [Operation] {
        [
            .page("reddit.postPage", "/r/{community}/comments/{id}/{slug}") { call in
                PlatformPages.post(self, "t3_" + call.parameter("id"), now: call.now)
            },
            .page("reddit.commentPage", "/r/{community}/comments/{id}/{slug}/{comment}") { call in
                PlatformPages.post(self, "t1_" + call.parameter("comment"), now: call.now)
            },
            .page("reddit.userPage", "/user/{username}") { call in PlatformPages.profile(self, call.parameter("username"), now: call.now) },
        ]
    }

    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Self.account(name: name, username: username, now: now)
    }

    private static func account(name: String, username: String, now: Date) -> Account {
        Account(id: String(Encoding.stableHash(username) % 2_000_000_000, radix: 36), username: username, name: name, kind: .person, createdAt: now)
    }

    /// `t3_1kh35wk`: the kind of thing and a growing number.
    static func newID(_ prefix: String, in state: inout PlatformState, now: Date) -> String {
        prefix + String(Int(state.nextID(now: now, shift: 0)) ?? 0, radix: 36)
    }

    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant {
        let grant = Grant(
            token: Encoding.token("eyJ", bytes: 60), refreshToken: Encoding.token(account + "-", bytes: 24), appID: app, accountID: account,
            scopes: Set(scopes), issuedAt: now, expiresAt: now.addingTimeInterval(86_400))
        state.grants.add(grant)
        return grant
    }

    func caller(of call: Call, in state: PlatformState) -> Account? {
        call.bearer.flatMap { state.grants[$0] }.flatMap { state.accounts[$0.accountID] }
    }

    func rateHeaders(_ reading: RateReading) -> [(String, String)] {
        [
            ("x-ratelimit-used", String(reading.limit - reading.remaining)), ("x-ratelimit-remaining", "\(reading.remaining).0"),
            ("x-ratelimit-reset", String(max(1, Int(reading.resetsAt.timeIntervalSinceNow.rounded(.up))))),
        ]
    }

    func tooManyRequests(_ reading: RateReading) -> Reply { .json(["message": "Too Many Requests", "error": 429], status: 429) }

    func failure(status: Int) -> Reply {
        let words: [Int: JSON] = [404: "Not Found", 413: "Payload Too Large"]
        return .json(["message": words[status] ?? "Bad Request", "error": .int(status)], status: status)
    }

    func profilePath(_ account: Account) -> String { "/user/" + account.username }

    func postPath(_ publication: Publication, author: Account) -> String {
        let details = publication.details
        let place = "/r/\(details["subreddit"]?.string ?? "test")/comments/"
        guard publication.id.hasPrefix("t1_") else { return "\(place)\(publication.id.dropFirst(3))/\(details["slug"]?.string ?? "post")/" }
        return "\(place)\(details["post"]?.string?.dropFirst(3) ?? "")/\(details["slug"]?.string ?? "comment")/\(publication.id.dropFirst(3))/"
    }

    func remarks(on publication: Publication) -> [String] {
        let details = publication.details
        guard let title = details["title"]?.string else { return [] }
        var remarks = ["Title: \(title)", "In r/\(details["subreddit"]?.string ?? "")"]
        if let url = details["url"]?.string { remarks.append("Link: \(url)") }
        if let shared = details["crosspost_parent"]?.string { remarks.append("Shares \(shared)") }
        if let flair = details["flair_text"]?.string { remarks.append("Flair: \(flair)") }
        if let options = details["options"]?.strings { remarks.append("Poll: " + options.joined(separator: " / ")) }
        for (name, label) in [("nsfw", "NSFW"), ("spoiler", "Spoiler")] where details[name]?.bool == true { remarks.append(label) }
        return remarks
    }

    func environment(origin: String) -> [(String, String)] {
        [
            ("REDDIT_API_BASE_URL", origin + prefix), ("REDDIT_CLIENT_ID", sampleApp.id), ("REDDIT_CLIENT_SECRET", sampleApp.secret),
        ]
    }

    // MARK: What every call needs

    static func plain(_ status: Int, _ words: String) -> Refusal { Refusal(["message": .string(words), "error": .int(status)], status: status) }

    /// A refusal within a success.
    static func refusal(_ code: String, _ words: String, _ field: String, ratelimit: JSON? = nil, data: JSON? = nil) -> Reply {
        .json(["json": .compact(["errors": [[.string(code), .string(words), .string(field)]], "ratelimit": ratelimit, "data": data])])
    }

    /// A handler for calls in a user's name with a token of that scope.
    func user(
        _ scope: String, _ body: @escaping @Sendable (inout PlatformState, Account, Call) throws -> Reply
    ) -> @Sendable (Call) async throws -> Reply {
        { call in try store.update { state in try body(&state, try authenticate(call, scope, state), call) } }
    }

    func authenticate(_ call: Call, _ scope: String, _ state: PlatformState) throws -> Account {
        try checkAgent(call)
        guard let token = call.bearer, case .valid(let grant, let account) = state.check(token: token, now: call.now) else {
            throw Self.plain(401, "Unauthorized")
        }
        guard grant.scopes.contains(scope) else {
            var reply = Self.plain(403, "Forbidden").reply
            reply.headers.append(("www-authenticate", "Bearer realm=\"reddit\", error=\"insufficient_scope\""))
            throw Refusal(reply)
        }
        return account
    }

    /// Clients that do not say which they are get next to nothing.
    func checkAgent(_ call: Call) throws {
        let agent = call.header("user-agent")?.lowercased() ?? ""
        let isKnownTool = ["python-requests", "curl", "java", "okhttp", "go-http-client", "python-urllib"].contains { agent.hasPrefix($0) }
        if agent.isEmpty || isKnownTool { throw Self.plain(429, "Too Many Requests") }
    }

    /// The fields of a form or a JSON body as text, lists as they are.
    static func fields(_ call: Call) -> [String: JSON] {
        if call.isForm { return Dictionary(call.form.map { ($0.0, JSON.string($0.1)) }) { $1 } }
        return call.json?.object ?? [:]
    }

    static func isTrue(_ value: JSON?) -> Bool { value?.bool ?? ["true", "True", "1"].contains(value?.string) }
}
