import Domain
import Foundation
import TestSupport
import Testing

@testable import Application

@Suite("Uploads in pieces")
struct MediaPiecesTests {
    private static let picture = SampleFile.png(width: 3, height: 2)

    @Test("make the same file as a whole upload, byte for byte, and leave nothing else", arguments: TestDatabase.all)
    func sameAsWhole(on kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            let whole = try await library.upload(Self.picture, name: "whole.png")
            var state = try await library.begin(Self.picture.count, name: "a/b\\pieces.png", altText: "Two by three")
            #expect(state.offset == 0 && state.media == nil)
            while state.media == nil { state = try await library.append(Self.picture.dropFirst(state.offset).prefix(20), to: state) }
            let media = try #require(state.media)
            #expect((media.name, media.altText, media.width, media.size) == ("pieces.png", "Two by three", 3, whole.size))
            let files = try await [whole, media].asyncMap { try await library.media.file($0.id, thumbnail: false, as: library.person) }
            #expect(files[0].tag == files[1].tag)
            #expect(try library.files.count { !$0.hasPrefix("incoming") } == 1)
            #expect(try await library.media.progress(of: state.id, as: library.person).media?.id == media.id)
        }
    }

    @Test("go on where they stopped when the line breaks")
    func brokenLine() async throws {
        try await Library.with { library in
            let upload = try await library.begin(Self.picture.count)
            let first = Library.body(Self.picture.prefix(30), chunk: 10, failing: true)
            try await refused(.uploadIncomplete) { try await library.media.append(to: upload.id, at: 0, body: first, as: library.person) }
            let state = try await library.media.progress(of: upload.id, as: library.person)
            #expect(state.offset == 30)
            let done = try await library.append(Self.picture.dropFirst(30), to: state)
            #expect(done.media?.width == 3)
        }
    }

    @Test("take a piece only where the upload stands, and tell where that is")
    func misplaced() async throws {
        try await Library.with { library in
            let upload = try await library.begin(Self.picture.count)
            let state = try await library.append(Self.picture.prefix(10), to: upload)
            for offset in [0, 9, 11] {
                do {
                    let body = Library.body(Self.picture.prefix(5), chunk: 5)
                    _ = try await library.media.append(to: upload.id, at: offset, body: body, as: library.person)
                    Issue.record("taken at \(offset)")
                } catch let problem as ProblemReport {
                    #expect(problem.code == .conflict && problem.details["offset"] == 10)
                }
            }
            try await refused(.tooLarge) { try await library.append(Self.picture + Data([0]), to: state) }
            #expect(try await library.media.progress(of: upload.id, as: library.person).offset == 10)
        }
    }

    @Test("are refused at the end like a whole file, and forgotten then")
    func refusedAtTheEnd() async throws {
        try await Library.with { library in
            let upload = try await library.begin(4)
            try await refused(.unsupportedMedia) { try await library.append(Data("text".utf8), to: upload) }
            try await refused(.notFound) { try await library.media.progress(of: upload.id, as: library.person) }
            #expect(try library.files.filter { !$0.hasPrefix("incoming") } == [])
        }
    }

    @Test("are bounded: by size, by number, by scope and by workspace")
    func bounds() async throws {
        try await Library.with(maximumBytes: 100) { library in
            try await refused(.tooLarge) { try await library.begin(101) }
            for size in [0, -1] { try await refused(.validationFailed) { try await library.begin(size) } }
            let first = try await library.begin(100)
            for _ in 1..<MediaLibrary.mostOpenUploads { _ = try await library.begin(100) }
            try await refused(.conflict) { try await library.begin(100) }
            let stranger = library.workspace.stranger
            try await refused(.notFound) { try await library.media.progress(of: first.id, as: stranger) }
            try await refused(.notFound) { try await library.media.cancel(first.id, as: stranger) }
            try await library.media.cancel(first.id, as: library.person)
            _ = try await library.begin(100)
        }
    }

    @Test("are forgotten a day after their last piece, with what lies on the disk")
    func expiry() async throws {
        try await Library.with { library in
            let (old, kept) = (try await library.begin(Self.picture.count), try await library.begin(Self.picture.count))
            for upload in [old, kept] { _ = try await library.append(Self.picture.prefix(10), to: upload) }
            library.workspace.time.advance(by: .hours(23))
            let state = try await library.media.progress(of: kept.id, as: library.person)
            _ = try await library.append(Self.picture.dropFirst(10).prefix(5), to: state)
            library.workspace.time.advance(by: .hours(2))
            try await refused(.notFound) { try await library.media.progress(of: old.id, as: library.person) }
            try await library.media.removeExpiredPieces()
            #expect(try library.files.count == 2)
            #expect(try library.files.allSatisfy { $0.hasPrefix("pieces/\(kept.id).") })
        }
    }
}

extension Library {
    fileprivate func begin(_ size: Int, name: String = "picture.png", altText: String? = nil) async throws -> PartialUploadView {
        try await media.begin(NewPartialUpload(name: name, size: size, altText: altText), as: person)
    }

    fileprivate func append(_ data: Data, to upload: PartialUploadView) async throws -> PartialUploadView {
        try await media.append(to: upload.id, at: upload.offset, body: Self.body(data, chunk: 7), as: person)
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
