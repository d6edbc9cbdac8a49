import Foundation

/// One publication as tests and the control API see it.
public struct PublicationRecord: Sendable {
    public let platform: String
    public let id: String
    /// Handle of the author.
    public let account: String
    public let accountID: String
    public let text: String
    public let media: [Attachment]
    /// What it replies to or comments on.
    public let parentID: String?
    public let createdAt: Date
    public let idempotencyKey: String?
    /// Fields only this platform has, as they were sent.
    public let details: JSON
    public let isDeleted: Bool
    /// Handles of those who reposted it, as often as they did.
    public let reposters: [String]
    /// Path of its public page on the simulator.
    public let path: String
}

/// Tells a simulator how to behave and reads what happened. Safe to use from anywhere while it serves.
public struct SimulatorControl: Sendable {
    let simulation: Simulation

    /// Adds a fault and returns its id.
    @discardableResult
    public func add(_ fault: Fault) throws -> Int {
        if let name = fault.platform { _ = try platform(name) }
        if let path = fault.path, path.hasPrefix("^"), (try? NSRegularExpression(pattern: path)) == nil {  // the reason is always the same
            throw SimulatorError.badRequest("not a regular expression: \(path)")
        }
        if let share = fault.share, !(0...1).contains(share) { throw SimulatorError.badRequest("share is not from 0 to 1: \(share)") }
        return simulation.faults.add(fault)
    }

    public var faults: [Fault] { simulation.faults.all }
    /// Removes one fault, or all.
    public func removeFaults(id: Int? = nil) { simulation.faults.remove(id: id) }

    /// Lets so many more people like a publication, on platforms that tell it. False when there is none with this id.
    public func like(_ id: String, times count: Int, platform name: String) throws -> Bool {
        try platform(name).store.update { $0.timeline.change(id) { $0.likes += count } }
    }

    /// Lets all tokens of an account expire (refresh tokens live on). Returns how many there are.
    @discardableResult
    public func expireTokens(platform name: String, account: String) throws -> Int {
        let now = simulation.now()
        return try change(name, account) { grant in grant.expiresAt = now }
    }

    /// Revokes all tokens of an account, as when its owner removes the app. Returns how many there are.
    @discardableResult
    public func revokeTokens(platform name: String, account: String) throws -> Int {
        try change(name, account) { $0.isRevoked = true }
    }

    /// Replaces all limits of an account until the reset.
    public func rateLimit(platform name: String, account: String, limit: Int, remaining: Int, resetSeconds: Double) throws {
        let platform = try platform(name)
        try platform.store.update { state in
            let id = try find(account, in: state).id
            state.rates.override(
                caller: id, limit: limit, remaining: remaining, endsAt: simulation.now().addingTimeInterval(resetSeconds))
        }
    }

    /// Sets a switch, e.g. `paymentRequired` of `x`. Which there are: `switches(platform:)`.
    public func set(_ name: String, to value: JSON, platform: String) throws {
        let platform = try self.platform(platform)
        guard platform.switches.contains(where: { $0.name == name }) else { throw SimulatorError.unknownSwitch(name) }
        platform.store.update { $0.switches[name] = value }
    }

    /// Current values by name.
    public func switches(platform name: String) throws -> [String: JSON] { try platform(name).store.update { $0.switches } }

    /// Restricts the callbacks of an app to an exact list; an empty list allows any.
    public func setCallbacks(platform name: String, app: String, callbacks: [String]) throws {
        let platform = try platform(name)
        try platform.store.update { state in
            guard state.apps[app] != nil else { throw SimulatorError.badRequest("no app \(app)") }
            state.apps[app]?.redirectURIs = callbacks
        }
    }

    /// A token without the consent pages, for tests and benchmarks; the account is made when it does not exist.
    public func grant(platform name: String, account: String, scopes: [String]? = nil) throws -> (grant: Grant, account: Account) {
        let platform = try platform(name)
        let now = simulation.now()
        return platform.store.update { state in
            let account = platform.account(named: account, in: &state, now: now)
            let grant = platform.issueGrant(
                account: account.id, app: platform.sampleApp.id, scopes: scopes ?? platform.allScopes, in: &state, now: now)
            return (grant, account)
        }
    }

    /// Adds or changes an account: `verified` for long posts on X; `administrators` (handles) for an organization.
    @discardableResult
    public func setAccount(
        platform name: String, name fullName: String, username: String? = nil, kind: Account.Kind = .person, verified: Bool = false,
        administrators: [String]? = nil
    ) throws -> Account {
        let platform = try platform(name)
        let now = simulation.now()
        return platform.store.update { state in
            let handle = username ?? fullName
            let people = administrators.map { Set($0.map { platform.account(named: $0, in: &state, now: now).id }) }
            let found = state.accounts.find(handle, kind: kind)
            var account = found ?? platform.makeAccount(name: fullName, username: handle.lowercased(), in: &state, now: now)
            if found == nil {
                account = Account(
                    id: account.id, username: handle.lowercased().replacingOccurrences(of: " ", with: "-"), name: fullName, kind: kind,
                    createdAt: now)
            }
            account.verified = verified
            account.administrators = people
            state.accounts.add(account)
            return account
        }
    }

    /// Lets an account gain followers, or with a negative number lose some. Returns how many it has then.
    @discardableResult
    public func gainFollowers(_ count: Int, platform name: String, account: String) throws -> Int {
        try platform(name).store.update { state in
            let found = Account.Kind.all.compactMap { state.accounts.find(account, kind: $0) }.first
            guard let id = found?.id else { throw SimulatorError.unknownAccount(account) }
            state.gainedFollowers[id, default: 0] += count
            return state.followers(of: id)
        }
    }

    /// What is public, oldest first.
    public func publications(platform name: String? = nil, account: String? = nil, includingDeleted: Bool = false) -> [PublicationRecord] {
        simulation.platforms.filter { name == nil || $0.name == name }.flatMap { platform in
            platform.store.update { state -> [PublicationRecord] in
                let wanted = account.map { text in
                    Account.Kind.all.compactMap { state.accounts.find(text, kind: $0)?.id }
                }
                return state.timeline.all(includingDeleted: includingDeleted).compactMap { publication in
                    guard let author = state.accounts[publication.author], wanted?.contains(author.id) ?? true else { return nil }
                    return PublicationRecord(
                        platform, publication, author, reposters: publication.reposters.compactMap { state.accounts[$0]?.username })
                }
            }
        }
    }

    /// Calls to the platforms, oldest first.
    public func log(platform: String? = nil, operation: String? = nil, account: String? = nil) -> [LogEntry] {
        simulation.log.entries.filter {
            (platform == nil || $0.platform == platform) && (operation == nil || $0.operation == operation)
                && (account == nil || $0.account == account)
        }
    }

    /// Back to the state before the first request: accounts, posts, tokens, switches, faults and log.
    public func reset() { simulation.reset() }

    func platform(_ name: String) throws -> any SimulatedPlatform {
        guard let platform = simulation.platform(name) else { throw SimulatorError.unknownPlatform(name) }
        return platform
    }

    private func find(_ account: String, in state: PlatformState) throws -> Account {
        guard let found = state.accounts.find(account) else { throw SimulatorError.unknownAccount(account) }
        return found
    }

    private func change(_ name: String, _ account: String, _ change: (inout Grant) -> Void) throws -> Int {
        try platform(name).store.update { state in
            let id = try find(account, in: state).id
            return state.grants.change(account: id, change)
        }
    }
}

extension Account.Kind {
    static let all: [Account.Kind] = [.person, .organization]
}

extension PublicationRecord {
    init(_ platform: any SimulatedPlatform, _ publication: Publication, _ author: Account, reposters: [String]) {
        self.init(
            platform: platform.name, id: publication.id, account: author.username, accountID: author.id, text: publication.text,
            media: publication.attachments, parentID: publication.parent, createdAt: publication.createdAt,
            idempotencyKey: publication.idempotencyKey, details: publication.details, isDeleted: publication.isDeleted,
            reposters: reposters,
            path: platform.prefix + platform.postPath(publication, author: author))
    }

    var json: JSON {
        .compact([
            "platform": .string(platform), "id": .string(id), "account": .string(account), "accountId": .string(accountID),
            "text": .string(text), "parentId": .optional(parentID), "createdAt": .string(Encoding.iso8601(createdAt)),
            "idempotencyKey": .optional(idempotencyKey), "details": details, "deleted": .bool(isDeleted), "path": .string(path),
            "mediaCount": .int(media.count), "reposters": .array(reposters.map { .string($0) }),
            "media": .array(
                media.map {
                    [
                        "id": .string($0.id), "kind": .string($0.kind.rawValue), "altText": .string($0.altText),
                        "contentType": .string($0.contentType), "byteCount": .int($0.byteCount), "sha256": .string($0.sha256),
                    ]
                }),
        ])
    }
}
