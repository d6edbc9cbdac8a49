import Crypto
import Domain
import Foundation

/// Discord: a bot that posts into the channels of servers ("guilds") to which people have added it.
struct Discord: Platform {
    /// A path without a version means one that has ended.
    static let defaultVersion = "10"

    let context: PlatformContext
    let hosts: PlatformHosts

    init(_ context: PlatformContext) {
        self.context = context
        hosts = PlatformHosts(base: context.configuration.value("DISCORD_API_BASE_URL"))
    }

    var descriptor: PlatformDescriptor { Self.descriptor }
    func postID(at url: String) -> String { MessageAddress(url: url)?.description ?? "" }
    var missingCredentials: [String] { context.configuration.missing(descriptor.credentials.map(\.variable)) }

    /// For what the bot does.
    var api: PlatformAPI { api(Self.errorRules) }

    func api(_ rules: [ErrorRule]) -> PlatformAPI {
        PlatformAPI(
            name: "Discord", prefix: "DISCORD", sender: context.http, rules: rules, time: context.time, retryAfter: Self.retryAfter)
    }

    /// Seconds with fractions, in the body or in a header of Discord's own.
    private static func retryAfter(_ answer: HTTPAnswer) -> Duration? {
        guard answer.status == 429 else { return nil }
        let told = answer.document?["retry_after"]?.number
        guard let seconds = told ?? answer.headers["x-ratelimit-reset-after"].flatMap(Double.init), seconds.isFinite else { return nil }
        return .seconds(Int64(min(max(seconds.rounded(.up), 1), 86_400)))
    }

    var version: String { context.configuration.value("DISCORD_API_VERSION") ?? Self.defaultVersion }

    func address(_ path: String) -> String { hosts.url("https://discord.com/api/v\(version)\(path)") }

    /// A call that the bot makes. Its token does not expire.
    func call(_ method: String, _ path: String, body: HTTPBody? = nil, effect: HTTPCall.Effect = .harmless) -> HTTPCall {
        let token = context.configuration.value("DISCORD_BOT_TOKEN_ID") ?? ""
        return HTTPCall(
            method, address(path), headers: [("Authorization", "Bot \(token)"), ("User-Agent", userAgent)], body: body, effect: effect,
            secrets: [token])
    }

    /// `DiscordBot (address, version)`: Discord may block bots that call themselves otherwise.
    var userAgent: String {
        let words = context.configuration.transport.userAgent.firstMatch(of: /^[^\/]*\/(\S+) \(\+(.*)\)$/)
        return "DiscordBot (\(words?.output.2 ?? "https://example.com"), \(words?.output.1 ?? "1"))"
    }

    func messageURL(_ message: MessageAddress, _ account: ConnectedAccount) -> String {
        hosts.url("https://discord.com/channels/\(account.account.id)/\(message.channel)/\(message.id)")
    }
}

/// Where a message is: `channel:message`.
struct MessageAddress: Sendable, Equatable, CustomStringConvertible {
    let channel: String
    let id: String

    init(channel: String, id: String) { (self.channel, self.id) = (channel, id) }

    init?(_ text: String) {
        let halves = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard halves.count == 2, !halves.contains("") else { return nil }
        self.init(channel: halves[0], id: halves[1])
    }

    /// From the address that people copy: `https://discord.com/channels/<server>/<channel>/<message>`.
    init?(url: String) {
        guard let found = url.firstMatch(of: /\/channels\/[^\/]+\/([0-9]+)\/([0-9]+)/) else { return nil }
        self.init(channel: String(found.output.1), id: String(found.output.2))
    }

    var description: String { "\(channel):\(id)" }
}

/// Discord's ids: the milliseconds since the beginning of 2015, then 22 bits that tell apart what was made at the same time.
enum Snowflake {
    private static let epoch: Int64 = 1_420_070_400_000

    /// The least id of what was made at `instant` or later.
    static func first(at instant: Timestamp) -> UInt64 { UInt64(max(0, instant.milliseconds - epoch)) << 22 }
}
