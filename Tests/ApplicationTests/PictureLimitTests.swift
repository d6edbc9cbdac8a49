import Domain
import Foundation
import TestSupport
import Testing

@testable import Application

@Suite("Pictures that promise more than any use needs")
struct PictureLimitTests {
    /// Just above a limit, by the header alone: there is nothing more in these files than a few pixels.
    private static let above: [(what: String, file: Data)] = [
        ("PNG", SampleFile.png(claiming: (10_001, 10_000))), ("JPEG", SampleFile.jpeg(claiming: (10_001, 10_000))),
        ("WebP", SampleFile.webp(claiming: (10_001, 10_000), frames: 1)), ("GIF", SampleFile.gif(frames: 1, claiming: (10_001, 10_000))),
        ("HEIC", SampleFile.heic(claiming: (10_001, 10_000))),
        ("GIF whose image is larger than its screen", SampleFile.gif(frames: 1, image: (10_001, 10_000))),
        ("frames of a GIF", SampleFile.gif(frames: 3_001)), ("frames of a WebP", SampleFile.webp(claiming: (30, 20), frames: 3_001)),
        ("frames of a PNG", SampleFile.png(claiming: (1, 1), frames: 3_001)), ("frames of an AVIF", SampleFile.sequence(samples: 3_001)),
        ("pixels of all frames of a GIF", SampleFile.gif(frames: 401, claiming: (1_000, 1_000))),
        ("pixels of all frames of a WebP", SampleFile.webp(claiming: (2_000, 2_000), frames: 101)),
    ]

    /// Exactly at it.
    private static let at: [(what: String, file: Data)] = [
        ("PNG", SampleFile.png(claiming: (10_000, 10_000))), ("JPEG", SampleFile.jpeg(claiming: (10_000, 10_000))),
        ("WebP", SampleFile.webp(claiming: (10_000, 10_000), frames: 1)), ("GIF", SampleFile.gif(frames: 1, claiming: (10_000, 10_000))),
        ("HEIC", SampleFile.heic(claiming: (10_000, 10_000))), ("frames of a GIF", SampleFile.gif(frames: 3_000)),
        ("frames of a WebP", SampleFile.webp(claiming: (30, 20), frames: 3_000)),
        ("frames of a PNG", SampleFile.png(claiming: (1, 1), frames: 3_000)), ("frames of an AVIF", SampleFile.sequence(samples: 3_000)),
        ("pixels of all frames of a GIF", SampleFile.gif(frames: 400, claiming: (1_000, 1_000))),
    ]

    @Test("are refused with the numbers, and nothing is kept")
    func refusedAbove() async throws {
        try await Library.with { library in
            for (what, file) in Self.above {
                do {
                    _ = try await library.upload(file, chunk: 65_536)
                    Issue.record("\(what) was taken")
                } catch let problem as ProblemReport {
                    #expect(problem.code == .unsupportedMedia, "\(what)")
                    #expect(problem.message.contains("at most") || problem.message.contains("together may have"), "\(what): \(problem.message)")
                }
            }
            #expect(try library.files.isEmpty)
        }
    }

    @Test("are taken up to the limit")
    func takenAt() async throws {
        try await Library.with { library in
            for (what, file) in Self.at {
                do { _ = try await library.upload(file, chunk: 65_536) } catch { Issue.record("\(what): \(error)") }
            }
        }
    }

    @Test("A film's size counts like a picture's")
    func films() throws {
        try PictureLimits().check(MediaTools.Picture(width: 10_000, height: 10_000, duration: 1))
        let error = #expect(throws: ProblemReport.self) {
            try PictureLimits().check(MediaTools.Picture(width: 10_001, height: 10_000, duration: 1))
        }
        #expect(error?.message.contains("10001 × 10000") == true)
    }
}

extension SampleFile {
    static func png(claiming size: (width: Int, height: Int), frames: Int? = nil) -> Data {
        let extra = frames.map { [(type: "acTL", data: big32($0) + big32(0))] } ?? []
        var file = png(width: 1, height: 1, extra: extra)
        file.replaceSubrange(16..<24, with: big32(size.width) + big32(size.height))
        return file
    }

    static func jpeg(claiming size: (width: Int, height: Int)) -> Data {
        var file = jpeg(orientation: 1)
        let frame = file.firstRange(of: Data([0xFF, 0xC0])).map(\.lowerBound) ?? 0
        file.replaceSubrange(frame + 5..<frame + 9, with: big16(size.height) + big16(size.width))
        return file
    }

    static func webp(claiming size: (width: Int, height: Int), frames: Int) -> Data {
        let little24 = { (number: Int) in Data([UInt8(number & 255), UInt8(number >> 8 & 255), UInt8(number >> 16)]) }
        var chunks = riffChunk(
            "VP8X", Data([frames > 1 ? 2 : 0, 0, 0, 0]) + little24(size.width - 1) + little24(size.height - 1))
        for _ in 0..<frames { chunks += riffChunk(frames > 1 ? "ANMF" : "VP8 ", Data("pixels".utf8)) }
        return Data("RIFF".utf8) + little32(chunks.count + 4) + Data("WEBP".utf8) + chunks
    }

    static func gif(frames: Int, claiming size: (width: Int, height: Int) = (30, 20), image: (width: Int, height: Int) = (1, 1)) -> Data {
        var file = gif(frames: frames)
        file.replaceSubrange(6..<10, with: little16(size.width) + little16(size.height))
        if let start = file.firstRange(of: Data([0x2C, 0, 0, 0, 0]))?.upperBound {
            file.replaceSubrange(start..<start + 4, with: little16(image.width) + little16(image.height))
        }
        return file
    }

    static func heic(claiming size: (width: Int, height: Int)) -> Data {
        var file = heic()
        let start = file.firstRange(of: Data("ispe".utf8)).map { $0.upperBound + 4 } ?? 0
        file.replaceSubrange(start..<start + 8, with: big32(size.width) + big32(size.height))
        return file
    }

    /// An AVIF of a few bytes whose track says that it holds `samples` pictures.
    static func sequence(samples: Int) -> Data {
        let sizes = box("stsz", Data(count: 4) + big32(1) + big32(samples))
        let track = box("trak", box("mdia", box("minf", box("stbl", sizes))))
        let size = box("ispe", Data(count: 4) + big32(30) + big32(20))
        return box("ftyp", Data("avis\0\0\0\0avifmif1".utf8)) + box("meta", Data(count: 4) + box("iprp", box("ipco", size)))
            + box("moov", track) + box("mdat", Data("pixels".utf8))
    }
}
