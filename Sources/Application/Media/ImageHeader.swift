import Domain
import Foundation

/// What an image says about itself in its headers, read without decoding it.
struct ImageHeader: Equatable, Sendable {
    /// As it is shown, that is after turning it as its orientation says.
    var width: Int
    var height: Int
    var isAnimated = false
    /// How many pictures follow each other.
    var frames = 1
    /// Of the largest frame, decoded.
    var pixels: Int

    /// Nil when the file is damaged or of a format whose header is not read here.
    static func read(_ file: DiskFile, size: Int, as type: FileSignature) throws -> ImageHeader? {
        let bytes = FileBytes(file: file, size: size)
        return switch type {
        case .jpeg: try jpeg(bytes)
        case .png: try png(bytes)
        case .gif: try gif(bytes)
        case .webp: try webp(bytes)
        case .heic, .avif: try items(bytes)
        case .mp4, .quickTime, .webm, .pdf, .doc, .docx, .ppt, .pptx: nil
        }
    }

    private static func items(_ bytes: FileBytes) throws -> ImageHeader? {
        let file = BaseMediaFile(bytes: bytes)
        let boxes = try file.boxes(in: 0..<bytes.size)
        guard let meta = boxes.first(where: { $0.type == "meta" }) else { return nil }
        var header = try ItemTable(meta: meta, file: file).size.flatMap { sized($0.width, $0.height) }
        // A sequence has its frames in tracks.
        header?.frames = max(1, try boxes.filter { $0.type == "moov" }.map { try file.mostSamples(in: $0) }.max() ?? 1)
        return header
    }

    private static func png(_ file: FileBytes) throws -> ImageHeader? {
        let head = try file.bytes(at: 16, count: 8)
        guard head.count == 8, var header = sized(head.big32(at: 0), head.big32(at: 4)) else { return nil }
        // An animated one says so before its first picture (PNG, third edition, §11.3.4.1).
        var offset = 8
        for _ in 0..<Metadata.mostPieces {
            let chunk = try file.bytes(at: offset, count: 12)
            guard chunk.count == 12 else { break }
            let type = String(decoding: chunk[4..<8], as: UTF8.self)
            if type == "acTL" { header.frames = max(1, chunk.big32(at: 8)) }
            if type == "IDAT" || type == "acTL" { break }
            offset += 12 + chunk.big32(at: 0)
        }
        return header
    }

    private static func jpeg(_ file: FileBytes) throws -> ImageHeader? {
        var size: (width: Int, height: Int)?
        var orientation = 1
        for segment in try JPEGSegment.all(in: file) {
            if segment.isFrameHeader {
                let frame = try file.bytes(at: segment.range.lowerBound + 5, count: 4)
                guard frame.count == 4 else { return nil }
                size = (frame.big16(at: 2), frame.big16(at: 0))
            } else if segment.marker == 0xE1, let found = try segment.orientation(in: file) {
                orientation = found
            }
        }
        guard let size else { return nil }
        return orientation >= 5 ? sized(size.height, size.width) : sized(size.width, size.height)
    }

    /// Walks the blocks (GIF89a §15 ff.) and counts the images.
    private static func gif(_ file: FileBytes) throws -> ImageHeader? {
        let head = try file.bytes(at: 0, count: 13)
        guard head.count == 13, var header = sized(head.little16(at: 6), head.little16(at: 8)) else { return nil }
        var offset = 13 + colourTable(head[10])
        var images = 0
        var pieces = 0
        while true {
            let block = try file.bytes(at: offset, count: 10)
            guard let kind = block.first else { break }
            if kind == 0x2C, block.count == 10 {
                images += 1
                // An image may reach beyond the screen; programs make room for it.
                let (right, bottom) = (block.little16(at: 1) + block.little16(at: 5), block.little16(at: 3) + block.little16(at: 7))
                header.pixels = max(header.pixels, max(header.width, right) * max(header.height, bottom))
                offset += 10 + colourTable(block[9]) + 1
            } else if kind == 0x21 {
                offset += 2
            } else {
                break
            }
            while let length = try file.bytes(at: offset, count: 1).first {
                offset += 1 + Int(length)
                pieces += 1
                guard pieces < 10 * Metadata.mostPieces else { throw DamagedFile() }
                if length == 0 { break }
            }
        }
        header.isAnimated = images > 1
        header.frames = max(1, images)
        return header
    }

    private static func colourTable(_ flags: UInt8) -> Int { flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1) }

    /// RFC 9649: the first chunk is VP8X (extended), VP8L (lossless) or VP8 (lossy).
    private static func webp(_ file: FileBytes) throws -> ImageHeader? {
        let head = try file.bytes(at: 12, count: 18)
        guard head.count == 18 else { return nil }
        switch String(decoding: head.prefix(4), as: UTF8.self) {
        case "VP8X":
            var header = sized(1 + head.little24(at: 12), 1 + head.little24(at: 15))
            header?.isAnimated = head[8] & 0x02 != 0
            header?.frames = max(1, try webpFrames(file))
            return header
        case "VP8L":
            let bits = head.little16(at: 9) | head.little16(at: 11) << 16
            return sized(1 + bits & 0x3FFF, 1 + bits >> 14 & 0x3FFF)
        case "VP8 ":
            return sized(head.little16(at: 14) & 0x3FFF, head.little16(at: 16) & 0x3FFF)
        default: return nil
        }
    }

    private static func webpFrames(_ file: FileBytes) throws -> Int {
        var (offset, frames) = (12, 0)
        for _ in 0..<Metadata.mostPieces {
            let chunk = try file.bytes(at: offset, count: 8)
            guard chunk.count == 8 else { break }
            if String(decoding: chunk.prefix(4), as: UTF8.self) == "ANMF" { frames += 1 }
            offset += 8 + chunk.little32(at: 4) + chunk.little32(at: 4) % 2
        }
        return frames
    }

    private static func sized(_ width: Int, _ height: Int) -> ImageHeader? {
        let believable = 1...1_000_000
        guard believable.contains(width), believable.contains(height) else { return nil }
        return ImageHeader(width: width, height: height, pixels: width * height)
    }
}

/// A file read in small pieces at known places, which mostly lie one behind the other.
struct FileBytes {
    private final class Window {
        var start = 0
        var bytes: [UInt8] = []
    }

    private static let windowSize = 65_536

    let file: DiskFile
    let size: Int
    private let window = Window()

    init(file: DiskFile, size: Int) { (self.file, self.size) = (file, size) }

    /// Fewer than `count` bytes at the end of the file.
    func bytes(at offset: Int, count: Int) throws -> [UInt8] {
        guard offset >= 0, offset < size, count > 0 else { return [] }
        guard count <= 64 else { return [UInt8](try file.read(at: offset, count: min(count, size - offset))) }
        let end = offset + min(count, size - offset)
        if offset < window.start || end > window.start + window.bytes.count {
            window.bytes = [UInt8](try file.read(at: offset, count: min(Self.windowSize, size - offset)))
            window.start = offset
        }
        let first = offset - window.start
        return Array(window.bytes[min(first, window.bytes.count)..<min(first + end - offset, window.bytes.count)])
    }
}

extension [UInt8] {
    func big16(at offset: Int) -> Int { Int(self[offset]) << 8 | Int(self[offset + 1]) }
    func big32(at offset: Int) -> Int { big16(at: offset) << 16 | big16(at: offset + 2) }
    func big64(at offset: Int) -> Int { big32(at: offset) << 32 | big32(at: offset + 4) }
    func little16(at offset: Int) -> Int { Int(self[offset + 1]) << 8 | Int(self[offset]) }
    func little24(at offset: Int) -> Int { little16(at: offset) | Int(self[offset + 2]) << 16 }
    func little32(at offset: Int) -> Int { little16(at: offset) | little16(at: offset + 2) << 16 }
}
