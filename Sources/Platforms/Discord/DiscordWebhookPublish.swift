import Domain
import Foundation

extension DiscordWebhook {
    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        let home: Home = try await journal.step("webhook") { try await currentHome(request.account.credentials) }
        // Files travel within the message.
        return try await request.publish { media, _ in
            media
        } commit: { index, files, earlier in
            let body = body(of: index, files, request)
            let thread = earlier.first.flatMap { MessageAddress($0.id) }.flatMap { threadID(of: $0, home) } ?? request.setting("thread_id")
            return try await journal.commit("part-\(index)") { _ in
                // Webhooks have no nonce, and read no messages but those whose number they know.
                Finding<PublishedPart>.undecidable
            } _: { _ in
                try await create(body, files, in: thread, home, request, opens: index == 0)
            }
        }
    }

    /// Where the webhook writes, as it was when publishing began: people may move it.
    struct Home: Codable, Sendable {
        let channel: String
        let guild: String?
    }

    private func currentHome(_ credentials: Credentials) async throws -> Home {
        let webhook = try await webhook(credentials)
        return Home(channel: webhook.channel, guild: webhook.guild)
    }

    /// A message that is not in the webhook's channel is in a thread of it.
    private func threadID(of message: MessageAddress, _ home: Home) -> String? { message.channel == home.channel ? nil : message.channel }

    private func body(of index: Int, _ files: [OutgoingMedia], _ request: PublishRequest) -> [String: JSONValue] {
        let text = request.parts[index].text
        var body = Discord.messageBody(index, text, files, request)
        body["username"] = request.setting("username").map { .string($0) }
        body["avatar_url"] = request.setting("avatar_url").map { .string($0) }
        guard index == 0 else { return body }
        if request.kind == "poll" { body["poll"] = Discord.pollBody(text, request) }
        if request.setting("thread_id") == nil { body["thread_name"] = request.setting("title").map { .string($0) } }
        return body
    }

    private func create(
        _ body: [String: JSONValue], _ files: [OutgoingMedia], in thread: String?, _ home: Home, _ request: PublishRequest, opens: Bool
    ) async throws -> PublishedPart {
        do {
            return try await send(body, files, in: thread, home, request)
        } catch let error as PlatformError where error.code == "DISCORD_\(Discord.forumCode)" && thread == nil {
            guard opens else {
                throw PlatformError(
                    .invalidContent, code: "DISCORD_THREAD_UNKNOWN",
                    message:
                        "Which thread of the forum the first part opened is not known, because its answer was lost. Write the other parts there by hand."
                )
            }
            // The webhook does not tell that its channel is a forum. The refusal is certain, so it may be said again.
            let titled = body.merging(["thread_name": .string(Discord.title(request.parts[0].text))]) { $1 }
            return try await send(titled, files, in: nil, home, request)
        }
    }

    private func send(
        _ body: [String: JSONValue], _ files: [OutgoingMedia], in thread: String?, _ home: Home, _ request: PublishRequest
    ) async throws -> PublishedPart {
        var body = body
        let tags = (request.setting("tag_ids") ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        if body["thread_name"] != nil, !tags.isEmpty { body["applied_tags"] = .array(tags.map { .string($0) }) }
        // Without `wait` Discord does not say which message it made.
        let made: Made = try await api.value(
            call(
                "POST", request.account.credentials, query: [("wait", "true")] + inThread(thread),
                body: try Discord.formBody(.object(body), files), effect: .creates))
        let address = MessageAddress(channel: made.channel, id: made.id)
        return PublishedPart(
            id: address.description, url: home.guild.map { discord.hosts.url("https://discord.com/channels/\($0)/\(made.channel)/\(made.id)") })
    }

    private func inThread(_ thread: String?) -> [(String, String)] { thread.map { [("thread_id", $0)] } ?? [] }

    private struct Made: Decodable {
        let id: String
        let channel: String

        enum CodingKeys: String, CodingKey {
            case id
            case channel = "channel_id"
        }
    }

    // MARK: Afterwards

    private func call(
        _ method: String, message: MessageAddress, _ home: Home, _ credentials: Credentials
    ) -> HTTPCall {
        call(method, credentials, "/messages/\(FormEncoding.escape(message.id))", query: inThread(threadID(of: message, home)))
    }

    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        let home = try await currentHome(account.credentials)
        var result = PostReadings()
        for post in posts {
            guard let address = MessageAddress(post.platformPostId) else { continue }
            let call = call("GET", message: address, home, account.credentials)
            let answer = try await api.send(call, accepting: [404])
            guard answer.isSuccess else { continue }
            let message: Discord.Message = try api.decode(answer, to: call)
            result[post.platformPostId] = [.likes: message.likes]
        }
        return result
    }

    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        let home = try await currentHome(account.credentials)
        return try await post.removeParts { id, _ in
            guard let address = MessageAddress(id) else { return }
            do {
                _ = try await api.send(call("DELETE", message: address, home, account.credentials))
            } catch let error as PlatformError where error.code == "DISCORD_MESSAGE_NOT_FOUND" {
            }
        }
    }
}
