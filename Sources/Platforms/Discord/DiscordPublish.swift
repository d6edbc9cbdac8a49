import Crypto
import Domain
import Foundation

extension Discord {
    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        let target = try await journal.step("channel") { try await self.target(of: request) }
        // Files travel within the message.
        return try await request.publish { media, _ in
            media
        } commit: { index, files, earlier in
            let place = try await place(of: index, target, earlier, request, journal)
            let draft = Draft(index: index, text: request.parts[index].text, files: files, place: place)
            let part = try await journal.commit("part-\(index)") { intent in
                try await find(draft, request, earlier, intent)
            } _: { _ in
                try await create(draft, request)
            }
            if index == 0, target.kind == .announcements, request.toggle("crosspost") {
                _ = try await journal.step("crosspost") { try await crosspost(part) }
            }
            return part
        }
    }

    /// The channel that a post goes to, as it was when publishing began.
    struct Target: Codable, Sendable {
        enum Kind: String, Codable, Sendable { case text, announcements, thread, forum }
        let id: String
        let kind: Kind
        /// Ids by lower-case name.
        let tags: [String: String]
    }

    /// Where one part goes.
    enum Place: Sendable {
        /// Into a channel or a thread, perhaps as a reply.
        case channel(String, replyTo: String?)
        /// Into a forum, where it opens a thread.
        case forum(Target)
    }

    struct Draft: Sendable {
        let index: Int
        let text: String
        let files: [OutgoingMedia]
        let place: Place

        var content: String { Discord.content(text) }
    }

    /// The bot may be in many servers: a channel has to be in the one that was connected.
    private func target(of request: PublishRequest) async throws -> Target {
        guard let named = request.setting("channel") else {
            throw PlatformError(
                .invalidContent, code: "DISCORD_CHANNEL_MISSING", message: "The post names no channel of the server. Choose one in its settings.")
        }
        let id = named.hasPrefix("#") ? try await channelID(named, request.account) : named
        let channel: Channel = try await api.value(call("GET", "/channels/\(FormEncoding.escape(id))"))
        guard channel.guild == request.account.account.id else {
            throw PlatformError(
                .invalidContent, code: "DISCORD_CHANNEL_ELSEWHERE",
                message: "The channel is not in the server \(request.account.account.displayName). Choose another channel.")
        }
        guard let kind = channel.kind else {
            throw PlatformError(
                .invalidContent, code: "DISCORD_NOT_A_TEXT_CHANNEL", message: "Nothing can be posted in this kind of channel. Choose a text channel.")
        }
        if kind == .forum, request.kind == "poll" {
            throw PlatformError(
                .invalidContent, code: "DISCORD_POLL_IN_FORUM", message: "Discord takes no polls in a forum. Choose a text channel for this poll.")
        }
        let tags = (channel.tags ?? []).map { ($0.name.lowercased(), $0.id) }
        return Target(id: channel.id, kind: kind, tags: Dictionary(tags) { first, _ in first })
    }

    /// The id of the one channel that has this name.
    private func channelID(_ name: String, _ account: ConnectedAccount) async throws -> String {
        let found = try await channels(of: account).filter { $0.name?.lowercased() == name.dropFirst().lowercased() }
        if found.count == 1 { return found[0].id }
        throw PlatformError(
            .invalidContent, code: "DISCORD_CHANNEL_NOT_FOUND",
            message: found.isEmpty
                ? "The bot sees no channel \(name) in the server. Choose another one, or give the bot access in the channel's settings."
                : "The server has \(found.count) channels called \(name). Give the channel's ID.")
    }

    private func place(
        of index: Int, _ target: Target, _ earlier: [PublishedPart], _ request: PublishRequest, _ journal: any StepJournal
    ) async throws -> Place {
        guard let root = earlier.first.flatMap({ MessageAddress($0.id) }) else {
            return target.kind == .forum ? .forum(target) : .channel(target.id, replyTo: nil)
        }
        // A post in a forum is a thread already, and there are no threads in threads.
        if target.kind == .forum { return .channel(root.channel, replyTo: nil) }
        if target.kind == .thread || request.setting("follow_ups") == "replies" { return .channel(root.channel, replyTo: root.id) }
        return .channel(try await journal.step("thread") { try await openThread(below: root, request) }, replyTo: nil)
    }

    /// The thread's id is the message's: one that exists already is the same.
    private func openThread(below root: MessageAddress, _ request: PublishRequest) async throws -> String {
        let body: JSONValue = [
            "name": .string(request.setting("thread_name") ?? Self.title(request.parts[0].text)), "auto_archive_duration": archiveAfter(request),
        ]
        do {
            let path = "/channels/\(root.channel)/messages/\(root.id)/threads"
            let thread: Identified = try await api.value(call("POST", path, body: try .json(body)))
            return thread.id
        } catch let error as PlatformError where error.code == "DISCORD_\(Self.threadExistsCode)" {
            return root.id
        }
    }

    private func archiveAfter(_ request: PublishRequest) -> JSONValue {
        .number(request.setting("archive_after").flatMap(Double.init) ?? 1440)
    }

    /// The first line of a text, as far as a title may be long.
    static func title(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init)?.trimmingCharacters(in: .whitespaces) ?? ""
        guard line.unicodeScalars.count > 100 else { return line.isEmpty ? "Thread" : line }
        return String(String.UnicodeScalarView(line.unicodeScalars.prefix(99))) + "…"
    }

    private func crosspost(_ part: PublishedPart) async throws -> Bool {
        guard let message = MessageAddress(part.id) else { return false }
        do {
            _ = try await api.send(call("POST", "/channels/\(message.channel)/messages/\(message.id)/crosspost"))
        } catch let error as PlatformError where error.code == "DISCORD_\(Self.crosspostedCode)" {
        }
        return true
    }

    // MARK: Creating

    private func create(_ draft: Draft, _ request: PublishRequest) async throws -> PublishedPart {
        switch draft.place {
        case .channel(let channel, let replyTo):
            var body = Self.messageBody(draft.index, draft.text, draft.files, request)
            body["nonce"] = .string(Self.nonce(request, draft.index))
            body["enforce_nonce"] = true
            if let replyTo { body["message_reference"] = ["message_id": .string(replyTo), "fail_if_not_exists": false] }
            if draft.index == 0, request.kind == "poll" { body["poll"] = Self.pollBody(draft.text, request) }
            let made: Message = try await api.value(
                call("POST", "/channels/\(channel)/messages", body: try Self.formBody(.object(body), draft.files), effect: .creates))
            return part(MessageAddress(channel: channel, id: made.id), request.account)
        case .forum(let forum):
            let body = try forumPost(in: forum, draft, request)
            let made: Identified = try await api.value(
                call("POST", "/channels/\(forum.id)/threads", body: try Self.formBody(body, draft.files), effect: .creates))
            return part(MessageAddress(channel: made.id, id: made.id), request.account)
        }
    }

    func part(_ message: MessageAddress, _ account: ConnectedAccount) -> PublishedPart {
        PublishedPart(id: message.description, url: messageURL(message, account))
    }

    /// The same in every try, at most 25 signs: Discord makes no second message with the nonce of one made minutes ago.
    static func nonce(_ request: PublishRequest, _ index: Int) -> String {
        let hash = SHA256.hash(data: Data("\(request.publicationId)-\(index)".utf8))
        return hash.prefix(12).hexadecimal
    }

    func forumTitle(_ request: PublishRequest) -> String { request.setting("title") ?? Self.title(request.parts[0].text) }

    private func forumPost(in forum: Target, _ draft: Draft, _ request: PublishRequest) throws -> JSONValue {
        let names = (request.setting("tags") ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        let tags = try names.map { name -> JSONValue in
            guard let id = forum.tags[name.lowercased()] else {
                throw PlatformError(
                    .invalidContent, code: "DISCORD_TAG_UNKNOWN",
                    message: "The forum has no tag \"\(name)\". Its tags are: \(forum.tags.keys.sorted().joined(separator: ", ")).")
            }
            return .string(id)
        }
        var body: [String: JSONValue] = [
            "name": .string(forumTitle(request)), "message": .object(Self.messageBody(draft.index, draft.text, draft.files, request)),
            "auto_archive_duration": archiveAfter(request),
        ]
        if !tags.isEmpty { body["applied_tags"] = .array(tags) }
        return .object(body)
    }
}
