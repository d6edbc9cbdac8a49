import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// Carousels of LinkedIn: a PDF made of pictures. Poppler reads it and libvips says how a picture is turned; neither is ours.
@Suite(.timeLimit(.minutes(5)))
struct PictureDocumentTests {
    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program) \(arguments)")
    }

    /// Four colours in the four corners, with `orientation` in its Exif.
    private static func jpeg(_ orientation: UInt8, _ width: Int, _ height: Int, in folder: URL) throws -> Data {
        let file = folder.appending(path: "plain-\(width)x\(height).jpg")
        if !FileManager.default.fileExists(atPath: file.path) {
            let size = "\(width / 2)x\(height / 2)"
            let inputs = ["red", "lime", "blue", "white"].flatMap { ["-f", "lavfi", "-i", "color=\($0):s=\(size)"] }
            try run(
                "ffmpeg",
                ["-v", "error", "-nostdin"] + inputs
                    + ["-filter_complex", "[0][1]hstack[a];[2][3]hstack[b];[a][b]vstack", "-frames:v", "1", "-q:v", "1", file.path])
        }
        let exif: [UInt8] =
            [0xFF, 0xE1, 0, 34] + Array("Exif\0\0MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
        return Data([0xFF, 0xD8] + exif) + (try Data(contentsOf: file)).dropFirst(2)
    }

    /// The colours in the middle of the four quarters.
    private static func corners(of picture: URL, _ width: Int, _ height: Int) throws -> [[Bool]] {
        let raw = picture.appendingPathExtension("rgb")
        try run("ffmpeg", ["-v", "error", "-nostdin", "-y", "-i", picture.path, "-pix_fmt", "rgb24", "-f", "rawvideo", raw.path])
        let bytes = [UInt8](try Data(contentsOf: raw))
        try #require(bytes.count == width * height * 3)
        return [(1, 1), (3, 1), (1, 3), (3, 3)].map { x, y in
            let start = (y * height / 4 * width + x * width / 4) * 3
            return bytes[start..<start + 3].map { $0 > 127 }
        }
    }

    @Test func picturesOfEveryOrientationStandUpright() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "postiz-carousel-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for orientation in UInt8(1)...8 {
            let data = try Self.jpeg(orientation, 80, 40, in: folder)
            let document = try await PictureDocument([.file(data, type: "image/jpeg", name: "a.jpg")])
            let pdf = folder.appending(path: "\(orientation).pdf")
            try await Self.whole(document.file(named: "Slides")).write(to: pdf)
            try Self.run("pdftoppm", ["-r", "72", "-png", "-singlefile", pdf.path, folder.appending(path: "\(orientation)").path])
            let source = folder.appending(path: "\(orientation).jpg")
            try data.write(to: source)
            let upright = folder.appending(path: "\(orientation)-upright.png")
            try Self.run("vips", ["autorot", source.path, upright.path])
            let (width, height) = orientation > 4 ? (40, 80) : (80, 40)
            #expect(
                try Self.corners(of: folder.appending(path: "\(orientation).png"), width, height) == Self.corners(of: upright, width, height),
                "\(orientation)")
        }
    }

    @Test("All pages are as large as the largest picture, and the document is read in any pieces")
    func pages() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "postiz-carousel-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let pictures = try [(80, 40), (40, 60)].map {
            OutgoingMedia.file(try Self.jpeg(1, $0.0, $0.1, in: folder), type: "image/jpeg", name: "a.jpg")
        }
        let file = try await PictureDocument(pictures).file(named: "Slides")
        let whole = try await Self.whole(file)
        #expect(whole.count == file.media.size)
        #expect(try await Self.whole(file, by: 7) == whole)
        let pdf = folder.appending(path: "all.pdf")
        try whole.write(to: pdf)
        try Self.run("pdftoppm", ["-r", "72", "-png", pdf.path, folder.appending(path: "page").path])
        for number in 1...2 {
            let raw = folder.appending(path: "page-\(number).png")
            _ = try Self.corners(of: raw, 80, 60)
        }
    }

    private static func whole(_ media: OutgoingMedia, by count: Int = 100_000) async throws -> Data {
        var data = Data()
        while case let piece = try await media.read(data.count, count), !piece.isEmpty { data += piece }
        return data
    }

    @Test func whatIsNoJPEGIsRefusedInWords() async throws {
        let error = await #expect(throws: PlatformError.self) { try await PictureDocument([.picture()]) }
        #expect(error?.code == "LINKEDIN_CAROUSEL_PICTURE")
    }

    @Test("A carousel is one document, below whose title the pages stand, and its comments follow", arguments: ["linkedin", "linkedin-page"])
    func carousel(platform: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "postiz-carousel-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let pictures = try (0..<3).map { _ in OutgoingMedia.file(try Self.jpeg(1, 80, 40, in: folder), type: "image/jpeg", name: "a.jpg") }
        try await withBench(try #require(ConformanceCase.all.first { $0.platform.rawValue == platform })) { bench in
            let request = bench.request(
                [OutgoingPart(text: "Three pages", media: pictures), OutgoingPart(text: "And more")],
                settings: ["post_type": "carousel", "carousel_name": "Tea & cake"])
            _ = try await bench.publish(request, journal: MemoryJournal())
            let made = try #require(bench.publications.first { $0.text == "Three pages" })
            #expect(made.media.count == 1 && made.media.first?.kind == .document)
            #expect(made.details["content"]?["media"]?["title"] == "Tea & cake")
            #expect(bench.publications.contains { $0.text == "And more" })
        }
    }
}
