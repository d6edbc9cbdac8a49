import Domain
import Foundation
import Logging
import Messaging
import Persistence
import TestSupport

@testable import Application

/// Accounts, keys and what they need, over a database of its own, with cheap password hashes.
struct AccountsFixture: Sendable {
    static let client = ClientInfo(address: "192.0.2.7", userAgent: "Example/1.0")
    static let password = "correct horse battery"

    let database: any Database
    let time: ManualTime
    let secrets = Secrets(jwtSecret: "a signing secret for tests", encryptionKey: "an encryption key for tests")
    let audit: AuditLog
    let mail: Mail
    let accounts: Accounts
    let team: Team
    let keys: APIKeys

    init(
        _ database: any Database, registrationDisabled: Bool = false, mailConfigured: Bool = false, requiresActivation: Bool = false,
        at mainURL: URL = URL(fileURLWithPath: "/")
    ) throws {
        self.database = database
        time = ManualTime(.now)
        audit = AuditLog(database: database, time: time)
        let server = SMTPServer(host: "127.0.0.1", port: 25, fromAddress: "postiz@example.com", fromName: "Postiz")
        mail = Mail(
            server: mailConfigured ? server : nil, database: database, secrets: secrets.box, time: time, logger: Logger(label: "test"))
        accounts = Accounts(
            database: database, time: time, rates: LocalRateLimiter(time: time),
            passwords: PasswordHasher(cost: 4, threads: .postizPasswords), secrets: secrets, audit: audit,
            events: BroadcastEventBus(broadcast: LocalBroadcast(), logger: Logger(label: "test")), mail: mail, mainURL: mainURL,
            registrationDisabled: registrationDisabled, requiresActivation: requiresActivation)
        team = Team(
            database: database, accounts: accounts, audit: audit, events: accounts.events, mail: mail, mainURL: URL(fileURLWithPath: "/"), time: time)
        keys = APIKeys(database: database, time: time, audit: audit)
    }

    static func with(
        _ kind: TestDatabase, registrationDisabled: Bool = false, mailConfigured: Bool = false, requiresActivation: Bool = false,
        at mainURL: URL = URL(fileURLWithPath: "/"),
        _ body: (AccountsFixture) async throws -> Void
    ) async throws {
        try await kind.withDatabase(schema) {
            try await body(
                try AccountsFixture(
                    $0, registrationDisabled: registrationDisabled, mailConfigured: mailConfigured, requiresActivation: requiresActivation,
                    at: mainURL))
        }
    }

    /// A moment later than what was done before: what happens in the same millisecond has no order.
    func register(_ name: String = "ada") async throws -> SignedIn {
        time.advance(by: .milliseconds(1))
        return try await accounts.register(Registration(email: "\(name)@example.com", password: Self.password), from: Self.client)
    }

    func login(_ name: String = "ada", password: String = password, from client: ClientInfo = client) async throws -> SignedIn {
        time.advance(by: .milliseconds(1))
        return try await accounts.login(Login(email: "\(name)@example.com", password: password), from: client)
    }

    func makeKey(_ request: NewAPIKey, as caller: Caller) async throws -> CreatedAPIKey {
        time.advance(by: .milliseconds(1))
        return try await keys.create(request, as: caller)
    }

    /// The actions of the audit log of the caller's workspace, oldest first.
    func actions(as caller: Caller) async throws -> [String] {
        try await audit.list(as: caller).reversed().map(\.action)
    }
}

/// The code of the problem that `work` reports; nil when it succeeds.
func problem(_ work: () async throws -> Void) async throws -> ProblemReport.Code? {
    do {
        try await work()
        return nil
    } catch let report as ProblemReport {
        return report.code
    }
}
