import Crypto
import Domain
import Foundation
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite("Every store of files", .timeLimit(.minutes(10)))
struct MediaStoreTests {
    private static let digest = SHA256.hash(data: Data("a".utf8)).hexadecimal

    @Test("gives back what was put, whole and in ranges", arguments: TestStore.all)
    func ranges(_ kind: TestStore) async throws {
        try await kind.with { store in
            let (data, key) = (Data.noise(3_000_000), MediaKey.file(Self.digest))
            try await store.put(data, as: key)
            #expect(try await store.size(of: key) == data.count)
            #expect(try await store.data(key) == data)
            #expect(try await store.read(key, at: 0, count: 1) == data.prefix(1))
            #expect(try await store.read(key, at: 1000, count: 100) == data[1000..<1100])
            #expect(try await store.read(key, at: data.count - 10, count: 100) == data.suffix(10))
            #expect(try await store.read(key, at: data.count, count: 100).isEmpty)
            #expect(try await store.read(key, at: data.count + 5, count: 1).isEmpty)
            let reader = BlockReader(store, key)
            for (offset, count) in [(0, 300_000), (300_000, 2_000_000), (5, 10), (2_999_999, 7)] {
                #expect(try await reader.read(offset, count) == data[offset..<min(offset + count, data.count)])
            }
        }
    }

    @Test("replaces what stood under a key, and keeps a file without bytes", arguments: TestStore.all)
    func replacing(_ kind: TestStore) async throws {
        try await kind.with { store in
            let key = MediaKey.thumbnail(Self.digest)
            for data in [Data.noise(5000), Data("short".utf8), Data()] {
                try await store.put(data, as: key)
                #expect(try await store.size(of: key) == data.count)
                #expect(try await store.data(key) == data)
            }
            #expect(try await store.read(key, at: 0, count: 10).isEmpty)
        }
    }

    @Test("says what is missing, and removes what is not there without complaint", arguments: TestStore.all)
    func missing(_ kind: TestStore) async throws {
        try await kind.with { store in
            let key = MediaKey.file(Self.digest)
            #expect(try await store.size(of: key) == nil)
            #expect(try await store.keys().isEmpty)
            try await store.remove(key)
            await #expect(throws: (any Error).self) { try await store.read(key, at: 0, count: 1) }
            try await store.put(Data("x".utf8), as: key)
            try await store.remove(key)
            #expect(try await store.size(of: key) == nil)
            try await store.check()
        }
    }

    @Test("lists by prefix, in the order of the keys' bytes, and goes on behind one", arguments: TestStore.all)
    func listing(_ kind: TestStore) async throws {
        try await kind.with { store in
            let keys = ["0a/0a1", "0a/0a1.1-2.jpg", "0a/0a1.thumb.webp", "0a/0a2", "ff/ff1", "pieces/a.0.5.x"]
            for key in keys.reversed() { try await store.put(Data(key.utf8), as: key) }
            #expect(try await store.keys() == keys)
            #expect(try await store.keys("0a/0a1") == Array(keys.prefix(3)))
            #expect(try await store.keys("pieces/") == ["pieces/a.0.5.x"])
            #expect(try await store.keys("x").isEmpty)
            for (index, key) in keys.enumerated() { #expect(try await store.keys(after: key) == Array(keys.dropFirst(index + 1))) }
            #expect(try await store.list("ff/", after: "").map(\.size) == [6])
            let changed = try #require(try await store.list("ff/", after: "").first?.changed)
            #expect(abs((Timestamp.now - changed).components.seconds) < 60)
            try await store.removeAll("0a/0a1")
            #expect(try await store.keys() == Array(keys.suffix(3)))
        }
    }

    @Test("lists more than a page of a folder")
    func pages() async throws {
        try await TestStore.folder.with { store in
            let keys = (0..<2_345).map { "\(["aa", "bb"][$0 % 2])/\(10_000 + $0)" }.sorted()
            for key in keys { try await store.put(Data(), as: key) }
            var found: [String] = []
            for try await file in store.all("") { found.append(file.key) }
            #expect(found == keys)
        }
    }

    @Test("keeps a large file whole, and leaves nothing unfinished", arguments: TestStore.all)
    func large(_ kind: TestStore) async throws {
        try await kind.with { store in
            let (data, key) = (Data.noise(2 * S3Store.smallestInParts + 77), MediaKey.file(Self.digest))
            try await store.put(data, as: key)
            #expect(try await store.size(of: key) == data.count)
            #expect(try await StoredBytes(store, key, 0..<data.count).digest() == SHA256.hash(data: data).hexadecimal)
            let border = S3Store.smallestInParts
            #expect(try await store.read(key, at: border - 50, count: 100) == data[border - 50..<border + 50])
            if let store = store as? S3Store { #expect(try await store.unfinished().isEmpty) }
        }
    }

    @Test("is a library's, from the upload to the removal, of which nothing is left", arguments: TestStore.all)
    func library(_ kind: TestStore) async throws {
        try await kind.with { store in
            try await Library.with(store: store) { library in
                let png = SampleFile.png(width: 300, height: 200)
                let view = try await library.upload(png)
                #expect(try await library.stored(view.id) == png)
                let other = try await library.upload(png)
                #expect(try await store.keys().count == 1)
                let outgoing = try await library.media.outgoing(
                    [view.id], of: library.workspace.organization, for: .pictures(), limits: AccountLimits())
                #expect(try await outgoing.first?.read(1, 3) == Data("PNG".utf8))
                try await library.media.remove(view.id, forGood: true, as: library.person)
                #expect(try await library.stored(other.id) == png)
                try await library.media.remove(other.id, forGood: true, as: library.person)
                #expect(try await store.keys().isEmpty)
                #expect(try library.files.filter { !$0.hasSuffix(".lock") } == [])
            }
        }
    }

    @Test("loses nothing when one file is uploaded and removed by many at once", arguments: TestStore.all)
    func simultaneous(_ kind: TestStore) async throws {
        try await kind.with { store in
            try await Library.with(store: store) { library in
                let png = SampleFile.png(width: 5, height: 4)
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
                for item in try await library.media.list(as: library.person).items {
                    try await library.media.remove(item.id, forGood: true, as: library.person)
                }
                #expect(try await store.keys().isEmpty)
            }
        }
    }

    @Test("takes the pieces of one upload from several machines", arguments: TestStore.s3)
    func machines(_ kind: TestStore) async throws {
        try await kind.with { store in
            try await Library.with(store: store) { library in
                let second = library.second()
                let png = SampleFile.png(width: 30, height: 20)
                var upload = try await library.media.begin(NewPartialUpload(name: "a.png", size: png.count), as: library.person)
                for (index, media) in [library.media, second, library.media].enumerated() {
                    let piece = png.dropFirst(upload.offset).prefix(index == 2 ? .max : 20)
                    upload = try await media.append(
                        to: upload.id, at: upload.offset, body: Library.body(piece, chunk: 7), as: library.person)
                }
                let made = try #require(upload.media)
                #expect(try await library.stored(made.id) == png)
                #expect(try await store.keys("pieces/").isEmpty)
            }
        }
    }

    @Test("gives programs a copy that ends with its use", .enabled(if: MediaInspectionTests.has("vipsthumbnail")), arguments: TestStore.all)
    func copies(_ kind: TestStore) async throws {
        try await kind.with { store in
            try await Library.with(store: store, tools: MediaTools()) { library in
                let view = try await library.upload(SampleFile.png(width: 300, height: 200))
                try await library.media.makeThumbnails()
                #expect(try await library.media.get(view.id, as: library.person).thumbnailUrl != nil)
                let thumbnail = try await library.media.file(view.id, thumbnail: true, as: library.person)
                #expect(try await thumbnail.data().starts(with: Data("RIFF".utf8)))
                let rule = MediaRule.pictures(types: ["image/jpeg"])
                let sent = try #require(
                    try await library.media.outgoing([view.id], of: library.workspace.organization, for: rule, limits: AccountLimits()).first)
                #expect((sent.media.width, sent.media.mimeType) == (300, "image/jpeg"))
                #expect(try await sent.read(0, sent.media.size).starts(with: [0xFF, 0xD8]))
                #expect(try await store.keys().count == 3)
                #expect(try library.files.filter { $0.hasPrefix("incoming/") } == [])
                try await library.media.remove(view.id, forGood: true, as: library.person)
                #expect(try await store.keys().isEmpty)
            }
        }
    }

    @Test("names a file that is gone, cut or changed before anything is sent", arguments: TestStore.all)
    func damaged(_ kind: TestStore) async throws {
        try await kind.with { store in
            try await Library.with(store: store) { library in
                let png = SampleFile.png(width: 9, height: 9)
                let view = try await library.upload(png)
                let key = try #require(try await store.keys().first)
                for damaged in [nil, png.dropLast(3), png.dropLast() + [7]] {
                    try await store.remove(key)
                    if let damaged { try await store.put(damaged, as: key) }
                    try await refused(.mediaDamaged) {
                        try await library.media.outgoing([view.id], of: library.workspace.organization, for: .pictures(), limits: AccountLimits())
                    }
                }
                // Uploaded again it is whole again.
                _ = try await library.upload(png)
                #expect(try await library.stored(view.id).count == png.count)
            }
        }
    }

    @Test("gets rid of what a process left that died between the store and the row", arguments: TestStore.all)
    func leftovers(_ kind: TestStore) async throws {
        try await kind.with { store in
            try await Library.with(store: store) { library in
                let (lost, named) = (Data.noise(100), SampleFile.png(width: 2, height: 9))
                let view = try await library.upload(named)
                for digest in [SHA256.hash(data: lost).hexadecimal, SHA256.hash(data: named).hexadecimal] {
                    try await library.holdForEver(digest)
                    if digest != SHA256.hash(data: named).hexadecimal { try await store.put(lost, as: MediaKey.file(digest)) }
                }
                try await library.media.removeAbandonedUploads()
                #expect(try await store.keys().count == 2)
                library.workspace.time.advance(by: .hours(2))
                try await library.media.removeAbandonedUploads()
                #expect(try await store.keys() == [MediaKey.file(SHA256.hash(data: named).hexadecimal)])
                #expect(try await library.stored(view.id) == named)
            }
        }
    }
}
