import Domain
import Foundation
import Logging
import Messaging
import Persistence
import Platforms

/// A provider, for the buttons that lead to it.
public struct ProviderChoice: Codable, Sendable, Equatable {
    /// As in addresses.
    public let name: String
    /// For people.
    public let title: String
}

/// Where to send somebody, and what their browser is to keep until they come back.
public struct BegunSignIn: Sendable {
    public let url: String
    /// A cookie's value: sealed text.
    public let cookie: String
}

/// How somebody came back.
public enum FinishedSignIn: Sendable {
    case signedIn(SignedIn, next: String)
    /// The provider vouches for them; their account asks for a code besides.
    case codeNeeded(ticket: String, next: String, invitation: String?)
    /// The account that they were signed in with is connected.
    case connected
}

/// Signing in by providers of identities (OpenID Connect).
public struct OpenIDSignIn: Sendable {
    private static let longestNext = 1000
    private static let context = "cookie:sign-in"

    let providers: [OpenIDProvider]
    let accounts: Accounts
    let directory: OpenIDDirectory
    let http: any HTTPSender
    let logger: Logger

    init(providers: [OpenIDProvider], accounts: Accounts, http: any HTTPSender, logger: Logger) {
        self.providers = providers
        self.accounts = accounts
        self.http = http
        self.logger = logger
        directory = OpenIDDirectory(http: http, time: accounts.time)
    }

    /// In the order in which the operator has named them.
    public var choices: [ProviderChoice] { providers.map { ProviderChoice(name: $0.name, title: $0.title) } }

    /// Those that make an account for whoever comes.
    public var registering: [ProviderChoice] { providers.filter(\.makesAccounts).map { ProviderChoice(name: $0.name, title: $0.title) } }

    private func provider(_ name: String) throws -> OpenIDProvider {
        guard let provider = providers.first(where: { $0.name == name }) else { throw OpenIDRefusal.unknown }
        return provider
    }

    // MARK: There

    /// Begins a sign-in, after which `next`, a path of ours, is shown. Throws `NOT_FOUND`, `RATE_LIMITED`, `CONNECT_FAILED`.
    public func begin(_ name: String, next: String, invitation: String?, from client: ClientInfo) async throws -> BegunSignIn {
        let provider = try provider(name)
        let counted = try await accounts.throttle.admit(.provider, account: client.network, from: client)
        let next = next.utf8.count <= Self.longestNext ? next : "/"
        let begun = try await begin(provider, next: next, invitation: invitation.flatMap { $0.utf8.count <= 100 ? $0 : nil }, session: nil)
        await accounts.throttle.giveBack(counted)
        return begun
    }

    /// Begins to connect an account at a provider with that of the signed-in person, who shows that it is them. Throws also `WRONG_CREDENTIALS`.
    public func beginConnecting(_ name: String, password: String, as caller: Caller) async throws -> BegunSignIn {
        let session = try caller.requireSignedIn().session
        let provider = try provider(name)
        try await accounts.confirm(password, field: "password", as: caller)
        return try await begin(provider, next: "/", invitation: nil, session: session)
    }

    private func begin(_ provider: OpenIDProvider, next: String, invitation: String?, session: SessionID?) async throws -> BegunSignIn {
        let pending = PendingSignIn(
            provider: provider.name, next: next, invitation: invitation, session: session, now: accounts.time.now)
        let url = try await asking(provider) { try await exchange(with: provider).consentPage(for: pending) }
        return BegunSignIn(url: url, cookie: try accounts.box.text(sealing: pending, context: Self.context))
    }

    // MARK: And back

    /// Ends what was begun. `query` is what the provider sent the browser back with, `cookie` what the browser has kept. Throws
    /// `CONNECT_STATE_EXPIRED`, `CONSENT_DECLINED`, `CONNECT_FAILED`, `FORBIDDEN`, `EMAIL_TAKEN`, `ALREADY_CONNECTED`, `RATE_LIMITED`, and what
    /// is wrong with an invitation.
    public func finish(
        _ name: String, query: [String: String], cookie: String?, as caller: Caller?, from client: ClientInfo
    ) async throws -> FinishedSignIn {
        let provider = try provider(name)
        guard let pending: PendingSignIn = accounts.box.value(sealedIn: cookie, context: Self.context), pending.provider == name,
            pending.endsAt > accounts.time.now
        else { throw OpenIDRefusal.over }
        // Nothing follows from an error but words: some providers leave the state out of it.
        if let error = query["error"] {
            logger.notice(
                "a provider of identities let somebody not in",
                metadata: ["provider": .string(name), "error": .string(Self.word(error))])
            throw OpenIDRefusal.declined(provider)
        }
        guard pending.state == query["state"], let code = query["code"], (1...4096).contains(code.utf8.count) else { throw OpenIDRefusal.over }
        if let session = pending.session {
            guard case .user(_, let own)? = caller?.identity, own == session else { throw OpenIDRefusal.over }
        }
        let counted = try await accounts.throttle.admit(.provider, account: client.network, from: client)
        let claimed = try await asking(provider) {
            try await exchange(with: provider).identity(code: code, issuer: query["iss"], of: pending)
        }
        await accounts.throttle.giveBack(counted)
        if pending.session != nil, let caller {
            try await accounts.connect(claimed, of: provider, as: caller)
            return .connected
        }
        switch try await accounts.enter(by: claimed, of: provider, invitation: pending.invitation, from: client) {
        case .signedIn(let signedIn): return .signedIn(signedIn, next: pending.next)
        case .codeNeeded(let ticket): return .codeNeeded(ticket: ticket, next: pending.next, invitation: pending.invitation)
        }
    }

    private func exchange(with provider: OpenIDProvider) -> OpenIDExchange {
        OpenIDExchange(
            provider: provider, directory: directory, http: http, time: accounts.time,
            callback: accounts.mainURL.appending(path: "login/with/\(provider.name)/callback").absoluteString)
    }

    /// The person is told that it failed, the log why.
    private func asking<Value>(_ provider: OpenIDProvider, _ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let fault as OpenIDFault {
            note(fault.reason, provider)
            throw OpenIDRefusal.unusable(provider)
        } catch let failure as TransportFailure {
            note(failure.reason, provider)
            throw OpenIDRefusal.unreachable(provider)
        } catch let refusal as ProblemReport where refusal.code == .addressRefused {
            note(refusal.message, provider)
            throw OpenIDRefusal.unusable(provider)
        }
    }

    private func note(_ reason: String, _ provider: OpenIDProvider) {
        logger.warning(
            "somebody could not sign in by a provider of identities", metadata: ["provider": .string(provider.name), "reason": .string(reason)])
    }

    private static func word(_ text: String) -> String {
        String(text.filter { $0.isASCII && ($0.isLetter || $0 == "_") }.prefix(60))
    }
}
