import Domain
import Foundation

extension Slack {
    private static let page = "200"
    /// A file that Slack has taken shows its message within this time, a long film too.
    private static let sharingTime = Duration.minutes(5)

    struct Page<Item: Decodable & Sendable>: Decodable {
        struct Metadata: Decodable {
            let next: String?

            enum CodingKeys: String, CodingKey {
                case next = "next_cursor"
            }
        }
        let messages: [Item]?
        let channels: [Item]?
        let members: [Item]?
        let metadata: Metadata?

        enum CodingKeys: String, CodingKey {
            case messages, channels, members
            case metadata = "response_metadata"
        }

        var items: [Item] { messages ?? channels ?? members ?? [] }
        /// Slack says with an empty one that there is no more.
        var next: String? { metadata?.next.flatMap { $0.isEmpty ? nil : $0 } }
    }

    private struct Message: Decodable, Sendable {
        struct Reaction: Decodable {
            let count: Int
        }
        let ts: String
        let metadata: JSONValue?
        let reactions: [Reaction]?
        let replies: Int?

        enum CodingKeys: String, CodingKey {
            case ts, metadata, reactions
            case replies = "reply_count"
        }
    }

    // MARK: After an unknown outcome

    /// A message carries its key with it; a file that was shared names the messages that it is in.
    func find(_ draft: Draft, _ request: PublishRequest, _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        do {
            return try await draft.isMessage ? findMessage(draft, request, intent) : findShare(draft, request, intent)
        } catch let error as PlatformError where ["SLACK_\(Self.scopeMissingCode)", "SLACK_\(Self.notInChannelCode)"].contains(error.code) {
            // Messages may not be read: then nobody but the person can tell.
            return .undecidable
        }
    }

    private func findMessage(_ draft: Draft, _ request: PublishRequest, _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        let key = Self.key(request, draft.index)
        var query = [
            ("channel", draft.channel), ("oldest", String(intent.earliest.milliseconds / 1000)), ("limit", Self.page),
            ("include_all_metadata", "true"),
        ]
        if let root = draft.root { query.append(("ts", root)) }
        return try await context.lookBack(intent) { (cursor: String?) in
            let page: Page<Message> = try await api.value(
                get(
                    draft.root == nil ? "conversations.history" : "conversations.replies", query + (cursor.map { [("cursor", $0)] } ?? []),
                    request.account.credentials))
            let match = page.items.first { $0.metadata?["event_payload"]?["id"]?.string == key }
            return LookBackPage(part: match.map { part($0.ts, draft, request.account) }, next: page.next)
        }
    }

    private func findShare(_ draft: Draft, _ request: PublishRequest, _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        if let time = try await share(of: draft.files[0].id, in: draft.channel, root: draft.root, request.account.credentials) {
            return .found(part(time, draft, request.account))
        }
        let settled = intent.lastTriedAt + Self.sharingTime
        return intent.now < settled ? .lookAgain(after: min(settled - intent.now, .seconds(15))) : context.finding(nil, complete: true, intent)
    }

    // MARK: Figures and removal

    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        var result = PostReadings()
        for post in posts {
            guard let address = SlackMessageAddress(post.platformPostId) else { continue }
            do {
                let reactions: Reactions = try await api.value(
                    get("reactions.get", [("channel", address.channel), ("timestamp", address.time)], account.credentials))
                let thread: Page<Message> = try await api.value(
                    get("conversations.replies", [("channel", address.channel), ("ts", address.time), ("limit", "1")], account.credentials))
                result[post.platformPostId] = [
                    .likes: (reactions.message?.reactions ?? []).reduce(0) { $0 + $1.count }, .comments: thread.items.first?.replies ?? 0,
                ]
            } catch let error as PlatformError where error.kind == .invalidContent {
                // The message or its channel is gone.
            }
        }
        return result
    }

    /// The members of the channel that everybody in the workspace is in: its general one.
    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        let general = try await channels(account.credentials).first { $0.isGeneral == true }
        return AccountFigures(now: general?.members.map { [.followers: $0] } ?? [:])
    }

    private struct Reactions: Decodable {
        let message: Message?
    }

    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        try await post.removeFromLast { number in
            guard let address = SlackMessageAddress(post.parts[number].id), post.hasOwnID(number) else { return false }
            do {
                _ = try await api.send(
                    self.post("chat.delete", ["channel": .string(address.channel), "ts": .string(address.time)], account.credentials))
            } catch let error as PlatformError where error.code == "SLACK_\(Self.alreadyGoneCode)" {
            }
            return true
        }
    }

    // MARK: What there is to choose from

    func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption] {
        let query = (query ?? "").trimmingCharacters(in: CharacterSet(charactersIn: "#@ ")).lowercased()
        func fits(_ name: String?) -> Bool { query.isEmpty || name?.lowercased().contains(query) == true }
        switch field {
        case Self.channel.name:
            return try await channels(account.credentials).filter { fits($0.name) }.map { channel in
                ChannelOption(value: channel.id, label: "#\(channel.name ?? channel.id)", hint: channel.isPrivate == true ? "private" : nil)
            }
        case Self.mention.name:
            guard !query.isEmpty else { return [] }
            let everybody = ["here", "channel"].filter { $0 == query }.map { ChannelOption(value: "<!\($0)>", label: "@\($0)") }
            let users: [SlackUser] = try await all("users.list", [], account.credentials)
            return everybody
                + users.filter { $0.deleted != true && (fits($0.name) || fits($0.realName)) }.prefix(20).map { user in
                    ChannelOption(value: "<@\(user.id)>", label: user.realName.flatMap { $0.isEmpty ? nil : $0 } ?? user.name, hint: "@\(user.name)")
                }
        default: return descriptor.options(of: field, matching: query)
        }
    }

    func channels(_ credentials: Credentials) async throws -> [SlackChannel] {
        try await all("conversations.list", [("types", "public_channel,private_channel"), ("exclude_archived", "true")], credentials)
    }

    /// All pages of a list, as far as is sensible while somebody waits.
    private func all<Item: Decodable & Sendable>(_ method: String, _ arguments: [(String, String)], _ credentials: Credentials) async throws -> [Item]
    {
        var (items, cursor): ([Item], String?) = ([], nil)
        for _ in 0..<lookUpPages {
            let page: Page<Item> = try await api.value(
                get(method, arguments + [("limit", Self.page)] + (cursor.map { [("cursor", $0)] } ?? []), credentials))
            items += page.items
            cursor = page.next
            if cursor == nil { break }
        }
        return items
    }
}
