import Crypto
import Domain
import Foundation

/// The upload folder. A file is stored once, by the SHA-256 of its bytes: `<first two digits>/<digest>`, its thumbnail beside it. What is
/// being received lies in `incoming` until it is whole.
struct MediaFolder: Sendable {
    let path: String
    private let mark = IncomingMark()

    /// A relative path counts from the working directory.
    init(path: String) { self.path = URL(fileURLWithPath: path).standardizedFileURL.path }

    private var incoming: String { path + "/incoming" }
    private func folder(of digest: String) -> String { "\(path)/\(digest.prefix(2))" }
    func file(_ digest: String) -> String { "\(folder(of: digest))/\(digest)" }
    func thumbnail(_ digest: String) -> String { "\(file(digest)).thumb.webp" }

    /// A name in `incoming` that nobody else has, and that tells that this process lives.
    func newIncoming() async throws -> String {
        let (folder, mark) = (incoming, mark)
        try await DiskFile.onThread {
            try DiskFile.makeFolder(folder)
            try mark.set(in: folder)
        }
        return "\(folder)/\(mark.name).\(UUID().uuidString.lowercased())"
    }

    private var pieces: String { path + "/pieces" }

    /// Where the pieces of an upload come together, in a folder that is there.
    func pieces(of id: PartialUploadID) async throws -> String {
        let pieces = pieces
        try await DiskFile.onThread { try DiskFile.makeFolder(pieces) }
        return "\(pieces)/\(id.text)"
    }

    /// Removes pieces that were last written before `time`.
    func removePieces(before time: Timestamp) async throws {
        let pieces = pieces
        try await DiskFile.onThread {
            guard DiskFile.exists(pieces) else { return }
            for name in try FileManager.default.contentsOfDirectory(atPath: pieces) {
                if let changed = try DiskFile.modified("\(pieces)/\(name)"), changed < time { try DiskFile.remove("\(pieces)/\(name)") }
            }
        }
    }

    /// Moves a whole file to where its digest says, unless it is there. Blocks. May be repeated.
    func place(_ source: String, digest: String) throws {
        try DiskFile.makeFolder(folder(of: digest))
        if !DiskFile.exists(file(digest)) { try DiskFile.rename(source, to: file(digest)) }
        try DiskFile.syncFolder(folder(of: digest))
    }

    /// Puts a thumbnail beside its file. Blocks. May be repeated.
    func place(thumbnail source: String, digest: String) throws {
        if DiskFile.exists(source) { try DiskFile.rename(source, to: thumbnail(digest)) }
    }

    /// Removes a file, its thumbnail and its versions. Blocks.
    func remove(_ digest: String) throws {
        let folder = folder(of: digest)
        guard DiskFile.exists(folder) else { return }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasPrefix(digest) {
            try DiskFile.remove("\(folder)/\(name)")
        }
    }

    /// Removes what uploads left behind that never ended: of processes that are gone, and whatever is older than `time`. Returns how many files.
    func removeIncoming(before time: Timestamp) async throws -> Int {
        let incoming = incoming
        return try await DiskFile.onThread {
            guard DiskFile.exists(incoming) else { return 0 }
            let names = try FileManager.default.contentsOfDirectory(atPath: incoming)
            var removed = 0
            func remove(_ name: String) throws {
                try DiskFile.remove("\(incoming)/\(name)")
                removed += 1
            }
            for (mark, fragments) in Dictionary(grouping: names.filter { !IncomingMark.isFile($0) }, by: IncomingMark.of) {
                if let mark { try IncomingMark.ifAbandoned(mark, in: incoming) { try fragments.forEach(remove) } }
                for name in fragments {
                    if let changed = try DiskFile.modified("\(incoming)/\(name)"), changed < time { try remove(name) }
                }
            }
            for name in names where IncomingMark.isFile(name) {
                if let mark = IncomingMark.of(name) { try IncomingMark.ifAbandoned(mark, in: incoming) {} }
            }
            return removed
        }
    }

    /// Whether a file can be written there now: for the health report. Throws the `ProblemReport` that says why not.
    func check() async throws {
        do {
            let path = try await newIncoming()
            try await DiskFile.onThread {
                defer { try? DiskFile.remove(path) }  // A leftover is removed with the abandoned uploads.
                let file = try DiskFile.creating(path)
                defer { file.close() }
                try Array("ok".utf8).withUnsafeBytes { try file.write($0, at: 0) }
            }
        } catch let error as DiskError {
            throw error.problem
        }
    }
}

extension DiskFile {
    /// When the file was last written; nil when it is gone.
    static func modified(_ path: String) throws -> Timestamp? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw DiskError(number: errno)
        }
        return Timestamp(milliseconds: Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000)
    }

    /// Copies `size` bytes to `target` with `edits` made; returns the size and SHA-256 of the copy. Constant memory. Blocks.
    func copy(size: Int, to target: DiskFile, edits: [FileEdit]) throws -> (size: Int, digest: String) {
        var hash = SHA256()
        var written = 0
        func append(_ bytes: some ContiguousBytes) throws {
            try bytes.withUnsafeBytes {
                try target.write($0, at: written)
                hash.update(bufferPointer: $0)
                written += $0.count
            }
        }
        let chunk = 1_048_576
        func append(_ range: Range<Int>, filling: UInt8? = nil) throws {
            for start in stride(from: range.lowerBound, to: range.upperBound, by: chunk) {
                let count = min(chunk, range.upperBound - start)
                try append(filling.map { Data(repeating: $0, count: count) } ?? read(at: start, count: count))
            }
        }
        var offset = 0
        for edit in edits {
            try append(offset..<edit.range.lowerBound)
            switch edit.change {
            case .replace(let bytes): try append(bytes)
            case .fill(let byte): try append(edit.range, filling: byte)
            }
            offset = edit.range.upperBound
        }
        try append(offset..<size)
        return (written, hash.finalize().hexadecimal)
    }
}

extension SHA256.Digest {
    /// Lower case.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
