import Domain
import Foundation

extension Discord {
    /// How long Discord remembers a nonce for certain ("the past few minutes").
    private static let nonceWindow = Duration.minutes(2)
    private static let page = 100

    struct Identified: Decodable {
        let id: String
    }

    struct Channel: Decodable {
        struct Tag: Decodable {
            let id: String
            let name: String
        }
        let id: String
        let type: Int
        let name: String?
        let guild: String?
        let parent: String?
        let owner: String?
        let tags: [Tag]?
        let messages: Int?

        enum CodingKeys: String, CodingKey {
            case id, type, name
            case guild = "guild_id"
            case parent = "parent_id"
            case owner = "owner_id"
            case tags = "available_tags"
            case messages = "message_count"
        }

        /// Nil where nothing can be posted.
        var kind: Target.Kind? {
            switch type {
            case 0: .text
            case 5: .announcements
            case 10, 11, 12: .thread
            case 15, 16: .forum
            default: nil
            }
        }
    }

    struct Message: Decodable {
        struct Author: Decodable {
            let id: String
        }
        struct Reaction: Decodable {
            let count: Int
        }
        struct Poll: Decodable {
            struct Question: Decodable {
                let text: String?
            }
            let question: Question
        }
        let id: String
        let content: String
        let author: Author
        let attachments: [Identified]
        let reactions: [Reaction]?
        let thread: Channel?
        let poll: Poll?

        var likes: Int { (reactions ?? []).reduce(0) { $0 + $1.count } }
    }

    // MARK: After an unknown outcome

    func find(_ draft: Draft, _ request: PublishRequest, _ earlier: [PublishedPart], _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        switch draft.place {
        case .forum(let forum): return try await findThread(draft, in: forum, request, intent)
        case .channel(let channel, _):
            // Sent again it meets itself.
            if intent.now - intent.firstTriedAt < Self.nonceWindow { return .safeToSend }
            return try await findMessage(draft, in: channel, request, earlier, intent)
        }
    }

    private func findMessage(
        _ draft: Draft, in channel: String, _ request: PublishRequest, _ earlier: [PublishedPart], _ intent: CommitIntent
    ) async throws -> Finding<PublishedPart> {
        let me: Identified = try await api.value(call("GET", "/users/@me"))
        let known = Set(earlier.map(\.id))
        let end = Snowflake.first(at: intent.latest)
        return try await context.lookBack(intent) { (mark: UInt64?) in
            let after = mark ?? Snowflake.first(at: intent.earliest)
            let messages: [Message] = try await api.value(
                call("GET", "/channels/\(channel)/messages?limit=\(Self.page)&after=\(after)"))
            let match = messages.first { message in
                message.author.id == me.id && (message.poll?.question.text ?? message.content) == draft.content
                    && message.attachments.count == draft.files.count && !known.contains("\(channel):\(message.id)")
            }
            if let match { return LookBackPage(part: part(MessageAddress(channel: channel, id: match.id), request.account)) }
            // To those who may not read older messages Discord shows an empty channel.
            if mark == nil, messages.isEmpty, try await !shows(channel) { return nil }
            let newest = messages.count == Self.page ? messages.compactMap { UInt64($0.id) }.max() : nil
            return LookBackPage(next: newest.flatMap { $0 < end ? $0 : nil })
        }
    }

    private func shows(_ channel: String) async throws -> Bool {
        let newest: [Identified] = try await api.value(call("GET", "/channels/\(channel)/messages?limit=1"))
        return !newest.isEmpty
    }

    /// There is no nonce for threads; those that are open are listed in full.
    private func findThread(_ draft: Draft, in forum: Target, _ request: PublishRequest, _ intent: CommitIntent) async throws -> Finding<
        PublishedPart
    > {
        let me: Identified = try await api.value(call("GET", "/users/@me"))
        let open: Threads = try await api.value(call("GET", "/guilds/\(FormEncoding.escape(request.account.account.id))/threads/active"))
        let first = Snowflake.first(at: intent.earliest)
        for thread in open.threads
        where thread.parent == forum.id && thread.owner == me.id && thread.name == forumTitle(request)
            && UInt64(thread.id).map({ $0 >= first }) == true
        {
            let call = call("GET", "/channels/\(thread.id)/messages/\(thread.id)")
            let answer = try await api.send(call, accepting: [404])
            guard answer.isSuccess else { continue }
            let message: Message = try api.decode(answer, to: call)
            if message.content == draft.content, message.attachments.count == draft.files.count {
                return .found(part(MessageAddress(channel: thread.id, id: thread.id), request.account))
            }
        }
        return context.finding(nil, complete: true, intent)
    }

    private struct Threads: Decodable {
        let threads: [Channel]
    }

    // MARK: Figures

    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        var result = PostReadings()
        for post in posts {
            guard let address = MessageAddress(post.platformPostId) else { continue }
            let call = call("GET", "/channels/\(address.channel)/messages/\(address.id)")
            let answer = try await api.send(call, accepting: [403, 404])
            guard answer.isSuccess else { continue }
            let message: Message = try api.decode(answer, to: call)
            // A forum's post is the thread itself.
            let isThread = address.channel == address.id
            let thread: Channel? = isThread ? try await api.value(self.call("GET", "/channels/\(address.channel)")) : message.thread
            result[post.platformPostId] = [
                .likes: message.likes, .comments: thread?.messages ?? 0,
            ]
        }
        return result
    }

    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        let guild: Guild = try await api.value(call("GET", "/guilds/\(FormEncoding.escape(account.account.id))?with_counts=true"))
        return AccountFigures(now: guild.members.map { [.followers: $0] } ?? [:])
    }

    // MARK: Removal

    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        let left = try await post.removeFromLast { number in
            guard let address = MessageAddress(post.parts[number].id), post.hasOwnID(number) else { return false }
            _ = try await api.send(call("DELETE", "/channels/\(address.channel)/messages/\(address.id)"), accepting: [404])
            return true
        }
        // The emptied thread goes too, where the bot may do that; it has the first message's id.
        if let root = MessageAddress(post.parts[0].id), post.parts.count > 1 || root.channel == root.id {
            _ = try await api.send(call("DELETE", "/channels/\(root.id)"), accepting: [403, 404])
        }
        return left
    }

    // MARK: What there is to choose from

    func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption] {
        let query = (query ?? "").trimmingCharacters(in: CharacterSet(charactersIn: "#@ ")).lowercased()
        func fits(_ name: String) -> Bool { query.isEmpty || name.lowercased().contains(query) }
        switch field {
        case Self.channel.name:
            return try await channels(of: account).filter { fits($0.name ?? "") }.map { channel in
                ChannelOption(value: channel.id, label: "#\(channel.name ?? channel.id)", hint: channel.kind == .text ? nil : channel.kind?.rawValue)
            }
        case Self.tag.name:
            return try await channels(of: account).flatMap { forum in
                (forum.tags ?? []).filter { fits($0.name) }.map { ChannelOption(value: $0.name, label: $0.name, hint: forum.name.map { "#\($0)" }) }
            }
        case Self.mention.name:
            guard !query.isEmpty else { return [] }
            let guild = "/guilds/\(FormEncoding.escape(account.account.id))"
            let roles: [Role] = try await api.value(call("GET", "\(guild)/roles"))
            let members: [Member] = try await api.value(
                call("GET", "\(guild)/members/search?\(FormEncoding.encode([("query", String(query.prefix(100))), ("limit", "20")]))"))
            return members.map { ChannelOption(value: "<@\($0.user.id)>", label: $0.name, hint: "@\($0.user.username)") }
                // The role that everybody has carries the server's id, and is written otherwise.
                + roles.filter { $0.id != account.account.id && fits($0.name) }.map {
                    ChannelOption(value: "<@&\($0.id)>", label: "@\($0.name)", hint: "role")
                }
        default: return descriptor.options(of: field, matching: query)
        }
    }

    /// Those that the bot sees and that take posts.
    func channels(of account: ConnectedAccount) async throws -> [Channel] {
        let all: [Channel] = try await api.value(call("GET", "/guilds/\(FormEncoding.escape(account.account.id))/channels"))
        return all.filter { $0.kind != nil }
    }

    private struct Role: Decodable {
        let id: String
        let name: String
    }

    private struct Member: Decodable {
        struct User: Decodable {
            let id: String
            let username: String
            let globalName: String?

            enum CodingKeys: String, CodingKey {
                case id, username
                case globalName = "global_name"
            }
        }
        let user: User
        let nick: String?

        var name: String { nick ?? user.globalName ?? user.username }
    }
}
