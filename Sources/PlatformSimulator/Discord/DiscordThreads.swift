import Foundation
import HTTPTypes

extension Discord {
    var threads: [Operation] {
        let path = "/api/{version}/channels/{channel}"
        let limits = [Self.perGuild]
        return [
            Operation("discord.createThread", .post, path + "/messages/{message}/threads", limits: limits, handler: channel(createThread)),
            Operation(
                "discord.createForumPost", .post, path + "/threads", limits: [Self.perGuild, Self.perChannel], body: .streamed,
                handler: createForumPost),
            Operation("discord.deleteChannel", .delete, path, limits: limits, handler: channel(deleteChannel)),
        ]
    }

    func checkThread(_ body: JSON) throws {
        guard let name = body["name"]?.string, (1...100).contains(name.unicodeScalars.count) else {
            throw Self.invalid("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        }
        guard [60, 1440, 4320, 10080].contains(body["auto_archive_duration"]?.int ?? 1440) else {
            throw Self.invalid("auto_archive_duration", "BASE_TYPE_CHOICES", "Value must be one of {60, 1440, 4320, 10080}.")
        }
    }

    func addThread(
        _ id: String, _ body: JSON, in channel: GuildChannel, root: String, _ state: inout PlatformState
    ) -> GuildChannel {
        var thread = GuildChannel(name: body["name"]?.string ?? "", type: 11)
        (thread.id, thread.guild, thread.parent, thread.root) = (id, channel.guild, channel.id, root)
        thread.archiveAfter = body["auto_archive_duration"]?.int ?? 1440
        state.records["channel/\(id)"] = thread.record
        state.records["threads/\(channel.guild)"] = .array((state.records["threads/\(channel.guild)"]?.array ?? []) + [.string(id)])
        return thread
    }

    /// A thread below a message has the message's id, so there is one at most.
    private func createThread(_ state: inout PlatformState, _ channel: GuildChannel, _ guild: Account, _ call: Call) throws -> Reply {
        let message = try message(call, in: channel, state)
        guard [0, 5].contains(channel.type) else { throw Self.error(50024, "Cannot execute action on this channel type", 400) }
        try require(.createThreads, state)
        guard let body = call.json, body.object != nil else { throw Self.error(50109, "The request body contains invalid JSON.", 400) }
        try checkThread(body)
        let id = String(Self.number(message))
        if state.channel(id) != nil { throw Self.error(160004, "A thread has already been created for this message", 400) }
        return .json(addThread(id, body, in: channel, root: message.id, &state).json(state), status: 201)
    }

    private func createForumPost(_ call: Call) async throws -> Reply {
        try checkBot(call)
        let form = try await DiscordForm.read(call)
        return try store.update { state in
            let (channel, guild) = try place(call, state)
            guard channel.isForum else { throw Self.error(50024, "Cannot execute action on this channel type", 400) }
            let body = form.payload
            try checkThread(body)
            guard let message = body["message"], message.object != nil else {
                throw Self.invalid("message", "BASE_TYPE_REQUIRED", "This field is required")
            }
            // Neither of them is known to the first message of a forum's post.
            for name in ["nonce", "poll", "message_reference"] where message[name] != nil {
                throw Self.invalid("message.\(name)", "BASE_TYPE_UNKNOWN", "Unknown field")
            }
            try checkRights(channel, message, form, state)
            try checkTags(body["applied_tags"]?.strings ?? [], channel)
            try DiscordRules.check(message, form, bytes: fileLimit(state))
            let id = Self.newID(in: &state, now: call.now)
            let thread = addThread(id, body, in: channel, root: "\(id):\(id)", &state)
            var made = publish("\(id):\(id)", message, form, in: thread, by: guild, parent: nil, call, &state)
            var details = made.details.object ?? [:]
            details["thread_name"] = .string(thread.name)
            details["forum"] = .string(channel.name)
            details["applied_tags"] = body["applied_tags"] ?? []
            made.details = .object(details)
            let complete = made.details
            state.timeline.change(made.id) { $0.details = complete }
            var answer = thread.json(state).object ?? [:]
            answer["message"] = messageJSON(made, state)
            answer["applied_tags"] = body["applied_tags"] ?? []
            return Reply.json(.object(answer), status: 201).creating(made.id)
        }
    }

    func checkTags(_ tags: [String], _ forum: GuildChannel) throws {
        if forum.needsTag, tags.isEmpty { throw Self.error(40067, "A tag is required to create a forum post in this channel", 400) }
        guard tags.count <= 5 else { throw Self.invalid("applied_tags", "BASE_TYPE_BAD_LENGTH", "Must be 5 or fewer in length.") }
        let known = forum.tags.map(forum.tagID)
        guard tags.allSatisfy(known.contains) else { throw Self.error(10087, "Unknown tag", 404) }
    }

    private func deleteChannel(_ state: inout PlatformState, _ channel: GuildChannel, _ guild: Account, _ call: Call) throws -> Reply {
        try require(.manageThreads, state)
        guard channel.isThread else { throw Self.error(50013, "Missing Permissions", 403) }
        for message in state.timeline.by(author: guild.id).filter({ $0.id.hasPrefix(channel.id + ":") }) { state.timeline.delete(message.id) }
        state.records["channel/\(channel.id)"] = nil
        state.records["threads/\(guild.id)"] = .array((state.records["threads/\(guild.id)"]?.array ?? []).filter { $0.string != channel.id })
        return .json(channel.json(state))
    }
}
