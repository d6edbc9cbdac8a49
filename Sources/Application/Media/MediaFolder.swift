import Crypto
import Domain
import Foundation

/// Where what is being received lies until it is whole, and what programs work on for a moment: always on this machine, whatever the store.
struct MediaFolder: Sendable {
    static let incomingName = "incoming"

    let path: String
    private let mark = IncomingMark()

    /// A relative path counts from the working directory.
    init(path: String) { self.path = URL(fileURLWithPath: path).standardizedFileURL.path }

    private var incoming: String { "\(path)/\(Self.incomingName)" }

    /// A name in `incoming` that nobody else has, and that tells that this process lives.
    func newIncoming() async throws -> String {
        let (folder, mark) = (incoming, mark)
        try await DiskFile.onThread {
            try DiskFile.makeFolder(folder)
            try mark.set(in: folder)
        }
        return "\(folder)/\(mark.name).\(UUID().uuidString.lowercased())"
    }

    /// Gives `work` such a name with this ending, and removes what lies there afterwards.
    func withIncoming<Value: Sendable>(_ ending: String = "", _ work: (String) async throws -> Value) async throws -> Value {
        let path = try await newIncoming() + ending
        let result: Result<Value, any Error>
        do { result = .success(try await work(path)) } catch { result = .failure(error) }
        try await DiskFile.onThread { try DiskFile.remove(path) }
        return try result.get()
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
}

extension DiskFile {
    /// When the file was last written; nil when it is gone.
    static func modified(_ path: String) throws -> Timestamp? { try look(at: path)?.changed }

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
