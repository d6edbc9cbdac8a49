import Domain
import Foundation
import NIOCore
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("Deleting accounts and workspaces")
struct AccountDeletionTests {
    /// With files in a store of its own.
    private static func with(_ kind: TestDatabase, days: Int64 = 7, _ body: (Services, ManualTime) async throws -> Void) async throws {
        try await kind.withDatabase(schema) { database in
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("postiz-test-\(UUID())")
            try FileManager.default.createDirectory(at: folder.appendingPathComponent("uploads"), withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let time = ManualTime(.now)
            let services = Services(
                configuration: try Configuration.load(environment: [
                    "POSTIZ_DATA": folder.path, "ACCOUNT_DELETION_DAYS": String(days), "EMAIL_HOST": "127.0.0.1",
                ]), secrets: Secrets(jwtSecret: "a secret for tests only", encryptionKey: "another one for tests"), database: database, time: time,
                logger: .init(label: "test"), version: "0.0.0", bcryptCost: 4)
            let result: Result<Void, any Error>
            do { result = .success(try await body(services, time)) } catch { result = .failure(error) }
            try await services.platforms.shutdown()
            try result.get()
        }
    }

    private func person(_ name: String, invitation: String? = nil, _ services: Services, _ time: ManualTime) async throws -> SignedIn {
        time.advance(by: .milliseconds(1))
        return try await services.accounts.register(
            Registration(email: "\(name)@example.com", password: AccountsFixture.password, invitation: invitation), from: AccountsFixture.client)
    }

    private func invitation(as caller: Caller, _ services: Services) async throws -> String {
        let made = try await services.team.invite(NewInvitation(role: .user), as: caller)
        return URLComponents(string: made.url)?.queryItems?.first { $0.name == "token" }?.value ?? ""
    }

    private func login(_ name: String, _ services: Services, _ time: ManualTime) async throws -> SignedIn {
        time.advance(by: .milliseconds(1))
        return try await services.accounts.login(
            Login(email: "\(name)@example.com", password: AccountsFixture.password), from: AccountsFixture.client)
    }

    /// A post with a file; where its bytes are.
    private func addPost(as caller: Caller, _ services: Services) async throws -> String {
        let png = ByteBuffer(bytes: SampleFile.png(width: 3, height: 2))
        let body = AsyncStream<ByteBuffer> { stream in
            stream.yield(png)
            stream.finish()
        }
        let file = try await services.media.upload(name: "a.png", altText: nil, expectedBytes: nil, body: body, as: caller)
        _ = try await services.posts.create(PostDraft(content: "Own", mediaIds: [file.id], status: .draft), as: caller)
        let media = try await services.database.read { try MediaRepository.find([file.id], of: caller.organizationId, in: $0) }
        return try #require(media.first).digest
    }

    private func rows(_ table: String, _ services: Services) async throws -> Int {
        try await services.database.read { try $0.query("SELECT COUNT(*) AS number FROM \(table)")[0].int("number") }
    }

    private static let proof = DeletionProof(password: AccountsFixture.password)

    @Test("an account goes after its time with what is its own alone, and nothing else", arguments: TestDatabase.all)
    func going(on kind: TestDatabase) async throws {
        try await Self.with(kind) { services, time in
            let ada = try await person("ada", services, time)
            let bob = try await person("bob", services, time)
            let token = try await invitation(as: ada.caller, services)
            _ = try await services.accounts.accept(InvitationToken(token: token), from: AccountsFixture.client, as: bob.caller)
            let digest = try await addPost(as: bob.caller, services)
            #expect(try await services.stores.current.size(of: MediaKey.file(digest)) != nil)
            let key = try await services.keys.create(NewAPIKey(name: "Mine", scopes: [.postsRead], expiresAt: nil), as: bob.caller)
            let outlook = try await services.deletions.outlook(as: bob.caller)
            #expect(outlook.workspaces.map(\.name) == ["bob"] && outlook.workspaces.map(\.posts) == [1] && outlook.days == 7)
            #expect(outlook.left.map(\.id) == [ada.organization.id] && outlook.owned.isEmpty && !outlook.isLastAdministrator)
            let wrong = try await problem { _ = try await services.deletions.request(DeletionProof(password: "wrong"), as: bob.caller) }
            #expect(wrong == .wrongCredentials)
            let deletion = try await services.deletions.request(Self.proof, as: bob.caller)
            #expect(deletion.endsAt == time.now + .days(7))
            #expect(try await services.accounts.authenticate(sessionToken: bob.token) == nil)
            #expect(try await services.keys.authenticate(key.secret) == nil)
            #expect(try await services.database.read { try OrganizationRepository.find(bob.organization.id, in: $0) }?.pausedAt != nil)
            #expect(try await services.mail.outbox(as: ada.caller).contains { $0.recipient == "bob@example.com" })

            let back = try await login("bob", services, time)
            #expect(back.kept)
            #expect(try await services.database.read { try OrganizationRepository.find(bob.organization.id, in: $0) }?.pausedAt == nil)
            time.advance(by: .days(8))
            try await services.deletions.removeDue()
            #expect(try await rows("users", services) == 2, "whoever came back stays")

            let again = try await login("bob", services, time)
            #expect(!again.kept)
            _ = try await services.deletions.request(Self.proof, as: again.caller)
            time.advance(by: .days(6))
            try await services.deletions.removeDue()
            #expect(try await rows("users", services) == 2)
            time.advance(by: .days(1))
            try await services.deletions.removeDue()
            #expect(try await rows("users", services) == 1)
            #expect(try await rows("organizations", services) == 1)
            #expect(try await rows("posts", services) == 0)
            #expect(try await services.stores.current.size(of: MediaKey.file(digest)) == nil, "its bytes are gone")
            let traces = try await services.database.read {
                try $0.query("SELECT 1 AS found FROM audit_events WHERE subject = $1 AND address IS NOT NULL", "user:\(bob.user.id)").count
            }
            #expect(traces == 0)
            #expect(try await services.team.members(as: try await login("ada", services, time).caller).count == 1)
            #expect(try await problem { _ = try await login("bob", services, time) } == .wrongCredentials)
        }
    }

    @Test("an owner of others' workspace and the last administrator stay", arguments: [TestDatabase.sqlite])
    func staying(on kind: TestDatabase) async throws {
        try await Self.with(kind) { services, time in
            let ada = try await person("ada", services, time)
            #expect(try await services.deletions.outlook(as: ada.caller).isLastAdministrator)
            #expect(try await problem { _ = try await services.deletions.request(Self.proof, as: ada.caller) } == .conflict)
            let bob = try await person("bob", services, time)
            let token = try await invitation(as: bob.caller, services)
            let cyd = try await person("cyd", invitation: token, services, time)
            #expect(try await services.deletions.outlook(as: bob.caller).owned.map(\.id) == [bob.organization.id])
            #expect(try await problem { _ = try await services.deletions.request(Self.proof, as: bob.caller) } == .conflict)
            // Nor by an administrator, who deletes the workspace first.
            #expect(try await problem { try await services.deletions.removePerson(bob.user.id, Self.proof, as: ada.caller) } == .conflict)
            #expect(try await problem { try await services.deletions.removePerson(ada.user.id, Self.proof, as: ada.caller) } == .conflict)
            #expect(try await problem { try await services.deletions.removePerson(ada.user.id, Self.proof, as: bob.caller) } == .forbidden)
            #expect(try await problem { try await services.deletions.removeWorkspace(bob.organization.id, Self.proof, as: bob.caller) } == .forbidden)
            let own = try await problem { try await services.deletions.removeWorkspace(ada.organization.id, Self.proof, as: ada.caller) }
            #expect(own == .conflict)
            try await services.deletions.removeWorkspace(bob.organization.id, Self.proof, as: ada.caller)
            #expect(try await services.accounts.authenticate(sessionToken: cyd.token) == nil)
            #expect(try await services.deletions.workspaces(as: ada.caller).items.map(\.id) == [ada.organization.id])
            #expect(try await services.deletions.people(as: ada.caller).items.map(\.user.name) == ["ada", "bob", "cyd"])
            try await services.deletions.removePerson(bob.user.id, Self.proof, as: ada.caller)
            #expect(try await services.deletions.people(as: ada.caller).items.map(\.user.name) == ["ada", "cyd"])
        }
    }

    @Test("what was begun is finished by the next clean-up", arguments: TestDatabase.all)
    func resuming(on kind: TestDatabase) async throws {
        try await Self.with(kind, days: 0) { services, time in
            let ada = try await person("ada", services, time)
            let bob = try await person("bob", services, time)
            _ = try await services.posts.create(PostDraft(content: "Left over", status: .draft), as: bob.caller)
            let now = time.now
            try await services.database.write { try AccountDeletionRepository.close(bob.organization.id, at: now, in: $0) }
            try await services.deletions.removeDue()
            #expect(try await rows("organizations", services) == 1)
            #expect(try await rows("posts", services) == 0)
            let cyd = try await person("cyd", services, time)
            _ = try await services.deletions.request(Self.proof, as: cyd.caller)
            #expect(try await services.deletions.people(as: ada.caller).items.map(\.user.name) == ["ada", "bob"], "at once without a delay")
        }
    }
}
