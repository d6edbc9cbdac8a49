import Crypto
import Domain
import Foundation

/// Takes an archive apart as its bytes come, and holds every member against the archive's own list. Its calls block.
struct BackupUnpacking: Sendable {
    /// Where members go; nil: nowhere, they are only looked at.
    struct Targets: Sendable {
        let folder: String
        let uploads: String

        func path(of member: String) -> String {
            let uploads = BackupManifest.Member.uploads
            return member.hasPrefix(uploads) ? "\(self.uploads)/\(member.dropFirst(uploads.count))" : "\(folder)/\(member)"
        }
    }

    private struct Open: Sendable {
        let name: String
        let size: Int
        let file: DiskFile?
        var done = 0
        var hash = SHA256()
        var text = Data()
    }

    private let targets: Targets?
    private var block: [UInt8] = []
    private var open: Open?
    private var padding = 0
    private var sums = SHA256()
    private(set) var manifest: BackupManifest?
    private(set) var members = 0
    private(set) var bytes = 0
    private var engineSeen = false
    private var isComplete = false
    private var isOver = false

    init(to targets: Targets?) { self.targets = targets }

    /// Throws `ArchiveFault`, or `DiskError`.
    mutating func take(_ piece: [UInt8]) throws {
        var rest = piece[...]
        while !rest.isEmpty {
            if padding > 0 {
                let count = min(padding, rest.count)
                (padding, rest) = (padding - count, rest.dropFirst(count))
            } else if open != nil {
                rest = try fill(with: rest)
            } else {
                let count = min(TarBlock.size - block.count, rest.count)
                block += rest.prefix(count)
                rest = rest.dropFirst(count)
                if block.count == TarBlock.size { try begin() }
            }
        }
    }

    /// Call it when all bytes were taken. Returns what the archive is.
    mutating func finish() throws -> BackupManifest {
        guard isComplete, isOver, open == nil, engineSeen, let manifest else { throw ArchiveFault.damaged("it ends too early") }
        return manifest
    }

    /// Lets go of a file that was being written.
    mutating func abandon() {
        open?.file?.close()
        open = nil
    }

    private mutating func begin() throws {
        defer { block = [] }
        guard !isOver, let header = try TarBlock.read(block) else {
            isOver = true
            guard block.allSatisfy({ $0 == 0 }) else { throw ArchiveFault.damaged("something follows its end") }
            return
        }
        let name = header.name
        guard !isComplete, BackupManifest.Member.isKnown(name) else { throw ArchiveFault.damaged("it holds what no backup holds") }
        guard manifest != nil || name == BackupManifest.Member.manifest else { throw ArchiveFault.damaged("it does not begin with a manifest") }
        // The list of a million files has 130 MB; it is hashed, not kept.
        guard !BackupManifest.Member.small.contains(name) || name == BackupManifest.Member.sums || header.size <= 1_048_576 else {
            throw ArchiveFault.damaged("a small member is large")
        }
        if let manifest, name == BackupManifest.Member.database(manifest.database) { engineSeen = true }
        open = Open(name: name, size: header.size, file: try targets.map { try Self.create($0.path(of: name)) })
        members += 1
        if header.size == 0 { try end() }
    }

    private static func create(_ path: String) throws -> DiskFile {
        try DiskFile.makeFolder(URL(filePath: path).deletingLastPathComponent().path)
        return try DiskFile.creating(path)
    }

    private mutating func fill(with rest: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
        guard var member = open else { return rest }
        open = nil
        let part = rest.prefix(member.size - member.done)
        try part.withUnsafeBytes { bytes in
            try member.file?.write(bytes, at: member.done)
            member.hash.update(bufferPointer: bytes)
            if member.name == BackupManifest.Member.manifest { member.text.append(contentsOf: bytes) }
        }
        member.done += part.count
        bytes += part.count
        open = member
        if member.done == member.size { try end() }
        return rest.dropFirst(part.count)
    }

    private mutating func end() throws {
        guard let member = open else { return }
        open = nil
        padding = TarBlock.padding(after: member.size)
        if let file = member.file {
            defer { file.close() }
            try file.sync()
        }
        let digest = member.hash.finalize().hexadecimal
        if member.name == BackupManifest.Member.sums {
            // The same lines in the same order have the same digest: no list is kept in memory.
            guard digest == sums.finalize().hexadecimal else { throw ArchiveFault.damaged("its members are not those of its list SHA256SUMS") }
            isComplete = true
            return
        }
        sums.update(data: Data("\(digest)  \(member.name)\n".utf8))
        guard member.name == BackupManifest.Member.manifest else { return }
        guard let read: BackupManifest = try? JSON.decode(from: member.text) else { throw ArchiveFault.damaged("its manifest cannot be read") }
        try read.requireKnown()
        manifest = read
    }
}

/// Reads whole archives.
public enum BackupArchive {
    public struct Finding: Codable, Sendable, Equatable {
        public let manifest: BackupManifest
        public let members: Int
        /// Unpacked.
        public let bytes: Int
    }

    /// Looks at every byte of an archive. Throws `ArchiveFault`.
    public static func verify(_ path: String, passphrase: String?) async throws -> Finding {
        try await unpack(path, passphrase: passphrase, to: nil)
    }

    static func unpack(_ path: String, passphrase: String?, to targets: BackupUnpacking.Targets?) async throws -> Finding {
        var unpacking = BackupUnpacking(to: targets)
        do {
            try await ArchivePipeline(reading: path, passphrase: passphrase).read(path) { piece in
                let before = unpacking
                unpacking = try await DiskFile.onThread {
                    var after = before
                    try after.take(piece)
                    return after
                }
            }
            let manifest = try unpacking.finish()
            return Finding(manifest: manifest, members: unpacking.members, bytes: unpacking.bytes)
        } catch {
            unpacking.abandon()
            throw error
        }
    }
}
