import Domain
import Foundation
import Persistence
import Platforms

/// Seals and opens what must not be read from the database: tokens, the secrets of connecting, addresses of uploads. What is sealed is bound to its place,
/// so that a row copied elsewhere does not open.
struct CredentialVault: Sendable {
    let secrets: SecretBox

    func seal(_ credentials: Credentials, of id: IntegrationID, now: Timestamp) throws -> StoredCredentials {
        let refreshable = !(credentials.refreshToken ?? "").isEmpty
        return StoredCredentials(
            sealed: try secrets.seal(try JSON.data(credentials), context: Self.context(id)), scopes: credentials.scopes,
            expiresAt: credentials.expiresAt, refreshable: refreshable,
            refreshAfter: refreshable ? credentials.expiresAt.map { Self.refreshTime(from: now, to: $0) } : nil)
    }

    /// Throws `PlatformError` when the key that it was sealed with is gone.
    func open(_ sealed: Data, of integration: Integration) throws -> Credentials {
        do {
            return try JSON.decode(from: try secrets.open(sealed, context: Self.context(integration.id)))
        } catch {
            throw PlatformError(
                .transient, code: "CREDENTIALS_UNREADABLE",
                message: """
                    The stored tokens of \(integration.displayName) cannot be decrypted: ENCRYPTION_KEY is not the one they were stored \
                    with. Restore that key, or connect the channel again.
                    """)
        }
    }

    func seal(_ value: some Encodable, of state: String) throws -> Data {
        try secrets.seal(try JSON.data(value), context: SealedPlace.connecting(state))
    }

    func open<Value: Decodable>(_ sealed: Data, of state: String) throws -> Value {
        try JSON.decode(from: try secrets.open(sealed, context: SealedPlace.connecting(state)))
    }

    /// Whether both hold the same, whatever they were sealed with: a rotation of keys seals anew what is as it was.
    func holdTheSame(_ one: Data, _ other: Data, of integration: Integration) -> Bool {
        if one == other { return true }
        guard let first = try? open(one, of: integration), let second = try? open(other, of: integration) else { return false }
        return first == second
    }

    /// What a step of a publication left.
    func seal(_ value: some Encodable, of id: PublicationID, step: String) throws -> Data {
        try secrets.seal(try JSON.data(value), context: Self.context(id, step))
    }

    func open<Value: Decodable>(_ sealed: Data, of id: PublicationID, step: String) throws -> Value {
        try JSON.decode(from: try secrets.open(sealed, context: Self.context(id, step)))
    }

    private static func context(_ id: PublicationID, _ step: String) -> String { SealedPlace.step(id.text, step) }
    private static func context(_ id: IntegrationID) -> String { SealedPlace.channel(id.text) }

    /// Three quarters of a token's life: early enough for many tries, late enough to be rare.
    private static func refreshTime(from now: Timestamp, to end: Timestamp) -> Timestamp {
        Timestamp(milliseconds: now.milliseconds + max(0, end.milliseconds - now.milliseconds) * 3 / 4)
    }
}

extension Credentials {
    /// These tokens after a platform answered with new ones. Platforms leave out a refresh token that stays valid: nothing, or an empty
    /// text, never replaces the one we have.
    func replaced(by new: Credentials) -> Credentials {
        var result = new
        if (new.refreshToken ?? "").isEmpty { result.refreshToken = refreshToken }
        if new.scopes.isEmpty { result.scopes = scopes }
        result.instanceURL = new.instanceURL ?? instanceURL
        result.holder = new.holder ?? holder
        result.extra = extra.merging(new.extra) { _, new in new }
        return result
    }
}

/// Remembers apps registered with servers of federated platforms, their secrets sealed.
public struct DatabasePlatformAppStore: PlatformAppStore {
    private let database: any Database
    private let secrets: SecretBox
    private let time: any TimeSource

    public init(database: any Database, secrets: SecretBox, time: any TimeSource) {
        self.database = database
        self.secrets = secrets
        self.time = time
    }

    public func app(platform: PlatformID, instance: String, callbackURL: String, scopes: [String]) async throws -> RegisteredApp? {
        let scopes = scopes.joined(separator: " ")
        let sealed = try await database.read {
            try PlatformAppRepository.credentials(platform: platform, instance: instance, callbackURL: callbackURL, scopes: scopes, in: $0)
        }
        return try sealed.map { try JSON.decode(from: try secrets.open($0, context: Self.context(platform, instance))) }
    }

    public func save(_ app: RegisteredApp, platform: PlatformID, instance: String, callbackURL: String, scopes: [String]) async throws {
        let (now, scopes) = (time.now, scopes.joined(separator: " "))
        let sealed = try secrets.seal(try JSON.data(app), context: Self.context(platform, instance))
        try await database.write {
            try PlatformAppRepository.save(
                sealed, platform: platform, instance: instance, callbackURL: callbackURL, scopes: scopes, now: now, in: $0)
        }
    }

    private static func context(_ platform: PlatformID, _ instance: String) -> String { SealedPlace.app(platform.rawValue, instance) }
}
