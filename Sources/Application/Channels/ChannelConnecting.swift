import Crypto
import Domain
import Foundation
import Persistence
import Platforms

/// Connecting: to the platform's consent page, back with its answer, and for platforms of several accounts the choice.
extension Channels {
    static let stateLife = Duration.minutes(10)

    /// Where to send the person. `instance` is the server they named, for platforms of many servers; `returnTo` a path of ours to come
    /// back to; `reconnecting` the channel to be renewed.
    ///
    /// Throws `UNKNOWN_PLATFORM`, `PLATFORM_NOT_CONFIGURED`, `ADDRESS_REFUSED`, or `CONNECT_FAILED` with the platform's words.
    public func startConnect(
        _ platform: PlatformID, instance: String?, returnTo: String?, reconnecting: IntegrationID?, as caller: Caller
    ) async throws -> URL {
        try caller.require(.channelsWrite)
        let adapter = try offered(platform)
        try Self.checkPath(returnTo)
        var instance = instance.flatMap { $0.isEmpty ? nil : $0 }
        if let reconnecting {
            let channel = try await channel(reconnecting, on: platform, of: caller.organizationId)
            instance = instance ?? channel.instanceURL
        }
        if adapter.descriptor.connect.method == .form {
            return formPage(of: platform, returnTo: returnTo, reconnecting: reconnecting)
        }
        let callback = callbackURL(of: platform)
        let held = try await heldScopes(throughTheAppOf: adapter, of: caller.organizationId)
        let (state, organization, place) = (Self.newKey(), caller.organizationId, instance)
        let request = try await asking(adapter) {
            try await adapter.authorizationRequest(
                ConnectRequest(state: state, callbackURL: callback, instance: place, heldScopes: held))
        }
        let key = request.callbackKey ?? state
        let row = ConnectState(
            key: key, organizationId: organization, userId: caller.userId, sessionId: caller.sessionId, platform: platform,
            reconnecting: reconnecting, memory: try vault.seal(request.memory, of: key), returnTo: returnTo, stage: .consent,
            createdAt: time.now, expiresAt: time.now + Self.stateLife)
        try await database.write { try ConnectStateRepository.insert(row, in: $0) }
        return request.url
    }

    /// Takes what the platform sent back. `caller` is nil for a connection begun with an API key: its single-use state is the proof.
    ///
    /// Throws `CONNECT_STATE_EXPIRED`, `CONSENT_DECLINED`, `CONNECT_FAILED`, `FORBIDDEN` (begun in another session), `UNAUTHENTICATED`,
    /// or `CONFLICT` (another account than the one to be reconnected).
    public func finishConnect(_ platform: PlatformID, query: [String: String], as caller: Caller?) async throws -> ConnectResult {
        let adapter = try offered(platform)
        let state = try await openState(query: query, of: platform, as: caller)
        let starter = state.starter
        if let problem = adapter.callbackProblem(query) { throw problem }
        let memory: [String: String] = try vault.open(state.memory, of: state.key)
        let callback = AuthorizationCallback(query: query, memory: memory, callbackURL: callbackURL(of: platform))
        let credentials = try await asking(adapter) { try await adapter.exchange(callback) }
        return try await complete(credentials, from: adapter, after: state, as: starter)
    }

    /// Connects with what the person filled in, for platforms whose method is `FORM`. `reconnecting` is the channel to be renewed.
    ///
    /// Throws `VALIDATION_FAILED` naming the field, `UNKNOWN_PLATFORM`, `PLATFORM_NOT_CONFIGURED`, `CONNECT_FAILED` with the platform's
    /// words, or `CONFLICT` (another account than the one to be reconnected, or a platform without a form).
    public func connect(
        _ platform: PlatformID, form: [String: String], returnTo: String?, reconnecting: IntegrationID?, as caller: Caller
    ) async throws -> ConnectResult {
        try caller.require(.channelsWrite)
        let adapter = try offered(platform)
        guard adapter.descriptor.connect.method == .form else {
            throw ProblemReport(
                .conflict, "\(adapter.descriptor.name) takes no form: it is connected on its consent page. Start again from Channels.")
        }
        try Self.checkPath(returnTo)
        if let reconnecting { _ = try await channel(reconnecting, on: platform, of: caller.organizationId) }
        let fields = try adapter.descriptor.connect.checked(form)
        let credentials = try await asking(adapter) { try await adapter.connect(form: fields) }
        let state = ConnectState(
            key: Self.newKey(), organizationId: caller.organizationId, userId: caller.userId, sessionId: caller.sessionId, platform: platform,
            reconnecting: reconnecting, memory: Data(), returnTo: returnTo, stage: .consent, createdAt: time.now,
            expiresAt: time.now + Self.stateLife)
        return try await complete(credentials, from: adapter, after: state, as: caller)
    }

    /// The page of ours with the platform's form.
    private func formPage(of platform: PlatformID, returnTo: String?, reconnecting: IntegrationID?) -> URL {
        let query = [("returnTo", returnTo), ("reconnect", reconnecting?.text)].compactMap { name, value in
            value.map { URLQueryItem(name: name, value: $0) }
        }
        let page = mainURL.appending(path: "channels/connect/\(platform)")
        return query.isEmpty ? page : page.appending(queryItems: query)
    }

    private func complete(
        _ credentials: Credentials, from adapter: any Platform, after state: ConnectState, as starter: Caller
    ) async throws -> ConnectResult {
        let platform = adapter.descriptor.id
        // The consent is given: nothing that follows, nor that it is left here, gives the older tokens back.
        try await adopt(credentials, from: platform, of: state.organizationId)
        let accounts = try await asking(adapter) { try await adapter.accounts(credentials) }
        if let id = state.reconnecting {
            let channel = try await channel(id, on: platform, of: state.organizationId)
            if let account = try account(of: channel, among: accounts, on: credentials.instanceURL) {
                return try await connected(account, credentials, state, as: starter)
            }
            return .choose(key: try await offerChoice(accounts, credentials, after: state), returnTo: state.returnTo)
        }
        guard let first = accounts.first else { throw Self.nothingToConnect(adapter.descriptor) }
        if !adapter.descriptor.connect.choosesAccount || accounts.count == 1 {
            return try await connected(first, credentials, state, as: starter)
        }
        return .choose(key: try await offerChoice(accounts, credentials, after: state), returnTo: state.returnTo)
    }

    /// The accounts among which the person chooses. Throws `CONNECT_STATE_EXPIRED`.
    public func choices(_ key: String, as caller: Caller) async throws -> [PlatformAccount] {
        try caller.require(.channelsWrite)
        let state = try await choice(key, as: caller)
        let memory: Choice = try vault.open(state.memory, of: key)
        return memory.accounts
    }

    /// Connects the chosen accounts. Throws `VALIDATION_FAILED` for an id that was not offered, `CONNECT_STATE_EXPIRED`.
    public func choose(_ key: String, accountIds: [String], as caller: Caller) async throws -> [ChannelView] {
        try caller.require(.channelsWrite)
        let state = try await choice(key, as: caller)
        let memory: Choice = try vault.open(state.memory, of: key)
        let accounts = memory.accounts.filter { accountIds.contains($0.id) }
        guard !accounts.isEmpty, accounts.count == Set(accountIds).count else {
            throw ProblemReport.invalid("accountIds", "Choose at least one of the accounts that were offered.")
        }
        guard state.reconnecting == nil || accounts.count == 1 else {
            throw ProblemReport.invalid("accountIds", "Choose one of the accounts: it is to be the channel that waits for it.")
        }
        try await use(state)
        var views: [ChannelView] = []
        for account in accounts {
            let (id, _) = try await store(account, memory.credentials, of: state.platform, for: state.reconnecting, as: caller)
            views.append(try await view(of: id, in: caller.organizationId))
        }
        return views
    }

    /// Forgets attempts to connect that nobody finished. For the hourly clean-up.
    func removeExpiredStates() async throws {
        let time = time.now - .days(1)  // Kept a while, so that a late or repeated callback is told what it is.
        try await database.write { try ConnectStateRepository.removeExpired(before: time, in: $0) }
    }

    /// What is remembered until the choice is made.
    private struct Choice: Codable {
        let credentials: Credentials
        let accounts: [PlatformAccount]
    }

    private func offerChoice(_ accounts: [PlatformAccount], _ credentials: Credentials, after state: ConnectState) async throws -> String {
        let key = Self.newKey()
        let row = ConnectState(
            key: key, organizationId: state.organizationId, userId: state.userId, sessionId: state.sessionId, platform: state.platform,
            reconnecting: state.reconnecting, memory: try vault.seal(Choice(credentials: credentials, accounts: accounts), of: key),
            returnTo: state.returnTo, stage: .choose, createdAt: time.now, expiresAt: time.now + Self.stateLife)
        try await database.write { try ConnectStateRepository.insert(row, in: $0) }
        return key
    }

    private func choice(_ key: String, as caller: Caller) async throws -> ConnectState {
        guard let state = try await database.read({ try ConnectStateRepository.find(key, stage: .choose, in: $0) }),
            state.organizationId == caller.organizationId, state.usedAt == nil, state.expiresAt > time.now
        else { throw Self.expired }
        return state
    }

    private func connected(
        _ account: PlatformAccount, _ credentials: Credentials, _ state: ConnectState, as starter: Caller
    ) async throws -> ConnectResult {
        let (id, reconnected) = try await store(account, credentials, of: state.platform, for: state.reconnecting, as: starter)
        return .connected(try await view(of: id, in: state.organizationId), reconnected: reconnected, returnTo: state.returnTo)
    }

    /// 256 random bits in base64url.
    static func newKey() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func checkPath(_ path: String?) throws {
        guard let path else { return }
        let isOurs = path.hasPrefix("/") && !path.hasPrefix("//") && !path.contains("\\") && path.utf8.allSatisfy { $0 > 32 && $0 < 127 }
        guard isOurs, path.utf8.count <= 500 else {
            throw ProblemReport.invalid("returnTo", "Give a path of this site, such as /channels.")
        }
    }
}

// MARK: - The state of a connection

extension Channels {
    /// Where whoever began the connection wanted to come back to, also when it failed; nil where that is not known.
    public func returnPath(of query: [String: String]) async -> String? {
        try? await database.read { try Self.state(of: query, in: $0)?.returnTo }
    }

    private static func state(of query: [String: String], in transaction: any Transaction) throws -> ConnectState? {
        // OAuth 1.0a names the request token, and calls it `denied` when the person declined.
        for key in ["state", "oauth_token", "denied"].compactMap({ query[$0] }) {
            if let state = try ConnectStateRepository.find(key, stage: .consent, in: transaction) { return state }
        }
        return nil
    }

    /// Finds the state that the callback belongs to, checks who brings it, and uses it up.
    private func openState(query: [String: String], of platform: PlatformID, as caller: Caller?) async throws -> ConnectState {
        let found = try await database.read { try Self.state(of: query, in: $0) }
        guard let state = found, state.platform == platform else { throw Self.expired }
        if let session = state.sessionId {
            guard let caller else {
                throw ProblemReport(.unauthenticated, "You are signed out. Sign in, then start again from Channels.")
            }
            guard caller.sessionId == session, caller.organizationId == state.organizationId else {
                throw ProblemReport(
                    .forbidden, "This connection was started in another session. Start again from Channels in this browser.")
            }
        }
        guard state.usedAt == nil else {
            throw ProblemReport(
                .stateExpired, "This answer of the platform was used already. If the channel is not in the list, start again from Channels."
            )
        }
        try await use(state)
        return state
    }

    private func use(_ state: ConnectState) async throws {
        let now = time.now
        guard try await database.write({ try ConnectStateRepository.use(state.key, now: now, in: $0) }) else { throw Self.expired }
    }

    static var expired: ProblemReport {
        ProblemReport(
            .stateExpired, "This connection is not known or took longer than ten minutes. Please start again from Channels.")
    }
}

extension ConnectState {
    /// Who began the connection, as far as finishing it needs to know.
    var starter: Caller {
        let identity: Caller.Identity
        if let userId, let sessionId { identity = .user(userId, session: sessionId) } else { identity = .system }
        return Caller(organizationId: organizationId, identity: identity, role: .user, scopes: [.channelsWrite], origin: .web)
    }
}

extension Caller {
    var sessionId: SessionID? { if case .user(_, let session) = identity { session } else { nil } }
}
