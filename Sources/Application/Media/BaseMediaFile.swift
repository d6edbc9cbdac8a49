import Domain
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
                edits += try MovieTracks(movie: box, file: self).edits()
                for inner in try boxes(in: box.content) {
                    if Self.tells.contains(inner.type) { edits += blanked(inner) }
                    guard inner.type == "trak" else { continue }
                    for deepest in try boxes(in: inner.content) where Self.tells.contains(deepest.type) { edits += blanked(deepest) }
                }
            case "meta": edits += try ItemTable(meta: box, file: self).metadataExtents.map { FileEdit(range: $0, change: .blank) }
            case "udta", "uuid": edits += blanked(box)
            default: continue
            }
        }
        return Self.ordered(edits)
    }

    /// Throws `UNSUPPORTED_MEDIA` when a film's index is missing or a part that is announced is not there: an upload that broke off on the way.
    func checkWhole() throws {
        let boxes = try boxes(in: 0..<bytes.size)
        guard boxes.contains(where: { $0.type == "moov" }) else {
            throw ProblemReport(
                .unsupportedMedia, "The film has no index: its recording or its copy broke off before the end. Copy or export it again.")
        }
        let end = boxes.last?.content.upperBound ?? 0
        let head = try bytes.bytes(at: end, count: 8)
        // Whatever else follows, players do not mind.
        guard head.count == 8, ["mdat", "moof", "moov"].contains(String(decoding: head[4...], as: UTF8.self)) else { return }
        throw ProblemReport(.unsupportedMedia, "The film is cut off: its copy broke off before the end. Copy it again and upload that.")
    }

    /// Whether the index stands before what it indexes.
    func indexIsFirst() throws -> Bool { try boxes(in: 0..<bytes.size).first { ["moov", "mdat"].contains($0.type) }?.type == "moov" }

    private static let tells: Set<String> = ["udta", "meta", "uuid"]

    func blanked(_ box: Box) -> [FileEdit] {
        [
            FileEdit(range: box.typeOffset..<box.typeOffset + 4, change: .replace(Array("free".utf8))),
            FileEdit(range: box.content, change: .blank),
        ].filter { !$0.range.isEmpty }
    }

    /// In order of place, and none inside another.
    private static func ordered(_ edits: [FileEdit]) -> [FileEdit] {
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

/// The items of a HEIC or AVIF file: where their bytes are, and how large the image is.
struct ItemTable {
    /// Where Exif and XMP lie.
    let metadataExtents: [Range<Int>]
    /// The largest image's width and height; of a grid that is the whole.
    let size: (width: Int, height: Int)?

    init(meta: BaseMediaFile.Box, file: BaseMediaFile) throws {
        // A full box: version and flags come first.
        let start = min(meta.content.lowerBound + 4, meta.content.upperBound)
        let boxes = try file.boxes(in: start..<meta.content.upperBound)
        let tables = try Dictionary(
            boxes.filter { ["iinf", "iloc"].contains($0.type) }.map { box in
                guard box.content.count <= 1_000_000 else { throw DamagedFile() }
                return (box.type, try file.bytes.bytes(at: box.content.lowerBound, count: box.content.count))
            }, uniquingKeysWith: { first, _ in first })
        let telling = tables["iinf"].map(Self.tellingItems) ?? []
        let data = boxes.first { $0.type == "idat" }?.content.lowerBound ?? 0
        metadataExtents = (tables["iloc"].map { Self.extents(of: telling, in: $0, data: data) } ?? [])
            .filter { $0.upperBound <= file.bytes.size && !$0.isEmpty }
        size = try Self.size(boxes, file)
    }

    /// The ids of items of the types `Exif` and `mime` (XMP). §8.11.6
    private static func tellingItems(_ table: [UInt8]) -> Set<Int> {
        var reader = ByteReader(table)
        let version = reader.number(4) >> 24
        _ = reader.number(version == 0 ? 2 : 4)
        var items = Set<Int>()
        while let length = reader.next(4), length >= 12, reader.offset - 4 + length <= table.count {
            let next = reader.offset - 4 + length
            reader.offset += 4
            let version = reader.number(4) >> 24
            let id = reader.number(version == 3 ? 4 : 2)
            _ = reader.number(2)
            let type = String(decoding: table.dropFirst(reader.offset).prefix(4), as: UTF8.self)
            if ["Exif", "mime"].contains(type) { items.insert(id) }
            reader.offset = next
        }
        return items
    }

    /// Where the bytes of `items` are. §8.11.3
    private static func extents(of items: Set<Int>, in table: [UInt8], data: Int) -> [Range<Int>] {
        var reader = ByteReader(table)
        let version = reader.number(4) >> 24
        let sizes = reader.number(2)
        let (offsetSize, lengthSize, baseSize) = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15)
        let indexSize = version == 0 ? 0 : sizes & 15
        // Without lengths nothing can be told, and every entry would take no room in the table.
        guard lengthSize > 0 else { return [] }
        var extents: [Range<Int>] = []
        // A count may promise four thousand million entries: there are no more than bytes.
        for _ in 0..<min(reader.number(version < 2 ? 2 : 4), table.count) where reader.offset < table.count {
            let id = reader.number(version < 2 ? 2 : 4)
            let method = version == 0 ? 0 : reader.number(2) & 15
            _ = reader.number(2)
            let base = reader.number(baseSize) &+ (method == 1 ? data : 0)
            for _ in 0..<reader.number(2) where reader.offset < table.count {
                _ = reader.number(indexSize)
                let start = base &+ reader.number(offsetSize)
                let length = reader.number(lengthSize)
                if items.contains(id), method < 2, start >= 0, length > 0, length < Int.max - start {
                    extents.append(start..<start + length)
                }
            }
        }
        return extents
    }

    /// `ispe` gives a size, `irot` turns it. §6.5.3, §6.5.10 of ISO/IEC 23008-12
    private static func size(_ boxes: [BaseMediaFile.Box], _ file: BaseMediaFile) throws -> (width: Int, height: Int)? {
        guard let properties = boxes.first(where: { $0.type == "iprp" }),
            let list = try file.boxes(in: properties.content).first(where: { $0.type == "ipco" })
        else { return nil }
        var largest: (width: Int, height: Int)?
        var isTurned = false
        for property in try file.boxes(in: list.content) {
            let value = try file.bytes.bytes(at: property.content.lowerBound, count: min(12, property.content.count))
            if property.type == "ispe", value.count == 12 {
                let size = (width: value.big32(at: 4), height: value.big32(at: 8))
                // Their product may not fit an integer.
                let area = { (size: (width: Int, height: Int)) in Double(size.width) * Double(size.height) }
                if area(size) > largest.map(area) ?? 0 { largest = size }
            } else if property.type == "irot", let angle = value.first {
                isTurned = angle & 1 == 1
            }
        }
        return largest.map { isTurned ? ($0.height, $0.width) : $0 }
    }
}

/// Reads big-endian numbers one after the other; zero behind the end.
struct ByteReader {
    private let bytes: [UInt8]
    var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Nil at the end.
    mutating func next(_ count: Int) -> Int? { offset + count <= bytes.count ? number(count) : nil }

    mutating func number(_ count: Int) -> Int {
        defer { offset += count }
        guard count <= 8, offset + count <= bytes.count else { return 0 }
        return bytes[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
    }
}
