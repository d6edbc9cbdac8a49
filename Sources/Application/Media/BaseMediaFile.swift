import Foundation

/// A file of boxes (ISO/IEC 14496-12): MP4, MOV, HEIC, AVIF.
struct BaseMediaFile {
    struct Box {
        let type: String
        /// Where the four letters of the type stand.
        let typeOffset: Int
        let content: Range<Int>
    }

    let bytes: FileBytes

    /// Blanks user data, metadata and Exif in place, so that no offset in the file changes.
    func metadataEdits() throws -> [FileEdit] {
        var edits: [FileEdit] = []
        for box in try boxes(in: 0..<bytes.size) {
            switch box.type {
            case "moov":
                for inner in try boxes(in: box.content) {
                    if Self.tells.contains(inner.type) { edits += blanked(inner) }
                    guard inner.type == "trak" else { continue }
                    for deepest in try boxes(in: inner.content) where Self.tells.contains(deepest.type) { edits += blanked(deepest) }
                }
            case "meta": edits += try itemEdits(box)
            case "udta", "uuid": edits += blanked(box)
            default: continue
            }
        }
        return Self.ordered(edits)
    }

    private static let tells: Set<String> = ["udta", "meta", "uuid"]

    func blanked(_ box: Box) -> [FileEdit] {
        [
            FileEdit(range: box.typeOffset..<box.typeOffset + 4, change: .replace(Array("free".utf8))),
            FileEdit(range: box.content, change: .blank),
        ].filter { !$0.range.isEmpty }
    }

    /// In order of place, and none inside another.
    static func ordered(_ edits: [FileEdit]) -> [FileEdit] {
        var end = 0
        return edits.sorted { $0.range.lowerBound < $1.range.lowerBound }.filter { edit in
            guard edit.range.lowerBound >= end else { return false }
            end = edit.range.upperBound
            return true
        }
    }

    /// How many pictures the longest track of a movie holds: the count in its table of sample sizes (§8.7.3).
    func mostSamples(in movie: Box) throws -> Int {
        var most = 0
        for track in try boxes(in: movie.content) where track.type == "trak" {
            var inner = [track]
            for type in ["mdia", "minf", "stbl", "stsz"] {
                inner = try inner.flatMap { try boxes(in: $0.content) }.filter { $0.type == type }
            }
            for table in inner {
                let head = try bytes.bytes(at: table.content.lowerBound, count: min(12, table.content.count))
                if head.count == 12 { most = max(most, head.big32(at: 8)) }
            }
        }
        return most
    }

    /// The boxes that lie side by side in `range`. Throws `DamagedFile` when there are absurdly many.
    func boxes(in range: Range<Int>) throws -> [Box] {
        var boxes: [Box] = []
        var offset = range.lowerBound
        while offset + 8 <= range.upperBound {
            let head = try bytes.bytes(at: offset, count: 16)
            guard head.count >= 8, boxes.count < Metadata.mostPieces else { throw DamagedFile() }
            var (length, headLength) = (head.big32(at: 0), 8)
            if length == 1, head.count == 16, head[8] < 0x80 { (length, headLength) = (head.big64(at: 8), 16) }
            if length == 0 { length = range.upperBound - offset }
            // Less than its own head or more than there is: what follows cannot be told apart.
            guard length >= headLength, length <= range.upperBound - offset else { break }
            let type = String(decoding: head[4..<8], as: UTF8.self)
            boxes.append(Box(type: type, typeOffset: offset + 4, content: offset + headLength..<offset + length))
            offset += length
        }
        return boxes
    }
}
