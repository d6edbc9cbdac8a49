import Domain
import Foundation
import TestSupport
import Testing

@testable import Application

@Suite(.timeLimit(.minutes(10)))
struct MediaInspectionTests {
    @Test(arguments: [
        (SampleFile.jpeg(), "image/jpeg"),
        (SampleFile.png(width: 30, height: 20, extra: [("tEXt", Data(SampleFile.secret.utf8))]), "image/png"),
        (SampleFile.webp(animated: false), "image/webp"), (SampleFile.film(), "video/mp4"), (SampleFile.heic(), "image/heic"),
    ])
    func whereAPictureWasTakenIsNotKept(_ file: Data, _ type: String) async throws {
        try await Library.with { library in
            #expect(file.firstRange(of: Data(SampleFile.secret.utf8)) != nil)
            let view = try await library.upload(file)
            #expect(view.mimeType == type)
            let stored = try await library.stored(view.id)
            #expect(stored.firstRange(of: Data(SampleFile.secret.utf8)) == nil)
            #expect(view.size == stored.count)
        }
    }

    @Test func aStrippedJPEGKeepsItsOrientationAndColours() async throws {
        try await Library.with { library in
            let view = try await library.upload(SampleFile.jpeg(orientation: 6))
            #expect((view.width, view.height) == (20, 30))
            let stored = try await library.stored(view.id)
            #expect(stored.firstRange(of: Data("ICC_PROFILE".utf8)) != nil)
            #expect(stored.suffix(2) == Data([0xFF, 0xD9]))
            let again = try await library.upload(stored)
            #expect((again.width, again.height) == (20, 30))
            #expect(try await library.stored(again.id) == stored)
        }
    }

    @Test func aStrippedWebPStaysWellFormed() async throws {
        try await Library.with { library in
            let view = try await library.upload(SampleFile.webp(animated: true))
            #expect((view.width, view.height) == (30, 20))
            #expect(view.kind == .animation)
            let stored = try await library.stored(view.id)
            #expect(Int(stored[4]) | Int(stored[5]) << 8 == stored.count - 8)
            #expect(stored[20] == 0x02)
        }
    }

    /// The table says that it has four thousand million items.
    @Test(.timeLimit(.minutes(10)))
    func aTableIsReadNoLongerThanItIs() async throws {
        try await Library.with { library in
            _ = try? await library.upload(SampleFile.boastfulHEIC())
        }
    }

    @Test func filmsAndHEICKeepTheirLength() async throws {
        try await Library.with { library in
            for file in [SampleFile.film(), SampleFile.heic()] {
                let view = try await library.upload(file)
                #expect(view.size == file.count)
            }
            let heic = try await library.upload(SampleFile.heic())
            #expect((heic.width, heic.height) == (20, 30))
            #expect(try await library.stored(heic.id).firstRange(of: Data("pixels".utf8)) != nil)
        }
    }

    @Test(arguments: [(1, MediaKind.image), (2, .animation), (5, .animation)])
    func aGIFMovesFromItsSecondFrameOn(_ frames: Int, _ kind: MediaKind) async throws {
        try await Library.with { library in
            let view = try await library.upload(SampleFile.gif(frames: frames))
            #expect(view.kind == kind)
            #expect((view.width, view.height) == (30, 20))
        }
    }

    @Test(arguments: ["3gp7", "3g2a", "cmfc", "hvc1", "XAVC", "NDSC", "f4v ", "M4V ", "isom"])
    func filmsOfBrandsThatBrowsersPlayAreKnown(_ brand: String) {
        #expect(FileSignature(SampleFile.box("ftyp", Data(brand.utf8) + Data(count: 4))) == .mp4)
    }

    @Test func beginningsThatReadersTakeAreKnown() {
        #expect(FileSignature(SampleFile.box("ftyp", Data("mqt \0\0\0\0".utf8))) == .quickTime)
        #expect(FileSignature(SampleFile.box("skip", Data(count: 8))) == .quickTime)
        #expect(FileSignature(SampleFile.box("ftyp", Data("msf1\0\0\0\0avis".utf8))) == .avif)
        #expect(FileSignature(Data(repeating: 0x20, count: 1_019) + Data("%PDF-1.7".utf8)) == .pdf)
        #expect(FileSignature(Data(repeating: 0x20, count: 1_020) + Data("%PDF-1.7".utf8)) == nil)
        #expect(FileSignature(SampleFile.box("ftyp", Data("none\0\0\0\0".utf8))) == nil)
    }

    @Test func ofAnOrientationNothingIsKeptButItself() {
        for (start, order) in [("MM", true), ("II", false)] {
            let number = { (value: Int, count: Int) -> [UInt8] in
                let big = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
                return order ? big : big.reversed()
            }
            let head = [Array(start.utf8), number(42, 2), number(8, 4)].flatMap(\.self)
            let other = [number(0x010F, 2), number(2, 2), number(4, 4), Array("Ada\0".utf8)].flatMap(\.self)
            for (type, size) in [(3, 2), (4, 4)] {
                let rest = [UInt8](repeating: 0, count: 4 - size)
                let entry = [number(0x0112, 2), number(type, 2), number(1, 4), number(6, size), rest].flatMap(\.self)
                let tiff = [head, number(2, 2), other, entry, number(0, 4)].flatMap(\.self)
                let alone = [head, number(1, 2), entry, number(0, 4)].flatMap(\.self)
                #expect(Exif.orientation(tiff) == 6)
                let kept = Exif.orientationOnly(tiff)
                #expect(kept == alone)
                #expect(kept.flatMap(Exif.orientationOnly) == kept)
            }
        }
        #expect(Exif.orientationOnly(Exif.empty) == nil)
    }

    @Test func cutOffFilesEndInAnAnswerNotInACrash() async throws {
        try await Library.with { library in
            for file in [
                SampleFile.jpeg(), SampleFile.webp(animated: true), SampleFile.gif(frames: 2), SampleFile.film(), SampleFile.heic(),
            ] {
                for length in stride(from: 1, to: file.count, by: 17) {
                    do {
                        try await library.upload(file.prefix(length), chunk: 1_000)
                    } catch let problem as ProblemReport {
                        #expect(problem.code == .unsupportedMedia)
                    }
                }
            }
        }
    }

    @Test func metadataAcrossABorderOfPiecesIsFound() throws {
        // The walk through coded data reads a quarter of a megabyte at a time: the end marker lies on the border.
        let head = SampleFile.jpeg().prefix { _ in true }
        let start = try #require(head.firstRange(of: Data([0xFF, 0xDA]))).lowerBound
        for shift in -3...3 {
            let padding = Data(repeating: 0x11, count: 256 * 1024 + shift)
            let file = head[..<start] + Data([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]) + padding + Data([0xFF, 0xD9]) + Data("after".utf8)
            try SampleFile.onDisk(file) { disk, size in
                let edits = try Metadata.edits(for: disk, size: size, type: .jpeg)
                #expect(edits.last == .drop(size - 5..<size))
            }
        }
    }

    @Test(.enabled(if: MediaInspectionTests.has("vipsthumbnail")))
    func imagesGetAThumbnailWhereTheToolIsInstalled() async throws {
        try await Library.with(tools: MediaTools()) { library in
            let view = try await library.upload(SampleFile.png(width: 900, height: 30))
            #expect(view.thumbnailUrl == nil)
            try await library.media.makeThumbnails()
            #expect(try await library.media.get(view.id, as: library.person).thumbnailUrl == "/api/media/\(view.id)/thumbnail")
            let file = try await library.media.file(view.id, thumbnail: true, as: library.person)
            #expect(file.mimeType == "image/webp")
            #expect(try await file.data().starts(with: Data("RIFF".utf8)))
        }
    }

    @Test(.enabled(if: MediaInspectionTests.has("ffmpeg") && MediaInspectionTests.has("ffprobe")))
    func filmsTellSizeAndDurationAndGetAThumbnail() async throws {
        try await Library.with(tools: MediaTools(timeLimit: .minutes(3))) { library in
            let path = FileManager.default.temporaryDirectory.appending(path: "postiz-film-\(UUID()).mp4").path
            defer { try? FileManager.default.removeItem(atPath: path) }  // Nothing else of the test depends on it.
            let film = Process()
            film.executableURL = URL(filePath: "/usr/bin/env")
            film.arguments = [
                "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=duration=2:size=64x48:rate=10", "-metadata", "location=+48.8584/",
                "-pix_fmt", "yuv420p", path,
            ]
            try film.run()
            film.waitUntilExit()
            let view = try await library.upload(try Data(contentsOf: URL(filePath: path)), chunk: 4_096)
            #expect((view.width, view.height, view.kind) == (64, 48, .video))
            #expect(abs((view.duration ?? 0) - 2) < 0.2)
            try await library.media.makeThumbnails()
            #expect(try await library.media.get(view.id, as: library.person).thumbnailUrl != nil)
            #expect(try await library.stored(view.id).firstRange(of: Data("48.8584".utf8)) == nil)
        }
    }

    static func has(_ tool: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
    }
}

extension SampleFile {
    /// Hands `data` to `body` as an open file, removed afterwards.
    static func onDisk(_ data: Data, _ body: (DiskFile, Int) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "postiz-sample-\(UUID())").path
        try data.write(to: URL(filePath: path))
        let file = try DiskFile.reading(path)
        defer { file.close() }
        try body(file, data.count)
        try DiskFile.remove(path)
    }
}
