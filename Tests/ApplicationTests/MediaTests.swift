import Domain
import Foundation
import NIOCore
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

/// A media library in a folder of its own.
struct Library: Sendable {
    let workspace: Workspace
    let folder: URL
    let media: MediaLibrary
    var person: Caller { workspace.person }

    static func with(
        _ kind: TestDatabase = .sqlite, maximumBytes: Int = 10_000_000, allowedHosts: Set<String> = [], folder: URL? = nil,
        store: (any MediaStore)? = nil, tools: MediaTools = .none,
        _ body: (Library) async throws -> Void
    ) async throws {
        let own = FileManager.default.temporaryDirectory.appending(path: "postiz-media-\(UUID())")
        let transport = HTTPTransport(
            settings: TransportSettings(userAgent: "Postiz/test", connectTimeout: .seconds(60), readTimeout: .seconds(120)),
            allowedPrivateHosts: allowedHosts)
        let result: Result<Void, any Error>
        do {
            try await Workspace.with(kind) { workspace in
                let media = MediaLibrary(
                    directory: folder ?? own, store: store, maximumBytes: maximumBytes, database: workspace.database, guarded: transport.guarded,
                    events: workspace.events, time: workspace.time, publicFiles: try .testing(workspace.time), tools: tools)
                try await body(Library(workspace: workspace, folder: own, media: media))
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await transport.shutdown()
        if FileManager.default.fileExists(atPath: own.path) { try FileManager.default.removeItem(at: own) }
        try result.get()
    }

    /// The same library on another machine, which shares the store and the database alone.
    func second() -> MediaLibrary {
        MediaLibrary(
            directory: folder.appending(path: "second"), store: media.store, maximumBytes: 10_000_000, database: workspace.database,
            guarded: media.guarded, events: workspace.events, time: workspace.time, publicFiles: media.publicFiles, tools: .none)
    }

    /// As a process does that dies while it puts a file.
    func holdForEver(_ digest: String) async throws {
        let now = workspace.time.now
        let isHeld = try await workspace.database.write {
            try MediaHoldRepository.keep(MediaHoldRepository.Hold(digest: digest), now: now, until: now + .hours(1), in: $0)
        }
        #expect(isHeld)
    }

    /// Uploads `data` in pieces of `chunk` bytes.
    @discardableResult
    func upload(
        _ data: Data, name: String = "picture.png", altText: String? = nil, expected: Int? = nil, chunk: Int = 7, as caller: Caller? = nil
    ) async throws -> MediaView {
        try await media.upload(
            name: name, altText: altText, expectedBytes: expected, body: Self.body(data, chunk: chunk), as: caller ?? person)
    }

    static func body(_ data: Data, chunk: Int, failing: Bool = false) -> AsyncThrowingStream<ByteBuffer, any Error> {
        AsyncThrowingStream { stream in
            for start in Swift.stride(from: 0, to: data.count, by: chunk) {
                stream.yield(ByteBuffer(bytes: data.dropFirst(start).prefix(chunk)))
            }
            stream.finish(throwing: failing ? ConnectionLost() : nil)
        }
    }

    struct ConnectionLost: Error {}

    /// What was stored of a file.
    func stored(_ id: MediaID) async throws -> Data {
        try await media.file(id, thumbnail: false, as: person).data()
    }

    /// All files in the folder, temporary ones included, without the marks of processes.
    var files: [String] {
        get throws {
            guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
            return try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.contains("/") && !$0.hasSuffix(".lock") }
        }
    }
}

extension MediaFile {
    func data() async throws -> Data {
        var data = Data()
        for try await buffer in try await bytes(0..<size) { data.append(contentsOf: buffer.readableBytesView) }
        return data
    }
}

extension MediaTools {
    /// As on a server where no such program is installed.
    static let none = MediaTools(searchPath: "/nonexistent")
}

@Suite(.timeLimit(.minutes(10)))
struct MediaUploadTests {
    @Test(arguments: TestDatabase.all)
    func anImageIsStoredWithWhatItsBytesSay(_ kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            let view = try await library.upload(
                SampleFile.png(width: 30, height: 20), name: "../../etc/pass\u{7}wd.html", altText: " A square ")
            #expect(view.mimeType == "image/png")
            #expect(view.kind == .image)
            #expect((view.width, view.height) == (30, 20))
            #expect(view.name == "passwd.html")
            #expect(view.altText == "A square")
            #expect(try await library.stored(view.id) == SampleFile.png(width: 30, height: 20))
            #expect(try await library.media.get(view.id, as: library.person) == view)
            let outgoing = try #require(
                try await library.media.outgoing([view.id], of: library.workspace.organization, for: .pictures(), limits: AccountLimits()).first)
            #expect(try await outgoing.read(1, 3) == Data("PNG".utf8))
            #expect(try await outgoing.read(view.size, 10).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.all)
    func listsAreNarrowedByTextKindAndUse(on kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            let used = try await library.upload(SampleFile.png(width: 1, height: 1), name: "Sunset_1.png", altText: "A beach")
            let free = try await library.upload(SampleFile.png(width: 2, height: 1), name: "other.png")
            try await library.workspace.addPost(on: [], status: .draft, publications: .draft, media: [used.id])
            func ids(search: String? = nil, kind: MediaKind? = nil, used: Bool? = nil) async throws -> [MediaID] {
                try await library.media.list(as: library.person, search: search, kind: kind, used: used).items.map(\.id)
            }
            #expect(try await ids(search: "sunset_") == [used.id])
            #expect(try await ids(search: "BEACH") == [used.id])
            #expect(try await ids(search: "%") == [])
            #expect(try await ids(kind: .image).count == 2)
            #expect(try await ids(kind: .video) == [])
            #expect(try await ids(used: false) == [free.id])
            #expect(try await ids(used: true) == [used.id])
        }
    }

    @Test func aBrokenOrShortUploadLeavesNothing() async throws {
        try await Library.with { library in
            let png = SampleFile.png(width: 2, height: 2)
            try await refused(.uploadIncomplete) { try await library.upload(png, expected: png.count + 1) }
            try await refused(.uploadIncomplete) {
                try await library.media.upload(
                    name: "a.png", altText: nil, expectedBytes: nil, body: Library.body(png, chunk: 9, failing: true), as: library.person)
            }
            try await refused(.unsupportedMedia) { try await library.upload(png.dropLast(6)) }
            try await refused(.unsupportedMedia) { try await library.upload(Data()) }
            #expect(try await library.media.list(as: library.person).items.isEmpty)
            #expect(try library.files.isEmpty)
        }
    }

    @Test func whatIsTooLargeIsRefusedBeforeAndWhileItIsRead() async throws {
        try await Library.with(maximumBytes: 100) { library in
            let large = SampleFile.png(width: 2, height: 2) + Data(count: 100)
            try await refused(.tooLarge) { try await library.upload(large, expected: large.count) }
            try await refused(.tooLarge) { try await library.upload(large) }
            #expect(try library.files.isEmpty)
        }
    }

    @Test(arguments: [
        "<svg xmlns='http://www.w3.org/2000/svg'/>", "<!doctype html><script>alert(1)</script>", "MZ\u{90}", "plain text", "GIF", "%!PS",
    ])
    func whatIsNoMediaIsRefusedWhateverItsName(_ text: String) async throws {
        try await Library.with { library in
            try await refused(.unsupportedMedia) { try await library.upload(Data(text.utf8), name: "picture.png") }
        }
    }

    @Test func anUploadFolderThatCannotBeUsedIsNamed() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "postiz-not-a-folder-\(UUID())")
        try Data("x".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }  // Nothing else of the test depends on it.
        try await Library.with(folder: file) { library in
            try await refused(.storageUnavailable) { try await library.upload(SampleFile.png(width: 2, height: 2)) }
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func aFullDiskIsToldApart() throws {
        let full = try DiskFile.writing("/dev/full")
        defer { full.close() }
        let error = #expect(throws: DiskError.self) { try Array("x".utf8).withUnsafeBytes { try full.write($0, at: 0) } }
        #expect(error?.problem.code == .storageFull)
    }

    @Test(arguments: TestDatabase.all)
    func equalFilesAreStoredOnceUntilTheLastIsRemoved(_ kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            let png = SampleFile.png(width: 3, height: 3)
            let first = try await library.upload(png)
            let second = try await library.upload(png)
            let originals = { try library.files.filter { !$0.hasSuffix(".webp") }.count }
            #expect(try originals() == 1)
            try await library.media.remove(first.id, forGood: true, as: library.person)
            #expect(try await library.stored(second.id) == png)
            try await library.media.remove(second.id, forGood: true, as: library.person)
            #expect(try library.files.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.all)
    func simultaneousUploadsAndRemovalsOfOneFileNeverLoseIt(_ kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            let png = SampleFile.png(width: 4, height: 4)
            try await withThrowingTaskGroup(of: MediaID?.self) { group in
                for index in 0..<12 {
                    group.addTask {
                        let view = try await library.upload(png, chunk: 1000)
                        if index.isMultiple(of: 2) { return view.id }
                        try await library.media.remove(view.id, forGood: true, as: library.person)
                        return nil
                    }
                }
                for try await id in group { if let id { #expect(try await library.stored(id) == png) } }
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func aFileThatAScheduledPostNeedsIsNotRemoved(_ kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            let view = try await library.upload(SampleFile.png(width: 2, height: 2))
            try await library.workspace.addPost(on: [], status: .scheduled, publications: .scheduled, media: [view.id])
            try await refused(.mediaInUse) { try await library.media.remove(view.id, as: library.person) }
            #expect(try await library.media.list(as: library.person).items == [view])
        }
    }

    @Test(arguments: TestDatabase.all)
    func pagesFollowEachOtherNewestFirst(_ kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            var views: [MediaView] = []
            for width in 1...5 {
                views.append(try await library.upload(SampleFile.png(width: width, height: 1)))
                if width != 3 { library.workspace.time.advance(by: .seconds(1)) }
            }
            var (seen, cursor): ([MediaView], String?) = ([], nil)
            repeat {
                let page = try await library.media.list(as: library.person, cursor: cursor, limit: 2)
                #expect(page.items.count <= 2)
                seen += page.items
                cursor = page.nextCursor
            } while cursor != nil
            #expect(seen.map(\.createdAt) == views.reversed().map(\.createdAt))
            #expect(Set(seen.map(\.id)) == Set(views.map(\.id)))
            try await refused(.validationFailed) { try await library.media.list(as: library.person, cursor: "x") }
        }
    }

    @Test(arguments: TestDatabase.all)
    func noFileIsVisibleElsewhere(_ kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            let (media, stranger) = (library.media, library.workspace.stranger)
            let id = try await library.upload(SampleFile.png(width: 2, height: 2)).id
            #expect(try await media.list(as: stranger).items.isEmpty)
            try await refused(.notFound) { try await media.get(id, as: stranger) }
            try await refused(.notFound) { try await media.file(id, thumbnail: false, as: stranger) }
            try await refused(.notFound) { try await media.update(id, altText: "mine", name: nil, as: stranger) }
            try await refused(.notFound) { try await media.remove(id, as: stranger) }
            try await refused(.notFound) { try await media.outgoing([id], of: stranger.organizationId, for: .pictures(), limits: AccountLimits()) }
            let reader = Caller(
                organizationId: library.workspace.organization, identity: .key(APIKeyID(), user: nil), role: .user, scopes: [.postsRead],
                origin: .api)
            try await refused(.forbiddenScope) { try await library.upload(Data(), as: reader) }
        }
    }

    @Test func nameAndAlternativeTextCanBeChanged() async throws {
        try await Library.with { library in
            let id = try await library.upload(SampleFile.png(width: 2, height: 2), altText: "before").id
            let renamed = try await library.media.update(id, altText: nil, name: "new.png", as: library.person)
            #expect((renamed.name, renamed.altText) == ("new.png", "before"))
            #expect(try await library.media.update(id, altText: "", name: nil, as: library.person).altText == nil)
            try await refused(.validationFailed) {
                try await library.media.update(id, altText: String(repeating: "a", count: 5_001), name: nil, as: library.person)
            }
        }
    }

    @Test func abandonedUploadsAreCleanedAway() async throws {
        try await Library.with { library in
            let incoming = library.folder.appending(path: "incoming")
            try FileManager.default.createDirectory(at: incoming, withIntermediateDirectories: true)
            let (old, new) = (incoming.appending(path: "old"), incoming.appending(path: "new"))
            for file in [old, new] { try Data("x".utf8).write(to: file) }
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -90_000)], ofItemAtPath: old.path)
            #expect(try await library.media.removeAbandonedUploads() == 1)
            #expect(try library.files == ["incoming/new"])
        }
    }

    @Test func privateAddressesAreNotFetched() async throws {
        try await Library.with { library in
            for url in ["http://127.0.0.1:1/a.png", "https://127.0.0.1/a.png", "https://[::1]/a.png", "file:///etc/passwd", "nonsense"] {
                try await refused(.addressRefused) { try await library.media.fromURL(url, altText: nil, as: library.person) }
            }
        }
    }
}
