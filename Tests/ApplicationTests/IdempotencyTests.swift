import Domain
import Foundation
import NIOConcurrencyHelpers
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite struct IdempotencyTests {
    @Test(arguments: TestDatabase.all) func theSameCallIsDoneOnceAndAnsweredAlike(_ kind: TestDatabase) async throws {
        try await Fixture.with(kind) { world in
            let first = try await world.call()
            let second = try await world.call()
            #expect(first.response == second.response)
            #expect(!first.replayed && second.replayed)
            #expect(world.runs == 1)
            // Another operation, another workspace, no key: calls of their own.
            #expect(try await !world.call(operation: "other").replayed)
            #expect(try await !world.call(as: world.stranger).replayed)
            #expect(try await !world.call(key: nil).replayed)
            #expect(world.runs == 4)
        }
    }

    @Test(arguments: TestDatabase.all) func aKeyForAnotherRequestIsRefused(_ kind: TestDatabase) async throws {
        try await Fixture.with(kind) { world in
            _ = try await world.call(hash: "one")
            #expect(try await problem { _ = try await world.call(hash: "two") } == .idempotencyMismatch)
            #expect(world.runs == 1)
        }
    }

    @Test(arguments: TestDatabase.all) func whileTheFirstCallRunsTheSecondIsToldToWait(_ kind: TestDatabase) async throws {
        try await Fixture.with(kind) { world in
            _ = try await world.call {
                let code = try await problem { _ = try await world.call() }
                #expect(code == .conflict)
            }
            #expect(world.runs == 1)
        }
    }

    @Test(arguments: TestDatabase.all) func aCallThatNeverEndedIsTakenOverAndItsLateAnswerForgotten(_ kind: TestDatabase) async throws {
        try await Fixture.with(kind) { world in
            let late = try await world.call {
                world.time.advance(by: .seconds(60))
                let second = try await world.call()
                #expect(!second.replayed && second.response.body == "1")
            }
            #expect(late.response.body == "2")
            let third = try await world.call()
            #expect(third.replayed && third.response.body == "1")
        }
    }

    @Test(arguments: TestDatabase.all) func failuresAreNotRemembered(_ kind: TestDatabase) async throws {
        try await Fixture.with(kind) { world in
            let code = try await problem { _ = try await world.call { throw ProblemReport.notFound("post") } }
            #expect(code == .notFound)
            #expect(try await !world.call(status: 503).replayed)
            #expect(try await !world.call(status: 422).replayed)
            #expect(try await world.call().response.status == 422)
        }
    }

    @Test(arguments: TestDatabase.all) func answersAreForgottenAfterADay(_ kind: TestDatabase) async throws {
        try await Fixture.with(kind) { world in
            _ = try await world.call()
            world.time.advance(by: .hours(24))
            #expect(try await world.call().replayed)
            world.time.advance(by: .seconds(1))
            #expect(try await !world.call().replayed)
            world.time.advance(by: .hours(25))
            try await world.store.removeOld()
            let rows = try await world.database.read { try $0.query("SELECT key FROM idempotency_keys") }
            #expect(rows.isEmpty)
        }
    }

    @Test func storedAnswersCannotBeReadFromTheDatabase() async throws {
        try await Fixture.with(.sqlite) { world in
            _ = try await world.call(body: "a secret shown once")
            let rows = try await world.database.read { try $0.query("SELECT response FROM idempotency_keys") }
            let stored = try #require(try rows.first?.text("response"))
            #expect(Data(base64Encoded: stored)?.range(of: Data("a secret".utf8)) == nil)
            #expect(try await world.call().response.body == "a secret shown once")
        }
    }

    @Test(arguments: ["", "with blank", "ä", String(repeating: "x", count: 256)])
    func unusableKeysAreRefused(_ key: String) async throws {
        try await Fixture.with(.sqlite) { world in
            let code = try await problem { _ = try await world.call(key: key) }
            #expect(code == .validationFailed)
        }
    }

    private struct Fixture: Sendable {
        let database: any Database
        let time: ManualTime
        let store: IdempotencyStore
        let owner: Caller
        let stranger: Caller
        private let count = NIOLockedValueBox(0)

        /// How often work was done.
        var runs: Int { count.withLockedValue { $0 } }

        static func with(_ kind: TestDatabase, _ body: (Fixture) async throws -> Void) async throws {
            try await AccountsFixture.with(kind) { world in
                let (owner, stranger) = (try await world.register("ada").caller, try await world.register("bob").caller)
                let store = IdempotencyStore(database: world.database, secrets: world.secrets.box, time: world.time)
                try await body(Fixture(database: world.database, time: world.time, store: store, owner: owner, stranger: stranger))
            }
        }

        /// Calls with work that does `during`, counts, and answers with the count or `body`.
        func call(
            key: String? = "key-1", operation: String = "createPost", hash: String = "one", status: Int = 201, body: String? = nil,
            as caller: Caller? = nil, _ during: () async throws -> Void = {}
        ) async throws -> (response: StoredResponse, replayed: Bool) {
            try await store.perform(key: key, operation: operation, requestHash: hash, as: caller ?? owner) {
                try await during()
                let number = count.withLockedValue { count in
                    count += 1
                    return count
                }
                return StoredResponse(status: status, body: body ?? "\(number)")
            }
        }
    }
}
