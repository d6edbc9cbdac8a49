import Crypto
import Domain
import Foundation
import Persistence

/// Packs members one after the other, and notes the digest of each.
struct BackupPacking {
    /// How many files are named, of those that are missing and of those that are damaged.
    static let most = 1000
    private static let chunk = 1_048_576

    let folder: String
    let at: Timestamp
    let sums: DiskFile
    let progress: @Sendable (Int) -> Void
    private(set) var members = 0
    private(set) var missing: [String] = []
    private var damaged: [String] = []
    private var listed = 0
    private var packed = 0

    init(folder: String, at: Timestamp, sums: DiskFile, progress: @escaping @Sendable (Int) -> Void) {
        (self.folder, self.at, self.sums, self.progress) = (folder, at, sums, progress)
    }

    typealias Write = @Sendable (Data) async throws -> Void
    typealias Read = @Sendable (_ offset: Int, _ count: Int) async throws -> Data

    mutating func add(_ data: Data, as name: String, _ write: @escaping Write) async throws {
        try await write(Data(TarBlock.header(name, in: folder, size: data.count, at: at)) + data + Data(count: TarBlock.padding(after: data.count)))
        try note(name, SHA256.hash(data: data).hexadecimal)
    }

    mutating func addFile(_ path: String, as name: String, _ write: @escaping Write) async throws {
        try note(name, try await pass(path, as: name, write))
    }

    /// Every file of the library that is in the store; those of `inventory` that are not are named in `missing`. Throws `BackupProblem` at the
    /// end when some are not what they were: an archive without them must not push out older ones that have them.
    mutating func addAll(of store: any MediaStore, expecting inventory: BackupInventory, _ write: @escaping Write) async throws {
        var inventory = inventory
        defer { inventory.close() }
        for try await file in store.all("") where BackupManifest.Member.isUpload(file.key) {
            try Task.checkCancellation()
            let original = MediaKey.digest(of: file.key).flatMap { file.key == MediaKey.file($0) ? $0 : nil }
            if let original { try await inventory.skip(to: original) { miss($0) } }
            guard try await add(file, original: original, from: store, write) else { continue }
            if let original { try await inventory.find(original) }
        }
        try await inventory.skip(to: nil) { miss($0) }
        guard let first = damaged.first else { return }
        let others = damaged.count == 1 ? "" : " and \(damaged.count - 1)\(damaged.count == Self.most ? " or more" : "") others"
        throw BackupProblem(
            """
            \(first)\(others) \(store.place): the bytes are not those that were uploaded. No archive was made, and the older ones stay. Take such a \
            file out of an older archive (uploads/\(first)) and put it back, or remove it from the library.
            """)
    }

    private mutating func miss(_ digest: String) {
        if missing.count < Self.most { missing.append(MediaKey.file(digest)) }
    }

    /// False when it is not there any more.
    private mutating func add(_ file: StoredFile, original: String?, from store: any MediaStore, _ write: @escaping Write) async throws -> Bool {
        let first: Data
        do {
            first = try await store.read(file.key, at: 0, count: Self.chunk)
        } catch let error as StoreError where error.isMissing {
            return false
        } catch let error as DiskError where error.number == ENOENT {
            return false
        }
        let name = BackupManifest.Member.uploads + file.key
        let digest = try await pass(size: file.size, as: name, write) { offset, count in
            offset == 0 ? first.prefix(count) : try await store.read(file.key, at: offset, count: count)
        }
        try note(name, digest)
        if let original, original != digest, damaged.count < Self.most { damaged.append(file.key) }
        return true
    }

    mutating func finish(from list: String, _ write: @escaping Write) async throws {
        _ = try await pass(list, as: BackupManifest.Member.sums, write)
        members += 1
        try await write(Data(TarBlock.end))
    }

    private mutating func note(_ name: String, _ digest: String) throws {
        let line = Array("\(digest)  \(name)\n".utf8)
        try line.withUnsafeBytes { try sums.write($0, at: listed) }
        listed += line.count
        members += 1
    }

    private mutating func pass(_ path: String, as name: String, _ write: @escaping Write) async throws -> String {
        let (file, size) = try await DiskFile.onThread { (try DiskFile.reading(path), try DiskFile.size(path)) }
        defer { file.close() }
        return try await pass(size: size, as: name, write) { offset, count in
            try await DiskFile.onThread { try file.read(at: offset, count: count) }
        }
    }

    /// A piece is hashed while it is written and the next one is read: each of the three takes as long as the compressor.
    private mutating func pass(size: Int, as name: String, _ write: @escaping Write, reading read: @escaping Read) async throws -> String {
        var (hash, offset) = (SHA256(), 0)
        try await write(Data(TarBlock.header(name, in: folder, size: size, at: at)))
        var piece = size > 0 ? try await read(0, min(Self.chunk, size)) : Data()
        while offset < size {
            guard !piece.isEmpty else { throw BackupProblem("\(name) became shorter while it was read.") }
            let (here, next) = (piece, offset + piece.count)
            async let ahead = next < size ? read(next, min(Self.chunk, size - next)) : Data()
            async let written: Void = write(here)
            hash.update(data: here)
            try await written
            piece = try await ahead
            offset = next
            packed += here.count
            progress(packed)
        }
        try await write(Data(count: TarBlock.padding(after: size)))
        return hash.finalize().hexadecimal
    }
}

/// The digests of all files of the library at one moment, in their order. In a file: a million take 64 MB.
struct BackupInventory {
    private static let length = 64
    private static let page = 1000

    private let file: DiskFile
    private let count: Int
    private var position = 0
    private var read: ArraySlice<String> = []

    init(of database: any Database, at path: String) async throws {
        file = try await DiskFile.onThread { try DiskFile.creating(path) }
        var (last, count) = ("", 0)
        do {
            while true {
                let (after, start) = (last, count)
                let digests = try await database.read { try MediaRepository.digests(after: after, limit: 10_000, in: $0) }
                guard let end = digests.last else { break }
                try await DiskFile.onThread { [file] in
                    try Array(digests.joined().utf8).withUnsafeBytes { try file.write($0, at: start * Self.length) }
                }
                (last, count) = (end, count + digests.count)
            }
        } catch {
            file.close()
            throw error
        }
        self.count = count
    }

    func close() { file.close() }

    /// Tells `miss` of those that come before `digest` and were not found; of all that are left for nil.
    mutating func skip(to digest: String?, _ miss: (String) -> Void) async throws {
        while let next = try await peek(), digest.map({ next < $0 }) ?? true {
            miss(next)
            read.removeFirst()
        }
    }

    mutating func find(_ digest: String) async throws {
        if try await peek() == digest { read.removeFirst() }
    }

    private mutating func peek() async throws -> String? {
        if read.isEmpty, position < count {
            let (start, number) = (position, min(Self.page, count - position))
            let bytes = try await DiskFile.onThread { [file] in try file.read(at: start * Self.length, count: number * Self.length) }
            read =
                stride(from: 0, to: bytes.count, by: Self.length).map { String(decoding: bytes.dropFirst($0).prefix(Self.length), as: UTF8.self) }[
                    ...]
            position += number
        }
        return read.first
    }
}
