import Foundation
import HTTPTypes

/// Slack: every account is a workspace in which an app's bot writes.
struct Slack: SimulatedPlatform {
    let name = "slack"
    let title = "Slack"
    let colour = "oklch(0.45 0.16 330)"
    let allScopes = [
        "channels:read", "groups:read", "channels:join", "chat:write", "chat:write.public", "chat:write.customize", "files:read", "files:write",
        "users:read", "channels:history", "groups:history", "reactions:read",
    ]
    let switches: [Switch]
    let store: Store
    let clock: @Sendable () -> Date

    /// Calls of a minute, as Slack's tiers allow them.
    static let tier2 = RateLimit("tier2", 20, .seconds(60))
    static let tier3 = RateLimit("tier3", 50, .seconds(60))
    static let tier4 = RateLimit("tier4", 100, .seconds(60))
    /// Short bursts are tolerated.
    static let posting = RateLimit("chat.postMessage", 60, .seconds(60))

    init(_ options: SimulatorOptions) {
        clock = options.now
        switches = [
            .autoApprove(options.autoApprove), .enforceRateLimits(options.enforceRateLimits),
            Switch(name: "tokenRotation", initial: false, help: "Tokens end after twelve hours and are renewed"),
            Switch(name: "clientMsgId", initial: false, help: "A client_msg_id that was seen gives the first message again"),
            Switch(name: "shareReads", initial: 1, help: "Reads of a shared file until its message shows"),
            Switch(name: "withheldScope", initial: "", help: "A scope that workspaces do not give, though it was asked for"),
            Switch(name: "pageSize", initial: 1000, help: "The most entries on a page of a list"),
        ]
        store = Store(Self.initialState(switches: switches)) { state in
            state.apps["sim-slack-id"] = RegisteredApp(id: "sim-slack-id", secret: "sim-slack-secret", name: "Postiz")
            for (username, name) in SamplePeople.all {
                state.accounts.add(Self.workspace(name: name, username: username, in: &state, now: SamplePeople.since))
            }
        }
    }

    var operations: [Operation] { authorisation + conversations + messages + files + pages }

    private var pages: [Operation] {
        [
            .page("slack.teamPage", "/team/{team}") { call in PlatformPages.profile(self, call.parameter("team"), now: call.now) },
            .page("slack.messagePage", "/team/{team}/archives/{channel}/{message}") { call in
                PlatformPages.post(self, "\(call.parameter("channel")):\(Self.time(of: call.parameter("message")))", now: call.now)
            },
        ]
    }

    /// `p1503435956000247` is the message `1503435956.000247`.
    private static func time(of link: String) -> String {
        let digits = link.dropFirst()
        return "\(digits.dropLast(6)).\(digits.suffix(6))"
    }

    /// A letter, then letters and digits.
    static func newID(_ letter: String, in state: inout PlatformState, now: Date) -> String {
        let number = state.nextID(now: now, shift: 0)
        return "\(letter)0\(String(Int(number) ?? 0, radix: 36, uppercase: true))"
    }

    /// Seconds and microseconds, growing, and its own within the platform.
    static func newTime(in state: inout PlatformState, now: Date) -> String {
        let milliseconds = Int(state.nextID(now: now, shift: 0)) ?? 0
        return "\(milliseconds / 1000).\(String(format: "%03d", milliseconds % 1000))\(String(format: "%03d", milliseconds % 997))"
    }

    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Self.workspace(name: name, username: username, in: &state, now: now)
    }

    private static func workspace(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        let team = Account(id: newID("T", in: &state, now: now), username: username, name: name, kind: .person, createdAt: now)
        for channel in SlackChannelRecord.sample { channel.add(to: team, in: &state, now: now) }
        return team
    }

    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant {
        let withheld = state.switches["withheldScope"]?.string
        let rotates = state.isOn("tokenRotation")
        let grant = Grant(
            token: rotates ? Encoding.token("xoxe.xoxb-") : Encoding.token("xoxb-"), refreshToken: rotates ? Encoding.token("xoxe-1-") : nil,
            appID: app, accountID: account, scopes: Set(scopes.filter { $0 != withheld }), issuedAt: now,
            expiresAt: rotates ? now.addingTimeInterval(43_200) : nil)
        state.grants.add(grant)
        return grant
    }

    func caller(of call: Call, in state: PlatformState) -> Account? {
        let token = call.bearer ?? call.query("token")
        return token.flatMap { state.grants[$0] }.flatMap { state.accounts[$0.accountID] }
    }

    func rateHeaders(_ reading: RateReading) -> [(String, String)] { [] }

    func tooManyRequests(_ reading: RateReading) -> Reply {
        let left = max(1, reading.resetsAt.timeIntervalSince(clock()).rounded(.up))
        return .json(["ok": false, "error": "ratelimited"], status: 429, headers: [("retry-after", String(Int(left)))])
    }

    func failure(status: Int) -> Reply {
        status == 404 ? .json(["ok": false, "error": "unknown_method"]) : .json(["ok": false, "error": "invalid_form_data"])
    }

    func profilePath(_ account: Account) -> String { "/team/" + account.username }
    func postPath(_ publication: Publication, author: Account) -> String {
        let halves = publication.id.split(separator: ":")
        return "/team/\(author.username)/archives/\(halves.first ?? "")/p\(halves.last?.filter { $0 != "." } ?? "")"
    }

    func remarks(on publication: Publication) -> [String] {
        let details = publication.details
        var remarks: [String] = []
        if let name = details["channel_name"]?.string { remarks.append("In #\(name)") }
        if let name = details["username"]?.string { remarks.append("Shown as \(name)") }
        if details["reply_broadcast"]?.bool == true { remarks.append("Also sent to the channel") }
        for block in details["blocks"]?.array ?? [] where block["type"]?.string == "header" {
            remarks.append("Heading: \(block["text"]?["text"]?.string ?? "")")
        }
        for block in details["blocks"]?.array ?? [] where block["type"]?.string == "context" {
            let words = (block["elements"]?.array ?? []).compactMap { $0["text"]?.string.map(SlackRules.plain) }
            remarks.append("Small line: \(words.joined(separator: " "))")
        }
        return remarks
    }

    func environment(origin: String) -> [(String, String)] {
        [("SLACK_API_BASE_URL", origin + prefix), ("SLACK_ID", sampleApp.id), ("SLACK_SECRET", sampleApp.secret)]
    }

    // MARK: What every method needs

    static func error(_ name: String, _ more: [String: JSON] = [:]) -> Refusal {
        Refusal(.object(["ok": false, "error": .string(name)].merging(more) { first, _ in first }), status: 200)
    }

    static func ok(_ members: [String: JSON] = [:]) -> Reply { .json(.object(["ok": true].merging(members) { first, _ in first })) }

    /// A method under both verbs. `scopes`: any of them is enough; none: every token.
    func method(
        _ name: String, as operation: String, limit: RateLimit, scopes: [String] = [],
        _ body: @escaping @Sendable (inout PlatformState, SlackArguments, Account, Call) throws -> Reply
    ) -> [Operation] {
        [HTTPRequest.Method.get, .post].map { verb in
            Operation("slack.\(operation)", verb, "/api/\(name)", limits: [limit]) { call in
                let arguments = SlackArguments(call)
                return try store.update { state in
                    let team = try authenticate(call, arguments, scopes, state)
                    return try body(&state, arguments, team, call)
                }
            }
        }
    }

    func authenticate(_ call: Call, _ arguments: SlackArguments, _ scopes: [String], _ state: PlatformState) throws -> Account {
        guard let token = call.bearer ?? arguments.text("token") else { throw Self.error("not_authed") }
        switch state.check(token: token, now: call.now) {
        case .unknown: throw Self.error("invalid_auth")
        case .revoked: throw Self.error("token_revoked")
        case .expired: throw Self.error("token_expired")
        case .valid(let grant, let team):
            guard scopes.isEmpty || !grant.scopes.isDisjoint(with: scopes) else {
                throw Self.error(
                    "missing_scope", ["needed": .string(scopes[0]), "provided": .string(grant.scopes.sorted().joined(separator: ","))])
            }
            return team
        }
    }
}

/// The arguments of a method, from the query, a form or JSON.
struct SlackArguments: Sendable {
    private let values: [String: JSON]

    init(_ call: Call) {
        var values = Dictionary((call.query + call.form).map { ($0.0, JSON.string($0.1)) }) { _, last in last }
        if call.contentType.lowercased().hasPrefix("application/json"), let object = call.json?.object { values.merge(object) { _, last in last } }
        self.values = values
    }

    var all: [String: JSON] { values }

    func text(_ name: String) -> String? {
        switch values[name] {
        case .string(let text): text.isEmpty ? nil : text
        case .int(let number): String(number)
        case .double(let number): String(number)
        default: nil
        }
    }

    func number(_ name: String) -> Int? { text(name).flatMap(Int.init) }
    func flag(_ name: String) -> Bool { values[name]?.bool ?? ["1", "true"].contains(text(name)?.lowercased() ?? "") }

    /// A structure, which forms carry as text.
    func structure(_ name: String) -> JSON? {
        guard let value = values[name], !value.isNull else { return nil }
        guard let text = value.string else { return value }
        return try? JSON.parse(.init(string: text))  // nil is what callers refuse
    }

    func has(_ name: String) -> Bool { values[name].map { !$0.isNull && $0.string != "" } ?? false }
}
