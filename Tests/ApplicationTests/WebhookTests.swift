import Domain
import Foundation
import Logging
import Messaging
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite("Webhooks", .timeLimit(.minutes(10)))
struct WebhookTests {
    private struct World {
        let workspace: Workspace
        let receiver: WebhookReceiver
        let sink: SMTPSink
        let mail: Mail
        let log: EventLog
        let webhooks: Webhooks
        var person: Caller { workspace.person }

        /// Something happens, and the log keeps it.
        func happen(_ type: EventType, post: PostID? = nil, channel: IntegrationID? = nil, in organization: OrganizationID? = nil) async throws {
            var data: [String: JSONValue] = [:]
            if let post { data["postId"] = .string(post.text) }
            if let channel { data["integrationId"] = .string(channel.text) }
            log.note(
                ProductEvent(type, organizationId: organization ?? workspace.organization, at: workspace.time.now, data: .object(data)))
            try await log.flush()
        }

        func make(events: [EventType]? = nil, channels: [IntegrationID]? = nil) async throws -> WebhookWithSecret {
            try await webhooks.create(
                NewWebhook(name: "Board", url: receiver.url, events: events, integrationIds: channels), as: person)
        }

        func deliveries(_ id: WebhookID) async throws -> [WebhookDelivery] { try await webhooks.deliveries(of: id, as: person) }
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await WebhookReceiver.with { receiver in
            try await SMTPSink.with { sink in
                try await kind.withDatabase(schema) { database in
                    let workspace = try await Workspace(database)
                    let (organization, user, time) = (workspace.organization, workspace.user, workspace.time)
                    try await database.write {
                        try OrganizationRepository.insert(
                            Membership(userId: user, organizationId: organization, role: .owner), at: time.now, in: $0)
                    }
                    let transport = HTTPTransport(
                        settings: TransportSettings(userAgent: "Postiz/test"), allowedPrivateHosts: ["127.0.0.1"])
                    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                    let queue = DatabaseJobQueue(database: database, broadcast: workspace.broadcast, time: time)
                    let secrets = SecretBox(encryptionKey: "a key for tests that is long enough")
                    let mail = Mail(
                        server: SMTPServer(host: "127.0.0.1", port: sink.port, fromAddress: "postiz@example.org", fromName: "Postiz"),
                        database: database, secrets: secrets, time: time, logger: logger)
                    let webhooks = Webhooks(
                        database: database, queue: queue, guarded: transport.guarded, secrets: secrets, events: workspace.events, mail: mail,
                        audit: AuditLog(database: database, time: time), mainURL: try #require(URL(string: "https://postiz.example.com")),
                        time: time)
                    let log = EventLog(database: database, queue: queue, time: time, logger: logger)
                    let world = World(workspace: workspace, receiver: receiver, sink: sink, mail: mail, log: log, webhooks: webhooks)
                    let result: Result<Void, any Error>
                    do { result = .success(try await body(world)) } catch { result = .failure(error) }
                    try await transport.shutdown()
                    try result.get()
                }
            }
        }
    }

    @Test("what happens is told once, signed over the sent bytes", arguments: TestDatabase.all)
    func told(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let made = try await world.make()
            try await world.happen(.postCreated)
            try await world.webhooks.deliver(to: made.webhook.id)
            try await world.webhooks.deliver(to: made.webhook.id)

            let taken = try #require(world.receiver.taken.first)
            #expect(world.receiver.taken.count == 1)
            let message = try JSON.decode(WebhookMessage.self, from: taken.body)
            #expect(message.type == "post_created" && message.data.message == "A post was saved.")
            let id = try #require(taken.headers["webhook-id"])
            let bytes = try #require(Data(base64Encoded: String(made.secret.dropFirst("whsec_".count))))
            let expected = WebhookSecret(bytes: bytes).signature(id: id, at: world.workspace.time.now, body: Data(taken.body.utf8))
            #expect(taken.headers["webhook-signature"] == expected)
            #expect(taken.headers["webhook-timestamp"] == "\(world.workspace.time.now.milliseconds / 1000)")

            let delivery = try #require(try await world.deliveries(made.webhook.id).first)
            #expect(delivery.status == .delivered && delivery.attempts == 1 && delivery.answerStatus == 204 && delivery.body == taken.body)
            #expect(delivery.id.text == id)
        }
    }

    @Test("a post's event tells how the post stands on each channel", arguments: TestDatabase.all)
    func publications(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let channel = try await world.workspace.addChannel("mastodon")
            let post = try await world.workspace.addPost(
                on: [channel], status: .published, publications: .published, platformPostId: "1", publishedAt: world.workspace.time.now)
            let made = try await world.make(events: [.postPublished])
            try await world.happen(.postPublished, post: post)
            try await world.webhooks.deliver(to: made.webhook.id)
            let message = try JSON.decode(WebhookMessage.self, from: try #require(world.receiver.taken.first).body)
            #expect(message.data.postId == post)
            #expect(message.data.publications.map(\.integrationId) == [channel])
            #expect(message.data.publications.map(\.status) == [.published])
        }
    }

    @Test("only what was asked for is told: kinds, channels, and never another workspace's", arguments: TestDatabase.all)
    func chosen(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (one, other) = (try await world.workspace.addChannel("mastodon"), try await world.workspace.addChannel("x"))
            let kinds = try await world.make(events: [.postFailed]).webhook.id
            let channels = try await world.make(channels: [one]).webhook.id
            let all = try await world.make().webhook.id
            try await world.happen(.postCreated)
            try await world.happen(.postFailed)
            try await world.happen(.integrationUpdated, channel: one)
            try await world.happen(.integrationUpdated, channel: other)
            try await world.happen(.postFailed, in: OrganizationID())
            #expect(try await world.deliveries(kinds).map(\.type) == ["post_failed"])
            #expect(Set(try await world.deliveries(channels).map(\.type)) == ["post_created", "post_failed", "integration_updated"])
            #expect(try await world.deliveries(channels).count == 3)
            #expect(try await world.deliveries(all).count == 4)
        }
    }

    @Test("what is not taken is tried for a day, then the webhook is stopped and its administrators are told", arguments: TestDatabase.all)
    func givenUp(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let id = try await world.make().webhook.id
            world.receiver.answer(then: .serviceUnavailable)
            try await world.happen(.postCreated)
            for pause in Webhooks.pauses {
                try await world.webhooks.deliver(to: id)
                let delivery = try #require(try await world.deliveries(id).first)
                #expect(delivery.status == .waiting && delivery.answerStatus == 503)
                #expect(delivery.nextAttemptAt == world.workspace.time.now + pause)
                // Not before its time.
                world.workspace.time.advance(by: pause - .milliseconds(1))
                let count = world.receiver.taken.count
                try await world.webhooks.deliver(to: id)
                #expect(world.receiver.taken.count == count)
                world.workspace.time.advance(by: .milliseconds(1))
            }
            try await world.webhooks.deliver(to: id)
            #expect(world.receiver.taken.count == Webhooks.pauses.count + 1)
            #expect(Set(world.receiver.taken.map { $0.headers["webhook-id"] }).count == 1)
            #expect(Set(world.receiver.taken.map(\.body)).count == 1)
            #expect(Set(world.receiver.taken.map { $0.headers["webhook-signature"] }).count == Webhooks.pauses.count + 1)
            #expect(try await world.deliveries(id).map(\.status) == [.failed])
            let webhook = try await world.webhooks.get(id, as: world.person)
            #expect(webhook.status == .stopped && webhook.stoppedReason != nil)
            try await world.mail.deliver(limit: 10)
            #expect(world.sink.mails.count == 1)

            // Stopped: nothing is kept for it. Started again: it is told what happens from then on.
            try await world.happen(.postCreated)
            #expect(try await world.deliveries(id).count == 1)
            world.receiver.answer()
            _ = try await world.webhooks.update(id, WebhookChange(status: .active), as: world.person)
            try await world.happen(.postCreated)
            try await world.webhooks.deliver(to: id)
            #expect(try await world.deliveries(id).map(\.status) == [.delivered, .failed])
        }
    }

    @Test("an address that is gone is stopped at once; one bad day does not stop one that takes other things", arguments: TestDatabase.all)
    func gone(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let id = try await world.make().webhook.id
            world.receiver.answer(.gone)
            try await world.happen(.postCreated)
            try await world.webhooks.deliver(to: id)
            #expect(try await world.webhooks.get(id, as: world.person).status == .stopped)

            let other = try await world.make().webhook.id
            world.receiver.answer(.internalServerError)
            try await world.happen(.postFailed)
            try await world.webhooks.deliver(to: other)
            #expect(try await world.webhooks.get(other, as: world.person).failingSince != nil)
            try await world.happen(.postCreated)
            try await world.webhooks.deliver(to: other)
            #expect(try await world.webhooks.get(other, as: world.person).failingSince == nil)
        }
    }

    @Test("after a refusal nothing more is begun, and all of it is told later", arguments: TestDatabase.all)
    func refusal(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let id = try await world.make().webhook.id
            for _ in 0..<30 { try await world.happen(.postCreated) }
            world.receiver.answer(then: .badGateway)
            try await world.webhooks.deliver(to: id)
            #expect((1...8).contains(world.receiver.taken.count))
            #expect(try await world.deliveries(id).allSatisfy { $0.status == .waiting })
            world.receiver.answer()
            world.workspace.time.advance(by: .seconds(5))
            try await world.webhooks.deliver(to: id)
            #expect(try await world.deliveries(id).allSatisfy { $0.status == .delivered })
        }
    }

    @Test("two processes deliver nothing twice", arguments: TestDatabase.all)
    func twoProcesses(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let id = try await world.make().webhook.id
            for _ in 0..<60 { try await world.happen(.postCreated) }
            async let first: Void = world.webhooks.deliver(to: id)
            async let second: Void = world.webhooks.deliver(to: id)
            _ = try await (first, second)
            #expect(world.receiver.taken.count == 60)
            #expect(Set(world.receiver.taken.map { $0.headers["webhook-id"] }).count == 60)
        }
    }

    @Test("a new secret: both signatures for a day, then the new one alone", arguments: TestDatabase.all)
    func newSecret(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let made = try await world.make()
            let renewed = try await world.webhooks.replaceSecret(of: made.webhook.id, as: world.person)
            #expect(renewed.secret != made.secret)
            func signatures() async throws -> Int {
                try await world.happen(.postCreated)
                try await world.webhooks.deliver(to: made.webhook.id)
                return try #require(world.receiver.taken.last?.headers["webhook-signature"]).split(separator: " ").count
            }
            #expect(try await signatures() == 2)
            world.workspace.time.advance(by: .hours(24))
            #expect(try await signatures() == 1)
            let stored = try await world.workspace.database.read { try $0.query("SELECT secret FROM webhooks").map { try $0.bytes("secret") } }
            #expect(stored.allSatisfy { !$0.isEmpty && $0.firstRange(of: Data(renewed.secret.utf8)) == nil })
        }
    }

    @Test("what was delivered can be sent again, with the same id and bytes", arguments: TestDatabase.all)
    func replay(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let id = try await world.make().webhook.id
            try await world.happen(.postCreated)
            try await world.webhooks.deliver(to: id)
            let delivery = try #require(try await world.deliveries(id).first)
            try await world.webhooks.replay(delivery.id, as: world.person)
            await #expect(throws: ProblemReport.self) { try await world.webhooks.replay(delivery.id, as: world.person) }
            try await world.webhooks.deliver(to: id)
            #expect(world.receiver.taken.count == 2)
            #expect(world.receiver.taken[0].body == world.receiver.taken[1].body)
            #expect(world.receiver.taken[0].headers["webhook-id"] == world.receiver.taken[1].headers["webhook-id"])
        }
    }

    @Test("a test tells what came of it and is not tried again", arguments: TestDatabase.all)
    func test(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let id = try await world.make().webhook.id
            #expect(try await world.webhooks.test(id, as: world.person).status == .delivered)
            world.receiver.answer(.notFound)
            let refused = try await world.webhooks.test(id, as: world.person)
            #expect(refused.status == .failed && refused.answerStatus == 404 && refused.nextAttemptAt == nil)
        }
    }

    @Test("others see nothing of it: another workspace, a member who is no administrator", arguments: TestDatabase.all)
    func others(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let id = try await world.make().webhook.id
            try await world.happen(.postCreated)
            let delivery = try #require(try await world.deliveries(id).first?.id)
            let member = Caller(
                organizationId: world.workspace.organization, identity: .user(UserID(), session: SessionID()), role: .user, origin: .web)
            for caller in [world.workspace.stranger, member] {
                await #expect(throws: ProblemReport.self) { try await world.webhooks.get(id, as: caller) }
                await #expect(throws: ProblemReport.self) { try await world.webhooks.deliveries(of: id, as: caller) }
                await #expect(throws: ProblemReport.self) { try await world.webhooks.update(id, WebhookChange(name: "Mine"), as: caller) }
                await #expect(throws: ProblemReport.self) { try await world.webhooks.replaceSecret(of: id, as: caller) }
                await #expect(throws: ProblemReport.self) { try await world.webhooks.test(id, as: caller) }
                await #expect(throws: ProblemReport.self) { try await world.webhooks.replay(delivery, as: caller) }
                await #expect(throws: ProblemReport.self) { try await world.webhooks.remove(id, as: caller) }
            }
            #expect(try await world.webhooks.list(as: world.workspace.stranger).isEmpty)
            #expect(try await world.webhooks.get(id, as: world.person).name == "Board")
        }
    }

    @Test("addresses inside the operator's network and steps on the way are refused", arguments: TestDatabase.all)
    func refused(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            for url in ["https://10.0.0.1/hook", "http://example.com/hook", "ftp://example.com", "hook", ""] {
                await #expect(throws: ProblemReport.self, "\(url)") {
                    try await world.webhooks.create(NewWebhook(name: "Board", url: url), as: world.person)
                }
            }
            await #expect(throws: ProblemReport.self) { try await world.make(events: [.publicationUpdated]) }
            await #expect(throws: ProblemReport.self) { try await world.make(channels: [IntegrationID()]) }
        }
    }
}
