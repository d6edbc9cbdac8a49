import Foundation
import HTTPTypes

/// Discord: every account is a server ("guild") that its owner adds the bot to; the bot writes in its channels.
struct Discord: SimulatedPlatform {
    let name = "discord"
    let title = "Discord"
    let colour = "oklch(0.55 0.2 275)"
    let allScopes = ["bot", "identify", "guilds"]
    let switches: [Switch]
    let store: Store
    let clock: @Sendable () -> Date

    static let botToken = "sim-discord-bot-token"
    static let botID = "900000000000000001"
    static let epoch = 1_420_070_400.0
    static let perGuild = RateLimit("all", 50, .seconds(1))
    static let perChannel = RateLimit("messages", 5, .seconds(5))

    init(_ options: SimulatorOptions) {
        clock = options.now
        switches = [
            .autoApprove(options.autoApprove), .enforceRateLimits(options.enforceRateLimits),
            Switch(name: "nonceWindow", initial: 300, help: "Seconds for which the nonce of a message is remembered"),
            Switch(
                name: "deniedPermissions", initial: .int(1 << Permission.manageThreads.rawValue),
                help: "Bits of permissions that the bot does not have"),
            Switch(name: "botRemoved", initial: false, help: "The bot was removed from every server"),
            Switch(name: "boostLevel", initial: 0, help: "Boosts of every server (0-3): larger files"),
        ]
        store = Store(Self.initialState(switches: switches)) { state in
            state.apps["sim-discord-id"] = RegisteredApp(id: "sim-discord-id", secret: "sim-discord-secret", name: "Postiz")
            for (username, name) in SamplePeople.all {
                let guild = Self.guild(name: name, username: username, in: &state, now: SamplePeople.since)
                state.accounts.add(guild)
                for channel in Self.channels(of: guild, state) where [0, 5, 15].contains(channel.type) {
                    ChannelWebhook.sample(in: channel, of: username).add(to: &state, now: SamplePeople.since)
                }
            }
        }
    }

    var operations: [Operation] { (authorisation + guilds + messages + threads + webhooks).map(Self.withoutCharset) + pages }

    /// Discord names no character set, and its clients know its answers by that.
    private static func withoutCharset(_ operation: Operation) -> Operation {
        Operation(operation.name, operation.method, operation.path, limits: operation.limits, body: operation.body) { call in
            do {
                return try await operation.handler(call).withoutCharset
            } catch let refusal as Refusal {
                return refusal.reply.withoutCharset
            }
        }
    }

    private var pages: [Operation] {
        [
            .page("discord.guildPage", "/channels/{guild}") { call in
                let guild = store.update { $0.accounts[call.parameter("guild")]?.username }
                return PlatformPages.profile(self, guild ?? "", now: call.now)
            },
            .page("discord.integrationsPage", "/channels/{guild}/integrations", handler: integrationsPage),
            .page("discord.messagePage", "/channels/{guild}/{channel}/{message}") { call in
                PlatformPages.post(self, "\(call.parameter("channel")):\(call.parameter("message"))", now: call.now)
            },
        ]
    }

    static func newID(in state: inout PlatformState, now: Date) -> String { state.nextID(now: now, epoch: epoch, shift: 22) }

    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Self.guild(name: name, username: username, in: &state, now: now)
    }

    private static func guild(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        let guild = Account(id: newID(in: &state, now: now), username: username, name: name, kind: .person, createdAt: now)
        for channel in GuildChannel.sample { channel.add(to: guild, in: &state, now: now) }
        return guild
    }

    static func channels(of guild: Account, _ state: PlatformState) -> [GuildChannel] {
        (state.records["channels/\(guild.id)"]?.strings ?? []).compactMap { state.channel($0).flatMap(GuildChannel.init) }
    }

    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant {
        let grant = Grant(
            token: Encoding.token(bytes: 22), refreshToken: Encoding.token(bytes: 22), appID: app, accountID: account, scopes: Set(scopes),
            issuedAt: now, expiresAt: now.addingTimeInterval(604_800))
        state.grants.add(grant)
        return grant
    }

    /// The bot has one token for all servers: whose call it is, its path tells.
    func caller(of call: Call, in state: PlatformState) -> Account? {
        if let grant = call.bearer.flatMap({ state.grants[$0] }) { return state.accounts[grant.accountID] }
        let webhook = call.parameters["webhook"].flatMap { state.records["webhook/\($0)"]?["guild_id"]?.string }
        let guild = webhook ?? call.parameters["guild"] ?? call.parameters["channel"].flatMap { state.channel($0)?["guild_id"]?.string }
        return guild.flatMap { state.accounts[$0] }
    }

    func rateHeaders(_ reading: RateReading) -> [(String, String)] {
        let left = max(0, reading.resetsAt.timeIntervalSince(clock()))
        return [
            ("x-ratelimit-limit", String(reading.limit)), ("x-ratelimit-remaining", String(reading.remaining)),
            ("x-ratelimit-reset", String(format: "%.3f", reading.resetsAt.timeIntervalSince1970)),
            ("x-ratelimit-reset-after", String(format: "%.3f", left)), ("x-ratelimit-bucket", Encoding.hex("\(reading.bucket)-bucket".utf8)),
        ]
    }

    func tooManyRequests(_ reading: RateReading) -> Reply {
        let left = max(0.001, reading.resetsAt.timeIntervalSince(clock()))
        return .json(
            ["message": "You are being rate limited.", "retry_after": .double((left * 1000).rounded() / 1000), "global": false], status: 429,
            headers: [("retry-after", String(Int(left.rounded(.up)))), ("x-ratelimit-scope", "user")]
        ).withoutCharset
    }

    func failure(status: Int) -> Reply {
        let reply: Reply =
            switch status {
            case 404: .json(["message": "404: Not Found", "code": 0], status: 404)
            case 413: .json(["message": "Request entity too large", "code": 40005], status: 413)
            default: .json(["message": "400: Bad Request", "code": 0], status: status)
            }
        return reply.withoutCharset
    }

    func profilePath(_ account: Account) -> String { "/channels/" + account.id }
    func postPath(_ publication: Publication, author: Account) -> String {
        "/channels/\(author.id)/" + publication.id.replacingOccurrences(of: ":", with: "/")
    }

    func remarks(on publication: Publication) -> [String] {
        let details = publication.details
        var remarks: [String] = []
        if let name = details["channel_name"]?.string { remarks.append("In #\(name)") }
        if let sender = details["webhook"]?["name"]?.string { remarks.append("By the webhook \(sender)") }
        if let title = details["thread_name"]?.string { remarks.append("Forum post: \(title)") }
        for embed in details["embeds"]?.array ?? [] {
            remarks.append("Card: " + [embed["title"]?.string, embed["description"]?.string].compactMap { $0 }.joined(separator: " — "))
        }
        if let answers = details["poll"]?["answers"]?.array {
            remarks.append("Poll: " + answers.compactMap { $0["poll_media"]?["text"]?.string }.joined(separator: " / "))
        }
        if details["crossposted"]?.bool == true { remarks.append("Published to followers") }
        return remarks
    }

    func environment(origin: String) -> [(String, String)] {
        [
            ("DISCORD_API_BASE_URL", origin + prefix), ("DISCORD_CLIENT_ID", sampleApp.id), ("DISCORD_CLIENT_SECRET", sampleApp.secret),
            ("DISCORD_BOT_TOKEN_ID", Self.botToken),
        ]
    }

    // MARK: What every call of the bot needs

    static func error(_ code: Int, _ message: String, _ status: Int) -> Refusal {
        Refusal(["code": .int(code), "message": .string(message)], status: status)
    }

    /// `Invalid Form Body` at one field, which may be `poll.answers`.
    static func invalid(_ field: String, _ code: String, _ message: String) -> Refusal {
        let fault: JSON = ["_errors": [["code": .string(code), "message": .string(message)]]]
        let errors = field.split(separator: ".").reversed().reduce(fault) { inner, name in .object([String(name): inner]) }
        return Refusal(["code": 50035, "message": "Invalid Form Body", "errors": errors], status: 400)
    }

    static let unauthorized = Refusal(["message": "401: Unauthorized", "code": 0], status: 401)

    /// Checks who calls: the bot, under the name that bots have to bear.
    func checkBot(_ call: Call) throws {
        guard call.header("user-agent")?.hasPrefix("DiscordBot (") == true else {
            throw Self.error(40333, "internal network error", 403)
        }
        guard call.header("authorization") == "Bot \(Self.botToken)" else { throw Self.unauthorized }
    }

    func bot(_ body: @escaping @Sendable (inout PlatformState, Call) throws -> Reply) -> @Sendable (Call) async throws -> Reply {
        { call in
            try checkBot(call)
            return try store.update { try body(&$0, call) }
        }
    }

    func guild(_ body: @escaping @Sendable (inout PlatformState, Account, Call) throws -> Reply) -> @Sendable (Call) async throws -> Reply {
        bot { state, call in
            guard let guild = state.accounts[call.parameter("guild")], !state.isOn("botRemoved") else {
                throw Self.error(10004, "Unknown Guild", 404)
            }
            try checkToken(of: guild, state)
            return try body(&state, guild, call)
        }
    }

    func channel(
        _ body: @escaping @Sendable (inout PlatformState, GuildChannel, Account, Call) throws -> Reply
    ) -> @Sendable (Call) async throws -> Reply {
        bot { state, call in
            let (channel, guild) = try place(call, state)
            return try body(&state, channel, guild, call)
        }
    }

    /// The channel of the path, when the bot may see it.
    func place(_ call: Call, _ state: PlatformState) throws -> (GuildChannel, Account) {
        let found = state.channel(call.parameter("channel"))
        guard let found, let channel = GuildChannel(found), let guild = state.accounts[channel.guild] else {
            throw Self.error(10003, "Unknown Channel", 404)
        }
        try checkToken(of: guild, state)
        if channel.isHidden || state.isOn("botRemoved") { throw Self.error(50001, "Missing Access", 403) }
        try require(.viewChannel, state)
        return (channel, guild)
    }

    /// The control API's "revoke" stands for a bot whose token was reset; an app that ends the person's tokens does the bot no harm.
    private func checkToken(of guild: Account, _ state: PlatformState) throws {
        let grants = state.grants.byToken.values.filter {
            $0.accountID == guild.id && $0.appID != ChannelWebhook.app && state.records["ended/\($0.token)"] == nil
        }
        if !grants.isEmpty, grants.allSatisfy(\.isRevoked) { throw Self.unauthorized }
    }

    enum Permission: Int {
        case viewChannel = 10, sendMessages = 11, embedLinks = 14, attachFiles = 15, readHistory = 16, manageThreads = 34
        case createThreads = 35, sendInThreads = 38, sendPolls = 49
    }

    func has(_ permission: Permission, _ state: PlatformState) -> Bool {
        state.number("deniedPermissions") >> permission.rawValue & 1 == 0
    }

    func require(_ permission: Permission, _ state: PlatformState) throws {
        guard has(permission, state) else {
            throw permission == .viewChannel ? Self.error(50001, "Missing Access", 403) : Self.error(50013, "Missing Permissions", 403)
        }
    }
}

extension Reply {
    fileprivate var withoutCharset: Reply {
        var copy = self
        copy.headers = headers.map { $0.1.hasPrefix("application/json") ? ($0.0, "application/json") : $0 }
        return copy
    }
}

extension PlatformState {
    /// Channels and threads are kept among the records.
    func channel(_ id: String) -> JSON? { records["channel/\(id)"] }
}
