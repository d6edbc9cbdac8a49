import Domain
import Foundation
import Testing

@testable import Application

@Suite struct SecretBoxTests {
    private let box = SecretBox(encryptionKey: "a first key for tests")
    private let plain = Data("a token nobody may read".utf8)

    @Test func whatIsSealedOpensInItsOwnPlaceOnly() throws {
        let sealed = try box.seal(plain, context: "integrations:1:credentials")
        #expect(try box.open(sealed, context: "integrations:1:credentials") == plain)
        #expect(throws: SecretBoxError.unreadable) { try box.open(sealed, context: "integrations:2:credentials") }
        #expect(sealed.range(of: plain) == nil)
        #expect(try box.seal(plain, context: "integrations:1:credentials") != sealed)
    }

    @Test func aChangedOrShortenedByteIsNoticed() throws {
        let sealed = try box.seal(plain, context: "here")
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: SecretBoxError.unreadable) { try box.open(changed, context: "here") }
        }
        for count in [0, 1, 12, 28, sealed.count - 1] {
            #expect(throws: SecretBoxError.unreadable) { try box.open(sealed.prefix(count), context: "here") }
        }
    }

    @Test func anOldKeyOpensAndTheNewOneSeals() throws {
        let old = try box.seal(plain, context: "here")
        let rotated = SecretBox(encryptionKey: "a second key for tests", oldKeys: ["another one", "a first key for tests"])
        #expect(try rotated.open(old, context: "here") == plain)
        let new = try rotated.seal(plain, context: "here")
        #expect(try rotated.opened(old, context: "here").key.name != rotated.opened(new, context: "here").key.name)
        #expect(throws: SecretBoxError.unreadable) { try box.open(new, context: "here") }
    }

    @Test func aSliceOpensLikeItsCopy() throws {
        let sealed = try box.seal(plain, context: "here")
        let slice = (Data([0, 0, 0]) + sealed).dropFirst(3)
        #expect(try box.open(slice, context: "here") == plain)
    }
}

@Suite struct SecretsTests {
    @Test func missingSecretsAreMadeOnceAndKeptForTheOwnerAlone() throws {
        try withFolder { folder in
            let configuration = try Configuration.load(environment: ["POSTIZ_DATA": folder.path])
            let (first, notice) = try Secrets.loadOrCreate(for: configuration)
            let file = folder.appendingPathComponent("secrets.json")
            #expect(try #require(notice).contains(file.path))
            #expect(first.jwtSecret != first.encryptionKey)
            let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let (second, again) = try Secrets.loadOrCreate(for: configuration)
            #expect(again == nil)
            #expect(second.jwtSecret == first.jwtSecret && second.encryptionKey == first.encryptionKey)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["secrets.json"])
        }
    }

    @Test func processesThatStartTogetherGetTheSameSecrets() async throws {
        try await withFolder { folder in
            let configuration = try Configuration.load(environment: ["POSTIZ_DATA": folder.path])
            let keys = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 1...8 { group.addTask { try Secrets.loadOrCreate(for: configuration).secrets.encryptionKey } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(keys.count == 1)
        }
    }

    @Test func configuredSecretsWinAndNothingIsWritten() throws {
        try withFolder { folder in
            let configuration = try Configuration.load(environment: [
                "POSTIZ_DATA": folder.path, "JWT_SECRET": "a configured signing key", "ENCRYPTION_KEY": "a configured encryption key",
                "OLD_ENCRYPTION_KEYS": "before, long before",
            ])
            let (secrets, notice) = try Secrets.loadOrCreate(for: configuration)
            #expect(secrets.jwtSecret == "a configured signing key")
            #expect(secrets.oldEncryptionKeys == ["before", "long before"])
            #expect(notice == nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    @Test func aDamagedFileIsSaidAndNeverReplaced() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("secrets.json")
            try Data("{".utf8).write(to: file)
            let configuration = try Configuration.load(environment: ["POSTIZ_DATA": folder.path])
            #expect(throws: SecretsError.unreadable(file.path)) { try Secrets.loadOrCreate(for: configuration) }
            #expect(try Data(contentsOf: file) == Data("{".utf8))
        }
    }

    private func withFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
        let folder = try Self.makeFolder()
        let result: Result<Value, any Error>
        do { result = .success(try await body(folder)) } catch { result = .failure(error) }
        try FileManager.default.removeItem(at: folder)
        return try result.get()
    }

    private func withFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
        let folder = try Self.makeFolder()
        let result = Result { try body(folder) }
        try FileManager.default.removeItem(at: folder)
        return try result.get()
    }

    private static func makeFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("postiz-test-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
