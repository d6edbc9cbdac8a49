import Foundation
import HTTPTypes

/// A webhook: whoever knows its address writes in its channel.
struct ChannelWebhook: Sendable {
    let id: String
    let token: String
    let name: String
    let channel: String
    let guild: String

    /// Under which its token is kept.
    static let app = "webhook"

    init(id: String, token: String, name: String, in channel: GuildChannel) {
        (self.id, self.token, self.name) = (id, token, name)
        (self.channel, guild) = (channel.id, channel.guild)
    }

    /// From how it is kept.
    init?(_ record: JSON?) {
        guard let id = record?["id"]?.string, let token = record?["token"]?.string, let name = record?["name"]?.string,
            let channel = record?["channel_id"]?.string, let guild = record?["guild_id"]?.string
        else { return nil }
        (self.id, self.token, self.name, self.channel, self.guild) = (id, token, name, channel, guild)
    }

    var record: JSON {
        ["id": .string(id), "token": .string(token), "name": .string(name), "channel_id": .string(channel), "guild_id": .string(guild)]
    }

    /// The one that every channel of the first people's servers has where one can write, by an address that is always the same.
    static func sample(in channel: GuildChannel, of username: String) -> ChannelWebhook {
        let id = String(Encoding.stableHash("webhook \(channel.id)") >> 2 | 1 << 59)
        let token = "sim-webhook-" + Encoding.hex("\(username)/\(channel.name) of the simulated Discord".utf8)
        return ChannelWebhook(id: id, token: token, name: "News", in: channel)
    }

    func add(to state: inout PlatformState, now: Date) {
        state.records["webhook/\(id)"] = record
        // The control API's "revoke" ends the address, as deleting the webhook does.
        state.grants.add(Grant(token: token, appID: Self.app, accountID: guild, scopes: [], issuedAt: now))
    }

    func address(at base: String) -> String { "\(base)/api/webhooks/\(id)/\(token)" }

    func json(at base: String) -> JSON {
        var json = record.object ?? [:]
        json.merge(["type": 1, "avatar": .null, "application_id": .null, "url": .string(address(at: base))]) { first, _ in first }
        return .object(json)
    }
}

extension Discord {
    static let perWebhook = RateLimit("webhook", 5, .seconds(2))

    var webhooks: [Operation] {
        let path = "/api/{version}/webhooks/{webhook}/{token}"
        let limits = [Self.perGuild]
        return [
            Operation("discord.createWebhook", .post, "/api/{version}/channels/{channel}/webhooks", limits: limits, handler: channel(createWebhook)),
            Operation("discord.readWebhook", .get, path, limits: limits, handler: webhook(readWebhook)),
            Operation("discord.deleteWebhook", .delete, path, limits: limits, handler: webhook(deleteWebhook)),
            Operation(
                "discord.createWebhookMessage", .post, path, limits: [Self.perGuild, Self.perWebhook], body: .streamed, handler: executeWebhook),
            Operation("discord.readWebhookMessage", .get, path + "/messages/{message}", limits: limits, handler: webhook(readWebhookMessage)),
            Operation("discord.editWebhookMessage", .patch, path + "/messages/{message}", limits: limits, handler: webhook(editWebhookMessage)),
            Operation("discord.deleteWebhookMessage", .delete, path + "/messages/{message}", limits: limits, handler: webhook(deleteWebhookMessage)),
        ]
    }

    /// Where a person copies the addresses from.
    func integrationsPage(_ call: Call) -> Reply {
        store.update { state in
            let channels = state.accounts[call.parameter("guild")].map { Self.channels(of: $0, state) } ?? []
            let rows = channels.flatMap { channel in
                webhooks(of: channel, state).map {
                    "<li><b>\(Encoding.html($0.name))</b> in #\(Encoding.html(channel.name))<br><code>\(Encoding.html($0.address(at: call.base)))</code></li>"
                }
            }
            return .html(Page.html(title: "Webhooks", platform: self, "<div class='card'><h1>Webhooks</h1><ul>\(rows.joined())</ul></div>"))
        }
    }

    private func webhooks(of channel: GuildChannel, _ state: PlatformState) -> [ChannelWebhook] {
        state.records.filter { $0.key.hasPrefix("webhook/") }.compactMap { ChannelWebhook($0.value) }.filter { $0.channel == channel.id }
            .sorted { $0.id < $1.id }
    }

    private func createWebhook(_ state: inout PlatformState, _ channel: GuildChannel, _ guild: Account, _ call: Call) throws -> Reply {
        guard [0, 2, 5, 15].contains(channel.type) else { throw Self.error(50024, "Cannot execute action on this channel type", 400) }
        guard let name = call.json?["name"]?.string else { throw Self.invalid("name", "BASE_TYPE_REQUIRED", "This field is required") }
        try Self.check(name: name, "name")
        let made = ChannelWebhook(id: Self.newID(in: &state, now: call.now), token: Encoding.token(bytes: 51), name: name, in: channel)
        made.add(to: &state, now: call.now)
        return .json(made.json(at: call.base))
    }

    private static func check(name: String, _ field: String) throws {
        guard (1...80).contains(name.unicodeScalars.count) else {
            throw invalid(field, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length.")
        }
        for word in ["discord", "clyde"] where name.lowercased().contains(word) {
            throw invalid(field, "USERNAME_INVALID_CONTAINS", "Username cannot contain \"\(word)\"")
        }
    }

    // MARK: By its address

    /// The webhook of the path, and its channel.
    private func place(of call: Call, _ state: PlatformState) throws -> (ChannelWebhook, GuildChannel, Account) {
        guard let webhook = ChannelWebhook(state.records["webhook/\(call.parameter("webhook"))"]), state.grants[webhook.token]?.isRevoked == false,
            let channel = state.channel(webhook.channel).flatMap(GuildChannel.init), let guild = state.accounts[webhook.guild]
        else { throw Self.error(10015, "Unknown Webhook", 404) }
        guard webhook.token == call.parameter("token") else { throw Self.error(50027, "Invalid Webhook Token", 401) }
        return (webhook, channel, guild)
    }

    private func webhook(
        _ body: @escaping @Sendable (inout PlatformState, ChannelWebhook, GuildChannel, Call) throws -> Reply
    ) -> @Sendable (Call) async throws -> Reply {
        { call in
            try store.update { state in
                let (webhook, channel, _) = try place(of: call, state)
                return try body(&state, webhook, channel, call)
            }
        }
    }

    private func readWebhook(_ state: inout PlatformState, _ webhook: ChannelWebhook, _ channel: GuildChannel, _ call: Call) -> Reply {
        .json(webhook.json(at: call.base))
    }

    private func deleteWebhook(_ state: inout PlatformState, _ webhook: ChannelWebhook, _ channel: GuildChannel, _ call: Call) -> Reply {
        state.records["webhook/\(webhook.id)"] = nil
        return .empty(204)
    }

    private func executeWebhook(_ call: Call) async throws -> Reply {
        _ = try store.update { try place(of: call, $0) }
        let form = try await DiscordForm.read(call)
        return try store.update { state in
            let (webhook, home, guild) = try place(of: call, state)
            let message = form.payload
            // Only bots have them.
            for name in ["nonce", "enforce_nonce", "message_reference"] where message[name] != nil {
                throw Self.invalid(name, "BASE_TYPE_UNKNOWN", "Unknown field")
            }
            if let name = message["username"]?.string { try Self.check(name: name, "username") }
            try checkPlace(message, home, call)
            try DiscordRules.check(message, form, bytes: fileLimit(state))
            let id = Self.newID(in: &state, now: call.now)
            let channel = try channel(of: message, in: home, id, call, &state)
            let isFirst = channel.id == id
            var made = publish(
                "\(channel.id):\(id)", message, form, in: channel, by: guild, parent: isFirst ? nil : channel.root, call, &state)
            let sender: JSON = ["id": .string(webhook.id), "name": .string(message["username"]?.string ?? webhook.name)]
            made.details = .object((made.details.object ?? [:]).merging(["webhook": sender]) { first, _ in first })
            let details = made.details
            state.timeline.change(made.id) { $0.details = details }
            let answer = ["true", "1"].contains(call.query("wait")) ? Reply.json(messageJSON(made, state)) : .empty(204)
            return answer.creating(made.id)
        }
    }

    private func checkPlace(_ message: JSON, _ home: GuildChannel, _ call: Call) throws {
        let (name, thread) = (message["thread_name"]?.string, call.query("thread_id"))
        if name != nil, thread != nil {
            throw Self.error(220_002, "Webhooks posted to forum channels cannot have both a thread_name and thread_id", 400)
        }
        if home.isForum, name == nil, thread == nil {
            throw Self.error(220_001, "Webhooks posted to forum channels must have a thread_name or thread_id", 400)
        }
        guard let name else { return }
        guard home.isForum else { throw Self.error(220_003, "Webhooks can only create threads in forum channels", 400) }
        try checkThread(["name": .string(name)])
        try checkTags(message["applied_tags"]?.strings ?? [], home)
    }

    /// The webhook's channel, the thread of it that the call names, or a new one in a forum.
    private func channel(
        of message: JSON, in home: GuildChannel, _ id: String, _ call: Call, _ state: inout PlatformState
    ) throws -> GuildChannel {
        if let name = message["thread_name"] { return addThread(id, ["name": name], in: home, root: "\(id):\(id)", &state) }
        guard let thread = call.query("thread_id") else { return home }
        guard let found = state.channel(thread).flatMap(GuildChannel.init), found.parent == home.id else {
            throw Self.error(10003, "Unknown Channel", 404)
        }
        return found
    }

    // MARK: Its own messages

    private func message(_ webhook: ChannelWebhook, _ home: GuildChannel, _ call: Call, _ state: PlatformState) throws -> Publication {
        let channel = call.query("thread_id") ?? home.id
        guard channel == home.id || state.channel(channel).flatMap(GuildChannel.init)?.parent == home.id else {
            throw Self.error(10003, "Unknown Channel", 404)
        }
        guard let found = state.timeline["\(channel):\(call.parameter("message"))"], found.details["webhook"]?["id"]?.string == webhook.id else {
            throw Self.error(10008, "Unknown Message", 404)
        }
        return found
    }

    private func readWebhookMessage(
        _ state: inout PlatformState, _ webhook: ChannelWebhook, _ channel: GuildChannel, _ call: Call
    ) throws -> Reply {
        .json(messageJSON(try message(webhook, channel, call, state), state))
    }

    private func editWebhookMessage(
        _ state: inout PlatformState, _ webhook: ChannelWebhook, _ channel: GuildChannel, _ call: Call
    ) throws -> Reply {
        try edit(try message(webhook, channel, call, state), call, &state)
    }

    private func deleteWebhookMessage(
        _ state: inout PlatformState, _ webhook: ChannelWebhook, _ channel: GuildChannel, _ call: Call
    ) throws -> Reply {
        state.timeline.delete(try message(webhook, channel, call, state).id)
        return .empty(204)
    }
}
