import Domain
import Foundation
import NIOConcurrencyHelpers

@testable import Platforms

/// The worker died: thrown in place of going on.
struct Crash: Error {}

/// A step journal in memory that keeps the rules of `StepJournal` and can crash before and after any of its writes.
final class MemoryJournal: StepJournal {
    private struct Intent {
        let firstTriedAt: Timestamp
        var lastTriedAt: Timestamp
        /// Whether the latest try ended without a certain result.
        var isOpen: Bool
    }

    private struct State {
        var results: [String: Data] = [:]
        var intents: [String: Intent] = [:]
        /// Steps whose results are kept encrypted.
        var secret: Set<String> = []
        /// Runs of `work`, by step.
        var runs: [String: Int] = [:]
        var pointsUntilCrash: Int?
    }

    private let state = NIOLockedValueBox(State())
    private let time: any TimeSource

    init(time: any TimeSource = SystemTime()) { self.time = time }

    var finishedSteps: [String] { state.withLockedValue { $0.results.keys.sorted() } }
    var runs: [String: Int] { state.withLockedValue(\.runs) }

    /// What a finished step left.
    func result<Result: Decodable>(of name: String, as type: Result.Type) throws -> Result? {
        try state.withLockedValue { $0.results[name] }.map { try JSON.decode(type, from: $0) }
    }

    /// Steps of which nobody knows whether they happened.
    var openSteps: [String] { state.withLockedValue { $0.intents.filter(\.value.isOpen).keys.sorted() } }

    /// What `Posts.resolve` leaves when a person has seen the post.
    func settle(_ name: String, id: String, url: String?) throws {
        let told = try JSON.data(["id": .string(id), "url": url.map { .string($0) } ?? .null] as JSONValue)
        state.withLockedValue { state in
            state.results[name] = told
            state.intents[name] = nil
        }
    }

    /// Crashes at the given point, counted from 0: before the first write, after it, before the second, and so on.
    func crash(at point: Int?) { state.withLockedValue { $0.pointsUntilCrash = point } }

    /// Forgets a finished step, as if the crash had come after the work and before its result was stored.
    func lose(_ name: String, triedAgo: Duration = .zero) {
        let now = time.now
        state.withLockedValue { state in
            state.results[name] = nil
            state.intents[name] = Intent(firstTriedAt: now - triedAgo, lastTriedAt: now - triedAgo, isOpen: true)
        }
    }

    func step<Result: Codable & Sendable>(_ name: String, _ work: @Sendable () async throws -> Result) async throws -> Result {
        if let known: Result = try remembered(name) { return known }
        state.withLockedValue { $0.runs[name, default: 0] += 1 }
        let result = try await work()
        try store(result, name)
        return result
    }

    func secretStep<Result: Codable & Sendable>(_ name: String, _ work: @Sendable () async throws -> Result) async throws -> Result {
        _ = state.withLockedValue { $0.secret.insert(name) }
        return try await step(name, work)
    }

    /// What is kept readable.
    var readable: String {
        state.withLockedValue { state in
            state.results.filter { !state.secret.contains($0.key) }.map { String(decoding: $0.value, as: UTF8.self) }.joined(separator: "\n")
        }
    }

    func commit<Result: Codable & Sendable>(
        _ name: String, isLast: Bool, lookup: @Sendable (CommitIntent) async throws -> Finding<Result>,
        _ work: @Sendable (CommitIntent) async throws -> Result
    ) async throws -> Result {
        if let known: Result = try remembered(name) { return known }
        if let open = state.withLockedValue({ $0.intents[name] }), open.isOpen {
            let intent = CommitIntent(
                firstTriedAt: open.firstTriedAt, lastTriedAt: open.lastTriedAt, now: time.now, mayHaveHappened: true)
            switch try await lookup(intent) {
            case .found(let result):
                try store(result, name)
                return result
            case .safeToSend: break
            case .lookAgain(let after):
                throw PlatformError(.unknownOutcome, code: "LOOK_AGAIN", message: "Too early to tell.", retryAfter: after)
            case .undecidable: throw PlatformError(.unknownOutcome, code: "UNDECIDABLE", message: "A person must look.", decidable: false)
            }
        }
        let now = time.now
        let intent = try write { state in
            let earlier = state.intents[name]
            state.intents[name] = Intent(firstTriedAt: earlier?.firstTriedAt ?? now, lastTriedAt: now, isOpen: true)
            return CommitIntent(
                firstTriedAt: earlier?.firstTriedAt ?? now, lastTriedAt: now, now: now, mayHaveHappened: earlier?.isOpen ?? false)
        }
        state.withLockedValue { $0.runs[name, default: 0] += 1 }
        do {
            let result = try await work(intent)
            try store(result, name)
            return result
        } catch let error as PlatformError where error.kind != .unknownOutcome && !intent.mayHaveHappened {
            // The platform refused for certain: nothing is open.
            state.withLockedValue { $0.intents[name] = nil }
            throw error
        }
    }

    private func remembered<Result: Codable>(_ name: String) throws -> Result? {
        try state.withLockedValue { $0.results[name] }.map { try JSON.decode(Result.self, from: $0) }
    }

    private func store(_ result: some Encodable, _ name: String) throws {
        let data = try JSON.data(result)
        try write { state in
            state.results[name] = data
            state.intents[name] = nil
        }
    }

    private func write<Value>(_ change: (inout State) -> Value) throws -> Value {
        try passPoint()
        let value = state.withLockedValue(change)
        try passPoint()
        return value
    }

    private func passPoint() throws {
        let crashes = state.withLockedValue { state in
            guard let left = state.pointsUntilCrash else { return false }
            state.pointsUntilCrash = left == 0 ? nil : left - 1
            return left == 0
        }
        if crashes { throw Crash() }
    }
}
