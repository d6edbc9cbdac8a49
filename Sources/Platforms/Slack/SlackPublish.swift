import Crypto
import Domain
import Foundation

extension Slack {
    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        let channel = try await journal.step("channel") { try await self.channel(of: request) }
        return try await request.publish { media, step in
            try await upload(media, step: step, request: request, journal: journal)
        } commit: { index, files, earlier in
            let root = earlier.first.flatMap { SlackMessageAddress($0.id) }?.time
            let draft = Draft(index: index, text: request.parts[index].text, files: files, channel: channel, root: root)
            if draft.isMessage, !files.isEmpty {
                _ = try await journal.step("files-\(index)") { try await complete(files, request.account.credentials) }
            }
            return try await journal.commit("part-\(index)") { intent in
                try await find(draft, request, intent)
            } _: { _ in
                try await draft.isMessage ? send(draft, request) : share(draft, request)
            }
        }
    }

    struct Draft: Sendable {
        let index: Int
        let text: String
        let files: [Upload]
        let channel: String
        /// The message that begins the thread.
        let root: String?

        /// Blocks show pictures only: a film or a document is shared as a file, and what stands beside it with it.
        var isMessage: Bool { files.allSatisfy(\.isPicture) }
    }

    /// Public channels can be joined; to a private one somebody has to invite the app.
    private func channel(of request: PublishRequest) async throws -> String {
        guard let named = request.setting("channel") else {
            throw PlatformError(
                .invalidContent, code: "SLACK_CHANNEL_MISSING", message: "The post names no channel of the workspace. Choose one in its settings.")
        }
        let credentials = request.account.credentials
        let id = named.hasPrefix("#") ? try await channelID(named, credentials) : named
        let answer: ChannelAnswer = try await api.value(get("conversations.info", [("channel", id)], credentials))
        let channel = answer.channel
        if channel.isMember != true, channel.isPrivate != true, channel.isArchived != true {
            _ = try await api.send(post("conversations.join", ["channel": .string(channel.id)], credentials))
        }
        return channel.id
    }

    /// Names are unique in a workspace, and in small letters.
    private func channelID(_ name: String, _ credentials: Credentials) async throws -> String {
        guard let found = try await channels(credentials).first(where: { $0.name == name.dropFirst().lowercased() }) else {
            throw PlatformError(
                .invalidContent, code: "SLACK_CHANNEL_NOT_FOUND",
                message: "The app sees no channel \(name). To a private channel somebody has to invite it (/invite); else choose another channel.")
        }
        return found.id
    }

    // MARK: Messages

    private func send(_ draft: Draft, _ request: PublishRequest) async throws -> PublishedPart {
        let made: Posted = try await api.value(
            post("chat.postMessage", message(draft, request), request.account.credentials, effect: .creates))
        return part(made.ts, draft, request.account)
    }

    func part(_ time: String, _ draft: Draft, _ account: ConnectedAccount) -> PublishedPart {
        let address = SlackMessageAddress(channel: draft.channel, time: time)
        return PublishedPart(id: address.description, url: permalink(address, root: draft.root, account))
    }

    /// Written into every message, so that it can be found again.
    static let event = "scheduled_post"
    static func key(_ request: PublishRequest, _ index: Int) -> String { "\(request.publicationId)-\(index)" }

    private func message(_ draft: Draft, _ request: PublishRequest) -> [String: JSONValue] {
        let key = Self.key(request, draft.index)
        var body: [String: JSONValue] = [
            "channel": .string(draft.channel), "unfurl_links": .bool(request.settings["unfurl_links"]?.bool ?? true),
            "unfurl_media": .bool(request.settings["unfurl_media"]?.bool ?? true),
            "metadata": ["event_type": .string(Self.event), "event_payload": ["id": .string(key)]], "client_msg_id": .string(Self.uuid(key)),
        ]
        let isMarkdown = request.setting("format") == "markdown"
        let text = isMarkdown ? draft.text : SlackText.escaped(draft.text)
        let pieces = SlackText.pieces(text, limit: Self.sectionLength)
        // Beside blocks the text serves for notifications.
        if let first = pieces.first { body["text"] = .string(first) }
        let blocks = blocks(isMarkdown ? [text] : pieces, draft, request)
        if blocks.count > 1 || isMarkdown || !draft.files.isEmpty { body["blocks"] = .array(blocks) }
        if let root = draft.root {
            body["thread_ts"] = .string(root)
            if request.toggle("reply_broadcast") { body["reply_broadcast"] = true }
        }
        for name in ["username", "icon_url"] { body[name] = request.setting(name).map { .string($0) } }
        return body
    }

    private func blocks(_ texts: [String], _ draft: Draft, _ request: PublishRequest) -> [JSONValue] {
        var blocks = [JSONValue]()
        if draft.index == 0, let header = request.setting("header") {
            blocks.append(["type": "header", "text": ["type": "plain_text", "text": .string(header), "emoji": true]])
        }
        for text in texts where !text.allSatisfy(\.isWhitespace) {
            blocks.append(
                request.setting("format") == "markdown"
                    ? ["type": "markdown", "text": .string(text)] : ["type": "section", "text": ["type": "mrkdwn", "text": .string(text)]])
        }
        // Slack wants a description that is not empty.
        blocks += draft.files.map { file in
            [
                "type": "image", "slack_file": ["id": .string(file.id)], "alt_text": .string(file.altText.isEmpty ? file.title : file.altText),
            ]
        }
        guard draft.index == 0 else { return blocks }
        if request.toggle("divider") { blocks.append(["type": "divider"]) }
        if let context = request.setting("context") {
            blocks.append(["type": "context", "elements": [["type": "mrkdwn", "text": .string(SlackText.escaped(context))]]])
        }
        return blocks
    }

    /// A UUID (RFC 9562, version 8) made from a hash of `key`.
    static func uuid(_ key: String) -> String {
        var bytes = Array(SHA256.hash(data: Data(key.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { bytes[$0].hexadecimal }.joined(separator: "-")
    }

    // MARK: Files

    /// Slack makes the message by and by. From the moment that it has accepted the files nothing may be sent again, whatever comes after.
    private func share(_ draft: Draft, _ request: PublishRequest) async throws -> PublishedPart {
        let credentials = request.account.credentials
        var body: [String: JSONValue] = ["files": Self.list(draft.files), "channel_id": .string(draft.channel)]
        if !draft.text.isEmpty { body["initial_comment"] = .string(SlackText.escaped(draft.text)) }
        if let root = draft.root { body["thread_ts"] = .string(root) }
        _ = try await api.send(post("files.completeUploadExternal", body, credentials, effect: .creates))
        for _ in 0..<10 {
            do {
                if let time = try await share(of: draft.files[0].id, in: draft.channel, root: draft.root, credentials) {
                    return part(time, draft, request.account)
                }
            } catch let error as PlatformError {
                throw api.unknown("has the files and did not say where they are", answer: error.platformAnswer, retryAfter: error.retryAfter)
            }
            try await context.pause(.seconds(1))
        }
        throw api.unknown("has the files and is still making the message", answer: nil, retryAfter: .seconds(30))
    }

    struct ChannelAnswer: Decodable {
        let channel: SlackChannel
    }

    private struct Posted: Decodable {
        let ts: String
    }
}

struct SlackChannel: Decodable {
    let id: String
    let name: String?
    let isPrivate: Bool?
    let isMember: Bool?
    let isArchived: Bool?
    let isGeneral: Bool?
    let members: Int?

    enum CodingKeys: String, CodingKey {
        case id, name
        case isPrivate = "is_private"
        case isMember = "is_member"
        case isArchived = "is_archived"
        case isGeneral = "is_general"
        case members = "num_members"
    }
}
