import Foundation

/// A place in a file that is to be left out, replaced or blanked.
struct FileEdit: Equatable, Sendable {
    enum Change: Equatable, Sendable {
        case replace([UInt8])
        /// As many zeros as there were bytes: everything behind keeps its place.
        case blank
    }

    let range: Range<Int>
    let change: Change

    static func drop(_ range: Range<Int>) -> FileEdit { FileEdit(range: range, change: .replace([])) }
}

/// The file is not what its first bytes promise.
struct DamagedFile: Error {}

/// Finds what a file tells about where, when and by whom it was made.
enum Metadata {
    /// More pieces than any real file has: whoever sends them wants to keep the server busy.
    static let mostPieces = 100_000

    /// The edits that free the file of metadata, in order and without overlaps. What is needed to show it (orientation, colours) stays.
    ///
    /// Throws `DamagedFile`, `DiskError`.
    static func edits(for file: DiskFile, size: Int, type: FileSignature) throws -> [FileEdit] {
        let bytes = FileBytes(file: file, size: size)
        return switch type {
        case .jpeg: try jpeg(bytes)
        case .png: try png(bytes)
        case .webp: try webp(bytes)
        case .heic, .avif, .mp4, .quickTime: try BaseMediaFile(bytes: bytes).metadataEdits()
        case .webm: try MatroskaFile(bytes: bytes).metadataEdits()
        case .gif, .pdf, .doc, .docx, .ppt, .pptx: []
        }
    }

    /// Keeps JFIF, colour profiles and Adobe's colour transform; of Exif the orientation; drops all other application segments, comments
    /// and whatever follows the image (previews and second images have metadata of their own).
    private static func jpeg(_ file: FileBytes) throws -> [FileEdit] {
        var edits: [FileEdit] = []
        let segments = try JPEGSegment.all(in: file)
        guard let last = segments.last, last.marker == 0xDA else { throw DamagedFile() }
        for segment in segments where [0xE1, 0xE2, 0xFE].contains(segment.marker) || (0xE3...0xEF).contains(segment.marker) {
            if segment.marker == 0xEE { continue }
            if segment.marker == 0xE2 {
                let name = try file.bytes(at: segment.range.lowerBound + 4, count: 11)
                if name == Array("ICC_PROFILE".utf8) { continue }
            }
            if segment.marker == 0xE1, let orientation = try segment.orientation(in: file), orientation > 1 {
                edits.append(FileEdit(range: segment.range, change: .replace(Exif.jpegSegment(orientation: orientation))))
            } else {
                edits.append(.drop(segment.range))
            }
        }
        let end = try JPEGSegment.endOfImage(in: file, from: last.range.upperBound)
        if end < file.size { edits.append(.drop(end..<file.size)) }
        return edits
    }

    private static func png(_ file: FileBytes) throws -> [FileEdit] {
        var edits: [FileEdit] = []
        var offset = 8
        for _ in 0..<mostPieces {
            let head = try file.bytes(at: offset, count: 8)
            guard head.count == 8 else { throw DamagedFile() }
            let end = offset + 12 + head.big32(at: 0)
            let type = String(decoding: head[4...], as: UTF8.self)
            if type == "IEND" {
                if end < file.size { edits.append(.drop(end..<file.size)) }
                return edits
            }
            guard end <= file.size else { throw DamagedFile() }
            if ["eXIf", "tEXt", "zTXt", "iTXt", "tIME"].contains(type) { edits.append(.drop(offset..<end)) }
            offset = end
        }
        throw DamagedFile()
    }

    private static func webp(_ file: FileBytes) throws -> [FileEdit] {
        var dropped: [FileEdit] = []
        var flags: FileEdit?
        let head = try file.bytes(at: 0, count: 12)
        guard head.count == 12 else { throw DamagedFile() }
        let end = min(file.size, 8 + head.little32(at: 4))
        var offset = 12
        var pieces = 0
        while offset < end {
            pieces += 1
            let chunk = try file.bytes(at: offset, count: 9)
            guard chunk.count >= 8, pieces < mostPieces else { throw DamagedFile() }
            let length = chunk.little32(at: 4)
            let next = min(end, offset + 8 + length + length % 2)
            switch String(decoding: chunk.prefix(4), as: UTF8.self) {
            case "EXIF", "XMP ": dropped.append(.drop(offset..<next))
            case "VP8X" where chunk.count == 9:
                // The flags that announce the two chunks.
                flags = FileEdit(range: offset + 8..<offset + 9, change: .replace([chunk[8] & ~0x0C]))
            default: break
            }
            offset = next
        }
        guard !dropped.isEmpty || end < file.size else { return [] }
        let size = end - 8 - dropped.reduce(0) { $0 + $1.range.count }
        let sizeEdit = FileEdit(range: 4..<8, change: .replace((0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }))
        let rest = end < file.size ? [FileEdit.drop(end..<file.size)] : []
        return ([sizeEdit] + (flags.map { [$0] } ?? []) + dropped + rest).sorted { $0.range.lowerBound < $1.range.lowerBound }
    }
}

extension JPEGSegment {
    /// The offset behind the marker that ends the image, found by walking the coded data; the end of the file when there is none.
    static func endOfImage(in file: FileBytes, from start: Int) throws -> Int {
        let chunkSize = 256 * 1024
        var offset = start
        while offset < file.size {
            let chunk = try file.bytes(at: offset, count: chunkSize)
            var index = 0
            var next = offset + max(1, chunk.count - 1)  // One byte again: a marker may lie across the border.
            while index + 1 < chunk.count {
                guard chunk[index] == 0xFF else { index += 1; continue }
                switch chunk[index + 1] {
                case 0xD9: return offset + index + 2
                case 0x00, 0xFF, 0x01, 0xD0...0xD8: index += 1
                default:
                    // A table or scan between two scans of a progressive image: its length tells where it ends.
                    let length = try file.bytes(at: offset + index + 2, count: 2)
                    guard length.count == 2 else { return file.size }
                    index += 2 + max(2, length.big16(at: 0))
                    next = max(next, offset + index)
                }
            }
            offset = next
        }
        return file.size
    }
}
