import Application
import Domain
import Foundation
import Messaging
import Persistence
import TestSupport
import Testing

@Suite("Late posts", .timeLimit(.minutes(5)))
struct LatePostTests {
    private func choose(_ catchUp: CatchUp, in world: PublishingWorld) async throws {
        let organization = world.person.organizationId
        try await world.world.workspace.database.write {
            try $0.execute("UPDATE organizations SET catch_up = $2 WHERE id = $1", organization, catchUp.rawValue)
        }
    }

    @Test("go out at once, oldest first, unless the workspace chose otherwise", arguments: TestDatabase.all)
    func atOnce(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            _ = try await world.schedule(["Second"], on: [channel], in: .hours(2))
            _ = try await world.schedule(["First"], on: [channel], in: .hours(1))
            try await world.turn(after: .hours(10))
            #expect(world.published() == ["First", "Second"])
        }
    }

    @Test("move to the next free posting times of their channel, one each", arguments: TestDatabase.all)
    func spread(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            try await choose(.nextSlots, in: world)
            let channel = try await world.mastodon()
            let zone = "Europe/Paris"
            _ = try await world.world.channels.setSlots(
                channel, [8, 12, 16, 20].map { Slot(minute: $0 * 60, timeZone: zone) }, as: world.person)
            let late = [
                try await world.schedule(["First"], on: [channel], in: .minutes(10)),
                try await world.schedule(["Second"], on: [channel], in: .minutes(20)),
            ]
            let free = try await world.posts.freeSlots(
                channels: [channel.text], count: 3, from: world.time.now + .hours(5), to: nil, basis: .queue, as: world.person
            ).map(\.at)
            // The first free one is taken by a post that is in time.
            let planned = try await world.schedule(["In time"], on: [channel], in: free[0] - world.time.now)
            try await world.turn(after: .hours(5))
            #expect(world.published().isEmpty)
            var times: [Timestamp?] = []
            for post in late {
                let view = try await world.posts.get(post.id, as: world.person)
                #expect(view.status == .scheduled)
                #expect(view.scheduledFor == view.publications[0].dueAt)
                times.append(view.scheduledFor)
            }
            #expect(times == [free[1], free[2]])
            for slot in free { try await world.turn(after: slot - world.time.now) }
            #expect(try await world.publication(of: planned.id).status == .published)
            #expect(Set(world.published()) == ["First", "Second", "In time"])
        }
    }

    @Test("are left for a person, who sends, moves or cancels them", arguments: TestDatabase.all)
    func leave(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            try await choose(.leave, in: world)
            let channel = try await world.mastodon()
            let (sent, moved, cancelled) = (
                try await world.schedule(["Sent"], on: [channel]), try await world.schedule(["Moved"], on: [channel]),
                try await world.schedule(["Cancelled"], on: [channel])
            )
            try await world.turn(after: .hours(3))
            #expect(world.published().isEmpty)
            #expect(try await world.publication(of: sent.id).error?.code == Hold.overdue.rawValue)
            let waiting = try await world.posts.overdue(limit: 10, as: world.person).map(\.id)
            #expect(Set(waiting) == [sent.id, moved.id, cancelled.id])
            // Nothing but a person lets them go.
            try await world.publishing.reconciler.reconcile()
            _ = try await world.world.channels.pause(channel, as: world.person)
            _ = try await world.world.channels.resume(channel, as: world.person)
            try await world.turn(after: .minutes(1))
            #expect(world.published().isEmpty)

            _ = try await world.posts.publishNow(sent.id, as: world.person)
            _ = try await world.posts.reschedule(
                moved.id, to: (world.time.now + .hours(1)).description, timeZone: nil, as: world.person)
            _ = try await world.posts.cancel(cancelled.id, as: world.person)
            try await world.turn()
            #expect(world.published() == ["Sent"])
            try await world.turn(after: .hours(1))
            #expect(world.published() == ["Sent", "Moved"])
            #expect(try await world.posts.overdue(limit: 10, as: world.person).isEmpty)
        }
    }

    @Test(
        "What is late by minutes goes out, and what is too late is missed, whatever the workspace chose", arguments: CatchUp.allCases,
        TestDatabase.all)
    func limits(_ catchUp: CatchUp, on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            try await choose(catchUp, in: world)
            let channel = try await world.mastodon()
            let old = try await world.schedule(["Too late"], on: [channel], in: .minutes(1))
            let young = try await world.schedule(["A little late"], on: [channel], in: .hours(30))
            try await world.turn(after: .hours(30) + .minutes(10))
            #expect(try await world.publication(of: old.id).error?.code == "MISSED")
            #expect(try await world.publication(of: young.id).status == .published)
        }
    }

    @Test("A channel that was paused for long leaves its posts to the same choice", arguments: TestDatabase.all)
    func afterPause(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            try await choose(.leave, in: world)
            let channel = try await world.mastodon()
            let post = try await world.schedule(["Paused"], on: [channel])
            _ = try await world.world.channels.pause(channel, as: world.person)
            try await world.turn(after: .hours(2))
            _ = try await world.world.channels.resume(channel, as: world.person)
            try await world.turn()
            #expect(try await world.publication(of: post.id).error?.code == Hold.overdue.rawValue)
        }
    }

    // MARK: Turns

    /// Plans `count` posts of a workspace for the moment `due`, one after the other, past all checks. Returns the last one's publication.
    private func plan(_ count: Int, of organization: OrganizationID, at due: Timestamp, in world: PublishingWorld) async throws -> PublicationID {
        let now = world.time.now
        let channel = Integration(
            id: IntegrationID(), organizationId: organization, platform: "mastodon", platformAccountId: "\(organization)", username: "ada",
            displayName: "Ada", createdAt: now, updatedAt: now)
        let credentials = StoredCredentials(sealed: Data([0]), scopes: [], expiresAt: nil, refreshable: false, refreshAfter: nil)
        return try await world.world.workspace.database.write { transaction in
            try IntegrationRepository.insert(channel, credentials: credentials, in: transaction)
            var last = PublicationID()
            for number in 0..<count {
                let time = due + .milliseconds(Int64(number))
                let post = Post(
                    id: PostID(at: now), organizationId: organization, createdBy: nil, origin: .api,
                    content: PostContent(parts: [PostPart(text: "\(number)")]), channels: [channel.id], status: .scheduled, scheduledFor: time,
                    timeZone: nil, tags: [], createdAt: now, updatedAt: now, revision: 1)
                try PostRepository.insert(post, in: transaction)
                last = PublicationID(at: now)
                let publication = Publication(
                    id: last, organizationId: organization, postId: post.id, integrationId: channel.id, occurrence: 0, status: .scheduled,
                    dueAt: time, attempts: 0, nextAttemptAt: nil, platformPostId: nil, url: nil, publishedAt: nil, error: nil, updatedAt: now)
                try PublicationRepository.insert(publication, in: transaction)
            }
            return last
        }
    }

    @Test("A workspace with very many due posts delays nobody else's one", arguments: TestDatabase.all)
    func turns(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (now, stranger) = (world.time.now, world.world.workspace.stranger.organizationId)
            let last = try await plan(2_000, of: world.person.organizationId, at: now, in: world)
            try await world.world.workspace.database.write {
                try OrganizationRepository.insert(Organization(id: stranger, name: "Other", timeZone: "UTC", createdAt: now), in: $0)
            }
            let other = try await plan(1, of: stranger, at: now + .seconds(30), in: world)
            world.time.advance(by: .minutes(1))
            let isLeft = try await world.publishing.dueScan.queueEverythingDue()
            #expect(isLeft)
            let jobs = try await world.queue.claim(kind: Publisher.jobKind, limit: 5_000, lease: .minutes(1), patience: .zero)
            let position = try #require(jobs.map(\.payload).firstIndex(of: other.text))
            #expect(position < 500, "\(position) posts of the other workspace go before it")
            #expect(!jobs.map(\.payload).contains(last.text))

            // All of them go out in the end.
            for job in jobs { try await finish(job, in: world) }
            var total = jobs.count
            while try await world.publishing.dueScan.queueEverythingDue() || total < 2_001 {
                let jobs = try await world.queue.claim(kind: Publisher.jobKind, limit: 5_000, lease: .minutes(1), patience: .zero)
                for job in jobs { try await finish(job, in: world) }
                total += jobs.count
                try #require(!jobs.isEmpty)
            }
            #expect(total == 2_001)
        }
    }

    private func finish(_ job: Job, in world: PublishingWorld) async throws {
        let id = job.payload
        try await world.world.workspace.database.write {
            try $0.execute("UPDATE publications SET status = 'PUBLISHED' WHERE id = $1", id)
        }
        try await world.queue.complete([job])
    }
}
