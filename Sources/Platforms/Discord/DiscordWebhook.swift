import Domain
import Foundation

/// Discord by the address of a channel's webhook: messages to that channel, without an app and without a bot. Whoever knows the address may
/// write, so all of it is a secret.
struct DiscordWebhook: Platform {
    private static let id = "webhook"

    let context: PlatformContext
    let discord: Discord

    init(_ context: PlatformContext) {
        self.context = context
        discord = Discord(context)
    }

    var descriptor: PlatformDescriptor { Self.descriptor }
    func postID(at url: String) -> String { MessageAddress(url: url)?.description ?? "" }
    var missingCredentials: [String] { [] }

    var api: PlatformAPI {
        var api = discord.api(Discord.webhookRules)
        api.afterUnknown = "A webhook cannot read its channel: look there, then say whether to send it again."
        return api
    }

    func call(
        _ method: String, _ credentials: Credentials, _ path: String = "", query: [(String, String)] = [], body: HTTPBody? = nil,
        effect: HTTPCall.Effect = .harmless
    ) -> HTTPCall {
        let place = "/webhooks/\(FormEncoding.escape(credentials.extra[Self.id] ?? ""))/\(FormEncoding.escape(credentials.accessToken))"
        return HTTPCall(
            method, discord.address(place + path) + (query.isEmpty ? "" : "?\(FormEncoding.encode(query))"),
            headers: [("User-Agent", discord.userAgent)], body: body, effect: effect, secrets: [credentials.accessToken])
    }

    // MARK: Connecting

    func connect(form: [String: String]) async throws -> Credentials {
        guard let credentials = credentials(of: form[Self.address.name] ?? "") else {
            throw PlatformError(
                .authentication, code: "DISCORD_WEBHOOK_ADDRESS",
                message: "This is not the address of a Discord webhook, which begins with https://discord.com/api/webhooks/. \(Self.address.help)")
        }
        _ = try await webhook(credentials)
        return credentials
    }

    /// Only the number and the token count of an address: the calls go where all of Discord's go. People paste it with what other programs want
    /// behind it, too.
    private func credentials(of address: String) -> Credentials? {
        guard
            discord.hosts.owns(address, domains: Self.domains) || PlatformHosts(base: nil).owns(address, domains: Self.domains),
            let path = URLComponents(string: address)?.path,
            let found = path.firstMatch(of: /\/api(?:\/v[0-9]+)?\/webhooks\/([0-9]{1,20})\/([A-Za-z0-9._\-]{1,200})(?:\/|$)/)
        else { return nil }
        return Credentials(accessToken: String(found.output.2), extra: [Self.id: String(found.output.1)])
    }

    private static let domains = ["discord.com", "discordapp.com"]

    struct Webhook: Decodable {
        let id: String
        let name: String?
        let avatar: String?
        let channel: String
        let guild: String?

        enum CodingKeys: String, CodingKey {
            case id, name, avatar
            case channel = "channel_id"
            case guild = "guild_id"
        }
    }

    func webhook(_ credentials: Credentials) async throws -> Webhook { try await api.value(call("GET", credentials)) }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let webhook = try await webhook(credentials)
        let name = webhook.name.flatMap { $0.isEmpty ? nil : $0 } ?? "Webhook \(webhook.id)"
        return [
            PlatformAccount(
                id: webhook.id, username: name, displayName: name,
                pictureURL: webhook.avatar.map { discord.hosts.url("https://cdn.discordapp.com/avatars/\(webhook.id)/\($0).png") },
                profileURL: webhook.guild.map { discord.hosts.url("https://discord.com/channels/\($0)/\(webhook.channel)") })
        ]
    }

    /// The address does not end and cannot be exchanged for another.
    func refresh(_ credentials: Credentials) async throws -> Credentials { throw api.cannotRefresh() }
}
