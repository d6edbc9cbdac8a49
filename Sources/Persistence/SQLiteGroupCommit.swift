import GRDB
import NIOConcurrencyHelpers

/// Writes that arrive while a commit is on its way to the disk share the next one: one transaction, one wait for the disk, and a savepoint
/// for each, so that a write that throws undoes only itself.
final class SQLiteGroupCommit: Sendable {
    /// Bounds how long the first write of a batch waits for the last.
    static let largestBatch = 64

    private struct Write: Sendable {
        /// Does the work and returns the announcement of its success.
        let attempt: @Sendable (GRDB.Database) throws -> @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void
    }

    private struct State {
        var waiting: [Write] = []
        var isRunning = false
        var isClosed = false
        var closing: [CheckedContinuation<Void, Never>] = []
    }

    private let pool: DatabasePool
    private let state = NIOLockedValueBox(State())

    init(pool: DatabasePool) { self.pool = pool }

    var isClosed: Bool { state.withLockedValue(\.isClosed) }

    func write<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            submit(
                Write(
                    attempt: { connection in
                        let (value, followers) = try SQLiteTransaction.runForCommit(work, on: connection, writing: true)
                        return {
                            for follower in followers { follower() }
                            continuation.resume(returning: value)
                        }
                    },
                    fail: { continuation.resume(throwing: DatabaseError.translate($0)) }))
        }
    }

    /// Refuses further writes and waits for those that were accepted. False when it was closed before.
    func close() async -> Bool {
        let isFirst = state.withLockedValue { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        await withCheckedContinuation { continuation in
            let isIdle = state.withLockedValue { state in
                if state.isRunning { state.closing.append(continuation) }
                return !state.isRunning
            }
            if isIdle { continuation.resume() }
        }
        return isFirst
    }

    private enum Admission { case refused, queued, mustStart }

    private func submit(_ write: Write) {
        let admission: Admission = state.withLockedValue { state in
            guard !state.isClosed else { return .refused }
            state.waiting.append(write)
            defer { state.isRunning = true }
            return state.isRunning ? .queued : .mustStart
        }
        switch admission {
        case .refused: write.fail(DatabaseError.closed)
        case .queued: break
        case .mustStart: pool.asyncWriteWithoutTransaction(commitWaiting)
        }
    }

    /// Commits one batch and comes back for the next, so that other users of the writing connection get their turn.
    @Sendable private func commitWaiting(_ connection: GRDB.Database) {
        let batch = state.withLockedValue { state in
            defer { state.waiting.removeFirst(min(Self.largestBatch, state.waiting.count)) }
            return state.waiting.prefix(Self.largestBatch)
        }
        commit(batch, on: connection)
        let closing: [CheckedContinuation<Void, Never>]? = state.withLockedValue { state in
            state.isRunning = !state.waiting.isEmpty
            guard !state.isRunning else { return nil }
            defer { state.closing = [] }
            return state.closing
        }
        if let closing { closing.forEach { $0.resume() } } else { pool.asyncWriteWithoutTransaction(commitWaiting) }
    }

    private func commit(_ batch: ArraySlice<Write>, on connection: GRDB.Database) {
        do {
            try connection.beginTransaction(.immediate)
        } catch {
            return batch.forEach { $0.fail(error) }
        }
        do {
            let announcements = try batch.map { try attempt($0, on: connection) }
            try connection.commit()
            announcements.forEach { $0() }
        } catch {
            // SQLite may have undone the transaction itself (a full disk); if not, its ROLLBACK cannot fail.
            if connection.isInsideTransaction { try? connection.rollback() }
            // One write must not make others fail: each has its own transaction now, and gets its own answer.
            if batch.count == 1 {
                batch.forEach { $0.fail(error) }
            } else {
                batch.indices.forEach { commit(batch[$0...$0], on: connection) }
            }
        }
    }

    /// The announcement of what became of `write`. Throws when the whole transaction is lost with it.
    private func attempt(_ write: Write, on connection: GRDB.Database) throws -> @Sendable () -> Void {
        var announcement: (@Sendable () -> Void)?
        do {
            try connection.inSavepoint {
                announcement = try write.attempt(connection)
                return .commit
            }
        } catch {
            guard connection.isInsideTransaction else { throw error }
            return { write.fail(error) }
        }
        return announcement ?? {}
    }
}
