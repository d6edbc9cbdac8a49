import Foundation
import HTTPTypes

/// Threads: containers that fetch their files, become ready after some reads of their status, and are published once.
struct Threads: SimulatedPlatform {
    let name = "threads"
    let title = "Threads"
    let colour = "oklch(0.3 0.01 270)"
    static let scopes = [
        "threads_basic", "threads_content_publish", "threads_manage_replies", "threads_read_replies", "threads_manage_insights",
        "threads_delete", "threads_manage_mentions", "threads_keyword_search", "threads_location_tagging", "threads_profile_discovery",
        "threads_share_to_instagram",
    ]
    let allScopes = Array(Self.scopes.prefix(6))
    let switches: [Switch]
    let store: Store

    static let calls = RateLimit("calls", 48_000, .seconds(86_400))

    init(_ options: SimulatorOptions) {
        switches = [
            .autoApprove(options.autoApprove), .enforceRateLimits(options.enforceRateLimits),
            Switch(name: "processingPolls", initial: 1, help: "Status requests until a container is FINISHED, also of a text"),
            Switch(name: "containerFailure", initial: "", help: "An error_message with which containers of files end in ERROR"),
            Switch(name: "containerSeconds", initial: 86_400, help: "Seconds until a container EXPIRED"),
            Switch(name: "permalinkFails", initial: false, help: "Reading a published post is answered with 500"),
            Switch(name: "listLag", initial: 0, help: "Seconds until a new post shows in lists"),
            Switch(name: "postQuota", initial: 250, help: "Posts in 24 hours"),
            Switch(name: "replyQuota", initial: 1000, help: "Replies in 24 hours"),
            Switch(name: "deleteQuota", initial: 100, help: "Removals in 24 hours"),
            Switch(name: "featureMissing", initial: "", help: "A field that this account may not use: THREADS_API__FEATURE_NOT_AVAILABLE"),
            Switch(name: "restricted", initial: false, help: "The account is restricted (4279013)"),
        ]
        store = Store(Self.initialState(switches: switches)) { state in
            state.apps["sim-threads-id"] = RegisteredApp(id: "sim-threads-id", secret: "sim-threads-secret", name: "Postiz")
            for (username, name) in SamplePeople.all {
                state.accounts.add(Self.account(name: name, username: username, in: &state, now: SamplePeople.since))
            }
        }
    }

    var operations: [Operation] { authorisation + containers + reads + pages }

    private var pages: [Operation] {
        [
            .page("threads.postPage", "/@{username}/post/{code}") { call in
                let id = UInt64(call.parameter("code"), radix: 36).map { String($0) }
                return PlatformPages.post(self, id ?? "", now: call.now)
            }
        ]
    }

    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Self.account(name: name, username: username, in: &state, now: now)
    }

    private static func account(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Account(id: newID(in: &state, now: now), username: username, name: name, kind: .person, createdAt: now)
    }

    /// Seventeen digits: more than a double can hold.
    static func newID(in state: inout PlatformState, now: Date) -> String { state.nextID(now: now, shift: 13) }

    /// A token as it is after the exchange: sixty days.
    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant {
        grant(account: account, app: app, scopes: Set(scopes), seconds: 5_184_000, in: &state, now: now)
    }

    func grant(account: String, app: String, scopes: Set<String>, seconds: Double, in state: inout PlatformState, now: Date) -> Grant {
        let grant = Grant(
            token: Encoding.token("THAA", bytes: 60), appID: app, accountID: account, scopes: scopes, issuedAt: now,
            expiresAt: now.addingTimeInterval(seconds))
        state.grants.add(grant)
        return grant
    }

    static func token(_ call: Call) -> String? { call.query("access_token") ?? call.bearer ?? call.form("access_token") }

    func caller(of call: Call, in state: PlatformState) -> Account? {
        Self.token(call).flatMap { state.grants[$0] }.flatMap { state.accounts[$0.accountID] }
    }

    func rateHeaders(_ reading: RateReading) -> [(String, String)] {
        let used = JSON.int(100 * (reading.limit - reading.remaining) / max(1, reading.limit))
        let usage: [String: JSON] = ["call_count": used, "total_cputime": 1, "total_time": 1]
        let minutes = reading.exceeded ? max(1, Int((reading.resetsAt.timeIntervalSinceNow / 60).rounded(.up))) : 0
        let business = JSON.object(usage.merging(["type": "threads", "estimated_time_to_regain_access": .int(minutes)]) { $1 })
        return [("x-app-usage", JSON.object(usage).text), ("x-business-use-case-usage", JSON.object(["17841400000000000": [business]]).text)]
    }

    func tooManyRequests(_ reading: RateReading) -> Reply {
        ThreadsFailure(403, 4, "(#4) Application request limit reached", isTransient: true).reply
    }

    func failure(status: Int) -> Reply { ThreadsFailure(status, 2500, "Unknown path components").reply }

    func profilePath(_ account: Account) -> String { "/@" + account.username }

    func postPath(_ publication: Publication, author: Account) -> String {
        "/@\(author.username)/post/\(String(UInt64(publication.id) ?? 0, radix: 36))"
    }

    func remarks(on publication: Publication) -> [String] {
        let words = [
            ("reply_control", "Replies"), ("topic_tag", "Topic"), ("link_attachment", "Card"), ("poll_attachment", "Poll"),
            ("text_attachment", "Long text"), ("gif_attachment", "GIF"), ("quote_post_id", "Quotes"), ("location_id", "Place"),
            ("allowlisted_country_codes", "Seen in"), ("is_spoiler_media", "Spoiler"), ("text_entities", "Hidden words"),
            ("is_ghost_post", "Vanishes after a day"),
            ("enable_reply_approvals", "Replies are approved"), ("crossreshare_to_ig", "Shared to Instagram"),
        ]
        return words.compactMap { field, words in publication.details[field]?.string.map { "\(words): \($0)" } }
    }

    func environment(origin: String) -> [(String, String)] {
        [("THREADS_API_BASE_URL", origin + prefix), ("THREADS_APP_ID", sampleApp.id), ("THREADS_APP_SECRET", sampleApp.secret)]
    }

    // MARK: What every call needs

    /// A handler for calls in a person's name with these scopes.
    func user(
        _ scopes: String..., body: @escaping @Sendable (inout PlatformState, Account, Call) throws -> Reply
    ) -> @Sendable (Call) async throws -> Reply {
        { call in try store.update { state in try body(&state, try authenticate(call, scopes, state), call) } }
    }

    func authenticate(_ call: Call, _ scopes: [String], _ state: PlatformState) throws -> Account {
        let grant: Grant
        let account: Account
        switch Self.token(call).map({ state.check(token: $0, now: call.now) }) {
        case nil, .unknown: throw ThreadsFailure(400, 190, "Error validating access token: Invalid OAuth access token").refusal
        case .revoked: throw ThreadsFailure(400, 190, "Error validating access token: The user has not authorized application", subcode: 458).refusal
        case .expired: throw ThreadsFailure(400, 190, "Error validating access token: Session has expired", subcode: 463).refusal
        case .valid(let found, let person): (grant, account) = (found, person)
        }
        for scope in ["threads_basic"] + scopes where !grant.scopes.contains(scope) {
            throw ThreadsFailure(403, 10, "(#10) Application does not have permission for this action: \(scope)").refusal
        }
        let user = call.parameters["user"]
        guard user == nil || user == "me" || user == account.id else { throw ThreadsFailure.missing(user ?? "").refusal }
        return account
    }
}

/// The error envelope of the Graph API.
struct ThreadsFailure {
    let status: Int
    let code: Int
    let message: String
    var subcode: Int?
    var isTransient = false

    init(_ status: Int, _ code: Int, _ message: String, subcode: Int? = nil, isTransient: Bool = false) {
        (self.status, self.code, self.message, self.subcode, self.isTransient) = (status, code, message, subcode, isTransient)
    }

    var reply: Reply {
        .json(
            [
                "error": .compact([
                    "message": .string(message), "type": "OAuthException", "code": .int(code), "error_subcode": subcode.map { .int($0) },
                    "is_transient": .bool(isTransient), "fbtrace_id": "A1b2C3d4E5f6",
                ])
            ], status: status)
    }

    var refusal: Refusal { Refusal(reply) }

    static func invalid(_ message: String) -> ThreadsFailure { ThreadsFailure(400, 100, message) }

    static func missing(_ id: String) -> ThreadsFailure {
        ThreadsFailure(
            400, 100,
            "Unsupported request. Object with ID '\(id)' does not exist, cannot be loaded due to missing permissions, or does not support this operation",
            subcode: 33)
    }

    static let notReady = ThreadsFailure(400, 24, "The requested resource does not exist", subcode: 4_279_009)
}
