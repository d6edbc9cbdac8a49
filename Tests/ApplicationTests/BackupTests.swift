import Crypto
import Domain
import Foundation
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite("Backups", .timeLimit(.minutes(10)))
struct BackupTests {
    /// Where files are before and where they are to be afterwards.
    struct Way: Sendable, CustomTestStringConvertible {
        let source: TestStore
        let target: TestStore
        var testDescription: String { "\(source.rawValue) to \(target.rawValue)" }

        static var all: [Way] {
            let ways: [(TestStore, TestStore)] = [(.folder, .folder), (.folder, .swift), (.swift, .radosgw), (.radosgw, .folder)]
            return ways.map { Way(source: $0.0, target: $0.1) }.filter { TestStore.all.contains($0.source) && TestStore.all.contains($0.target) }
        }
    }

    @Test("hold every file of the library and put it where files are kept", arguments: Way.all)
    func thereAndBack(_ way: Way) async throws {
        try await Instance.with(way.source) { first in
            // Of no bytes, of a few, of more than a block, and in parts.
            for (index, size) in [0, 10, 1_500_000, 17 << 20].enumerated() {
                let digest = try await first.add(.noise(size, seed: UInt64(index + 1)))
                try await first.files.put(Data.noise(700, seed: UInt64(index + 9)), as: MediaKey.thumbnail(digest))
            }
            try await first.files.put(Data("a piece"), as: MediaKey.pieces + "1.0.7.x")
            try await first.files.put(Data("theirs"), as: "zz/theirs.txt")
            let made = try await first.backUp()
            #expect(made.missing.isEmpty && made.members == 4 + 8)
            #expect(try await BackupArchive.verify(made.path, passphrase: nil).members == made.members)
            try await Instance.with(way.target) { second in
                let done = try await second.restore(made.path)
                #expect(done.files == 8)
                let (before, after) = (try await first.library(), try await second.library())
                #expect(before == after && after.count == 8)
                for others in ["zz/", MediaKey.pieces] { #expect(try await second.files.keys(others).isEmpty) }
                #expect(try second.leftovers().isEmpty)
            }
        }
    }

    @Test("name a file that vanished, and are made all the same", arguments: TestStore.all)
    func vanished(_ kind: TestStore) async throws {
        try await Instance.with(kind) { instance in
            var digests: [String] = []
            for index in 1...5 { digests.append(try await instance.add(.noise(100, seed: UInt64(index)))) }
            digests.sort()
            for digest in [digests[0], digests[2], digests[4]] { try await instance.files.remove(MediaKey.file(digest)) }
            let made = try await instance.backUp()
            #expect(made.missing == [digests[0], digests[2], digests[4]].map(MediaKey.file))
            #expect(try await BackupArchive.verify(made.path, passphrase: nil).members == 4 + 2)
        }
    }

    @Test("name a file that is listed and gone when it is read")
    func vanishedBetween() async throws {
        try await Instance.with(.folder) { instance in
            let digest = try await instance.add(.noise(100))
            _ = try await instance.add(.noise(100, seed: 2))
            let made = try await instance.backUp(from: Vanishing(base: instance.files, key: MediaKey.file(digest)))
            #expect(made.missing == [MediaKey.file(digest)])
        }
    }

    @Test("are not made of a damaged file, which is named, and leave the older ones", arguments: TestStore.all)
    func damaged(_ kind: TestStore) async throws {
        try await Instance.with(kind) { instance in
            let digest = try await instance.add(.noise(5000))
            let whole = try await instance.backUp()
            var bytes = Data.noise(5000)
            bytes[2500] ^= 1
            try await instance.files.put(bytes, as: MediaKey.file(digest))
            let problem = await #expect(throws: BackupProblem.self) { try await instance.backUp(keep: 1, after: .seconds(2)) }
            #expect(problem?.description.contains(MediaKey.file(digest)) == true)
            #expect(try instance.archives() == [whole.path])
            let (last, good) = try await BackupHistory(database: instance.database, location: nil, time: SystemTime()).last()
            #expect(last?.error != nil && good?.file == whole.path)
        }
    }

    @Test("go to a bucket, are listed and looked at there, and the newest stay", arguments: TestStore.s3)
    func bucket(_ kind: TestStore) async throws {
        try await Instance.with(.folder) { instance in
            _ = try await instance.add(.noise(17 << 20))
            try await kind.withS3 { store in
                let target = BackupTarget(folder: "\(instance.folder)/work", bucket: store.settings, prefix: "archives/")
                let place = BackupPlace(target: target, store: store)
                try await store.put(Data("theirs"), as: "archives/theirs.txt")
                var made: [Backups.Made] = []
                for day in 0..<4 { made.append(try await instance.backUp(to: place, keep: 2, after: .days(Int64(day)))) }
                #expect(made[0].path.hasPrefix("s3://\(store.settings.bucket)/archives/postiz-") && made[0].bytes > 17 << 20)
                #expect(made.map(\.removed) == [[], [], [made[0].path], [made[1].path]])
                #expect(try await place.archives().map(\.path) == [made[3].path, made[2].path])
                #expect(try await store.keys("archives/").count == 3)
                let found = try await place.withFile(of: made[3].path) { try await BackupArchive.verify($0, passphrase: nil) }
                #expect(found.members == made[3].members)
                await #expect(throws: BackupProblem.self) { try await place.withFile(of: made[0].path) { _ in } }
                await #expect(throws: BackupProblem.self) { try await place.withFile(of: "s3://another/archives/x") { _ in } }
                #expect(try FileManager.default.contentsOfDirectory(atPath: "\(instance.folder)/work").isEmpty)
            }
        }
    }

    @Test("are refused as a whole when the archive is damaged, also where files are in a bucket", arguments: TestStore.all)
    func cut(_ kind: TestStore) async throws {
        try await Instance.with(.folder) { first in
            for index in 1...20 { _ = try await first.add(.noise(20_000, seed: UInt64(index))) }
            let path = try await first.backUp().path
            let bytes = try Data(contentsOf: URL(filePath: path))
            try bytes.prefix(bytes.count * 9 / 10).write(to: URL(filePath: path))
            try await Instance.with(kind) { second in
                let before = try await second.content()
                await #expect(throws: ArchiveFault.self) { try await second.restore(path) }
                #expect(try await second.library().isEmpty && second.leftovers().isEmpty)
                #expect(try await second.content() == before)
            }
        }
    }

    @Test("replace no database when the bucket fails while it is filled", arguments: TestStore.s3)
    func failingBucket(_ kind: TestStore) async throws {
        try await Instance.with(.folder) { first in
            for index in 1...20 { _ = try await first.add(.noise(2000, seed: UInt64(index))) }
            let path = try await first.backUp().path
            try await kind.withS3(watching: { Refusing(base: $0) }) { store in
                try await Instance.with(.folder) { second in
                    let stores = MediaStores(provider: .s3, folder: FolderStore(path: "\(second.folder)/uploads"), s3: store)
                    let before = try await second.content()
                    await #expect(throws: BackupProblem.self) { try await second.restore(path, into: stores) }
                    #expect(try await second.content() == before)
                    #expect(try second.leftovers().isEmpty)
                }
            }
        }
    }
}

/// A database and a store of files, with what commands do to them.
private struct Instance {
    let folder: String
    let files: any MediaStore
    let stores: MediaStores
    let configuration: Configuration
    let database: SQLiteDatabase

    static func with(_ kind: TestStore, _ body: (Instance) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "postiz-backup-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }  // The system empties its folder for temporary files anyway.
        let local = FolderStore(path: "\(folder)/uploads")
        try FileManager.default.createDirectory(atPath: local.path, withIntermediateDirectories: true)
        guard kind != .folder else { return try await run(folder, local, MediaStores(provider: .local, folder: local, s3: nil), body) }
        try await kind.withS3 { try await run(folder, $0, MediaStores(provider: .s3, folder: local, s3: $0), body) }
    }

    private static func run(
        _ folder: String, _ files: any MediaStore, _ stores: MediaStores, _ body: (Instance) async throws -> Void
    ) async throws {
        let database = try SQLiteDatabase(path: "\(folder)/postiz.sqlite")
        try await Migrator.migrate(database, schema)
        let configuration = try Configuration.load(environment: ["POSTIZ_DATA": folder])
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await body(
                    Instance(folder: folder, files: files, stores: stores, configuration: configuration, database: database)))
        } catch {
            result = .failure(error)
        }
        await database.close()
        try result.get()
    }

    /// A file of the library, as an upload leaves it. Returns its digest.
    func add(_ data: Data) async throws -> String {
        let digest = SHA256.hash(data: data).hexadecimal
        try await files.put(data, as: MediaKey.file(digest))
        try await database.write { transaction in
            let organization = OrganizationID()
            try transaction.execute(
                "INSERT INTO organizations (id, name, time_zone, created_at) VALUES ($1, 'Example', 'UTC', $2)", organization, Timestamp.now)
            let media = Media(
                id: MediaID(at: .now), organizationId: organization, name: "film.mp4", kind: .video, mimeType: "video/mp4", size: data.count,
                digest: digest, width: nil, height: nil, duration: nil, facts: MediaFacts(), altText: nil, hasThumbnail: false, createdAt: .now)
            try MediaRepository.insert(media, in: transaction)
        }
        return digest
    }

    func backUp(
        from store: (any MediaStore)? = nil, to place: BackupPlace? = nil, keep: Int? = nil, after pause: Duration = .zero
    ) async throws -> Backups.Made {
        let place = place ?? BackupTarget.folder("\(folder)/archives").place(over: NoHTTP())
        let backups = Backups(
            database: database, media: store ?? stores.current, configuration: configuration, version: "1.2.3", time: ManualTime(.now + pause))
        return try await backups.make(.init(place: place, keep: keep))
    }

    func restore(_ path: String, into other: MediaStores? = nil) async throws -> Restoration.Done {
        try await Restoration(configuration: configuration, stores: other ?? stores).restore(path)
    }

    /// The digest of each file of the library, by key.
    func library() async throws -> [String: String] {
        var found: [String: String] = [:]
        for key in try await files.keys() where MediaKey.digest(of: key) != nil {
            found[key] = SHA256.hash(data: try await files.data(key)).hexadecimal
        }
        return found
    }

    /// What tells one state of the database file from another.
    func content() async throws -> Int {
        let database = try SQLiteDatabase(path: "\(folder)/postiz.sqlite")
        let count = try await database.read { try $0.query("SELECT COUNT(*) AS number FROM media")[0].int("number") }
        await database.close()
        return count
    }

    func archives() throws -> [String] { try BackupFolder.archives(in: "\(folder)/archives").map { "\(folder)/archives/\($0)" } }

    /// What a restore should have removed.
    func leftovers() throws -> [String] {
        try [folder, "\(folder)/uploads"].flatMap { try FileManager.default.contentsOfDirectory(atPath: $0) }.filter { $0.hasPrefix(".") }
    }
}

private struct NoHTTP: HTTPSender {
    func send(_ call: HTTPCall) async throws -> HTTPAnswer { throw TransportFailure(mayHaveArrived: false, reason: "there is no network here") }
}

/// Takes no file from the tenth on, for good.
private struct Refusing: HTTPSender {
    let base: any HTTPSender
    private let count = Counter()

    init(base: any HTTPSender) { self.base = base }

    func send(_ call: HTTPCall) async throws -> HTTPAnswer {
        guard call.method == "PUT", call.url.contains("/test-"), await count.next() > 10 else { return try await base.send(call) }
        return HTTPAnswer(status: 403, headers: [:], body: Data("<Error><Code>AccessDenied</Code></Error>".utf8))
    }

    private actor Counter {
        private var value = 0
        func next() -> Int {
            value += 1
            return value
        }
    }
}

/// A store in which somebody removes a file between its listing and its reading.
private struct Vanishing: MediaStore {
    let base: any MediaStore
    let key: String
    var place: String { base.place }
    var blockSize: Int { base.blockSize }

    func read(_ key: String, at offset: Int, count: Int) async throws -> Data {
        if key == self.key { try await base.remove(key) }
        return try await base.read(key, at: offset, count: count)
    }

    func put(_ path: String, as key: String) async throws { try await base.put(path, as: key) }
    func size(of key: String) async throws -> Int? { try await base.size(of: key) }
    func remove(_ key: String) async throws { try await base.remove(key) }
    func list(_ prefix: String, after key: String) async throws -> [StoredFile] { try await base.list(prefix, after: key) }
    func localPath(of key: String) async throws -> String? { try await base.localPath(of: key) }
    func check() async throws { try await base.check() }
    func removeUnfinished(before time: Timestamp) async throws {}
}

extension Data {
    fileprivate init(_ text: String) { self.init(text.utf8) }
}
