import Foundation
import HTTPTypes

/// A channel of a workspace.
struct SlackChannelRecord: Sendable {
    var id = ""
    var team = ""
    let name: String
    var isPrivate = false
    var isMember = false
    var isArchived = false
    /// Only some people may post.
    var isRestricted = false

    /// What every workspace has.
    static let sample = [
        SlackChannelRecord(name: "general", isMember: true), SlackChannelRecord(name: "random"),
        SlackChannelRecord(name: "bakers", isPrivate: true, isMember: true), SlackChannelRecord(name: "board", isPrivate: true),
        SlackChannelRecord(name: "old-news", isArchived: true), SlackChannelRecord(name: "announcements", isMember: true, isRestricted: true),
    ]

    init(name: String, isPrivate: Bool = false, isMember: Bool = false, isArchived: Bool = false, isRestricted: Bool = false) {
        (self.name, self.isPrivate, self.isMember, self.isArchived, self.isRestricted) = (name, isPrivate, isMember, isArchived, isRestricted)
    }

    /// From how it is kept.
    init?(_ record: JSON?) {
        guard let id = record?["id"]?.string, let team = record?["team"]?.string, let name = record?["name"]?.string else { return nil }
        (self.id, self.team, self.name) = (id, team, name)
        isPrivate = record?["is_private"]?.bool ?? false
        isMember = record?["is_member"]?.bool ?? false
        isArchived = record?["is_archived"]?.bool ?? false
        isRestricted = record?["restricted"]?.bool ?? false
    }

    var record: JSON {
        [
            "id": .string(id), "team": .string(team), "name": .string(name), "is_private": .bool(isPrivate), "is_member": .bool(isMember),
            "is_archived": .bool(isArchived), "restricted": .bool(isRestricted),
        ]
    }

    func add(to team: Account, in state: inout PlatformState, now: Date) {
        var channel = self
        channel.id = Slack.newID("C", in: &state, now: now)
        channel.team = team.id
        state.records["channel/\(channel.id)"] = channel.record
        state.records["channels/\(team.id)"] = .array((state.records["channels/\(team.id)"]?.array ?? []) + [.string(channel.id)])
    }

    /// Everybody is in the general channel.
    func members(of team: Account, _ state: PlatformState) -> Int {
        name == "general" ? state.followers(of: team.id) : Popularity.followers(id) % max(1, state.followers(of: team.id))
    }

    /// As the API shows it.
    func json(members: Int? = nil) -> JSON {
        .compact([
            "id": .string(id), "name": .string(name), "name_normalized": .string(name), "is_channel": .bool(!isPrivate),
            "is_group": .bool(isPrivate), "is_im": false, "is_mpim": false, "is_private": .bool(isPrivate), "is_member": .bool(isMember),
            "is_archived": .bool(isArchived), "is_general": .bool(name == "general"), "created": 1_640_995_200, "creator": "U0SIM0",
            "context_team_id": .string(team), "num_members": members.map { .int($0) },
        ])
    }
}

extension Slack {
    var conversations: [Operation] {
        let read = ["channels:read", "groups:read"]
        return method("conversations.list", as: "listChannels", limit: Self.tier2, scopes: read, listChannels)
            + method("conversations.info", as: "channelInfo", limit: Self.tier3, scopes: read) { state, arguments, team, _ in
                let channel = try channel(arguments, team, state)
                let members = arguments.flag("include_num_members") ? channel.members(of: team, state) : nil
                return Self.ok(["channel": channel.json(members: members)])
            } + method("conversations.join", as: "join", limit: Self.tier3, scopes: ["channels:join"], join)
    }

    /// Private channels exist for their members only.
    func channel(_ arguments: SlackArguments, _ team: Account, _ state: PlatformState, name: String = "channel") throws -> SlackChannelRecord {
        guard let id = arguments.text(name), let channel = SlackChannelRecord(state.records["channel/\(id)"]), channel.team == team.id,
            channel.isMember || !channel.isPrivate
        else { throw Self.error("channel_not_found") }
        return channel
    }

    private func listChannels(_ state: inout PlatformState, _ arguments: SlackArguments, _ team: Account, _ call: Call) throws -> Reply {
        let types = (arguments.text("types") ?? "public_channel").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        guard types.allSatisfy({ ["public_channel", "private_channel", "mpim", "im"].contains($0) }) else { throw Self.error("invalid_types") }
        let all = (state.records["channels/\(team.id)"]?.strings ?? []).compactMap { SlackChannelRecord(state.records["channel/\($0)"]) }
        let fitting = all.filter { channel in
            types.contains(channel.isPrivate ? "private_channel" : "public_channel") && (channel.isMember || !channel.isPrivate)
                && !(channel.isArchived && arguments.flag("exclude_archived"))
        }
        let (channels, next) = try Self.page(fitting.map { $0.json(members: $0.members(of: team, state)) }, arguments, state)
        return Self.ok(["channels": .array(channels), "response_metadata": ["next_cursor": .string(next)]])
    }

    private func join(_ state: inout PlatformState, _ arguments: SlackArguments, _ team: Account, _ call: Call) throws -> Reply {
        var channel = try channel(arguments, team, state)
        if channel.isPrivate { throw Self.error("method_not_supported_for_channel_type") }
        if channel.isArchived { throw Self.error("is_archived") }
        let was = channel.isMember
        channel.isMember = true
        state.records["channel/\(channel.id)"] = channel.record
        return Self.ok(["channel": channel.json()].merging(was ? ["warning": "already_in_channel"] : [:]) { first, _ in first })
    }
}
