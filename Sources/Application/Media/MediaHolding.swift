import Domain
import Foundation
import Persistence

/// Between the store, which knows no transactions, and the rows that name its files: `MediaHoldRepository`.
extension MediaLibrary {
    /// For a put that hangs: a hold is longer for large files.
    private static let (shortestHold, slowestUpload) = (Duration.hours(1), 65_536)
    /// For a removal. The last of its time nothing is removed any more: a call may still be on its way then.
    private static let (removal, removalMargin) = (Duration.minutes(10), Duration.minutes(5))
    /// How long somebody waits while the files of the same digest are being removed.
    private static let patience = Duration.seconds(20)

    /// What keeps the files of a digest. Whoever has it lets go in the transaction that makes use of what was put.
    struct Hold: Sendable {
        fileprivate let hold: MediaHoldRepository.Hold
        struct Lost: Error {}

        /// Throws `Lost` when the hold had ended: then what was put may be gone.
        func letGo(in transaction: any Transaction) throws {
            guard try MediaHoldRepository.letGo(hold, in: transaction) else { throw Lost() }
        }
    }

    /// Keeps the files of `digest` from being removed until `work` lets go, which it has to. A hold that was lost is tried once more.
    func holding<Value>(_ digest: String, size: Int, _ work: (Hold) async throws -> Value) async throws -> Value {
        do {
            return try await holdingOnce(digest, size: size, work)
        } catch is Hold.Lost {
            return try await holdingOnce(digest, size: size, work)
        }
    }

    private func holdingOnce<Value>(_ digest: String, size: Int, _ work: (Hold) async throws -> Value) async throws -> Value {
        let hold = try await keep(MediaHoldRepository.Hold(digest: digest), for: Self.shortestHold + .seconds(size / Self.slowestUpload))
        do {
            return try await work(Hold(hold: hold))
        } catch {
            // Also when this task is cancelled. What is not reached is tidied up when the hold has ended.
            await Task { await letGo(hold) }.value
            throw error
        }
    }

    private func keep(_ hold: MediaHoldRepository.Hold, for duration: Duration) async throws -> MediaHoldRepository.Hold {
        let start = ContinuousClock.now
        while true {
            let now = time.now
            if try await database.write({ try MediaHoldRepository.keep(hold, now: now, until: now + duration, in: $0) }) { return hold }
            guard ContinuousClock.now - start < Self.patience else {
                throw ProblemReport(
                    .storageUnavailable, "The same file is just being removed from the store. Try again in a few minutes.", retryAfter: .minutes(5))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func letGo(_ hold: MediaHoldRepository.Hold) async {
        do {
            if try await database.write({ try MediaHoldRepository.letGo(hold, in: $0) }) { try await removeUnused(hold.digest) }
        } catch {
            logger.warning("what was put into the store stays until the clean-up", metadata: ["error": "\(error)"])
        }
    }

    /// Removes the files of a digest when no row of any organization names it any more. What cannot be removed now is removed by the clean-up.
    func tidyUp(_ digest: String) async {
        do {
            try await removeUnused(digest)
        } catch {
            logger.warning("a file that nobody needs stays in the store until the clean-up", metadata: ["error": "\(error)"])
        }
    }

    func removeUnused(_ digest: String) async throws {
        let (claim, now) = (MediaHoldRepository.Hold(digest: digest), time.now)
        let end = now + Self.removal
        guard try await database.write({ try MediaHoldRepository.remove(claim, now: now, until: end, in: $0) }) else { return }
        for try await file in store.all(MediaKey.file(digest)) {
            guard time.now < end - Self.removalMargin else { return }  // Begun anew by the clean-up.
            try await store.remove(file.key)
        }
        _ = try await database.write { try MediaHoldRepository.letGo(claim, in: $0) }
    }

    /// Looks again at what processes that died, and stores that could not be reached, have left.
    func removeLeftovers() async throws {
        while true {
            let now = time.now
            let digests = try await database.read { try MediaHoldRepository.ended(now: now, limit: 100, in: $0) }
            for digest in digests { try await removeUnused(digest) }
            guard digests.count == 100 else { return }
        }
    }
}

// MARK: - Working copies

extension MediaLibrary {
    /// Gives `work` the path of a stored file for as long as it lasts: the file itself, or a copy on this machine. Few copies are made at a time.
    func withLocalFile<Value: Sendable>(_ key: String, _ work: (String) async throws -> Value) async throws -> Value {
        if let path = try await store.localPath(of: key) { return try await work(path) }
        // Without a path of its own the store has no turn to wait for.
        let result: Result<Value, any Error> = await copies.pass("") {
            do {
                return .success(
                    try await folder.withIncoming { path in
                        try await fetch(key, size: try await size(of: key), from: store, to: path)
                        return try await work(path)
                    })
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func fetch(_ key: String, size: Int, from store: any MediaStore, to path: String) async throws {
        try await StoredBytes(store, key, 0..<size).write(to: path)
    }

    /// Stores what was made of a file beside it, and lets `note` say so in the same moment. Another process may have done the same: one is as good
    /// as the other. Nil when the file was removed meanwhile.
    @discardableResult
    func keep<Value: Sendable>(
        _ path: String, as key: String, of digest: String, _ note: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value? {
        let size = try await DiskFile.onThread { try DiskFile.size(path) }
        let noted = try await holding(digest, size: size) { hold in
            try await store.put(path, as: key)
            return try await database.write { transaction -> Value? in
                try hold.letGo(in: transaction)
                return try MediaRepository.isReferenced(lockingDigest: digest, in: transaction) ? try note(transaction) : nil
            }
        }
        if noted == nil { await tidyUp(digest) }
        return noted
    }
}

/// A file that rows name is not in the store.
struct MissingFile: Error {
    let place: String

    var problem: ProblemReport {
        ProblemReport(.storageUnavailable, "The file is missing \(place). The operator restores it from a backup, or you upload it again.")
    }
}
