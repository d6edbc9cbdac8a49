import Domain
import Foundation

/// What an image says about itself in its headers, read without decoding it.
struct ImageHeader: Equatable, Sendable {
    /// As it is shown, that is after turning it as its orientation says.
    var width: Int
    var height: Int
    var isAnimated = false

    /// Nil when the file is damaged or of a format whose header is not read here.
    static func read(_ file: DiskFile, size: Int, as type: FileSignature) throws -> ImageHeader? {
        let bytes = FileBytes(file: file, size: size)
        return switch type {
        case .jpeg: try jpeg(bytes)
        case .png: try png(bytes)
        case .gif: try gif(bytes)
        case .webp: try webp(bytes)
        case .heic, .avif: try items(bytes)
        case .mp4, .quickTime, .webm, .pdf: nil
        }
    }

    private static func items(_ bytes: FileBytes) throws -> ImageHeader? {
        let file = BaseMediaFile(bytes: bytes)
        guard let meta = try file.boxes(in: 0..<bytes.size).first(where: { $0.type == "meta" }) else { return nil }
        return try ItemTable(meta: meta, file: file).size.flatMap { sized($0.width, $0.height) }
    }

    private static func png(_ file: FileBytes) throws -> ImageHeader? {
        let head = try file.bytes(at: 16, count: 8)
        guard head.count == 8 else { return nil }
        return sized(head.big32(at: 0), head.big32(at: 4))
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

    /// Walks the blocks (GIF89a §15 ff.) until a second image shows that it moves.
    private static func gif(_ file: FileBytes) throws -> ImageHeader? {
        let head = try file.bytes(at: 0, count: 13)
        guard head.count == 13, var header = sized(head.little16(at: 6), head.little16(at: 8)) else { return nil }
        var offset = 13 + colourTable(head[10])
        var images = 0
        var pieces = 0
        while images < 2 {
            let block = try file.bytes(at: offset, count: 10)
            guard let kind = block.first else { break }
            if kind == 0x2C, block.count == 10 {
                images += 1
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
            return header
        case "VP8L":
            let bits = head.little16(at: 9) | head.little16(at: 11) << 16
            return sized(1 + bits & 0x3FFF, 1 + bits >> 14 & 0x3FFF)
        case "VP8 ":
            return sized(head.little16(at: 14) & 0x3FFF, head.little16(at: 16) & 0x3FFF)
        default: return nil
        }
    }

    private static func sized(_ width: Int, _ height: Int) -> ImageHeader? {
        let believable = 1...1_000_000
        return believable.contains(width) && believable.contains(height) ? ImageHeader(width: width, height: height) : nil
    }
}

/// A file read in small pieces at known places.
struct FileBytes {
    let file: DiskFile
    let size: Int

    /// Fewer than `count` bytes at the end of the file.
    func bytes(at offset: Int, count: Int) throws -> [UInt8] {
        guard offset >= 0, offset < size else { return [] }
        return [UInt8](try file.read(at: offset, count: count))
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
