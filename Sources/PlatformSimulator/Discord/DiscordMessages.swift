import Foundation
import HTTPTypes

extension Discord {
    var messages: [Operation] {
        let path = "/api/{version}/channels/{channel}/messages"
        let limits = [Self.perGuild]
        return [
            Operation("discord.createMessage", .post, path, limits: [Self.perGuild, Self.perChannel], body: .streamed, handler: createMessage),
            Operation("discord.listMessages", .get, path, limits: limits, handler: channel(listMessages)),
            Operation("discord.readMessage", .get, path + "/{message}", limits: limits, handler: channel(readMessage)),
            Operation("discord.editMessage", .patch, path + "/{message}", limits: limits, handler: channel(editMessage)),
            Operation("discord.deleteMessage", .delete, path + "/{message}", limits: limits, handler: channel(deleteMessage)),
            Operation("discord.crosspost", .post, path + "/{message}/crosspost", limits: limits, handler: channel(crosspost)),
        ]
    }

    // MARK: Creating

    private func createMessage(_ call: Call) async throws -> Reply {
        try checkBot(call)
        let form = try await DiscordForm.read(call)
        return try store.update { state in
            let (channel, guild) = try place(call, state)
            if channel.isForum { throw Self.error(40058, "Cannot send messages in a forum channel", 400) }
            guard [0, 5, 11].contains(channel.type) else { throw Self.error(50008, "Cannot send messages in a non-text channel", 400) }
            let message = form.payload
            try checkRights(channel, message, form, state)
            let nonce = message["nonce"].flatMap { $0.string ?? $0.int.map(String.init) }
            let key = message["enforce_nonce"]?.bool == true ? nonce.map { "nonce/" + $0 } : nil
            if let key, let known = state.recent.find(key, now: call.now, window: state.seconds("nonceWindow")), let old = state.timeline[known] {
                return .json(messageJSON(old, state))
            }
            try DiscordRules.check(message, form, bytes: fileLimit(state))
            let parent = try parent(of: message, channel, state)
            let id = Self.newID(in: &state, now: call.now)
            let made = publish("\(channel.id):\(id)", message, form, in: channel, by: guild, parent: parent, call, &state)
            if let key { state.recent.remember(key, id: made.id, now: call.now) }
            return Reply.json(messageJSON(made, state)).creating(made.id)
        }
    }

    func fileLimit(_ state: PlatformState) -> Int { [2: 50 << 20, 3: 100 << 20][state.number("boostLevel")] ?? 10 << 20 }

    func checkRights(_ channel: GuildChannel, _ message: JSON, _ form: DiscordForm, _ state: PlatformState) throws {
        if channel.isReadOnly { throw Self.error(50013, "Missing Permissions", 403) }
        try require(channel.isThread ? .sendInThreads : .sendMessages, state)
        if !form.files.isEmpty { try require(.attachFiles, state) }
        if message["poll"]?.object != nil { try require(.sendPolls, state) }
        if message["message_reference"]?.object != nil, !has(.readHistory, state) {
            throw Self.error(160002, "Cannot reply without permission to read message history", 403)
        }
    }

    /// What a message hangs on: the message it replies to, or the one that its thread belongs to.
    private func parent(of message: JSON, _ channel: GuildChannel, _ state: PlatformState) throws -> String? {
        guard let reference = message["message_reference"]?["message_id"]?.string else { return channel.root }
        let id = "\(channel.id):\(reference)"
        if state.timeline[id] != nil { return id }
        guard message["message_reference"]?["fail_if_not_exists"]?.bool == false else {
            throw Self.invalid("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
        }
        return channel.root
    }

    func publish(
        _ id: String, _ message: JSON, _ form: DiscordForm, in channel: GuildChannel, by guild: Account, parent: String?, _ call: Call,
        _ state: inout PlatformState
    ) -> Publication {
        var details = (message.object ?? [:]).filter { !["content", "attachments"].contains($0.key) }
        details["channel_name"] = .string(channel.name)
        details["channel_id"] = .string(channel.id)
        let described = Dictionary(
            (message["attachments"]?.array ?? []).compactMap { entry in
                entry["id"].flatMap { $0.int ?? $0.string.flatMap(Int.init) }.map { ($0, entry) }
            }
        ) { first, _ in first }
        var names: [JSON] = []
        let attachments = form.files.sorted { $0.key < $1.key }.map { number, file -> Attachment in
            var item = MediaItem(
                id: Self.newID(in: &state, now: call.now), owner: guild.id, kind: MediaKind(contentType: file.contentType) ?? .document,
                contentType: file.contentType, createdAt: call.now)
            item.altText = described[number]?["description"]?.string ?? ""
            item.parts.add(0, file.part)
            item.finish(polls: 0, failing: false)
            item.attachedTo = id
            state.media[item.id] = item
            state.files.put(item.id, contentType: file.contentType, bytes: file.part.kept)
            names.append(described[number]?["filename"] ?? .string(file.name))
            return item.attachment
        }
        details["filenames"] = .array(names)
        let content = (message["content"]?.string ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        var publication = Publication(
            id: id, author: guild.id, text: message["poll"]?["question"]?["text"]?.string ?? content, attachments: attachments, parent: parent,
            createdAt: call.now, details: .object(details))
        publication.idempotencyKey = message["nonce"]?.string
        state.timeline.add(publication)
        return publication
    }

    // MARK: Reading, changing, deleting

    /// The newest first; `after` begins at the oldest that is newer. Who may not read the history sees nothing.
    private func listMessages(_ state: inout PlatformState, _ channel: GuildChannel, _ guild: Account, _ call: Call) throws -> Reply {
        let limit = call.query("limit").flatMap(Int.init) ?? 50
        guard (1...100).contains(limit) else { throw Self.invalid("limit", "NUMBER_TYPE_MAX", "int value should be less than or equal to 100.") }
        guard has(.readHistory, state) else { return .json([]) }
        var found = state.timeline.by(author: guild.id).filter { $0.id.hasPrefix(channel.id + ":") }
        if let after = call.query("after").flatMap(Int.init) {
            found = Array(found.filter { Self.number($0) > after }.suffix(limit))
        } else if let before = call.query("before").flatMap(Int.init) {
            found = found.filter { Self.number($0) < before }
        }
        return .json(.array(found.prefix(limit).map { messageJSON($0, state) }))
    }

    static func number(_ message: Publication) -> Int { Int(message.id.split(separator: ":").last ?? "") ?? 0 }

    func message(_ call: Call, in channel: GuildChannel, _ state: PlatformState) throws -> Publication {
        guard let found = state.timeline["\(channel.id):\(call.parameter("message"))"] else { throw Self.error(10008, "Unknown Message", 404) }
        return found
    }

    private func readMessage(_ state: inout PlatformState, _ channel: GuildChannel, _ guild: Account, _ call: Call) throws -> Reply {
        try require(.readHistory, state)
        return .json(messageJSON(try message(call, in: channel, state), state))
    }

    private func editMessage(_ state: inout PlatformState, _ channel: GuildChannel, _ guild: Account, _ call: Call) throws -> Reply {
        try edit(try message(call, in: channel, state), call, &state)
    }

    func edit(_ old: Publication, _ call: Call, _ state: inout PlatformState) throws -> Reply {
        guard let body = call.json, body.object != nil else { throw Self.error(50109, "The request body contains invalid JSON.", 400) }
        if let content = body["content"]?.string {
            guard content.unicodeScalars.count <= 2000 else {
                throw Self.invalid("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
            }
            state.timeline.change(old.id) { message in
                message.text = content
                message.editedAt = call.now
            }
        }
        return .json(messageJSON(state.timeline[old.id] ?? old, state))
    }

    private func deleteMessage(_ state: inout PlatformState, _ channel: GuildChannel, _ guild: Account, _ call: Call) throws -> Reply {
        state.timeline.delete(try message(call, in: channel, state).id)
        return .empty(204)
    }

    private func crosspost(_ state: inout PlatformState, _ channel: GuildChannel, _ guild: Account, _ call: Call) throws -> Reply {
        let found = try message(call, in: channel, state)
        guard channel.type == 5 else { throw Self.error(50024, "Cannot execute action on this channel type", 400) }
        if found.details["crossposted"]?.bool == true { throw Self.error(40033, "This message has already been crossposted.", 400) }
        state.timeline.change(found.id) { message in
            var details = message.details.object ?? [:]
            details["crossposted"] = true
            message.details = .object(details)
        }
        return .json(messageJSON(state.timeline[found.id] ?? found, state))
    }

    // MARK: As the API shows it

    func messageJSON(_ message: Publication, _ state: PlatformState) -> JSON {
        let details = message.details
        let id = String(Self.number(message))
        let channel = details["channel_id"]?.string ?? ""
        let poll = details["poll"].flatMap { $0.isNull ? nil : $0 }
        var json: [String: JSON] = [
            "id": .string(id), "channel_id": .string(channel), "type": 0, "content": .string(poll == nil ? message.text : ""),
            "author": details["webhook"].map(Self.webhookUser) ?? Self.botUser,
            "attachments": .array(zip(message.attachments, details["filenames"]?.array ?? []).map { attachmentJSON($0, name: $1, channel) }),
            "embeds": .array(
                (details["embeds"]?.array ?? []).map { .object(($0.object ?? [:]).merging(["type": "rich"]) { first, _ in first }) }),
            "mentions": [], "mention_roles": [],
            "mention_everyone": false, "pinned": false, "tts": false, "timestamp": .string(Encoding.iso8601(message.createdAt)),
            "edited_timestamp": message.editedAt.map { .string(Encoding.iso8601($0)) } ?? .null,
            "flags": .int((details["flags"]?.int ?? 0) | (details["crossposted"]?.bool == true ? 1 : 0)), "components": [],
        ]
        json["nonce"] = details["nonce"]
        json["webhook_id"] = details["webhook"]?["id"]
        if let reference = details["message_reference"]?["message_id"] {
            json["type"] = 19
            json["message_reference"] = ["type": 0, "channel_id": .string(channel), "guild_id": .string(message.author), "message_id": reference]
        }
        if let thread = state.channel(id).flatMap(GuildChannel.init) { json["thread"] = thread.json(state) }
        if let poll { json["poll"] = pollJSON(poll, message) }
        let likes = Popularity(id: message.id, age: clock().timeIntervalSince(message.createdAt)).likes
        if likes > 0 {
            json["reactions"] = [
                [
                    "emoji": ["id": .null, "name": "👍"], "count": .int(likes), "count_details": ["normal": .int(likes), "burst": 0], "me": false,
                    "me_burst": false, "burst_colors": [],
                ]
            ]
        }
        return .object(json)
    }

    private func attachmentJSON(_ attachment: Attachment, name: JSON, _ channel: String) -> JSON {
        let address = "https://cdn.discordapp.com/attachments/\(channel)/\(attachment.id)/\(Encoding.percent(name.string ?? "file"))"
        return .compact([
            "id": .string(attachment.id), "filename": name, "size": .int(attachment.byteCount), "url": .string(address),
            "proxy_url": .string(address), "content_type": .string(attachment.contentType),
            "description": attachment.altText.isEmpty ? nil : .string(attachment.altText),
        ])
    }

    private func pollJSON(_ poll: JSON, _ message: Publication) -> JSON {
        let answers = (poll["answers"]?.array ?? []).enumerated().map { number, answer -> JSON in
            ["answer_id": .int(number + 1), "poll_media": answer["poll_media"] ?? [:]]
        }
        return [
            "question": poll["question"] ?? [:], "answers": .array(answers),
            "expiry": .string(Encoding.iso8601(message.createdAt.addingTimeInterval(Double(poll["duration"]?.int ?? 24) * 3600))),
            "allow_multiselect": poll["allow_multiselect"] ?? false, "layout_type": 1,
        ]
    }
}
