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
    static func read(_ bytes: FileBytes, as type: FileSignature) throws -> ImageHeader? {
        switch type {
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
        let items = try ItemTable(meta: meta, file: file)
        guard var header = items.size.flatMap({ sized($0.width, $0.height) }) else { return nil }
        header.pixels = max(header.pixels, items.mostPixels)
        // A sequence has its frames in tracks.
        header.frames = max(1, try boxes.filter { $0.type == "moov" }.map { try file.mostSamples(in: $0) }.max() ?? 1)
        header.isAnimated = header.frames > 1
        return header
    }

    private static func png(_ file: FileBytes) throws -> ImageHeader? {
        let head = try file.bytes(at: 16, count: 8)
        guard head.count == 8, var header = sized(head.big32(at: 0), head.big32(at: 4)) else { return nil }
        // An animated one says so before its first picture (PNG, third edition, §11.3.4.1).
        var (offset, turn, isBehindImage) = (8, 1, false)
        for _ in 0..<Metadata.mostPieces {
            let chunk = try file.bytes(at: offset, count: 8)
            guard chunk.count == 8 else { break }
            let length = chunk.big32(at: 0)
            switch String(decoding: chunk[4..<8], as: UTF8.self) {
            case "acTL": if !isBehindImage { header.frames = max(1, try file.bytes(at: offset + 8, count: 4).big(4)) }
            case "IDAT": isBehindImage = true
            case "eXIf" where length <= Metadata.mostExif: turn = Exif.orientation(try file.bytes(at: offset + 8, count: length)) ?? 1
            default: break
            }
            offset += 12 + length
        }
        header.isAnimated = header.frames > 1
        return header.turned(turn)
    }

    private static func jpeg(_ file: FileBytes) throws -> ImageHeader? {
        var size: (width: Int, height: Int)?
        var orientation = 1
        for segment in try JPEGSegment.all(in: file) {
            if segment.isFrameHeader {
                let frame = try file.bytes(at: segment.range.lowerBound + 5, count: 4)
                guard frame.count == 4 else { return nil }
                size = (frame.big16(at: 2), frame.big16(at: 0))
            } else if segment.marker == 0xE1, let found = try segment.exif(in: file).flatMap(Exif.orientation) {
                orientation = found
            }
        }
        guard let size else { return nil }
        return sized(size.width, size.height)?.turned(orientation)
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

    static func colourTable(_ flags: UInt8) -> Int { flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1) }

    /// RFC 9649: the first chunk is VP8X (extended), VP8L (lossless) or VP8 (lossy).
    private static func webp(_ file: FileBytes) throws -> ImageHeader? {
        let head = try file.bytes(at: 12, count: 18)
        guard head.count == 18 else { return nil }
        switch String(decoding: head.prefix(4), as: UTF8.self) {
        case "VP8X":
            var header = sized(1 + head.little24(at: 12), 1 + head.little24(at: 15))
            let (frames, turn) = try webpChunks(file)
            header?.isAnimated = head[8] & 0x02 != 0
            header?.frames = max(1, frames)
            return header?.turned(turn)
        case "VP8L":
            let bits = head.little16(at: 9) | head.little16(at: 11) << 16
            return sized(1 + bits & 0x3FFF, 1 + bits >> 14 & 0x3FFF)
        case "VP8 ":
            return sized(head.little16(at: 14) & 0x3FFF, head.little16(at: 16) & 0x3FFF)
        default: return nil
        }
    }

    private static func webpChunks(_ file: FileBytes) throws -> (frames: Int, turn: Int) {
        var (offset, frames, turn) = (12, 0, 1)
        for _ in 0..<Metadata.mostPieces {
            let chunk = try file.bytes(at: offset, count: 8)
            guard chunk.count == 8 else { break }
            let length = chunk.little32(at: 4)
            switch String(decoding: chunk.prefix(4), as: UTF8.self) {
            case "ANMF": frames += 1
            case "EXIF" where length <= Metadata.mostExif:
                turn = Exif.orientation(Exif.unprefixed(try file.bytes(at: offset + 8, count: length))) ?? 1
            default: break
            }
            offset += 8 + length + length % 2
        }
        return (frames, turn)
    }

    /// As an Exif orientation has it shown: five to eight lie on a side.
    private func turned(_ orientation: Int) -> ImageHeader {
        guard orientation >= 5 else { return self }
        var turned = self
        (turned.width, turned.height) = (height, width)
        return turned
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

    let size: Int
    /// Any number of bytes, fewer at the end of the file.
    let read: (_ offset: Int, _ count: Int) throws -> Data
    private let window = Window()

    init(file: DiskFile, size: Int) {
        self.size = size
        read = { try file.read(at: $0, count: $1) }
    }

    /// The beginning of a file, as if that were all.
    init(_ data: Data) {
        size = data.count
        read = { data.dropFirst($0).prefix($1) }
    }

    /// Fewer than `count` bytes at the end of the file.
    func bytes(at offset: Int, count: Int) throws -> [UInt8] {
        guard offset >= 0, offset < size, count > 0 else { return [] }
        guard count <= 64 else { return [UInt8](try read(offset, min(count, size - offset))) }
        let end = offset + min(count, size - offset)
        if offset < window.start || end > window.start + window.bytes.count {
            window.bytes = [UInt8](try read(offset, min(Self.windowSize, size - offset)))
            window.start = offset
        }
        let first = offset - window.start
        return Array(window.bytes[min(first, window.bytes.count)..<min(first + end - offset, window.bytes.count)])
    }
}

extension [UInt8] {
    func big16(at offset: Int) -> Int { Int(self[offset]) << 8 | Int(self[offset + 1]) }
    func big32(at offset: Int) -> Int { big16(at: offset) << 16 | big16(at: offset + 2) }
    func big(_ count: Int) -> Int { prefix(count).reduce(0) { $0 << 8 | Int($1) } }
    func big64(at offset: Int) -> Int { big32(at: offset) << 32 | big32(at: offset + 4) }
    func little16(at offset: Int) -> Int { Int(self[offset + 1]) << 8 | Int(self[offset]) }
    func little24(at offset: Int) -> Int { little16(at: offset) | Int(self[offset + 2]) << 16 }
    func little32(at offset: Int) -> Int { little16(at: offset) | little16(at: offset + 2) << 16 }
}
