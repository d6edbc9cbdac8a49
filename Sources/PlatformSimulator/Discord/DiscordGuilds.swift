import Foundation
import HTTPTypes

/// A channel of a server, or a thread in one.
struct GuildChannel: Sendable {
    var id = ""
    var guild = ""
    let name: String
    /// 0 text, 2 voice, 5 announcements, 11 thread, 15 forum.
    let type: Int
    var tags: [String] = []
    var needsTag = false
    var isReadOnly = false
    var isHidden = false
    /// Of a thread: the channel it is in, and the publication it hangs on.
    var parent: String?
    var root: String?
    var archiveAfter = 1440

    /// What every server has.
    static let sample = [
        GuildChannel(name: "general", type: 0), GuildChannel(name: "announcements", type: 5),
        GuildChannel(name: "ideas", type: 15, tags: ["Idea", "Question"]),
        GuildChannel(name: "help", type: 15, tags: ["Open", "Solved"], needsTag: true), GuildChannel(name: "rules", type: 0, isReadOnly: true),
        GuildChannel(name: "staff", type: 0, isHidden: true), GuildChannel(name: "Talk", type: 2),
    ]

    init(
        name: String, type: Int, tags: [String] = [], needsTag: Bool = false, isReadOnly: Bool = false, isHidden: Bool = false
    ) {
        (self.name, self.type, self.tags, self.needsTag) = (name, type, tags, needsTag)
        (self.isReadOnly, self.isHidden) = (isReadOnly, isHidden)
    }

    /// From how it is kept.
    init?(_ record: JSON) {
        guard let id = record["id"]?.string, let guild = record["guild_id"]?.string, let name = record["name"]?.string,
            let type = record["type"]?.int
        else { return nil }
        (self.id, self.guild, self.name, self.type) = (id, guild, name, type)
        tags = record["tags"]?.strings ?? []
        needsTag = record["needs_tag"]?.bool ?? false
        isReadOnly = record["read_only"]?.bool ?? false
        isHidden = record["hidden"]?.bool ?? false
        parent = record["parent_id"]?.string
        root = record["root"]?.string
        archiveAfter = record["archive_after"]?.int ?? 1440
    }

    var record: JSON {
        .compact([
            "id": .string(id), "guild_id": .string(guild), "name": .string(name), "type": .int(type), "tags": .array(tags.map { .string($0) }),
            "needs_tag": .bool(needsTag), "read_only": .bool(isReadOnly), "hidden": .bool(isHidden), "parent_id": parent.map { .string($0) },
            "root": root.map { .string($0) }, "archive_after": .int(archiveAfter),
        ])
    }

    func add(to guild: Account, in state: inout PlatformState, now: Date) {
        var channel = self
        channel.id = Discord.newID(in: &state, now: now)
        channel.guild = guild.id
        state.records["channel/\(channel.id)"] = channel.record
        state.records["channels/\(guild.id)"] = .array((state.records["channels/\(guild.id)"]?.array ?? []) + [.string(channel.id)])
    }

    var isThread: Bool { type == 11 }
    var isForum: Bool { type == 15 }
    func tagID(_ name: String) -> String { String(Encoding.stableHash(id + name) >> 2) }

    /// As the API shows it.
    func json(_ state: PlatformState) -> JSON {
        var json: [String: JSON] = [
            "id": .string(id), "guild_id": .string(guild), "name": .string(name), "type": .int(type), "flags": .int(needsTag ? 16 : 0),
            "position": 0, "permission_overwrites": [], "nsfw": false, "parent_id": .optional(parent), "rate_limit_per_user": 0,
            "topic": .null, "last_message_id": .null,
        ]
        if isForum {
            json["available_tags"] = .array(
                tags.map { ["id": .string(tagID($0)), "name": .string($0), "moderated": false, "emoji_id": .null, "emoji_name": .null] })
            json["default_reaction_emoji"] = .null
            json["default_sort_order"] = .null
            json["default_forum_layout"] = 0
        }
        if type == 2 { json.merge(["bitrate": 64_000, "user_limit": 0, "rtc_region": .null]) { first, _ in first } }
        guard isThread else { return .object(json) }
        let count = state.timeline.all().count { $0.id.hasPrefix("\(id):") && $0.id != root }
        for name in ["position", "permission_overwrites", "nsfw", "topic"] { json[name] = nil }
        json["owner_id"] = .string(Discord.botID)
        json["message_count"] = .int(count)
        json["total_message_sent"] = .int(count)
        json["member_count"] = 1
        let made = Encoding.iso8601(Discord.date(of: id))
        json["thread_metadata"] = [
            "archived": false, "auto_archive_duration": .int(archiveAfter), "archive_timestamp": .string(made), "locked": false,
            "create_timestamp": .string(made),
        ]
        return .object(json)
    }
}

extension Discord {
    static func date(of id: String) -> Date { Date(timeIntervalSince1970: Double((Int(id) ?? 0) >> 22) / 1000 + epoch) }

    static let botUser: JSON = [
        "id": .string(botID), "username": "postiz-bot", "discriminator": "0000", "global_name": .null, "avatar": .null, "bot": true,
        "public_flags": 0, "flags": 0,
    ]

    static func webhookUser(_ sender: JSON) -> JSON {
        [
            "id": sender["id"] ?? .null, "username": sender["name"] ?? .null, "discriminator": "0000", "global_name": .null, "avatar": .null,
            "bot": true, "public_flags": 0, "flags": 0,
        ]
    }

    var guilds: [Operation] {
        let limits = [Self.perGuild]
        return [
            Operation("discord.readGuild", .get, "/api/{version}/guilds/{guild}", limits: limits, handler: guild(readGuild)),
            Operation("discord.listChannels", .get, "/api/{version}/guilds/{guild}/channels", limits: limits, handler: guild(listChannels)),
            Operation("discord.listRoles", .get, "/api/{version}/guilds/{guild}/roles", limits: limits, handler: guild(listRoles)),
            Operation("discord.searchMembers", .get, "/api/{version}/guilds/{guild}/members/search", limits: limits, handler: guild(searchMembers)),
            Operation("discord.activeThreads", .get, "/api/{version}/guilds/{guild}/threads/active", limits: limits, handler: guild(activeThreads)),
            Operation("discord.me", .get, "/api/{version}/users/@me", limits: limits, handler: bot { _, _ in .json(Self.botUser) }),
            Operation(
                "discord.readChannel", .get, "/api/{version}/channels/{channel}", limits: limits,
                handler: channel { state, channel, _, _ in .json(channel.json(state)) }),
        ]
    }

    func guildJSON(_ guild: Account, _ state: PlatformState) -> [String: JSON] {
        [
            "id": .string(guild.id), "name": .string(guild.name), "icon": .null, "description": .null, "home_header": .null, "splash": .null,
            "discovery_splash": .null, "features": ["COMMUNITY", "NEWS"], "banner": .null, "owner_id": .string(Self.userID(0)),
            "application_id": .null,
            "region": "europe", "afk_channel_id": .null, "afk_timeout": 300, "system_channel_id": .null, "system_channel_flags": 0,
            "widget_enabled": false, "widget_channel_id": .null, "verification_level": 1, "roles": .array(roles(of: guild)),
            "default_message_notifications": 1, "mfa_level": 0, "explicit_content_filter": 2, "max_presences": .null, "max_members": 500_000,
            "max_stage_video_channel_users": 50, "max_video_channel_users": 25, "vanity_url_code": .null,
            "premium_tier": .int(state.number("boostLevel")), "premium_subscription_count": 0, "preferred_locale": "en-US",
            "rules_channel_id": .null, "safety_alerts_channel_id": .null, "public_updates_channel_id": .null, "premium_progress_bar_enabled": false,
            "nsfw": false, "nsfw_level": 0, "emojis": [], "stickers": [], "incidents_data": .null,
        ]
    }

    private func readGuild(_ state: inout PlatformState, _ guild: Account, _ call: Call) -> Reply {
        var json = guildJSON(guild, state)
        if ["true", "1"].contains(call.query("with_counts")) {
            let members = Popularity.followers(guild.id)
            json["approximate_member_count"] = .int(members)
            json["approximate_presence_count"] = .int(members / 7)
        }
        return .json(.object(json))
    }

    /// The channels that the bot sees, threads aside.
    private func listChannels(_ state: inout PlatformState, _ guild: Account, _ call: Call) -> Reply {
        let ids = state.records["channels/\(guild.id)"]?.strings ?? []
        let channels = ids.compactMap { state.channel($0) }.compactMap(GuildChannel.init).filter { !$0.isHidden }
        return .json(.array(channels.map { $0.json(state) }))
    }

    private func activeThreads(_ state: inout PlatformState, _ guild: Account, _ call: Call) -> Reply {
        let ids = state.records["threads/\(guild.id)"]?.strings ?? []
        let threads = ids.reversed().compactMap { state.channel($0) }.compactMap(GuildChannel.init)
        return .json(["threads": .array(threads.map { $0.json(state) }), "members": [], "has_more": false])
    }

    private func roles(of guild: Account) -> [JSON] {
        [(guild.id, "@everyone"), (String(Encoding.stableHash("role" + guild.id) >> 2), "Bakers")].enumerated().map { position, role in
            [
                "id": .string(role.0), "name": .string(role.1), "color": 0,
                "colors": ["primary_color": 0, "secondary_color": .null, "tertiary_color": .null],
                "hoist": false, "icon": .null, "unicode_emoji": .null, "position": .int(position), "permissions": "377957124096",
                "managed": false, "mentionable": true, "flags": 0, "description": .null,
            ]
        }
    }

    private func listRoles(_ state: inout PlatformState, _ guild: Account, _ call: Call) -> Reply { .json(.array(roles(of: guild))) }

    static func userID(_ number: Int) -> String { String(800_000_000_000_000_000 + number) }

    /// The sample people are members of every server. A name or nickname is searched from its beginning.
    private func searchMembers(_ state: inout PlatformState, _ guild: Account, _ call: Call) throws -> Reply {
        guard let query = call.query("query"), (1...100).contains(query.count) else {
            throw Self.invalid("query", "BASE_TYPE_REQUIRED", "This field is required")
        }
        let found = SamplePeople.all.enumerated().filter { _, person in
            [person.0, person.1].contains { $0.lowercased().hasPrefix(query.lowercased()) }
        }
        return .json(
            .array(
                found.prefix(call.query("limit").flatMap(Int.init) ?? 1).map { number, person in
                    [
                        "user": [
                            "id": .string(Self.userID(number)), "username": .string(person.0), "discriminator": "0", "global_name": .string(person.1),
                            "avatar": .null, "public_flags": 0, "flags": 0,
                        ], "nick": .null, "avatar": .null, "banner": .null, "roles": [], "joined_at": "2022-01-01T00:00:00.000000+00:00",
                        "premium_since": .null, "deaf": false, "mute": false, "flags": 0, "pending": false, "communication_disabled_until": .null,
                    ]
                }))
    }
}
