import Domain
import Foundation
import Glibc
import NIOConcurrencyHelpers

/// What `secrets.json` holds.
struct KeptSecrets: Codable, Equatable {
    static let fileName = "secrets.json"

    var jwtSecret: String
    var encryptionKey: String
    /// Earlier keys, newest first, as long as something may still be sealed with them.
    var oldEncryptionKeys: [String]?
    /// Since when `encryptionKey` seals; nil for the first one.
    var rotatedAt: Timestamp?

    /// Nil when there is none. Throws `SecretsError`.
    static func load(_ file: URL) throws -> KeptSecrets? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        do {
            return try JSON.decode(from: try Data(contentsOf: file))
        } catch {
            throw SecretsError.unreadable(file.path)
        }
    }

    /// Reads the file in `folder`, or makes it with mode 600. Of several processes that start together all get the same secrets.
    static func loadOrCreate(in folder: URL) throws -> (kept: KeptSecrets, made: Bool) {
        let file = folder.appendingPathComponent(fileName)
        if let kept = try load(file) { return (kept, false) }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            // Unlike a rename, a link never replaces what another process has put there.
            try KeptSecrets(jwtSecret: RandomToken.make(), encryptionKey: RandomToken.make()).write(besides: file) { draft in
                link(draft, file.path) == 0 || errno == EEXIST
            }
        } catch {
            throw SecretsError.unwritable(file.path)
        }
        guard let kept = try load(file) else { throw SecretsError.unwritable(file.path) }
        return (kept, true)
    }

    /// Puts these in the place of those in `file`, in one step that a power failure does not undo. Throws `SecretsError.unwritable`.
    func replace(_ file: URL) throws {
        do {
            try write(besides: file) { rename($0, file.path) == 0 }
            try DiskFile.syncFolder(file.deletingLastPathComponent().path)
        } catch {
            throw SecretsError.unwritable(file.path)
        }
    }

    /// Writes them to a draft beside `file`, which `place` puts where it belongs.
    private func write(besides file: URL, place: (String) -> Bool) throws {
        let draft = file.deletingLastPathComponent().appendingPathComponent(".\(file.lastPathComponent).\(UUID().uuidString)").path
        defer { unlink(draft) }
        let new = try DiskFile.creating(draft)
        defer { new.close() }
        try JSON.data(self).withUnsafeBytes { try new.write($0, at: 0) }
        try new.sync()
        guard place(draft) else { throw SecretsError.unwritable(file.path) }
    }
}

/// The keys of a `secrets.json` as they are now: a command may rotate them while the server runs.
final class KeyFile: Sendable {
    /// Another file, or another content, looks different.
    private struct Stamp: Equatable {
        private let inode: UInt64
        private let seconds: Int
        private let nanoseconds: Int

        init?(_ path: String) {
            var found = stat()
            guard stat(path, &found) == 0 else { return nil }
            (inode, seconds, nanoseconds) = (UInt64(found.st_ino), found.st_mtim.tv_sec, found.st_mtim.tv_nsec)
        }
    }

    let url: URL
    /// Those of `OLD_ENCRYPTION_KEYS`.
    private let more: [String]
    private let seen: NIOLockedValueBox<(stamp: Stamp?, keys: SecretBox.Keys)>

    /// Throws `SecretsError`.
    init(_ url: URL, more: [String]) throws {
        (self.url, self.more) = (url, more)
        let stamp = Stamp(url.path)
        guard let kept = try KeptSecrets.load(url) else { throw SecretsError.unreadable(url.path) }
        seen = NIOLockedValueBox((stamp, Self.keys(kept, more)))
    }

    /// Asks the system whether the file was replaced, each time: whoever seals with a key that is no longer in force leaves work behind.
    var keys: SecretBox.Keys {
        let stamp = Stamp(url.path)
        return seen.withLockedValue { seen in
            // What cannot be read just now leaves the keys as they were.
            if let stamp, stamp != seen.stamp, let kept = try? KeptSecrets.load(url) { seen = (stamp, Self.keys(kept, more)) }
            return seen.keys
        }
    }

    private static func keys(_ kept: KeptSecrets, _ more: [String]) -> SecretBox.Keys {
        SecretBox.Keys(kept.encryptionKey, old: (kept.oldEncryptionKeys ?? []) + more)
    }
}
