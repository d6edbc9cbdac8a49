import Foundation

/// One marker segment of a JPEG file (ITU-T T.81, annex B), its marker bytes included.
struct JPEGSegment: Equatable {
    let marker: UInt8
    let range: Range<Int>

    /// All segments up to the image data; fewer when the file is damaged. Throws `DamagedFile` when there are absurdly many.
    static func all(in file: FileBytes) throws -> [JPEGSegment] {
        var segments: [JPEGSegment] = []
        var (offset, strays) = (2, 0)
        while true {
            let head = try file.bytes(at: offset, count: 4)
            guard segments.count < 5_000, offset < 64_000_000, strays < Metadata.mostPieces else { throw DamagedFile() }
            guard head.count == 4 else { return segments }
            // Fill bytes, and stray ones, which decoders step over as well.
            guard head[0] == 0xFF, head[1] != 0xFF, head[1] != 0 else {
                (offset, strays) = (offset + 1, strays + 1)
                continue
            }
            let length = head.big16(at: 2)
            guard length >= 2, offset + 2 + length <= file.size else { return segments }
            segments.append(JPEGSegment(marker: head[1], range: offset..<offset + 2 + length))
            if head[1] == 0xDA { return segments }  // What follows is the image itself.
            offset += 2 + length
        }
    }

    /// Whether it tells the image's size: SOF0 to SOF15, which share their numbers with DHT, JPG and DAC.
    var isFrameHeader: Bool { (0xC0...0xCF).contains(marker) && ![0xC4, 0xC8, 0xCC].contains(marker) }

    /// The TIFF structure of an Exif segment.
    func exif(in file: FileBytes) throws -> [UInt8]? {
        let bytes = try file.bytes(at: range.lowerBound + 4, count: range.count - 4)
        return bytes.starts(with: Exif.prefix) ? Array(bytes.dropFirst(Exif.prefix.count)) : nil
    }
}

/// The one thing that is kept of Exif metadata: how to turn the image.
enum Exif {
    /// Stands before the structure in JPEG, and by mistake in some files of other formats.
    static let prefix = Array("Exif\0\0".utf8)
    /// A structure that tells nothing.
    static let empty = Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0]
    private static let tag = 0x0112

    /// The orientation (1 to 8) that the first directory of a TIFF structure tells, and the entry's 12 bytes.
    private static func find(_ tiff: [UInt8]) -> (orientation: Int, entry: [UInt8], isBig: Bool)? {
        guard tiff.count >= 14 else { return nil }
        let isBig = tiff.starts(with: Array("MM".utf8))
        guard isBig || tiff.starts(with: Array("II".utf8)) else { return nil }
        let short: (Int) -> Int = { isBig ? tiff.big16(at: $0) : tiff.little16(at: $0) }
        let long: (Int) -> Int = { isBig ? tiff.big32(at: $0) : tiff.little32(at: $0) }
        let directory = long(4)
        guard directory >= 8, directory <= tiff.count - 2 else { return nil }
        for entry in 0..<short(directory) {
            let offset = directory + 2 + entry * 12
            guard offset + 12 <= tiff.count else { return nil }
            guard short(offset) == tag else { continue }
            // Some write four bytes where two are usual.
            let orientation = short(offset + 2) == 4 ? long(offset + 8) : short(offset + 8)
            return (1...8).contains(orientation) ? (orientation, Array(tiff[offset..<offset + 12]), isBig) : nil
        }
        return nil
    }

    static func orientation(_ tiff: [UInt8]) -> Int? { find(tiff)?.orientation }

    /// A structure with the orientation, written exactly as it was, for programs do not read every spelling alike. Nil where nothing is to be
    /// turned.
    static func orientationOnly(_ tiff: [UInt8]) -> [UInt8]? {
        guard let found = find(tiff), found.orientation > 1 else { return nil }
        let head: [UInt8] = found.isBig ? [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1] : [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0]
        return head + found.entry + [0, 0, 0, 0]
    }

    static func jpegSegment(_ tiff: [UInt8]) -> [UInt8] {
        let body = prefix + tiff
        return [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body
    }

    /// The structure in a chunk of another format.
    static func unprefixed(_ bytes: [UInt8]) -> [UInt8] { bytes.starts(with: prefix) ? Array(bytes.dropFirst(prefix.count)) : bytes }
}
