import Foundation
import HTTPTypes

/// TikTok: the Content Posting API and what the Display API tells of it.
struct TikTok: SimulatedPlatform {
    let name = "tiktok"
    let title = "TikTok"
    let colour = "oklch(0.45 0.16 10)"
    let allScopes = ["user.info.basic", "user.info.profile", "user.info.stats", "video.list", "video.publish", "video.upload"]
    let switches: [Switch]
    let store: Store

    init(_ options: SimulatorOptions) {
        switches = [
            .autoApprove(options.autoApprove), .enforceRateLimits(options.enforceRateLimits),
            Switch(name: "processingPolls", initial: 1, help: "Status requests until a post is complete"),
            Switch(name: "idPolls", initial: 1, help: "Further ones until the id of a public post is told"),
            Switch(name: "failReason", initial: "", help: "A fail_reason in which processing ends"),
            Switch(name: "failures", initial: 1, help: "How many posts fail so"),
            Switch(name: "creatorError", initial: "", help: "An error code of creator_info, with status 200"),
            Switch(name: "initError", initial: "", help: "An error code of every init, with status 403"),
            Switch(name: "privateAccount", initial: false, help: "The account is private: followers in place of everyone"),
            Switch(name: "commentDisabled", initial: false, help: "The account has turned comments off"),
            Switch(name: "maxDuration", initial: 600, help: "max_video_post_duration_sec"),
            Switch(name: "verifiedPrefix", initial: "", help: "The beginning of addresses that were verified; empty: all"),
            Switch(name: "uploadSeconds", initial: 3600, help: "Life of an upload address"),
            Switch(name: "deselectedScope", initial: "", help: "A scope that people untick on the consent page"),
            Switch(name: "dailyPosts", initial: 15, help: "Direct posts in 24 hours"),
        ]
        store = Store(Self.initialState(switches: switches)) { state in
            state.apps["sim-tiktok-id"] = RegisteredApp(id: "sim-tiktok-id", secret: "sim-tiktok-secret", name: "Postiz")
            for (username, name) in SamplePeople.all {
                state.accounts.add(Self.account(name: name, username: username, now: SamplePeople.since))
            }
        }
    }

    var operations: [Operation] { authorisation + publishing + uploads + reads + pages }

    private var pages: [Operation] {
        [.page("tiktok.postPage", "/@{username}/video/{id}") { call in PlatformPages.post(self, call.parameter("id"), now: call.now) }]
    }

    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Self.account(name: name, username: username, now: now)
    }

    private static func account(name: String, username: String, now: Date) -> Account {
        let hash = String(Encoding.stableHash(username), radix: 16)
        return Account(id: "-000\(hash)", username: username, name: name, kind: .person, createdAt: now)
    }

    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant {
        let grant = Grant(
            token: Encoding.token("act.", bytes: 40), refreshToken: Encoding.token("rft.", bytes: 40), appID: app, accountID: account,
            scopes: Set(scopes), issuedAt: now, expiresAt: now.addingTimeInterval(7200), refreshExpiresAt: now.addingTimeInterval(15_552_000))
        state.grants.add(grant)
        return grant
    }

    func caller(of call: Call, in state: PlatformState) -> Account? {
        call.bearer.flatMap { state.grants[$0] }.flatMap { state.accounts[$0.accountID] }
    }

    func rateHeaders(_ reading: RateReading) -> [(String, String)] { [] }

    func tooManyRequests(_ reading: RateReading) -> Reply {
        Self.refusal(429, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.").reply
    }

    func failure(status: Int) -> Reply { Self.refusal(status, "invalid_param", "Unsupported path or body").reply }

    func profilePath(_ account: Account) -> String { "/@" + account.username }
    func postPath(_ publication: Publication, author: Account) -> String { "/@\(author.username)/video/\(publication.id)" }

    func remarks(on publication: Publication) -> [String] {
        guard let info = publication.details["post_info"]?.object else { return [] }
        return info.sorted { $0.key < $1.key }.compactMap { name, value in
            ["title", "description"].contains(name) && value.string == publication.text ? nil : "\(name): \(value.string ?? value.text)"
        }
    }

    func environment(origin: String) -> [(String, String)] {
        [("TIKTOK_API_BASE_URL", origin + prefix), ("TIKTOK_CLIENT_ID", sampleApp.id), ("TIKTOK_CLIENT_SECRET", sampleApp.secret)]
    }

    // MARK: What every call needs

    static func reply(_ data: JSON) -> Reply {
        .json(["data": data, "error": ["code": "ok", "message": "", "log_id": "20261127120000A1B2C3"]])
    }

    static func refusal(_ status: Int, _ code: String, _ message: String) -> Refusal {
        Refusal(
            ["data": [:], "error": ["code": .string(code), "message": .string(message), "log_id": "20261127120000A1B2C3"]], status: status)
    }

    static func invalid(_ message: String) -> Refusal { refusal(400, "invalid_param", message) }

    /// A handler for calls in a person's name with this scope.
    func user(
        _ scope: String, _ body: @escaping @Sendable (inout PlatformState, Account, Call) throws -> Reply
    ) -> @Sendable (Call) async throws -> Reply {
        { call in try store.update { state in try body(&state, try authenticate(call, scope, state), call) } }
    }

    func authenticate(_ call: Call, _ scope: String, _ state: PlatformState) throws -> Account {
        guard let token = call.bearer, case .valid(let grant, let account) = state.check(token: token, now: call.now) else {
            throw Self.refusal(401, "access_token_invalid", "The access token is invalid or not found in the request.")
        }
        guard grant.scopes.contains(scope) else {
            throw Self.refusal(401, "scope_not_authorized", "The user did not authorize the scope required for completing this request.")
        }
        return account
    }

    static func body(_ call: Call) throws -> JSON {
        guard call.contentType.lowercased().hasPrefix("application/json"), let json = call.json, json.object != nil else {
            throw invalid("The body must be a JSON object")
        }
        return json
    }
}
