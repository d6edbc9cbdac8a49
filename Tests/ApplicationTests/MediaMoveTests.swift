import Crypto
import Domain
import Foundation
import TestSupport
import Testing

@testable import Application

@Suite("Files that move to another store", .timeLimit(.minutes(10)))
struct MediaMoveTests {
    @Test("are there before, meanwhile and afterwards, byte for byte, and back again", arguments: TestStore.s3)
    func thereAndBack(_ kind: TestStore) async throws {
        try await both(kind) { library, folder, s3 in
            let files = (1...5).map { SampleFile.png(width: $0, height: 3) }
            var views: [MediaView] = []
            for file in files { views.append(try await library.upload(file)) }
            let key = MediaKey.thumbnail(SHA256.hash(data: files[0]).hexadecimal)
            try await folder.put(Data.noise(900), as: key)
            let before = try await folder.contents()
            #expect(before.count == 6)
            for (source, target) in [(folder, s3), (s3, folder)] as [(any MediaStore, any MediaStore)] {
                var reports = 0
                let move = try await library.media.move(from: source, to: target) { _ in reports += 1 }
                #expect((move.movedFiles, move.files, move.left.count) == (6, 6, 0))
                #expect(move.movedBytes == before.values.reduce(0) { $0 + $1.count })
                #expect(reports == 7)
                #expect(try await source.keys().isEmpty)
                #expect(try await target.contents() == before)
                for (view, file) in zip(views, files) { #expect(try await library.stored(view.id) == file) }
            }
            for view in views { try await library.media.remove(view.id, forGood: true, as: library.person) }
            #expect(try await folder.keys().isEmpty)
        }
    }

    @Test("go on where a move broke off, also between the copy and the forgetting", arguments: TestStore.s3)
    func resumed(_ kind: TestStore) async throws {
        try await both(kind) { library, folder, s3 in
            let files = (1...4).map { SampleFile.png(width: $0, height: 8) }
            for file in files { _ = try await library.upload(file) }
            let before = try await folder.contents()
            let key = try #require(before.keys.sorted().first)
            try await s3.put(try #require(before[key]), as: key)
            await #expect(throws: Stop.self) {
                try await library.media.move(from: folder, to: s3) { if $0.movedFiles == 2 { throw Stop() } }
            }
            #expect(try await folder.keys().count == 2)
            #expect(try await library.media.move(from: folder, to: s3) { _ in }.movedFiles == 2)
            #expect(try await s3.contents() == before)
            #expect(try await library.media.move(from: folder, to: s3) { _ in } == MediaMove())
        }
    }

    private struct Stop: Error {}

    @Test("stay and are named when they are damaged, and what is nobody's is left alone", arguments: TestStore.s3)
    func damaged(_ kind: TestStore) async throws {
        try await both(kind) { library, folder, s3 in
            let whole = try await library.upload(SampleFile.png(width: 7, height: 7))
            _ = try await library.upload(SampleFile.png(width: 8, height: 8))
            let key = MediaKey.file(SHA256.hash(data: SampleFile.png(width: 8, height: 8)).hexadecimal)
            try await folder.put(Data("other".utf8), as: key)
            try await folder.put(Data("theirs".utf8), as: "zz/theirs.txt")
            let move = try await library.media.move(from: folder, to: s3) { _ in }
            #expect(move.movedFiles == 1)
            #expect(move.left.count == 1 && move.left.first?.hasPrefix(key) == true)
            #expect(try await folder.keys() == [key, "zz/theirs.txt"].sorted())
            #expect(try await library.stored(whole.id) == SampleFile.png(width: 7, height: 7))
        }
    }

    /// A library that puts new files into a folder, and reads from an S3 store too.
    private func both(_ kind: TestStore, _ body: (Library, any MediaStore, any MediaStore) async throws -> Void) async throws {
        try await TestStore.folder.with { folder in
            try await kind.with { s3 in
                try await Library.with(store: FallbackStore(first: folder, second: s3)) { try await body($0, folder, s3) }
            }
        }
    }
}

extension MediaStore {
    fileprivate func contents() async throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for try await file in all("") { contents[file.key] = try await data(file.key) }
        return contents
    }
}
