import Domain
import Foundation
import NIOCore

/// Keeps files under keys: ASCII letters, digits and `-_./`, at most 512 bytes. A key is either there with all its bytes or not at all.
///
/// Blocking work runs off the cooperative pool. What goes wrong is `DiskError` or `StoreError`.
public protocol MediaStore: Sendable {
    /// Where files are, as it is said to people: "on this server's disk".
    var place: String { get }
    /// How many bytes are best read at a time.
    var blockSize: Int { get }
    /// Stores the file at `path`, in constant memory. It replaces what stood under `key`; the file at `path` may be gone afterwards.
    func put(_ path: String, as key: String) async throws
    /// Bytes of what is stored; nil when nothing is.
    func size(of key: String) async throws -> Int?
    /// Up to `count` bytes from `offset`, at most `blockSize`; none at the end.
    func read(_ key: String, at offset: Int, count: Int) async throws -> Data
    /// Removes what is stored; nothing is fine too.
    func remove(_ key: String) async throws
    /// What is stored under keys that begin with `prefix` and come behind `key`: at most a thousand, in the order of their bytes. Empty at the end.
    func list(_ prefix: String, after key: String) async throws -> [StoredFile]
    /// Where the bytes lie on this machine; nil when they have to be fetched.
    func localPath(of key: String) async throws -> String?
    /// Throws why nothing can be stored or read now.
    func check() async throws
    /// Removes what uploads left behind that began before `time` and never ended.
    func removeUnfinished(before time: Timestamp) async throws
}

/// What a store tells of a file.
public struct StoredFile: Sendable, Equatable {
    public let key: String
    /// Bytes.
    public let size: Int
    /// When it was stored, by the store's clock.
    public let changed: Timestamp
}

extension MediaStore {
    /// Everything under keys that begin with `prefix`, a page at a time.
    func all(_ prefix: String) -> AsyncThrowingStream<StoredFile, any Error> {
        let pages = StoredPages(store: self, prefix: prefix)
        return AsyncThrowingStream { try await pages.next() }
    }

    /// Removes everything under keys that begin with `prefix`.
    func removeAll(_ prefix: String) async throws {
        for try await file in all(prefix) { try await remove(file.key) }
    }
}

private actor StoredPages {
    let store: any MediaStore
    let prefix: String
    var page: ArraySlice<StoredFile> = []
    var last = ""

    init(store: any MediaStore, prefix: String) { (self.store, self.prefix) = (store, prefix) }

    func next() async throws -> StoredFile? {
        if page.isEmpty { page = try await store.list(prefix, after: last)[...] }
        guard let file = page.popFirst() else { return nil }
        last = file.key
        return file
    }
}

/// The keys of the files of a library. A file is stored once, by the SHA-256 of its bytes: `<first two digits>/<digest>`, its thumbnail and its
/// versions beside it.
enum MediaKey {
    static func file(_ digest: String) -> String { "\(digest.prefix(2))/\(digest)" }
    static func thumbnail(_ digest: String) -> String { "\(file(digest)).thumb.webp" }

    /// Of a picture that was made for a platform.
    static func version(_ digest: String, _ fitting: PictureFitting) -> String {
        "\(file(digest)).\(fitting.maxPixels ?? 0)-\(fitting.maxBytes).jpg"
    }

    /// Of a film that was made for a platform.
    static func version(_ digest: String, _ fitting: FilmFitting) -> String {
        let sides = "\(fitting.maxWidth ?? 0)x\(fitting.maxHeight ?? 0)-\(fitting.maxPixels ?? 0)"
        let rates = "\(fitting.leastFrameRate ?? 0)-\(fitting.mostFrameRate ?? 0)"
        return "\(file(digest)).\(sides)-\(rates)-\(fitting.maxBytes)-\(fitting.sound.rawValue.lowercased()).mp4"
    }

    /// Whose file a key is; nil when it is none of a library.
    static func digest(of key: String) -> String? {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 2, parts[1].hasPrefix(parts[0]) else { return nil }
        let digest = parts[1].prefix { $0 != "." }
        return digest.count == 64 && digest.allSatisfy { $0.isHexDigit && !$0.isUppercase } ? String(digest) : nil
    }

    static let pieces = "pieces/"
    /// What all pieces of an upload begin with.
    static func pieces(of id: PartialUploadID) -> String { "\(pieces)\(id.text)." }
}

/// Bytes of a stored file as they are read. The first ones are there already, so what is missing was said before anything was answered.
public struct StoredBytes: AsyncSequence, Sendable {
    let store: any MediaStore
    let key: String
    let range: Range<Int>
    private let first: Data

    /// Throws what `MediaStore.read` throws, and `StoreError` when the file ends before `range`.
    init(_ store: any MediaStore, _ key: String, _ range: Range<Int>) async throws {
        (self.store, self.key, self.range) = (store, key, range)
        first = range.isEmpty ? Data() : try await Self.block(store, key, range)
    }

    private static func block(_ store: any MediaStore, _ key: String, _ range: Range<Int>) async throws -> Data {
        let data = try await store.read(key, at: range.lowerBound, count: Swift.min(store.blockSize, range.count))
        guard !data.isEmpty else { throw StoreError(action: "read a file", code: "FileCut", status: nil, message: "it ends too early") }
        return data
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let bytes: StoredBytes
        var offset: Int

        public mutating func next() async throws -> ByteBuffer? {
            guard offset < bytes.range.upperBound else { return nil }
            let isFirst = offset == bytes.range.lowerBound
            let data = isFirst ? bytes.first : try await StoredBytes.block(bytes.store, bytes.key, offset..<bytes.range.upperBound)
            offset += data.count
            return ByteBuffer(bytes: data)
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: self, offset: range.lowerBound) }

    /// Into a file that must not exist yet.
    func write(to path: String) async throws {
        let file = try await DiskFile.onThread { try DiskFile.creating(path) }
        defer { file.close() }
        var offset = 0
        for try await buffer in self {
            let start = offset
            try await DiskFile.onThread { try buffer.withUnsafeReadableBytes { try file.write($0, at: start) } }
            offset += buffer.readableBytes
        }
    }
}

/// Reads in the steps of whoever asks, and fetches in blocks. For one reader who mostly goes forward.
actor BlockReader {
    private let store: any MediaStore
    private let key: String
    private var block = Data()
    private var start = 0

    init(_ store: any MediaStore, _ key: String) { (self.store, self.key) = (store, key) }

    /// `count` bytes, fewer at the end of the file only.
    func read(_ offset: Int, _ count: Int) async throws -> Data {
        var bytes = Data()
        while bytes.count < count {
            let place = offset + bytes.count
            if place < start || place >= start + block.count {
                let fetched = try await store.read(key, at: place, count: store.blockSize)
                (block, start) = (fetched, place)
            }
            let more = block.dropFirst(place - start).prefix(count - bytes.count)
            guard !more.isEmpty else { break }
            bytes += more
        }
        return bytes
    }
}
