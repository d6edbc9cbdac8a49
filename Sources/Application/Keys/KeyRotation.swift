import Domain
import Foundation
import Persistence

/// Puts a new encryption key in force while everything goes on: what is sealed is sealed anew, one page after the other, and each value
/// names the key that opens it, so that the work can end anywhere and be taken up again by anybody.
public struct KeyRotation: Sendable {
    /// How long an old key stays after a rotation: addresses of files that platforms are fetching are sealed with it.
    static let grace = PublicFiles.longest + .hours(1)

    let database: any Database
    let box: SecretBox
    /// Nil where `ENCRYPTION_KEY` is set.
    let file: KeyFile?
    let time: any TimeSource

    init(database: any Database, secrets: Secrets, time: any TimeSource) {
        (self.database, box, file, self.time) = (database, secrets.box, secrets.keyFile, time)
    }

    /// How far work over all values is.
    public typealias Progress = @Sendable (_ done: Int, _ total: Int) -> Void

    // MARK: What there is

    /// The keys in force, and what is sealed with which. Opens every value, and changes nothing.
    public func state(_ progress: Progress = { _, _ in }) async throws -> KeyState {
        let keys = box.keys()
        var counts: [String: Int] = [:]
        var unreadable: [KeyState.Unreadable] = []
        var seen = 0
        try await visit(progress) { place, page in
            for value in page {
                do {
                    counts[try box.opened(value.sealed, context: place.context(value.key)).key.name, default: 0] += 1
                } catch is SecretBoxError {
                    unreadable.append(KeyState.Unreadable(place, value))
                }
            }
            seen += page.count
        }
        let names = ([keys.current] + keys.old).map(\.name)
        let rotatedAt = try file.flatMap { try KeptSecrets.load($0.url)?.rotatedAt }
        return KeyState(
            keys: names.distinct().map { KeyState.Key(name: $0, isCurrent: $0 == keys.current.name, values: counts[$0] ?? 0) },
            source: file?.url.path ?? "ENCRYPTION_KEY", unreadable: unreadable, rotatedAt: rotatedAt,
            retirableAt: keys.old.isEmpty ? nil : rotatedAt.map { $0 + Self.grace })
    }

    // MARK: Rotating

    /// Makes a new key, unless a rotation is under way already, and seals everything with it. Throws `KeyProblem` where something cannot be
    /// read, before anything is changed, unless `leavingUnreadable`; and where the key is not ours to make.
    public func rotate(leavingUnreadable: Bool = false, _ progress: @escaping Progress = { _, _ in }) async throws -> KeyRotated {
        let lock = try await turn()
        defer { lock?.close() }
        let before = try await state(progress)
        guard before.unreadable.isEmpty || leavingUnreadable else { throw KeyProblem.unreadable(before.unreadable) }
        let isUnderWay = try before.outdated > 0 || (file == nil ? before.keys.count > 1 : !keptOldKeys().isEmpty)
        if !isUnderWay { try makeKey() }
        var done = 0
        // What changed while its page was being sealed, or is being renewed, is taken the next time.
        for attempt in 1... {
            let round = try await sealAnew(progress)
            done += round.sealed
            if round.left == 0 && round.sealed == 0 { break }
            if round.left > 0 {
                guard attempt < 300 else { throw KeyProblem.busy(round.left) }
                try await time.sleep(until: time.now + .seconds(1))
            }
        }
        let after = try await state(progress)
        return KeyRotated(madeKey: !isUnderWay, sealed: done, state: after)
    }

    /// Forgets the old keys. Throws `KeyProblem` while something is sealed with them; and, unless `atOnce`, within three hours of the rotation.
    /// Returns their names.
    public func retire(atOnce: Bool = false, _ progress: Progress = { _, _ in }) async throws -> KeyState {
        let lock = try await turn()
        defer { lock?.close() }
        let state = try await state(progress)
        guard state.keys.count > 1 else { throw KeyProblem("There is no old key: nothing is to be retired.") }
        guard state.outdated == 0 else {
            throw KeyProblem("\(state.outdated) secrets are still sealed with an old key. Run 'postiz keys rotate' first.")
        }
        guard try !keptOldKeys().isEmpty, let file, var kept = try KeptSecrets.load(file.url) else {
            throw KeyProblem("Nothing needs the old keys any more. They stand in OLD_ENCRYPTION_KEYS: take them out and restart.")
        }
        if let end = state.retirableAt, end > time.now, !atOnce {
            throw KeyProblem(
                """
                The old key opens addresses of files that platforms may still fetch until \(end). Retire it then, or at once with --now: what is \
                being published just now may fail.
                """)
        }
        kept.oldEncryptionKeys = nil
        try kept.replace(file.url)
        return state
    }

    /// Those that `secrets.json` holds.
    private func keptOldKeys() throws -> [String] { try file.flatMap { try KeptSecrets.load($0.url) }?.oldEncryptionKeys ?? [] }

    private func makeKey() throws {
        guard let file, var kept = try KeptSecrets.load(file.url) else { throw KeyProblem.settings }
        let old = [kept.encryptionKey] + (kept.oldEncryptionKeys ?? [])
        (kept.oldEncryptionKeys, kept.encryptionKey, kept.rotatedAt) = (old, RandomToken.make(), time.now)
        try kept.replace(file.url)
    }

    /// One rotation or retirement at a time has the file; nil where there is none. The system ends the lock of a process that ends.
    private func turn() async throws -> DiskFile? {
        guard let file else { return nil }
        let lock = try DiskFile.opening(file.url.deletingLastPathComponent().appending(path: "keys.lock").path)
        do {
            // Whatever clock is in force: the system frees a lock, even one just ended here, only when each program that was being started
            // meanwhile has let go of its copy.
            while !lock.lock() { try await Task.sleep(for: .milliseconds(50)) }
        } catch {
            lock.close()
            throw error
        }
        return lock
    }

    // MARK: Every value

    /// Seals what an old key opens with the current one. Returns how many values it did so with, and how many could not be replaced just now.
    private func sealAnew(_ progress: Progress) async throws -> (sealed: Int, left: Int) {
        var (sealed, left) = (0, 0)
        try await visit(progress) { place, page in
            let current = box.keys().current
            let anew = try page.compactMap { value -> (SealedValue, Data)? in
                let context = place.context(value.key)
                guard let (plain, key) = try? box.opened(value.sealed, context: context), key.name != current.name else { return nil }
                return (value, try SecretBox.seal(plain, context, with: current))
            }
            guard !anew.isEmpty else { return }
            let (now, column) = (time.now, place.column)
            let replaced = try await database.write { transaction in
                try anew.count { try SealedRepository.replace($0.0, in: column, by: $0.1, now: now, in: transaction) }
            }
            sealed += replaced
            left += anew.count - replaced
        }
        return (sealed, left)
    }

    private func visit(_ progress: Progress, _ work: (SealedPlace, [SealedValue]) async throws -> Void) async throws {
        let total = try await database.read { transaction in
            try SealedPlace.all.reduce(0) { $0 + (try SealedRepository.count(of: $1.column, in: transaction)) }
        }
        var done = 0
        for place in SealedPlace.all {
            var last: [String]?
            repeat {
                let (column, start) = (place.column, last)
                let page = try await database.read { try SealedRepository.page(of: column, after: start, limit: 200, in: $0) }
                try await work(place, page)
                done += page.count
                progress(done, max(done, total))
                last = page.last?.key
            } while last != nil
        }
    }
}
