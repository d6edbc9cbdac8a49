import Application
import Domain
import Foundation
import Logging
import Messaging
import Persistence
import TestSupport
import Testing

@Suite("Looking ahead", .timeLimit(.minutes(5)))
struct PreflightTests {
    private struct World {
        let publishing: PublishingWorld
        let sink: SMTPSink
        let mail: Mail
        let preflight: Preflight
        var time: ManualTime { publishing.time }

        /// Looks as two processes would that do so at the same moment, and returns how many mails went out.
        func look() async throws -> Int {
            let before = sink.mails.count
            async let first = preflight.run(limit: 100)
            async let second = preflight.run(limit: 100)
            _ = try await (first, second)
            try await mail.deliver(limit: 10)
            return sink.mails.count - before
        }

        func look(after duration: Duration) async throws -> Int {
            time.advance(by: duration)
            return try await look()
        }

        func problems(of post: PostView) async throws -> [Problem.Code] {
            try await publishing.posts.get(post.id, as: publishing.person).warnings.map(\.code)
        }

        func events(_ type: EventType) async throws -> Int {
            let log = EventLog(database: publishing.world.workspace.database, time: time, logger: Logger(label: "test"))
            return try await log.list(since: nil, types: [type], limit: 100, as: publishing.person).items.count
        }
    }

    private func with(
        _ kind: TestDatabase, mainURL: String = "https://postiz.example.com", _ body: (World) async throws -> Void
    ) async throws {
        try await SMTPSink.with { sink in
            try await PublishingWorld.with(kind) { world in
                let (organization, user, now) = (world.person.organizationId, world.world.workspace.user, world.time.now)
                let database = world.world.workspace.database
                try await database.write {
                    try OrganizationRepository.insert(Membership(userId: user, organizationId: organization, role: .owner), at: now, in: $0)
                }
                let mail = Mail(
                    server: SMTPServer(host: "127.0.0.1", port: sink.port, fromAddress: "postiz@example.org", fromName: "Postiz"),
                    database: database, secrets: SecretBox(encryptionKey: "a key for tests that is long enough"), time: world.time,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                let preflight = Preflight(
                    mainURL: try #require(URL(string: mainURL)), database: database, platforms: world.world.platforms, media: world.media,
                    mail: mail, publishing: world.publishing, time: world.time)
                try await body(World(publishing: world, sink: sink, mail: mail, preflight: preflight))
            }
        }
    }

    @Test("A post that can go out is looked at when it was planned, a day and an hour ahead, and nobody is told", arguments: TestDatabase.all)
    func good(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let post = try await world.publishing.schedule(["Fine"], on: [try await world.publishing.mastodon()], in: .hours(72))
            var looks: [Int] = []
            for hours in [0, 1, 47, 1, 22, 1] {
                world.time.advance(by: .hours(Int64(hours)))
                looks.append(try await world.preflight.run(limit: 10))
            }
            // Planned, an hour later, a day ahead, an hour after that, an hour ahead, its time.
            #expect(looks == [1, 0, 1, 0, 1, 0])
            #expect(try await world.problems(of: post).isEmpty)
            #expect(world.sink.mails.isEmpty)
        }
    }

    @Test("A file that is gone is told once, by mail and event, shown on the post, and over when it is back", arguments: TestDatabase.all)
    func fileGone(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let channel = try await world.publishing.mastodon()
            _ = try await world.publishing.upload(altText: "Another")
            // Known to the library, without its bytes.
            let picture = try await world.publishing.addPicture()
            let due = (world.time.now + .hours(30)).description
            let post = try await world.publishing.posts.create(
                PostDraft(
                    parts: [PartDraft(text: "With a picture", mediaIds: [picture])], platforms: [channel.text], scheduledFor: due),
                as: world.publishing.person)
            let events = world.publishing.world.workspace.events.events(of: world.publishing.person.organizationId)
            #expect(try await world.look() == 1)
            #expect(try await world.problems(of: post) == [.mediaMissing])
            let mail = try #require(world.sink.mails.last)
            #expect(mail.text.contains("posts/\(post.id)") && mail.text.contains("is missing among this server's files"))
            #expect(
                try await world.publishing.posts.atRisk(before: world.time.now + .days(7), limit: 5, as: world.publishing.person).map(\.id) == [
                    post.id
                ])
            // Once: not again with every look, nor a day ahead.
            #expect(try await world.look(after: .minutes(6)) == 0)
            #expect(try await world.look(after: .hours(7)) == 0)

            try await world.publishing.world.workspace.database.write { try $0.execute("UPDATE media SET deleted_at = 1 WHERE id = $1", picture) }
            try await world.publishing.world.workspace.database.write {
                try $0.execute(
                    "UPDATE posts SET content = $2 WHERE id = $1", post.id, try JSON.text(PostContent(parts: [PostPart(text: "Without")])))
            }
            #expect(try await world.look(after: .minutes(6)) == 0)
            #expect(try await world.problems(of: post).isEmpty)
            var told: [EventType] = []
            for await case .event(let event) in events where [.postAtRisk, .postReadyAgain].contains(event.type) {
                told.append(event.type)
                if event.type == .postReadyAgain { break }
            }
            #expect(told == [.postAtRisk, .postReadyAgain])
        }
    }

    @Test("A paused channel, a paused workspace and a lower limit are problems of what is planned there", arguments: TestDatabase.all)
    func held(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let publishing = world.publishing
            let channel = try await publishing.mastodon()
            let post = try await publishing.schedule([String(repeating: "x", count: 400)], on: [channel], in: .hours(20))
            _ = try await world.look()
            _ = try await publishing.world.channels.pause(channel, as: publishing.person)
            #expect(try await world.look(after: .hours(19)) == 1)
            #expect(try await world.problems(of: post) == [.channelPaused])
            // The end is noticed at once.
            _ = try await publishing.world.channels.resume(channel, as: publishing.person)
            _ = try await world.look()
            #expect(try await world.problems(of: post).isEmpty)

            let later = try await publishing.schedule([String(repeating: "x", count: 400)], on: [channel], in: .hours(2))
            _ = try await publishing.pausing.pause(.workspace, as: publishing.person)
            try await publishing.world.workspace.database.write {
                try $0.execute("UPDATE integrations SET limits = '{\"textLength\":300}' WHERE id = $1", channel)
            }
            _ = try await world.look()
            #expect(Set(try await world.problems(of: later)) == [.publishingPaused, .textTooLong])
        }
    }

    @Test("A broken connection is a problem of its posts, told by its own mail alone", arguments: TestDatabase.all)
    func broken(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let channel = try await world.publishing.mastodon()
            let post = try await world.publishing.schedule(["Hello"], on: [channel], in: .hours(20))
            try await world.publishing.world.channels.markNeedsReconnect(channel, reason: "Mastodon no longer accepts it.")
            #expect(try await world.look() == 0)
            #expect(try await world.problems(of: post) == [.channelNeedsReconnect])
        }
    }

    @Test("A permission that is missing, and a connection that could not be renewed, are told before a post's time", arguments: TestDatabase.all)
    func connection(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let database = world.publishing.world.workspace.database
            let channel = try await world.publishing.mastodon()
            let post = try await world.publishing.schedule(["Hello"], on: [channel], in: .hours(20))
            try await database.write { try $0.execute("UPDATE integrations SET scopes = '[\"read\"]' WHERE id = $1", channel) }
            #expect(try await world.look() == 1)
            #expect(try await world.problems(of: post) == [.scopeMissing])

            let end = world.time.now - .minutes(1)
            try await database.write {
                try $0.execute(
                    "UPDATE integrations SET scopes = '[\"read\", \"write\"]', token_expires_at = $2, refreshable = TRUE WHERE id = $1", channel, end)
            }
            // The time of the look an hour ahead. What the connection's own mails tell is not told once more.
            #expect(try await world.look(after: .hours(19)) == 0)
            #expect(try await world.problems(of: post) == [.tokenExpiresFirst])
        }
    }

    @Test("Files that a platform cannot fetch from here are told before their time", arguments: TestDatabase.all)
    func unreachable(on kind: TestDatabase) async throws {
        try await with(kind, mainURL: "http://localhost:5000") { world in
            let publishing = world.publishing
            let channel = try await publishing.world.connect("threads", as: "ada").id
            let picture = try await publishing.upload(altText: "A picture")
            let post = try await publishing.posts.create(
                PostDraft(
                    parts: [PartDraft(text: "Look", mediaIds: [picture])], platforms: [channel.text],
                    scheduledFor: (world.time.now + .hours(3)).description), as: publishing.person)
            #expect(try await world.look() == 1)
            #expect(try await world.problems(of: post).contains(.mediaUnreachable))
        }
    }

    // MARK: The oldest due post

    @Test("When due posts do not go out for minutes, administrators are told once, and health says so until they do", arguments: TestDatabase.all)
    func overdue(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let publishing = world.publishing
            let database = publishing.world.workspace.database
            try await database.write { try $0.execute("UPDATE users SET role = 'ADMIN'") }
            let health = HealthCheck(
                database: database, queue: publishing.queue, time: world.time, dataFolder: FileManager.default.temporaryDirectory,
                uploadDirectory: FileManager.default.temporaryDirectory, version: "1")
            let watch = OverdueWatch(
                mainURL: try #require(URL(string: "https://postiz.example.com")), database: database, mail: world.mail, time: world.time,
                patience: .minutes(5), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            _ = try await publishing.schedule(["Stuck"], on: [try await publishing.mastodon()], in: .hours(1))
            world.time.advance(by: .minutes(64))
            #expect(try await watch.look() == .minutes(4))
            #expect(world.sink.mails.isEmpty)

            world.time.advance(by: .minutes(2))
            async let first = watch.look()
            async let second = watch.look()
            _ = try await (first, second)
            try await watch.look()
            #expect(world.sink.mails.map(\.recipients) == [["<ada@example.com>"]])
            let report = await health.report()
            #expect(report.status == .degraded)
            #expect(report.publishing?.ok == false)

            try await publishing.turn()
            #expect(publishing.published() == ["Stuck"])
            #expect(try await watch.look() == .zero)
            #expect(await health.report().publishing?.ok == true)
            #expect(try await health.publishes())
        }
    }
}
