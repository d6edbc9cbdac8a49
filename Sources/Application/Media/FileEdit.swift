import Foundation

/// A place in a file that is to be left out, replaced or blanked.
struct FileEdit: Equatable, Sendable {
    enum Change: Equatable, Sendable {
        case replace([UInt8])
        /// As many of this byte as there were bytes: everything behind keeps its place.
        case fill(UInt8)

        static let blank = Change.fill(0)
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
        case .gif: try gif(bytes)
        case .heic, .avif: try BaseMediaFile(bytes: bytes).pictureEdits()
        case .mp4, .quickTime: try BaseMediaFile(bytes: bytes).metadataEdits()
        case .webm, .pdf: []
        }
    }

    /// Keeps JFIF, colour profiles and Adobe's colour transform; of Exif the orientation; drops all other application segments, comments,
    /// what lies between segments, and whatever follows the image (previews, second images, films of motion photos).
    private static func jpeg(_ file: FileBytes) throws -> [FileEdit] {
        var edits: [FileEdit] = []
        let segments = try JPEGSegment.all(in: file)
        guard let last = segments.last, last.marker == 0xDA else { throw DamagedFile() }
        var offset = 2
        for segment in segments {
            let range = segment.range
            if offset < range.lowerBound { edits.append(.drop(offset..<range.lowerBound)) }
            offset = range.upperBound
            guard try segment.tells(in: file) else { continue }
            let turn = segment.marker == 0xE1 ? try segment.exif(in: file).flatMap(Exif.orientationOnly) : nil
            edits.append(FileEdit(range: range, change: .replace(turn.map(Exif.jpegSegment) ?? [])))
        }
        let end = try JPEGSegment.endOfImage(in: file, from: last.range.upperBound)
        if end < file.size { edits.append(.drop(end..<file.size)) }
        return edits
    }
}

extension JPEGSegment {
    /// Whether it is a comment or an application's segment that is not needed to show the picture.
    fileprivate func tells(in file: FileBytes) throws -> Bool {
        let needed: [UInt8: String] = [0xE0: "JFIF\0", 0xE2: "ICC_PROFILE\0", 0xEE: "Adobe"]
        guard marker == 0xFE || (0xE0...0xEF).contains(marker) else { return false }
        guard let name = needed[marker] else { return true }
        return try file.bytes(at: range.lowerBound + 4, count: min(name.utf8.count, range.count - 4)) != Array(name.utf8)
    }

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
