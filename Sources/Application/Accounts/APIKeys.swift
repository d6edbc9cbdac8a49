import Domain
import Persistence

/// What a new key is to be.
public struct NewAPIKey: Codable, Sendable {
    public var name: String
    public var scopes: [Scope]
    /// Nil: it does not expire.
    public var expiresAt: Timestamp?
    /// Whether what it would schedule or publish waits for a person's approval instead; nil means no.
    public var draftOnly: Bool?

    public init(name: String, scopes: [Scope], expiresAt: Timestamp? = nil, draftOnly: Bool? = nil) {
        self.name = name
        self.scopes = scopes
        self.expiresAt = expiresAt
        self.draftOnly = draftOnly
    }
}

/// A key with its secret, which is shown this once.
public struct CreatedAPIKey: Codable, Sendable {
    public let key: APIKey
    public let secret: String
}

/// Keys for programs. A key acts for the member who made it, with that member's role, in one workspace, within its scopes.
public struct APIKeys: Sendable {
    static let mark = "ptz_"
    private static let length = 47
    private static let visibleLength = 12

    private let database: any Database
    private let time: any TimeSource
    private let audit: AuditLog

    public init(database: any Database, time: any TimeSource, audit: AuditLog) {
        self.database = database
        self.time = time
        self.audit = audit
    }

    /// Newest first: all of the workspace for administrators, one's own for others.
    public func list(as caller: Caller) async throws -> [APIKey] {
        try caller.require(Scope.admin)
        return try await database.read { transaction in
            let maker = Self.seesAll(caller) ? nil : caller.userId
            return try APIKeyRepository.list(of: caller.organizationId, maker: maker, in: transaction)
        }
    }

    /// Makes a key of the calling member; a command on the server says for whom.
    public func create(_ request: NewAPIKey, for user: UserID? = nil, as caller: Caller) async throws -> CreatedAPIKey {
        try caller.require(Scope.admin)
        // Otherwise it would give itself what it was denied.
        if request.draftOnly != true { try caller.requireApproved(to: "make a key that publishes without review") }
        guard let maker = caller.userId ?? user else { throw ProblemReport.invalid("user", "A key belongs to a member: say to which one.") }
        let name = try AccountRules.name(request.name, field: "name")
        guard !request.scopes.isEmpty else {
            throw ProblemReport.invalid("scopes", "Choose at least one scope: \(Scope.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        let now = time.now
        if let end = request.expiresAt, end <= now { throw ProblemReport.invalid("expiresAt", "The expiry must lie in the future.") }
        let secret = Self.mark + RandomToken.make()
        let key = APIKey(
            id: APIKeyID(at: now), organizationId: caller.organizationId, createdBy: maker, name: name,
            prefix: String(secret.prefix(Self.visibleLength)), scopes: Set(request.scopes), draftOnly: request.draftOnly ?? false,
            createdAt: now, expiresAt: request.expiresAt, lastUsedAt: nil, active: true)
        try await database.write { transaction in
            try APIKeyRepository.insert(key, hash: RandomToken.hash(secret), in: transaction)
            try audit.record("key.created", target: key.id.text, detail: Self.audited(key), as: caller, in: transaction)
        }
        return CreatedAPIKey(key: key, secret: secret)
    }

    /// Ends a key at once. It stays in the list as inactive.
    public func revoke(_ id: APIKeyID, as caller: Caller) async throws {
        try caller.require(Scope.admin)
        try await database.write { transaction in
            guard let key = try APIKeyRepository.find(id, of: caller.organizationId, in: transaction),
                Self.seesAll(caller) || key.createdBy == caller.userId
            else { throw ProblemReport.notFound("API key") }
            guard key.active else { return }
            try APIKeyRepository.deactivate(id, of: caller.organizationId, in: transaction)
            try audit.record("key.revoked", target: id.text, detail: Self.audited(key), as: caller, in: transaction)
        }
    }

    /// Who a key stands for; nil when it is unknown, revoked, expired, or its maker has left.
    public func authenticate(_ secret: String) async throws -> Caller? {
        guard secret.hasPrefix(Self.mark), secret.utf8.count == Self.length else { return nil }
        // Found by its hash: how long that takes says nothing about other keys.
        let (hash, now) = (RandomToken.hash(secret), time.now)
        guard let found = try await database.read({ try APIKeyRepository.find(hash: hash, now: now, in: $0) }) else { return nil }
        let limit = now - Accounts.seenPrecision
        if found.key.lastUsedAt.map({ $0 <= limit }) ?? true {
            try await database.writeIfThereIsRoom { try APIKeyRepository.touch(found.key.id, at: now, unlessSince: limit, in: $0) }
        }
        return Caller(
            organizationId: found.key.organizationId, identity: .key(found.key.id, user: found.key.createdBy), role: found.role,
            scopes: found.key.scopes, origin: .api, timeZone: found.organizationTimeZone, draftOnly: found.draftOnly)
    }

    /// Runs `work` with a key that exists only meanwhile: it ends by itself after a minute, and leaves no trace in the list.
    func withPassingKey<Value: Sendable>(
        _ scopes: Set<Scope>, as caller: Caller, _ work: (_ secret: String) async throws -> Value
    ) async throws -> Value {
        guard let maker = caller.userId else { throw ProblemReport(.forbidden, "Only a member of the workspace can do this.") }
        let (now, secret) = (time.now, Self.mark + RandomToken.make())
        let key = APIKey(
            id: APIKeyID(at: now), organizationId: caller.organizationId, createdBy: maker, name: "Connection check",
            prefix: String(secret.prefix(Self.visibleLength)), scopes: scopes, createdAt: now, expiresAt: now + .minutes(1), lastUsedAt: nil,
            active: true)
        try await database.write { try APIKeyRepository.insert(key, hash: RandomToken.hash(secret), in: $0) }
        let result: Result<Value, any Error>
        do { result = .success(try await work(secret)) } catch { result = .failure(error) }
        try await database.write { try APIKeyRepository.remove(key.id, of: key.organizationId, in: $0) }
        return try result.get()
    }

    private static func seesAll(_ caller: Caller) -> Bool { caller.may(.manage) }

    private static func audited(_ key: APIKey) -> [String: JSONValue] {
        ["name": .string(key.name), "prefix": .string(key.prefix)]
    }
}
