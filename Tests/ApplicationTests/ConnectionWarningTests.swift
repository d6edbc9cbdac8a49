import Application
import Domain
import Foundation
import Logging
import Persistence
import Platforms
import TestSupport
import Testing

@Suite("Warnings of connections that end", .timeLimit(.minutes(10)))
struct ConnectionWarningTests {
    private struct World {
        let world: ConnectedWorld
        let sink: SMTPSink
        let mail: Mail
        let warnings: ConnectionWarnings
        let channel: IntegrationID

        /// Sends what is due as two processes would that do so at the same moment, and returns how many warnings and mails went out.
        func send() async throws -> (warnings: Int, mails: Int) {
            let before = sink.mails.count
            async let first = warnings.send(limit: 10)
            async let second = warnings.send(limit: 10)
            let sent = try await first + second
            try await mail.deliver(limit: 10)
            return (sent, sink.mails.count - before)
        }

        func expire(in time: Duration) async throws {
            let (id, end) = (channel, world.workspace.time.now + time)
            try await world.workspace.database.write {
                try $0.execute("UPDATE integrations SET token_expires_at = $2, refreshable = FALSE WHERE id = $1", id, end)
            }
        }

        /// A planned post. Returns its id.
        func post(in time: Duration) async throws -> PostID {
            let post = try await world.workspace.addPost(on: [channel], status: .scheduled, publications: .scheduled)
            let due = world.workspace.time.now + time
            try await world.workspace.database.write { try $0.execute("UPDATE publications SET due_at = $2 WHERE post_id = $1", post, due) }
            return post
        }

        func view() async throws -> ChannelView { try await world.channels.get(channel, as: world.person) }
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await SMTPSink.with { sink in
            try await ConnectedWorld.with(kind) { world in
                let (organization, user, now) = (world.workspace.organization, world.workspace.user, world.workspace.time.now)
                try await world.workspace.database.write {
                    try OrganizationRepository.insert(Membership(userId: user, organizationId: organization, role: .owner), at: now, in: $0)
                }
                let mail = Mail(
                    server: SMTPServer(host: "127.0.0.1", port: sink.port, fromAddress: "postiz@example.org", fromName: "Postiz"),
                    database: world.workspace.database, secrets: SecretBox(encryptionKey: "a key for tests that is long enough"),
                    time: world.workspace.time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                let warnings = ConnectionWarnings(
                    mainURL: try #require(URL(string: "https://postiz.example.com")), database: world.workspace.database,
                    channels: world.channels, mail: mail, time: world.workspace.time)
                let channel = try await world.connect("mastodon", as: "ada").id
                try await body(World(world: world, sink: sink, mail: mail, warnings: warnings, channel: channel))
            }
        }
    }

    @Test("a week ahead, a day ahead and when it is over, each once, naming the posts that depend on it", arguments: TestDatabase.all)
    func stages(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let events = world.world.workspace.events.events(of: world.world.workspace.organization)
            let time = world.world.workspace.time
            try await world.expire(in: .days(10))
            let (early, late) = (try await world.post(in: .days(9)), try await world.post(in: .days(11)))
            #expect(try await world.send() == (0, 0))
            #expect(try await world.view().postsAtRisk?.posts.map(\.postId) == [late])

            time.advance(by: .days(4))
            #expect(try await world.send() == (1, 1))
            #expect(try await world.send() == (0, 0))
            let first = try #require(world.sink.mails.last)
            #expect(first.recipients == ["<ada@example.com>"])
            #expect(first.text.contains("posts/\(late)") && first.text.contains("Hello") && !first.text.contains("\(early)"))
            #expect(first.text.contains("https://postiz.example.com/channels"))

            time.advance(by: .hours(5 * 24 + 1))
            #expect(try await world.send() == (1, 1))
            time.advance(by: .days(1))
            #expect(try await world.send() == (1, 1))
            #expect(try await world.send() == (0, 0))
            let last = try #require(world.sink.mails.last)
            #expect(last.text.contains("posts/\(early)") && last.text.contains("posts/\(late)"))
            let view = try await world.view()
            try #require(view.status == .needsReconnect && view.postsAtRisk?.count == 2)

            var types: [EventType] = []
            for await case .event(let event) in events {
                types.append(event.type)
                if event.type == .integrationEnding { #expect(event.data["posts"]?.string?.contains("1 planned post would wait: \"Hello\"") == true) }
                if event.type == .integrationNeedsReconnect { break }
            }
            #expect(types == [.integrationEnding, .integrationEnding, .integrationNeedsReconnect])

            try await world.world.connect("mastodon", as: "ada", reconnecting: world.channel)
            #expect(try await world.view().postsAtRisk == nil)
            #expect(try await world.send() == (0, 0))
            time.advance(by: .minutes(15))
            try await world.expire(in: .days(3))
            #expect(try await world.send() == (1, 1))
        }
    }

    @Test("a connection that breaks is mailed once; one that renews itself or is switched off is not", arguments: TestDatabase.all)
    func broken(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.post(in: .hours(2))
            try await world.world.channels.markNeedsReconnect(world.channel, reason: "Mastodon no longer accepts it.")
            #expect(try await world.send() == (1, 1))
            #expect(try #require(world.sink.mails.last).text.contains("Mastodon no longer accepts it."))
            #expect(try await world.send() == (0, 0))

            try await world.world.connect("mastodon", as: "ada", reconnecting: world.channel)
            let id = world.channel
            for change in ["refreshable = TRUE", "active = FALSE"] {
                try await world.expire(in: .days(2))
                try await world.world.workspace.database.write { try $0.execute("UPDATE integrations SET \(change) WHERE id = $1", id) }
                #expect(try await world.send() == (0, 0))
            }
        }
    }

    @Test("what breaks within a quarter of an hour after a mail is told together, once, and not what works again", arguments: TestDatabase.all)
    func together(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (channels, time) = (world.world.channels, world.world.workspace.time)
            var others: [IntegrationID] = []
            for name in ["bo", "cy", "di", "ed"] { others.append(try await world.world.connect("mastodon", as: name).id) }
            // At the same moment: one mail.
            try await channels.markNeedsReconnect(world.channel, reason: "The app's keys were revoked.")
            try await channels.markNeedsReconnect(others[0], reason: "The app's keys were revoked.")
            #expect(try await world.send() == (2, 1))
            let first = try #require(world.sink.mails.last).text
            #expect(first.components(separatedBy: "has ended.").count == 3)
            // Soon after: gathered, while what tells programs does not wait.
            for (index, other) in others.dropFirst().enumerated() {
                time.advance(by: .minutes(4))
                try await channels.markNeedsReconnect(other, reason: "The app's keys were revoked, \(index).")
                #expect(try await world.send() == (1, 0))
            }
            try await world.world.connect("mastodon", as: "cy", reconnecting: others[1])
            time.advance(by: .minutes(3))
            #expect(try await world.send() == (0, 1))
            let second = try #require(world.sink.mails.last).text
            #expect(second.components(separatedBy: "has ended.").count == 3)
            #expect(second.contains("revoked, 1") && second.contains("revoked, 2") && !second.contains("revoked, 0"))
            time.advance(by: .hours(1))
            #expect(try await world.send() == (0, 0))
            // Long after: at once again.
            try await channels.markNeedsReconnect(others[1], reason: "Again.")
            #expect(try await world.send() == (1, 1))
        }
    }

    @Test("without a mail server the event alone tells it")
    func withoutMail() async throws {
        try await with(.sqlite) { world in
            let silent = Mail(
                server: nil, database: world.world.workspace.database, secrets: SecretBox(encryptionKey: "a key for tests that is long enough"),
                time: world.world.workspace.time, logger: Logger(label: "test"))
            let warnings = ConnectionWarnings(
                mainURL: try #require(URL(string: "https://postiz.example.com")), database: world.world.workspace.database,
                channels: world.world.channels, mail: silent, time: world.world.workspace.time)
            try await world.expire(in: .days(2))
            #expect(try await warnings.send(limit: 10) == 1)
            let outbox = try await world.world.workspace.database.read { try $0.query("SELECT id FROM mail_outbox").count }
            #expect(outbox == 0)
        }
    }
}
