import Foundation
import HTTPTypes

/// Pinterest: OAuth 2 and API v5.
struct Pinterest: SimulatedPlatform {
    let name = "pinterest"
    let title = "Pinterest"
    let colour = "oklch(0.5 0.21 20)"
    let allScopes = [
        "boards:read", "boards:write", "pins:read", "pins:write", "user_accounts:read", "boards:read_secret", "boards:write_secret",
        "pins:read_secret", "pins:write_secret",
    ]
    let switches: [Switch]
    let store: Store

    init(_ options: SimulatorOptions) {
        switches = [
            .autoApprove(options.autoApprove), .enforceRateLimits(options.enforceRateLimits),
            Switch(name: "trialAccess", initial: false, help: "403 (29) to every new pin"),
            Switch(name: "processingPolls", initial: 2, help: "Status requests until a video is processed"),
            Switch(name: "failingVideos", initial: 0, help: "So many videos fail"),
            Switch(name: "dayStatus", initial: "READY", help: "data_status of the days of reports"),
            Switch(name: "pageSize", initial: 250, help: "The most items on one page"),
            Switch(name: "timesWithoutZone", initial: true, help: "created_at has no zone"),
        ]
        var state = Self.initialState(switches: switches)
        let app = RegisteredApp(id: "sim-pinterest-id", secret: "sim-pinterest-secret", name: "Postiz")
        state.apps[app.id] = app
        store = Store(state) { state in
            for (username, name) in SamplePeople.all {
                state.accounts.add(Self.account(name: name, username: username, in: &state, now: SamplePeople.since))
            }
        }
    }

    var operations: [Operation] { authorisation + boards + media + pins + reports + pages }

    private var pages: [Operation] {
        [
            .page("pinterest.pinPage", "/pin/{id}") { call in PlatformPages.post(self, call.parameter("id"), now: call.now) },
            .page("pinterest.profile", "/{username}") { call in PlatformPages.profile(self, call.parameter("username"), now: call.now) },
        ]
    }

    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Self.account(name: name, username: username, in: &state, now: now)
    }

    /// Everybody has two boards, with numbers that are the same in every run, and the first one has a section.
    private static func account(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        let account = Account(id: number(username), username: username, name: name, kind: .person, createdAt: now)
        for (board, privacy) in [("Recipes", "PUBLIC"), ("Places", "SECRET")] {
            let id = number(username + board)
            state.records["board:\(account.id):\(id)"] = [
                "id": .string(id), "name": .string(board), "description": "", "privacy": .string(privacy), "owner": ["username": .string(username)],
                "sections": privacy == "PUBLIC" ? [["id": .string(number(id)), "name": "Soups"]] : [],
            ]
        }
        return account
    }

    /// The number of the board that an account has under this name.
    static func number(_ text: String) -> String { String(100_000_000_000 + Encoding.stableHash(text) % 800_000_000_000) }

    func board(_ id: String, of account: Account, _ state: PlatformState) -> JSON? { state.records["board:\(account.id):\(id)"] }

    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant {
        let grant = Grant(
            token: Encoding.token("pina_", bytes: 40), refreshToken: Encoding.token("pinr_", bytes: 40), appID: app, accountID: account,
            scopes: Set(scopes), issuedAt: now, expiresAt: now.addingTimeInterval(2_592_000), refreshExpiresAt: now.addingTimeInterval(5_184_000))
        state.grants.add(grant)
        return grant
    }

    func caller(of call: Call, in state: PlatformState) -> Account? {
        call.bearer.flatMap { state.grants[$0] }.flatMap { state.accounts[$0.accountID] }
    }

    func rateHeaders(_ reading: RateReading) -> [(String, String)] {
        [
            ("x-ratelimit-limit", String(reading.limit)), ("x-ratelimit-remaining", String(reading.remaining)),
            ("x-ratelimit-reset", String(max(1, Int(reading.resetsAt.timeIntervalSinceNow.rounded(.up))))),
        ]
    }

    func tooManyRequests(_ reading: RateReading) -> Reply {
        PinterestProblem.reply(429, 8, "You have exceeded your rate limit. Try again later.")
    }

    func failure(status: Int) -> Reply { PinterestProblem.reply(status, 0, status == 404 ? "Not found." : "Invalid request.") }

    func profilePath(_ account: Account) -> String { "/\(account.username)/" }
    func postPath(_ publication: Publication, author: Account) -> String { "/pin/\(publication.id)/" }

    func remarks(on publication: Publication) -> [String] {
        let details = publication.details
        return [("Title", "title"), ("Link", "link"), ("Board", "board_id"), ("Section", "board_section_id"), ("Colour", "dominant_color")]
            .compactMap { label, name in details[name]?.string.map { "\(label): \($0)" } }
            + (details["media_source"]?["items"]?.array ?? []).enumerated().compactMap { number, item in
                let words = ["title", "description", "link"].compactMap { item[$0]?.string }
                return words.isEmpty ? nil : "Picture \(number + 1): \(words.joined(separator: " · "))"
            }
    }

    func environment(origin: String) -> [(String, String)] {
        [
            ("PINTEREST_API_BASE_URL", origin + prefix), ("PINTEREST_CLIENT_ID", sampleApp.id),
            ("PINTEREST_CLIENT_SECRET", sampleApp.secret),
        ]
    }

    // MARK: Every API call

    /// A handler for calls in a person's name; the token must carry all of the scopes.
    func api(
        _ scopes: [String], _ body: @escaping @Sendable (inout PlatformState, Account, Call) throws -> Reply
    ) -> @Sendable (Call) async throws -> Reply {
        { call in
            try store.update { state in try body(&state, try authenticate(call, scopes, state), call) }
        }
    }

    func authenticate(_ call: Call, _ scopes: [String], _ state: PlatformState) throws -> Account {
        guard let token = call.bearer, case .valid(let grant, let account) = state.check(token: token, now: call.now) else {
            throw PinterestProblem.refusal(401, 2, "Authentication failed.")
        }
        let missing = scopes.filter { !grant.scopes.contains($0) }
        guard missing.isEmpty else {
            throw PinterestProblem.refusal(
                401, 3, "Your token does not have the required scopes to complete this operation: \(missing.joined(separator: ", "))")
        }
        return account
    }
}

/// An error as Pinterest writes it.
enum PinterestProblem {
    static func reply(_ status: Int, _ code: Int, _ message: String) -> Reply {
        .json(["code": .int(code), "message": .string(message)], status: status)
    }

    static func refusal(_ status: Int, _ code: Int, _ message: String) -> Refusal { Refusal(reply(status, code, message)) }
    static func invalid(_ message: String) -> Refusal { refusal(400, 1, "Invalid request: \(message)") }
}
