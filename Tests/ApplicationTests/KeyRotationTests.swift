import Domain
import Foundation
import TestSupport
import Testing

@testable import Application
@testable import Persistence

@Suite(.timeLimit(.minutes(10)))
struct KeyRotationTests {
    @Test(arguments: TestDatabase.all)
    func everythingIsSealedAnewAndTheOldKeyThenRetired(_ kind: TestDatabase) async throws {
        try await SealedWorld.with(kind) { world in
            try await world.fill(with: world.box)
            #expect(try await world.rotation.state().values == SealedPlace.all.count)
            let first = world.box.keys().current.name
            let done = try await world.rotation.rotate()
            #expect(done.madeKey && done.sealed == SealedPlace.all.count && done.state.outdated == 0)
            #expect(done.state.keys.map(\.name) == [world.box.keys().current.name, first])
            // The new key alone opens what was sealed, and it is what it was.
            let kept = try #require(try KeptSecrets.load(world.file))
            try await world.expectAll(opened: SecretBox(encryptionKey: kept.encryptionKey))
            await #expect(throws: KeyProblem.self) { _ = try await world.rotation.retire() }
            world.time.advance(by: .hours(3))
            _ = try await world.rotation.retire()
            #expect(try #require(try KeptSecrets.load(world.file)).oldEncryptionKeys == nil)
            #expect(try await world.rotation.state().keys.count == 1)
            try await world.expectAll(opened: world.box)
        }
    }

    @Test(arguments: TestDatabase.all)
    func oneThatBrokeOffGoesOnAndMakesNoSecondKey(_ kind: TestDatabase) async throws {
        try await SealedWorld.with(kind) { world in
            let old = world.box.keys().current
            _ = try await world.rotation.rotate()
            // As if it had been killed as soon as the key was made.
            try await world.fill(with: SecretBox { SecretBox.Keys(old) })
            let kept = try KeptSecrets.load(world.file)
            await #expect(throws: KeyProblem.self) { _ = try await world.rotation.retire(atOnce: true) }
            let done = try await world.rotation.rotate()
            #expect(!done.madeKey && done.sealed == SealedPlace.all.count)
            #expect(try await world.rotation.rotate().madeKey == false)
            #expect(try KeptSecrets.load(world.file) == kept)
            try await world.expectAll(opened: world.box)
        }
    }

    @Test(arguments: TestDatabase.all)
    func severalAtOnceAreHarmless(_ kind: TestDatabase) async throws {
        try await SealedWorld.with(kind) { world in
            for _ in 0..<40 { try await world.fill(with: world.box) }
            let made = try await world.together { try await world.anotherProcess().rotate() }
            #expect(made.count { $0.madeKey } == 1)
            #expect(made.reduce(0) { $0 + $1.sealed } == 40 * SealedPlace.all.count)
            try await world.expectAll(opened: world.box)
            // Processes of several machines share no file: the database keeps them apart.
            let secrets = Secrets(
                jwtSecret: "signing", encryptionKey: "the next key", oldEncryptionKeys: [try #require(try KeptSecrets.load(world.file)).encryptionKey]
            )
            let database = world.database
            let sealed = try await world.together {
                try await KeyRotation(database: database, secrets: secrets, time: SystemTime()).rotate()
            }
            #expect(sealed.reduce(0) { $0 + $1.sealed } == 40 * SealedPlace.all.count)
            try await world.expectAll(opened: SecretBox(encryptionKey: "the next key"))
        }
    }

    @Test(arguments: TestDatabase.all)
    func whatNoKeyOpensIsNamedAndNothingIsChanged(_ kind: TestDatabase) async throws {
        try await SealedWorld.with(kind) { world in
            try await world.fill(with: world.box)
            let channel = try await world.fill(with: SecretBox(encryptionKey: "a key that nobody has any more"))
            let before = try KeptSecrets.load(world.file)
            let problem = await #expect(throws: KeyProblem.self) { _ = try await world.rotation.rotate() }
            let words = try #require(problem?.description)
            #expect(words.contains("mastodon Ada") && words.contains(channel.text) && words.contains("connect the channel again"))
            #expect(!words.contains("a secret of"))
            #expect(try KeptSecrets.load(world.file) == before)
            #expect(try await world.rotation.state().unreadable.count == SealedPlace.all.count)
            let done = try await world.rotation.rotate(leavingUnreadable: true)
            #expect(done.madeKey && done.sealed == SealedPlace.all.count && done.state.unreadable.count == SealedPlace.all.count)
        }
    }

    @Test func tokensThatAreBeingRenewedAreLeftAloneUntilThatIsOver() async throws {
        try await SealedWorld.with(.sqlite) { world in
            let channel = try await world.fill(with: world.box)
            let until = world.time.now + .seconds(2)
            let stored = try await world.database.write { transaction in
                try transaction.execute("UPDATE integrations SET refresh_lease_until = $1", until)
                return try IntegrationRepository.withCredentials(channel, in: transaction)?.sealed
            }
            async let rotated = world.rotation.rotate()
            try await eventually("it waits") { world.time.sleeperCount > 0 }
            let during = try await world.database.read { try IntegrationRepository.withCredentials(channel, in: $0)?.sealed }
            #expect(during == stored)
            world.time.advance(by: .seconds(2))
            #expect(try await rotated.state.outdated == 0)
        }
    }

    @Test func aKeyOfTheSettingsIsNotOursToChange() async throws {
        try await SealedWorld.with(.sqlite) { world in
            let secrets = Secrets(jwtSecret: "signing", encryptionKey: "the new key of the settings", oldEncryptionKeys: ["the old key"])
            let rotation = KeyRotation(database: world.database, secrets: secrets, time: world.time)
            try await world.fill(with: SecretBox(encryptionKey: "the old key"))
            #expect(try await rotation.rotate().sealed == SealedPlace.all.count)
            try await world.expectAll(opened: SecretBox(encryptionKey: "the new key of the settings"))
            await #expect(throws: KeyProblem.self) { _ = try await rotation.retire() }
            let alone = Secrets(jwtSecret: "signing", encryptionKey: "the new key of the settings")
            let problem = await #expect(throws: KeyProblem.self) {
                _ = try await KeyRotation(database: world.database, secrets: alone, time: world.time).rotate()
            }
            #expect(try #require(problem).description.contains("OLD_ENCRYPTION_KEYS"))
        }
    }

    @Test func everyColumnOfBytesIsKnownToTheRotation() async throws {
        try await TestDatabase.withSQLite { database in
            try await Migrator.migrate(database, schema)
            let columns = try await database.read { transaction in
                try transaction.query(
                    """
                    SELECT t.name || '.' || c.name AS name FROM sqlite_master t JOIN pragma_table_info(t.name) c
                    WHERE t.type = 'table' AND c.type = 'BLOB'
                    """
                ).map { try $0.text("name") }
            }
            // A new one is either sealed, and belongs into SealedPlace.all, or named here.
            let open: Set<String> = ["post_imports.file", "passkeys.public_key"]
            #expect(Set(columns).subtracting(open) == Set(SealedPlace.all.map(\.column).filter { !$0.isText }.map { "\($0.table).\($0.name)" }))
        }
    }
}

/// A database with something sealed of every kind, and a `secrets.json` of its own.
private struct SealedWorld: Sendable {
    let database: any Database
    let time: ManualTime
    let file: URL
    let organization: OrganizationID
    let rotation: KeyRotation

    /// As a server has it that runs meanwhile.
    let box: SecretBox

    static func with(_ kind: TestDatabase, _ body: (SealedWorld) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("postiz-test-\(UUID())")
        let result: Result<Void, any Error>
        do {
            try await Workspace.with(kind) { workspace in
                let secrets = try Secrets.loadOrCreate(for: try Configuration.load(environment: ["POSTIZ_DATA": folder.path])).secrets
                let world = SealedWorld(
                    database: workspace.database, time: workspace.time, file: folder.appendingPathComponent("secrets.json"),
                    organization: workspace.organization,
                    rotation: KeyRotation(database: workspace.database, secrets: secrets, time: workspace.time), box: secrets.box)
                try await body(world)
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try FileManager.default.removeItem(at: folder)
        try result.get()
    }

    func anotherProcess() throws -> KeyRotation {
        let configuration = try Configuration.load(environment: ["POSTIZ_DATA": file.deletingLastPathComponent().path])
        return KeyRotation(database: database, secrets: try Secrets.loadOrCreate(for: configuration).secrets, time: SystemTime())
    }

    /// What four do that begin at the same time.
    func together<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> [Value] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            for _ in 0..<4 { group.addTask { try await work() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// One more of each kind; returns the channel.
    @discardableResult
    func fill(with box: SecretBox) async throws -> IntegrationID {
        let (organization, now, id) = (organization, time.now, IntegrationID())
        let rows = try SealedPlace.all.map { place in (place, try Self.row(of: place, id: id.text, organization, box)) }
        try await database.write { transaction in
            for (place, (key, sealed)) in rows {
                switch place.column.table {
                case "integrations" where place.column.name == "credentials":
                    try transaction.execute(
                        """
                        INSERT INTO integrations (id, organization_id, platform, platform_account_id, username, display_name, limits, settings, slots,
                               scopes, credentials, refreshable, active, created_at, updated_at)
                        VALUES ($1, $2, 'mastodon', $1, 'ada', 'Ada', '{}', '{}', '[]', '[]', $3, FALSE, TRUE, $4, $4)
                        """, id, organization, sealed, now)
                case "integrations": try transaction.execute("UPDATE integrations SET previous_credentials = $2 WHERE id = $1", id, sealed)
                case "webhooks" where place.column.name == "secret":
                    try transaction.execute(
                        """
                        INSERT INTO webhooks (id, organization_id, name, url, secret, events, integration_ids, status, created_at)
                        VALUES ($1, $2, 'Board', 'https://example.com', $3, '[]', '[]', 'ACTIVE', $4)
                        """, id, organization, sealed, now)
                case "webhooks": try transaction.execute("UPDATE webhooks SET previous_secret = $2 WHERE id = $1", id, sealed)
                case "connect_states":
                    try transaction.execute(
                        """
                        INSERT INTO connect_states (callback_key, organization_id, platform, memory, stage, created_at, expires_at)
                        VALUES ($1, $2, 'x', $3, 'CONSENT', $4, $4)
                        """, key[0], organization, sealed, now)
                case "platform_apps":
                    try transaction.execute(
                        "INSERT INTO platform_apps (platform, instance_url, callback_url, scopes, credentials, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
                        key[0], key[1], key[2], key[3], sealed, now)
                case "mail_outbox":
                    try transaction.execute(
                        """
                        INSERT INTO mail_outbox (id, recipient, subject, body, status, attempts, created_at, next_attempt_at)
                        VALUES ($1, 'ada@example.com', 'Hello', $2, 'QUEUED', 0, $3, $3)
                        """, key[0], sealed, now)
                case "platform_settings":
                    try transaction.execute("INSERT INTO platform_settings (name, value, updated_at) VALUES ($1, $2, $3)", key[0], sealed, now)
                case "second_factors":
                    try transaction.execute(
                        """
                        INSERT INTO users (id, email, name, password_hash, role, time_zone, locale, created_at)
                        VALUES ($1, $2, 'Ada', '', 'USER', 'UTC', 'en', $3)
                        """, key[0], "\(key[0])@example.com", now)
                    try transaction.execute(
                        "INSERT INTO second_factors (user_id, secret, created_at, last_step) VALUES ($1, $2, $3, 0)", key[0], sealed, now)
                default:
                    try transaction.execute(
                        """
                        INSERT INTO idempotency_keys (organization_id, operation, key, request_hash, status, response, created_at)
                        VALUES ($1, $2, $3, '', 201, $4, $5)
                        """, organization, key[1], key[2], sealed.base64EncodedString(), now)
                }
            }
        }
        return id
    }

    private static func row(
        of place: SealedPlace, id: String, _ organization: OrganizationID, _ box: SecretBox
    ) throws -> (key: [String], sealed: Data) {
        let key =
            switch place.column.table {
            case "platform_apps": ["mastodon", "https://\(id).example.com", "https://postiz.example.com/callback", "read"]
            case "idempotency_keys": [organization.text, "posts.create", id]
            default: [id]
            }
        return (key, try box.seal(Data("a secret of \(place.column.table)".utf8), context: place.context(key)))
    }

    func expectAll(opened box: SecretBox) async throws {
        for place in SealedPlace.all {
            let values = try await database.read { try SealedRepository.page(of: place.column, after: nil, limit: 1000, in: $0) }
            #expect(!values.isEmpty)
            for value in values {
                #expect(try box.open(value.sealed, context: place.context(value.key)) == Data("a secret of \(place.column.table)".utf8))
            }
        }
    }
}
