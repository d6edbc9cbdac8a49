import Foundation

/// One marker segment of a JPEG file (ITU-T T.81, annex B), its marker bytes included.
struct JPEGSegment: Equatable {
    let marker: UInt8
    let range: Range<Int>

    /// All segments up to the image data; fewer when the file is damaged. Throws `DamagedFile` when there are absurdly many.
    static func all(in file: FileBytes) throws -> [JPEGSegment] {
        var segments: [JPEGSegment] = []
        var offset = 2
        while true {
            let head = try file.bytes(at: offset, count: 4)
            guard segments.count < 5_000, offset < 64_000_000 else { throw DamagedFile() }
            guard head.count == 4, head[0] == 0xFF else { return segments }
            if head[1] == 0xFF {
                offset += 1  // A fill byte.
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

    /// The orientation (1 to 8) that an Exif segment tells.
    func orientation(in file: FileBytes) throws -> Int? {
        let bytes = try file.bytes(at: range.lowerBound + 4, count: range.count - 4)
        guard bytes.starts(with: Array("Exif\0\0".utf8)) else { return nil }
        return Exif.orientation(Array(bytes.dropFirst(6)))
    }
}

/// The one thing that is kept of Exif metadata: how to turn the image.
enum Exif {
    private static let tag = 0x0112

    /// Reads the first directory of a TIFF structure.
    static func orientation(_ tiff: [UInt8]) -> Int? {
        guard tiff.count >= 14 else { return nil }
        let isBig = tiff.starts(with: Array("MM".utf8))
        guard isBig || tiff.starts(with: Array("II".utf8)) else { return nil }
        let short: (Int) -> Int = { isBig ? tiff.big16(at: $0) : tiff.little16(at: $0) }
        let directory = isBig ? tiff.big32(at: 4) : tiff.little32(at: 4)
        guard directory >= 8, directory <= tiff.count - 2 else { return nil }
        for entry in 0..<short(directory) {
            let offset = directory + 2 + entry * 12
            guard offset + 12 <= tiff.count else { return nil }
            if short(offset) == tag { return (1...8).contains(short(offset + 8)) ? short(offset + 8) : nil }
        }
        return nil
    }

    /// A TIFF structure with the orientation and nothing else.
    static func tiff(orientation: Int) -> [UInt8] {
        Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0, 0, 0, 0, 0]
    }

    static func jpegSegment(orientation: Int) -> [UInt8] {
        let body = Array("Exif\0\0".utf8) + tiff(orientation: orientation)
        return [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body
    }
}
