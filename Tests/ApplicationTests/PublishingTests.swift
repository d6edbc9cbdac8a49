import Application
import Domain
import Foundation
import Messaging
import NIOConcurrencyHelpers
import Persistence
import PlatformSimulator
import TestSupport
import Testing

@Suite("Publishing")
struct PublishingTests {
    @Test("A post goes out at its time, part after part, and not again", arguments: TestDatabase.all)
    func atItsTime(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["One", "Two", "Three"], on: [try await world.mastodon()])
            #expect(post.status == .scheduled)
            #expect(try await world.turn() == 0)
            try await world.turn(after: .hours(1))
            #expect(world.published() == ["One", "Two", "Three"])
            let after = try await world.posts.get(post.id, as: world.person)
            #expect(after.status == .published)
            #expect(after.publications[0].url?.contains("/@ada/") == true)
            #expect(after.publications[0].progress.done == 3)
            try await world.turn(after: .hours(1))
            #expect(world.published().count == 3)
        }
    }

    @Test("Two workers with the same job publish once", arguments: TestDatabase.all)
    func twoWorkers(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.posts.create(
                PostDraft(content: "Once", platforms: [try await world.mastodon().text], schedule: .now), as: world.person)
            let id = try await world.publication(of: post.id).id
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { _ = try await world.publishing.publisher.run(id) } }
                try await group.waitForAll()
            }
            #expect(world.published() == ["Once"])
        }
    }

    @Test("A worker whose database answers only after its lease sends nothing: another one has taken over", arguments: TestDatabase.all)
    func lateAnswer(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.posts.create(
                PostDraft(content: "Once", platforms: [try await world.mastodon().text], schedule: .now), as: world.person)
            let id = try await world.publication(of: post.id).id
            // The second write says that it is about to send.
            let slow = try world.publishing(
                on: LateDatabase(base: world.world.workspace.database, late: 2) {
                    for _ in 0..<3 {
                        world.time.advance(by: .minutes(1))
                        _ = try await world.publishing.publisher.run(id)
                    }
                })
            _ = try await slow.publisher.run(id)
            #expect(world.published() == ["Once"])
            #expect(try await world.publication(of: post.id).status == .published)
        }
    }

    @Test("What ends one worker after the other is given up before it began, told, and sent when a person says so", arguments: TestDatabase.all)
    func poison(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.posts.create(
                PostDraft(content: "Poison", platforms: [try await world.mastodon().text], schedule: .now), as: world.person)
            try await world.loseWorkers(Worker.mostCrashes)
            try await world.work { try await world.queue.counts().buried == 1 }
            #expect(try await world.publication(of: post.id).status == .failed)
            #expect(world.published().isEmpty)
            #expect(try await world.publication(of: post.id).error?.code == "WORKER_CRASHED")
            #expect(try await world.queue.counts() == JobCounts(ready: 0, waiting: 0, running: 0, buried: 1))
            #expect(try await world.publishing.reconciler.reconcile() == 0)
            _ = try await world.posts.retry(post.id, as: world.person)
            try await world.turn()
            #expect(world.published() == ["Poison"])
        }
    }

    @Test("What ends its workers when some of it may be public waits for a person", arguments: TestDatabase.all)
    func poisonMidway(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.posts.create(
                PostDraft(content: "Poison", platforms: [try await world.mastodon().text], schedule: .now), as: world.person)
            _ = try world.simulator.add(Fault(.dropAfter, platform: "mastodon", path: "mastodon.createStatus", times: 1))
            try await world.turn()
            world.time.advance(by: .minutes(1))
            try await world.loseWorkers(Worker.mostCrashes)
            try await world.work { try await world.queue.counts().buried == 1 }
            let waiting = try await world.publication(of: post.id)
            #expect(waiting.status == .unconfirmed)
            #expect(waiting.error?.message.contains("5 times") == true)
            try await world.turn(after: .hours(1))
            #expect(try await world.publication(of: post.id).status == .unconfirmed, "a person has to look")
            #expect(world.published() == ["Poison"])
        }
    }

    @Test("Four workers that died are no reason to give up", arguments: TestDatabase.all)
    func unlucky(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.posts.create(
                PostDraft(content: "Unlucky", platforms: [try await world.mastodon().text], schedule: .now), as: world.person)
            try await world.loseWorkers(Worker.mostCrashes - 1)
            try await world.work { try await world.publication(of: post.id).status == .published }
            #expect(world.published() == ["Unlucky"])
        }
    }

    @Test("A reply whose parent is not visible yet follows by itself", arguments: TestDatabase.all)
    func notVisibleYet(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["One", "Two"], on: [try await world.mastodon()])
            _ = try world.simulator.add(
                Fault(
                    .status, platform: "mastodon", path: "mastodon.createStatus", status: 404, body: ["error": "Record not found"],
                    times: 2, skip: 1))
            try await world.turn(after: .hours(1))
            let waiting = try await world.publication(of: post.id)
            #expect(waiting.status == .queued)
            #expect(waiting.error?.kind == .transient)
            #expect(waiting.error?.message.contains("tried again for a while") == true)
            for _ in 0..<2 { try await world.turn(after: .minutes(1)) }
            #expect(world.published() == ["One", "Two"])
        }
    }

    @Test("A parent that stays invisible ends the post after ten minutes", arguments: TestDatabase.all)
    func neverVisible(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["One", "Two"], on: [try await world.mastodon()])
            _ = try world.simulator.add(
                Fault(
                    .status, platform: "mastodon", path: "mastodon.createStatus", status: 404, body: ["error": "Record not found"], skip: 1))
            try await world.turn(after: .hours(1))
            try await world.turn(after: .minutes(9))
            #expect(try await world.publication(of: post.id).status == .queued)
            try await world.turn(after: .minutes(2))
            let final = try await world.publication(of: post.id)
            #expect(final.status == .failed)
            #expect(final.error?.kind == .invalidContent)
            #expect(world.published() == ["One"])
        }
    }

    @Test("A passing failure is tried again with growing pauses, and given up after a day", arguments: TestDatabase.all)
    func transient(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["Later"], on: [try await world.mastodon()])
            _ = try world.simulator.add(Fault(.status, platform: "mastodon", path: "mastodon.createStatus", status: 429))
            try await world.turn(after: .hours(1))
            let waiting = try await world.publication(of: post.id)
            #expect(waiting.status == .queued)
            #expect(waiting.error?.kind == .rateLimited)
            #expect(waiting.attempts == 0, "waiting for a limit is not a failed attempt")
            for _ in 0..<30 where try await world.publication(of: post.id).status == .queued { try await world.turn(after: .hours(1)) }
            let final = try await world.publication(of: post.id)
            #expect(final.status == .failed)
            #expect(final.error?.message.contains("24 hours") == true)
            #expect(world.published().isEmpty)
        }
    }

    @Test("A lost answer is not sent again: the thread goes on behind it", arguments: TestDatabase.all)
    func lostAnswer(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["One", "Two", "Three"], on: [try await world.mastodon()])
            _ = try world.simulator.add(Fault(.dropAfter, platform: "mastodon", path: "mastodon.createStatus", times: 1, skip: 1))
            try await world.turn(after: .hours(1))
            let doubt = try await world.publication(of: post.id)
            #expect(doubt.status == .unconfirmed)
            #expect(doubt.progress.done == 1)
            try await world.turn(after: .minutes(1))
            #expect(try await world.publication(of: post.id).status == .published)
            #expect(world.published() == ["One", "Two", "Three"])
        }
    }

    @Test("A try in doubt about which the platform tells nothing for a day is left to a person, never called failed", arguments: TestDatabase.all)
    func nobodyCouldLook(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["Perhaps"], on: [try await world.mastodon()])
            _ = try world.simulator.add(Fault(.dropAfter, platform: "mastodon", path: "mastodon.createStatus", times: 1))
            _ = try world.simulator.add(Fault(.status, platform: "mastodon", path: "mastodon.accountStatuses", status: 503))
            try await world.turn(after: .hours(1))
            for _ in 0..<40 { try await world.turn(after: .hours(1)) }
            let final = try await world.publication(of: post.id)
            #expect(final.status == .unconfirmed)
            #expect(final.error?.message.contains("It is there") == true && final.error?.message.contains("24 hours") == true)
            #expect(world.published() == ["Perhaps"])
        }
    }

    @Test("What the platform refuses is final, with its reason, and can be retried when it is mended", arguments: TestDatabase.all)
    func refusal(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["No"], on: [try await world.mastodon()])
            let fault = try world.simulator.add(
                Fault(.status, platform: "mastodon", path: "mastodon.createStatus", status: 422, body: #"{"error":"Validation failed"}"#))
            try await world.turn(after: .hours(1))
            let failed = try await world.posts.get(post.id, as: world.person)
            #expect(failed.status == .failed)
            #expect(failed.publications[0].error?.kind == .invalidContent)
            #expect(failed.errorMessage?.isEmpty == false)
            world.simulator.removeFaults(id: fault)
            _ = try await world.posts.retry(post.id, as: world.person)
            try await world.turn()
            #expect(try await world.posts.get(post.id, as: world.person).status == .published)
            #expect(try await world.posts.attempts(post.id, as: world.person).map(\.outcome) == [.failed, .published])
        }
    }

    @Test("A revoked connection holds the channel's posts until the person connects again", arguments: TestDatabase.all)
    func reconnect(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let post = try await world.schedule(["Patience"], on: [channel])
            _ = try world.simulator.revokeTokens(platform: "mastodon", account: "ada")
            try await world.turn(after: .hours(1))
            #expect(try await world.publication(of: post.id).status == .onHold)
            #expect(try await world.world.channels.get(channel, as: world.person).reconnectReason != nil)
            try await world.world.connect("mastodon", as: "ada", reconnecting: channel)
            try await world.turn()
            #expect(try await world.publication(of: post.id).status == .published)
            #expect(world.published() == ["Patience"])
        }
    }

    @Test("A paused channel holds its posts until it is resumed", arguments: TestDatabase.all)
    func pause(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let post = try await world.schedule(["Wait"], on: [channel])
            _ = try await world.world.channels.pause(channel, as: world.person)
            try await world.turn(after: .hours(1))
            #expect(try await world.publication(of: post.id).status == .onHold)
            _ = try await world.world.channels.resume(channel, as: world.person)
            try await world.turn()
            #expect(world.published() == ["Wait"])
        }
    }

    @Test("After an outage late posts go out oldest first; too late ones fail as missed", arguments: TestDatabase.all)
    func late(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let second = try await world.schedule(["Second"], on: [channel], in: .hours(20))
            let first = try await world.schedule(["First"], on: [channel], in: .hours(10))
            let missed = try await world.schedule(["Missed"], on: [channel], in: .hours(1))
            try await world.turn(after: .hours(30))
            #expect(world.published() == ["First", "Second"])
            #expect(try await world.publication(of: missed.id).error?.code == "MISSED")
            #expect(try await world.publication(of: first.id).status == .published)
            #expect(try await world.publication(of: second.id).status == .published)
        }
    }

    @Test("A worker that died is replaced when its lease ends, and its job is put back when the queue lost it", arguments: TestDatabase.all)
    func deadWorker(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["Risen"], on: [try await world.mastodon()])
            world.time.advance(by: .hours(1))
            try await world.publishing.dueScan.queueEverythingDue()
            let id = try await world.publication(of: post.id).id
            let (now, database) = (world.time.now, world.world.workspace.database)
            let claim = try await database.write { try PublishingRepository.claim(id, now: now, until: now + .seconds(15), in: $0) }
            #expect(claim != nil)
            try await database.write { try $0.execute("DELETE FROM jobs") }
            #expect(try await world.publishing.reconciler.reconcile() == 0)
            world.time.advance(by: .seconds(16))
            #expect(try await world.publishing.reconciler.reconcile() == 1)
            try await world.turn()
            #expect(world.published() == ["Risen"])
            let held = try #require(claim)
            let lost = try await database.write { try PublishingRepository.extend(held, until: now, in: $0) }
            #expect(!lost, "the dead worker's fence no longer opens anything")
        }
    }

    @Test("What a worker was in the midst of when it was stopped is taken by another one at once, and goes out once", arguments: TestDatabase.all)
    func stoppedWorker(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["Handed over"], on: [try await world.mastodon()])
            _ = try world.simulator.add(Fault(.delay, platform: "mastodon", path: "/api/v1/statuses", delayMs: 30_000, times: 1))
            world.time.advance(by: .hours(1))
            try await world.publishing.dueScan.queueEverythingDue()
            let worker = Task { try await world.publishing.worker.run() }
            try await eventually("the platform has the call") { world.simulator.faults.isEmpty }
            #expect(try await world.queue.counts().running == 1)
            worker.cancel()
            try await worker.value
            #expect(try await world.queue.counts() == JobCounts(ready: 1, waiting: 0, running: 0, buried: 0))
            #expect(try await world.queue.troubled(crashes: 1, limit: 1).isEmpty, "being told to stop is no crash")
            // The platform is asked whether it has the post, and not believed at once that it has not.
            #expect(try await world.turn() == 1)
            #expect(try await world.publication(of: post.id).status == .unconfirmed)
            try await world.turn(after: .minutes(1))
            #expect(world.published() == ["Handed over"])
            #expect(try await world.publication(of: post.id).status == .published)
            #expect(try await world.queue.counts() == JobCounts(ready: 0, waiting: 0, running: 0, buried: 0))
        }
    }

    @Test("A person settles what a platform cannot tell", arguments: TestDatabase.all)
    func resolve(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.world.connect("linkedin", as: "ada").id
            let post = try await world.schedule(["Post", "Comment", "Last"], on: [channel])
            _ = try world.simulator.add(Fault(.dropAfter, platform: "linkedin", path: "linkedin.comment", times: 1))
            try await world.turn(after: .hours(1))
            try await world.turn(after: .minutes(10))
            let doubt = try await world.publication(of: post.id)
            #expect(doubt.status == .unconfirmed)
            #expect(doubt.nextAttemptAt == nil)
            _ = try await world.posts.resolve(doubt.id, of: post.id, outcome: .published, url: nil, as: world.person)
            try await world.turn()
            #expect(try await world.publication(of: post.id).status == .published)
            #expect(world.published(on: "linkedin") == ["Post", "Comment", "Last"])
        }
    }
}

/// A database that does what it is told, and answers one of its writes late: `meanwhile` happens before, and later writes wait for that.
private final class LateDatabase: Database {
    private let base: any Database
    private let late: Int
    private let meanwhile: @Sendable () async throws -> Void
    private let state = NIOLockedValueBox<(writes: Int, delay: Task<Void, any Error>?)>((0, nil))

    init(base: any Database, late: Int, meanwhile: @escaping @Sendable () async throws -> Void) {
        (self.base, self.late, self.meanwhile) = (base, late, meanwhile)
    }

    var dialect: Dialect { base.dialect }
    var isFull: Bool { base.isFull }

    func read<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value { try await base.read(work) }

    func write<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        let number = state.withLockedValue { state in
            state.writes += 1
            return state.writes
        }
        if number > late { try await state.withLockedValue(\.delay)?.value }
        let value = try await base.write(work)
        // A task of its own: whoever waits may be cancelled.
        if number == late { try await state.withLockedValue { state in begin(&state.delay) }.value }
        return value
    }

    private func begin(_ delay: inout Task<Void, any Error>?) -> Task<Void, any Error> {
        let task = Task { [meanwhile] in try await meanwhile() }
        delay = task
        return task
    }

    func close() async {}
}
