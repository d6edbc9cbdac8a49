import Foundation
import HTTPTypes

extension Slack {
    var messages: [Operation] {
        let history = ["channels:history", "groups:history"]
        return method("chat.postMessage", as: "createMessage", limit: Self.posting, scopes: ["chat:write"], createMessage)
            + method("chat.update", as: "updateMessage", limit: Self.tier3, scopes: ["chat:write"], updateMessage)
            + method("chat.delete", as: "deleteMessage", limit: Self.tier3, scopes: ["chat:write"], deleteMessage)
            + method("chat.getPermalink", as: "permalink", limit: Self.tier4, permalink)
            + method("conversations.history", as: "history", limit: Self.tier3, scopes: history, listHistory)
            + method("conversations.replies", as: "replies", limit: Self.tier3, scopes: history, listReplies)
            + method("reactions.get", as: "reactions", limit: Self.tier3, scopes: ["reactions:read"]) { state, arguments, team, call in
                let message = try found(arguments, team, state, time: "timestamp")
                return Self.ok([
                    "type": "message", "channel": .optional(arguments.text("channel")), "message": messageJSON(message, state, withMetadata: false),
                ])
            }
    }

    // MARK: Posting

    private func createMessage(_ state: inout PlatformState, _ arguments: SlackArguments, _ team: Account, _ call: Call) throws -> Reply {
        let channel = try channel(arguments, team, state)
        try checkPosting(in: channel, call, state)
        for name in ["username", "icon_url", "icon_emoji"] where arguments.has(name) {
            _ = try authenticate(call, arguments, ["chat:write.customize"], state)
        }
        let key = arguments.text("client_msg_id").map { "\(team.id)/\($0)" }
        if state.isOn("clientMsgId"), let key, let known = state.recent.find(key, now: call.now, window: 3600), let old = state.timeline[known] {
            return posted(old, state)
        }
        let blocks = try SlackRules.blocks(arguments, of: team, state)
        let root = try root(arguments, in: channel, state)
        try checkMetadata(arguments)
        var details = arguments.all.filter { !["token", "channel", "text", "thread_ts"].contains($0.key) }
        for name in ["blocks", "metadata"] { details[name] = arguments.structure(name) }
        let attachments = blocks.filter { $0["type"]?.string == "image" }.map { block in
            picture(block, SlackRules.picture(block, of: team, state))
        }
        let made = publish(
            SlackRules.words(arguments, blocks), attachments, in: channel, by: team, root: root, details: details, call, &state)
        if let key { state.recent.remember(key, id: made.id, now: call.now) }
        return posted(made, state).creating(made.id)
    }

    private func picture(_ block: JSON, _ item: MediaItem?) -> Attachment {
        let alt = block["alt_text"]?.string ?? ""
        guard let item else {
            return Attachment(id: block["image_url"]?.string ?? "", kind: .image, altText: alt, contentType: "image/png", byteCount: 0, sha256: "")
        }
        let file = item.attachment
        return Attachment(id: file.id, kind: file.kind, altText: alt, contentType: file.contentType, byteCount: file.byteCount, sha256: file.sha256)
    }

    func checkPosting(in channel: SlackChannelRecord, _ call: Call, _ state: PlatformState) throws {
        if channel.isArchived { throw Self.error("is_archived") }
        if channel.isRestricted { throw Self.error("restricted_action_read_only_channel") }
        guard !channel.isMember else { return }
        let scopes = call.bearer.flatMap { state.grants[$0]?.scopes } ?? []
        guard scopes.contains("chat:write.public") else { throw Self.error("not_in_channel") }
    }

    /// The message that begins the thread: of a reply, the one that it answers.
    func root(_ arguments: SlackArguments, in channel: SlackChannelRecord, _ state: PlatformState) throws -> String? {
        guard let time = arguments.text("thread_ts") else { return nil }
        guard let found = state.timeline["\(channel.id):\(time)"] else { throw Self.error("cannot_reply_to_message") }
        return found.parent ?? found.id
    }

    private func checkMetadata(_ arguments: SlackArguments) throws {
        guard arguments.has("metadata") else { return }
        let metadata = arguments.structure("metadata")
        guard metadata?["event_type"]?.string?.isEmpty == false, metadata?["event_payload"]?.object != nil else {
            throw Self.error("invalid_metadata_format")
        }
    }

    func publish(
        _ text: String, _ attachments: [Attachment], in channel: SlackChannelRecord, by team: Account, root: String?, details: [String: JSON],
        _ call: Call, _ state: inout PlatformState
    ) -> Publication {
        var details = details
        details["channel_id"] = .string(channel.id)
        details["channel_name"] = .string(channel.name)
        let id = "\(channel.id):\(Self.newTime(in: &state, now: call.now))"
        var publication = Publication(
            id: id, author: team.id, text: text, attachments: attachments, parent: root, createdAt: call.now, details: .object(details))
        publication.idempotencyKey = details["client_msg_id"]?.string
        state.timeline.add(publication)
        return publication
    }

    private func posted(_ message: Publication, _ state: PlatformState) -> Reply {
        Self.ok([
            "channel": message.details["channel_id"] ?? .null, "ts": .string(Self.time(message)),
            "message": messageJSON(message, state, withMetadata: true),
        ])
    }

    // MARK: Changing, deleting, reading

    func found(_ arguments: SlackArguments, _ team: Account, _ state: PlatformState, time name: String = "ts") throws -> Publication {
        let channel = try channel(arguments, team, state)
        guard let time = arguments.text(name), let message = state.timeline["\(channel.id):\(time)"] else { throw Self.error("message_not_found") }
        return message
    }

    private func updateMessage(_ state: inout PlatformState, _ arguments: SlackArguments, _ team: Account, _ call: Call) throws -> Reply {
        let old = try found(arguments, team, state)
        let blocks = try SlackRules.blocks(arguments, of: team, state)
        state.timeline.change(old.id) { message in
            message.text = SlackRules.words(arguments, blocks)
            message.editedAt = call.now
        }
        return Self.ok(["channel": .optional(arguments.text("channel")), "ts": .string(Self.time(old)), "text": .optional(arguments.text("text"))])
    }

    private func deleteMessage(_ state: inout PlatformState, _ arguments: SlackArguments, _ team: Account, _ call: Call) throws -> Reply {
        let old = try found(arguments, team, state)
        state.timeline.delete(old.id)
        return Self.ok(["channel": .optional(arguments.text("channel")), "ts": .string(Self.time(old))])
    }

    private func permalink(_ state: inout PlatformState, _ arguments: SlackArguments, _ team: Account, _ call: Call) throws -> Reply {
        let message = try found(arguments, team, state, time: "message_ts")
        let thread = message.parent.map { root -> String in
            let halves = root.split(separator: ":")
            return "?" + Encoding.form([("thread_ts", String(halves.last ?? "")), ("cid", String(halves.first ?? ""))])
        }
        return Self.ok([
            "channel": message.details["channel_id"] ?? .null, "permalink": .string(call.base + postPath(message, author: team) + (thread ?? "")),
        ])
    }

    /// Messages of the channel itself, newest first; replies only where they were sent to the channel too.
    private func listHistory(_ state: inout PlatformState, _ arguments: SlackArguments, _ team: Account, _ call: Call) throws -> Reply {
        let channel = try channel(arguments, team, state)
        guard channel.isMember else { throw Self.error("not_in_channel") }
        let oldest = Double(arguments.text("oldest") ?? "0") ?? 0
        let found = state.timeline.by(author: team.id).filter { message in
            message.id.hasPrefix(channel.id + ":") && Double(Self.time(message)) ?? 0 > oldest
                && (message.parent == nil || message.details["reply_broadcast"]?.bool == true)
        }
        return try list(found, arguments, state)
    }

    /// The root comes first, then the replies from the oldest on.
    private func listReplies(_ state: inout PlatformState, _ arguments: SlackArguments, _ team: Account, _ call: Call) throws -> Reply {
        let channel = try channel(arguments, team, state)
        guard channel.isMember else { throw Self.error("not_in_channel") }
        guard let time = arguments.text("ts"), let root = state.timeline["\(channel.id):\(time)"] else { throw Self.error("thread_not_found") }
        let oldest = Double(arguments.text("oldest") ?? "0") ?? 0
        let replies = state.timeline.replies(to: root.id).filter { Double(Self.time($0)) ?? 0 > oldest }
        return try list([root] + replies, arguments, state)
    }

    private func list(_ messages: [Publication], _ arguments: SlackArguments, _ state: PlatformState) throws -> Reply {
        let withMetadata = arguments.flag("include_all_metadata")
        let (page, next) = try Self.page(messages.map { messageJSON($0, state, withMetadata: withMetadata) }, arguments, state)
        return Self.ok(["messages": .array(page), "has_more": .bool(!next.isEmpty), "response_metadata": ["next_cursor": .string(next)]])
    }

    static func time(_ message: Publication) -> String { String(message.id.split(separator: ":").last ?? "") }

    func messageJSON(_ message: Publication, _ state: PlatformState, withMetadata: Bool) -> JSON {
        let details = message.details
        let replies = state.timeline.replies(to: message.id)
        var json: [String: JSON] = [
            "type": "message", "user": .string(Self.botID), "bot_id": "B0SIMBOT", "app_id": "A0SIMAPP", "team": .string(message.author),
            "text": .string(message.text), "ts": .string(Self.time(message)),
        ]
        json["blocks"] = details["blocks"]
        if withMetadata { json["metadata"] = details["metadata"] }
        if let root = message.parent ?? (replies.isEmpty ? nil : message.id) {
            json["thread_ts"] = .string(String(root.split(separator: ":").last ?? ""))
        }
        if !replies.isEmpty {
            json["reply_count"] = .int(replies.count)
            json["reply_users_count"] = 1
        }
        let likes = Popularity(id: message.id, age: clock().timeIntervalSince(message.createdAt)).likes
        if likes > 0 { json["reactions"] = [["name": "thumbsup", "count": .int(likes), "users": ["U0SIM1"]]] }
        return .object(json)
    }
}
