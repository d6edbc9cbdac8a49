import Domain
import Foundation

/// Two stores as one, so that files can move while they are used: new ones go into `first`, and each is read from where it is.
struct FallbackStore: MediaStore {
    let first: any MediaStore
    let second: any MediaStore

    var place: String { first.place }
    var blockSize: Int { max(first.blockSize, second.blockSize) }

    func put(_ path: String, as key: String) async throws { try await first.put(path, as: key) }

    func size(of key: String) async throws -> Int? { try await holder(of: key)?.size }

    /// Looked for in the first again: it may have moved between two looks.
    private func holder(of key: String) async throws -> (store: any MediaStore, size: Int)? {
        for store in [first, second, first] {
            if let size = try await store.size(of: key) { return (store, size) }
        }
        return nil
    }

    func read(_ key: String, at offset: Int, count: Int) async throws -> Data {
        for store in [first, second] {
            do {
                return try await store.read(key, at: offset, count: count)
            } catch let error as StoreError where error.isMissing {
            } catch let error as DiskError where error.number == ENOENT {
            }
        }
        return try await first.read(key, at: offset, count: count)
    }

    func remove(_ key: String) async throws {
        try await first.remove(key)
        try await second.remove(key)
    }

    func list(_ prefix: String, after key: String) async throws -> [StoredFile] {
        let (one, other) = (try await first.list(prefix, after: key), try await second.list(prefix, after: key))
        let both = Dictionary((one + other).map { ($0.key, $0) }) { mine, _ in mine }
        // Behind the end of a full page the other store's may not be complete.
        let end = [one, other].filter { $0.count == 1000 }.compactMap(\.last?.key).min { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let sorted = both.values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return sorted.filter { file in end.map { !$0.utf8.lexicographicallyPrecedes(file.key.utf8) } ?? true }
    }

    func localPath(of key: String) async throws -> String? {
        guard let holder = try await holder(of: key) else { return nil }
        return try await holder.store.localPath(of: key)
    }

    func check() async throws { try await first.check() }

    func removeUnfinished(before time: Timestamp) async throws {
        try await first.removeUnfinished(before: time)
        try await second.removeUnfinished(before: time)
    }
}
