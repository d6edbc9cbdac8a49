import Domain
import Foundation
import Messaging
import Persistence
import PlatformSimulator
import TestSupport
import Testing

@testable import Application

@Suite("Gates before the platforms", .timeLimit(.minutes(5)))
struct GateTests {
    private func attempts(of posts: [PostView], in world: PublishingWorld) async throws -> Int {
        var total = 0
        for post in posts { total += try await world.posts.attempts(post.id, as: world.person).count }
        return total
    }

    @Test(
        "A platform that fails again and again is asked by one only; what waits loses no attempt and goes out when it answers",
        arguments: TestDatabase.all)
    func breaker(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            var posts: [PostView] = []
            for number in 0..<12 { posts.append(try await world.schedule(["Post \(number)"], on: [channel])) }
            _ = try world.simulator.add(Fault(.status, platform: "mastodon", status: 503))
            try await world.turn(after: .hours(1))
            #expect(try await attempts(of: posts, in: world) == 5)
            let waiting = try await statuses(of: posts, in: world).filter { $0.error?.code == "PLATFORM_DOWN" }
            #expect(waiting.count == 7)
            #expect(waiting.allSatisfy { $0.status == .queued && $0.attempts == 0 })

            // While it is closed nobody asks; then one does, in vain, and it stays closed for longer.
            try await world.turn(after: .seconds(10))
            #expect(try await attempts(of: posts, in: world) == 5)
            try await world.turn(after: .seconds(15))
            #expect(try await attempts(of: posts, in: world) == 6)
            try await world.turn(after: .seconds(25))
            #expect(try await attempts(of: posts, in: world) == 6)

            world.simulator.removeFaults()
            for _ in 0..<40 where world.published().count < 12 { try await world.turn(after: .minutes(1)) }
            #expect(Set(world.published()) == Set((0..<12).map { "Post \($0)" }))
            #expect(world.published().count == 12)
        }
    }

    private func statuses(of posts: [PostView], in world: PublishingWorld) async throws -> [PublicationView] {
        var found: [PublicationView] = []
        for post in posts { found.append(try await world.publication(of: post.id)) }
        return found
    }

    @Test(
        "Servers on different ports of one machine are different ones, and the usual port may be left out",
        arguments: [
            ("https://social.example.com", "social.example.com"), ("https://Social.example.com:443/", "social.example.com"),
            ("https://social.example.com:8443", "social.example.com:8443"), ("http://127.0.0.1:3000", "127.0.0.1:3000"),
            ("http://127.0.0.1:80", "127.0.0.1"), ("http://[::1]:3000", "::1:3000"), ("nothing", nil),
        ] as [(String, String?)])
    func authority(of address: String, is expected: String?) { #expect(Gates.authority(of: address) == expected) }

    @Test("Another platform is asked as ever", arguments: TestDatabase.all)
    func otherHost(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (broken, sound) = (try await world.mastodon(), try await world.world.connect("linkedin", as: "ada").id)
            for number in 0..<6 { _ = try await world.schedule(["Broken \(number)"], on: [broken]) }
            _ = try await world.schedule(["Sound"], on: [sound], in: .hours(1) + .seconds(1))
            _ = try world.simulator.add(Fault(.status, platform: "mastodon", status: 503))
            try await world.turn(after: .hours(1) + .seconds(1))
            #expect(world.published(on: "linkedin") == ["Sound"])
        }
    }

    @Test("A budget is shared by all that use it at once, and there is room again after its time", arguments: TestDatabase.all)
    func budget(on kind: TestDatabase) async throws {
        try await kind.withDatabase(schema) { database in
            let now = Timestamp.now
            let taken = try await withThrowingTaskGroup(of: Timestamp?.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await database.write {
                            try GateRepository.take(2, of: "account:a:900", limit: 60, window: .minutes(15), now: now, in: $0)
                        }
                    }
                }
                return try await group.reduce(into: [Timestamp?]()) { $0.append($1) }
            }
            #expect(taken.count { $0 == nil } == 30)
            #expect(taken.compactMap(\.self).allSatisfy { $0 == now + .minutes(15) })
            let later = try await database.write {
                try GateRepository.take(2, of: "account:a:900", limit: 60, window: .minutes(15), now: now + .minutes(15), in: $0)
            }
            #expect(later == nil)
        }
    }

    @Test("What is beyond the budget of an account waits for room, untried", arguments: TestDatabase.all)
    func beyondBudget(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.world.connect("x", as: "ada").id
            let now = world.time.now
            try await world.world.workspace.database.write { transaction in
                _ = try GateRepository.take(
                    100, of: "account:\(channel):900", limit: 100, window: .minutes(15), now: now, in: transaction)
            }
            let post = try await world.posts.create(
                PostDraft(content: "Later", platforms: [channel.text], schedule: .now), as: world.person)
            try await world.turn()
            let waiting = try await world.publication(of: post.id)
            #expect(waiting.status == .queued && waiting.attempts == 0)
            #expect(waiting.error?.code == "BUDGET_USED")
            let next = try #require(waiting.nextAttemptAt)
            #expect((now + .minutes(15)...now + .minutes(15) + .seconds(2)).contains(next))
            #expect(try await attempts(of: [post], in: world) == 0)
            #expect(world.published(on: "x").isEmpty)

            // There is room again.
            try await world.world.workspace.database.write { transaction in
                try transaction.execute("UPDATE platform_gates SET used = 0")
                try transaction.execute("UPDATE publications SET next_attempt_at = NULL")
                try transaction.execute("UPDATE jobs SET run_at = $1", now)
            }
            try await world.turn()
            #expect(world.published(on: "x") == ["Later"])
        }
    }

    @Test("The budget of the app is shared by all accounts of its platform; those of others go out", arguments: TestDatabase.all)
    func budgetOfApp(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let sharing = [try await world.world.connect("x", as: "ada").id, try await world.world.connect("x", as: "ben").id]
            let other = try await world.mastodon()
            let now = world.time.now
            // X counts 10,000 posts of an app in a day; there is room for one more.
            try await world.world.workspace.database.write { transaction in
                _ = try GateRepository.take(9_999, of: "app:x:86400", limit: 10_000, window: .hours(24), now: now, in: transaction)
            }
            var posts: [PostView] = []
            for channel in sharing + [other] {
                posts.append(
                    try await world.posts.create(
                        PostDraft(content: "From \(channel)", platforms: [channel.text], schedule: .now), as: world.person))
            }
            try await world.turn()
            let found = try await statuses(of: posts, in: world)
            #expect(found.last?.status == .published)
            #expect(found.prefix(2).count { $0.status == .published } == 1)
            let waiting = try #require(found.prefix(2).first { $0.status == .queued })
            #expect(waiting.error?.code == "BUDGET_USED" && waiting.attempts == 0)
            let next = try #require(waiting.nextAttemptAt)
            #expect((now + .hours(24)...now + .hours(24) + .seconds(2)).contains(next))
        }
    }

    @Test("Where a platform says wait for an account, its other posts wait without asking; another account's go out", arguments: TestDatabase.all)
    func told(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (limited, free) = (try await world.mastodon(as: "ada"), try await world.mastodon(as: "ben"))
            let first = try await world.schedule(["First"], on: [limited])
            let second = try await world.schedule(["Second"], on: [limited], in: .hours(1) + .milliseconds(1))
            _ = try await world.schedule(["Third"], on: [free], in: .hours(1) + .milliseconds(2))
            _ = try world.simulator.add(Fault(.status, platform: "mastodon", path: "mastodon.createStatus", status: 429, times: 1))
            try await world.turn(after: .hours(1) + .seconds(1))
            #expect(try await world.publication(of: first.id).error?.kind == .rateLimited)
            #expect(try await world.publication(of: second.id).error?.code == "BUDGET_USED")
            #expect(try await attempts(of: [second], in: world) == 0)
            #expect(world.published() == ["Third"])
            for _ in 0..<20 where world.published().count < 3 { try await world.turn(after: .minutes(1)) }
            #expect(Set(world.published()) == ["First", "Second", "Third"])
        }
    }
}
