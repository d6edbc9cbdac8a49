import Domain
import Foundation
import Persistence

/// An answer as it was given.
public struct StoredResponse: Sendable, Equatable {
    public let status: Int
    public let body: String

    public init(status: Int, body: String) {
        self.status = status
        self.body = body
    }
}

/// Lets a caller repeat a call that may have been lost on the way: with the same key it is done once, and its answer given again for a day.
public struct IdempotencyStore: Sendable {
    private static let memory = Duration.hours(24)
    /// A run that takes longer is taken for dead.
    private static let longestRun = Duration.seconds(60)

    private let database: any Database
    private let secrets: SecretBox
    private let time: any TimeSource

    public init(database: any Database, secrets: SecretBox, time: any TimeSource) {
        self.database = database
        self.secrets = secrets
        self.time = time
    }

    /// Throws `VALIDATION_FAILED` for a key that is not 1 to 255 printable ASCII characters.
    public static func requireUsable(_ key: String) throws {
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw ProblemReport.invalid("Idempotency-Key", "Idempotency-Key is 1 to 255 printable ASCII characters, such as a UUID.")
        }
    }

    /// Runs `work` unless the caller's organization has made the same call of `operation` with the same `key`; then returns its answer.
    /// Without a key it always runs. `requestHash` tells different requests apart.
    ///
    /// Throws `ProblemReport`: `IDEMPOTENCY_MISMATCH` for another request with the same key, `CONFLICT` while the first call runs.
    /// Answers that say the server failed, and errors, are not remembered.
    public func perform(
        key: String?, operation: String, requestHash: String, as caller: Caller, _ work: () async throws -> StoredResponse
    ) async throws -> (response: StoredResponse, replayed: Bool) {
        guard let key else { return (try await work(), false) }
        try Self.requireUsable(key)
        let call = Call(key: key, operation: operation, organization: caller.organizationId)
        let start = time.now
        if let earlier = try await begin(call, requestHash, at: start) { return (earlier, true) }
        do {
            let response = try await work()
            if response.status < 500 { try await remember(response, of: call, startedAt: start) } else { try await abandon(call, start) }
            return (response, false)
        } catch {
            try await abandon(call, start)
            throw error
        }
    }

    /// Whether the same call has been made with this key. Throws what `perform` would refuse; remembers nothing.
    public func wasUsed(_ key: String, operation: String, requestHash: String, as caller: Caller) async throws -> Bool {
        let (organization, oldest) = (caller.organizationId, time.now - Self.memory)
        let earlier = try await database.read { try IdempotencyRepository.find(key, operation: operation, of: organization, in: $0) }
        guard let earlier, earlier.startedAt >= oldest else { return false }
        guard earlier.requestHash == requestHash else { throw Self.otherRequest }
        return true
    }

    /// Lets calls that were under way be made again at once. Only for a process that knows that no other one answers calls.
    public func abandonAll() async throws {
        try await database.write { try IdempotencyRepository.abandonAll(in: $0) }
    }

    /// Forgets what is older than a day. Run now and then.
    public func removeOld() async throws {
        let oldest = time.now - Self.memory
        try await database.write { try IdempotencyRepository.removeOld(before: oldest, in: $0) }
    }

    private struct Call: Sendable {
        let key: String
        let operation: String
        let organization: OrganizationID
        var context: String { SealedPlace.answer(organization.text, operation, key) }
    }

    /// Nil when the caller is to run the work itself.
    private func begin(_ call: Call, _ requestHash: String, at now: Timestamp) async throws -> StoredResponse? {
        let secrets = secrets
        return try await database.write { transaction in
            let (key, operation, organization) = (call.key, call.operation, call.organization)
            if try IdempotencyRepository.begin(
                key, operation: operation, requestHash: requestHash, of: organization, at: now, forgetting: now - Self.memory,
                in: transaction)
            {
                return nil
            }
            guard let earlier = try IdempotencyRepository.find(key, operation: operation, of: organization, in: transaction) else {
                throw Self.stillRunning
            }
            guard earlier.requestHash == requestHash else {
                throw Self.otherRequest
            }
            if let status = earlier.status {
                guard let sealed = Data(base64Encoded: earlier.response ?? "") else {
                    throw DatabaseError.failed("unreadable stored response")
                }
                let body = try secrets.open(sealed, context: call.context)
                return StoredResponse(status: status, body: String(decoding: body, as: UTF8.self))
            }
            guard earlier.startedAt + Self.longestRun <= now,
                try IdempotencyRepository.takeOver(
                    key, operation: operation, of: organization, startedAt: earlier.startedAt, at: now, in: transaction)
            else { throw Self.stillRunning }
            return nil
        }
    }

    /// Sealed: an answer may hold what is shown only once, such as a new API key.
    private func remember(_ response: StoredResponse, of call: Call, startedAt start: Timestamp) async throws {
        let sealed = try secrets.seal(Data(response.body.utf8), context: call.context).base64EncodedString()
        try await database.write {
            try IdempotencyRepository.finish(
                call.key, operation: call.operation, of: call.organization, startedAt: start, status: response.status, response: sealed,
                in: $0)
        }
    }

    private func abandon(_ call: Call, _ start: Timestamp) async throws {
        try await database.write {
            try IdempotencyRepository.abandon(call.key, operation: call.operation, of: call.organization, startedAt: start, in: $0)
        }
    }

    static let otherRequest = ProblemReport(
        .idempotencyMismatch, "This idempotency key was used for another request. Use a new key for a new request.")
    private static let stillRunning = ProblemReport(
        .conflict, "The first call with this idempotency key is still running. Wait a moment and ask again.", retryAfter: .seconds(1))
}
