import NIOConcurrencyHelpers
import NIOPosix

/// Writes that arrive while a commit is on its way to the disk share the next one: one transaction and one wait for the disk. When one of them
/// throws, all are undone and done once more with a savepoint for each, so that it undoes only itself. (A savepoint copies every page that is
/// touched inside it, so they are not for the rule.)
final class SQLiteGroupCommit: Sendable {
    /// Bounds how long the first write of a batch waits for the last.
    static let largestBatch = 64

    private struct Write: Sendable {
        /// Does the work and returns the announcement of its success.
        let attempt: @Sendable (SQLiteConnection) throws -> @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void
    }

    private struct State {
        var waiting: [Write] = []
        var isRunning = false
        var isClosed = false
        var closing: [CheckedContinuation<Void, Never>] = []
    }

    private let connection: SQLiteConnection
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = NIOLockedValueBox(State())

    init(connection: SQLiteConnection) {
        self.connection = connection
        thread.start()
    }

    deinit { thread.shutdownGracefully { _ in } }

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

    /// Refuses further writes, waits for those that were accepted, calls `lettingGo`, and closes the connection. Does nothing when it was
    /// closed before.
    func close(lettingGo: () async -> Void) async {
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
        guard isFirst else { return }
        await lettingGo()
        await withCheckedContinuation { continuation in
            thread.submit { [connection] _ in
                connection.close()
                continuation.resume()
            }
        }
        thread.shutdownGracefully { _ in }
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
        case .mustStart: thread.submit { _ in self.commitWaiting() }
        }
    }

    /// Commits one batch after the other until nothing waits.
    private func commitWaiting() {
        while true {
            let (batch, closing): (ArraySlice<Write>, [CheckedContinuation<Void, Never>]) = state.withLockedValue { state in
                let batch = state.waiting.prefix(Self.largestBatch)
                state.waiting.removeFirst(batch.count)
                guard batch.isEmpty else { return (batch, []) }
                defer { state.closing = [] }
                state.isRunning = false
                return (batch, state.closing)
            }
            guard !batch.isEmpty else { return closing.forEach { $0.resume() } }
            commit(batch, on: connection)
        }
    }

    private func commit(_ batch: ArraySlice<Write>, on connection: SQLiteConnection, withSavepoints: Bool = false) {
        do {
            try connection.run("BEGIN IMMEDIATE")
        } catch {
            return batch.forEach { $0.fail(error) }
        }
        do {
            let announcements = try batch.map { try withSavepoints ? attempt($0, on: connection) : $0.attempt(connection) }
            try connection.run("COMMIT")
            announcements.forEach { $0() }
        } catch {
            // SQLite may have undone the transaction itself (a full disk); if not, its ROLLBACK cannot fail.
            if connection.isInTransaction { _ = try? connection.run("ROLLBACK") }
            // One write must not make others fail.
            if batch.count == 1 {
                batch.forEach { $0.fail(error) }
            } else if !withSavepoints {
                commit(batch, on: connection, withSavepoints: true)
            } else {
                // Each has its own transaction now, and gets its own answer.
                batch.indices.forEach { commit(batch[$0...$0], on: connection) }
            }
        }
    }

    /// The announcement of what became of `write`. Throws when the whole transaction is lost with it.
    private func attempt(_ write: Write, on connection: SQLiteConnection) throws -> @Sendable () -> Void {
        do {
            try connection.run("SAVEPOINT one")
            let announcement = try write.attempt(connection)
            try connection.run("RELEASE one")
            return announcement
        } catch {
            guard connection.isInTransaction else { throw error }
            try connection.run("ROLLBACK TO one")
            try connection.run("RELEASE one")
            return { write.fail(error) }
        }
    }
}
