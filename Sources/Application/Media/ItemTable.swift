/// The items of a HEIC or AVIF file: where their bytes are, and how large the image is.
struct ItemTable {
    enum Telling { case exif, xmp, other }

    /// Where Exif, XMP and other texts lie: each item's pieces.
    let metadata: [(what: Telling, pieces: [Range<Int>])]
    /// The width and height at which the image is shown.
    let size: (width: Int, height: Int)?
    /// Of the largest image of the file, which may have to be decoded.
    let mostPixels: Int

    init(meta: BaseMediaFile.Box, file: BaseMediaFile) throws {
        // A full box: version and flags come first.
        let start = min(meta.content.lowerBound + 4, meta.content.upperBound)
        let boxes = try file.boxes(in: start..<meta.content.upperBound)
        let tables = try file.tables(["iinf", "iloc", "pitm"], of: boxes)
        let telling = tables["iinf"].map(Self.tellingItems) ?? [:]
        let data = boxes.first { $0.type == "idat" }?.content.lowerBound ?? 0
        let extents = tables["iloc"].map { Self.extents(of: Set(telling.keys), in: $0, data: data) } ?? [:]
        metadata = extents.sorted { $0.key < $1.key }.map { id, pieces in
            (telling[id] ?? .other, pieces.filter { $0.upperBound <= file.bytes.size && !$0.isEmpty })
        }
        let properties = try ItemProperties(boxes, file)
        var primary = ByteReader(tables["pitm"] ?? [])
        let version = primary.number(4) >> 24
        size = try properties.size(of: primary.number(version == 0 ? 2 : 4))
        mostPixels = properties.mostPixels
    }

    /// The ids of items of the types `Exif` and `mime` (XMP). §8.11.6
    private static func tellingItems(_ table: [UInt8]) -> [Int: Telling] {
        var reader = ByteReader(table)
        let version = reader.number(4) >> 24
        _ = reader.number(version == 0 ? 2 : 4)
        var items: [Int: Telling] = [:]
        while let length = reader.next(4), length >= 12, reader.offset - 4 + length <= table.count {
            let next = reader.offset - 4 + length
            reader.offset += 4
            let version = reader.number(4) >> 24
            let id = reader.number(version == 3 ? 4 : 2)
            _ = reader.number(2)
            let entry = table[min(reader.offset, next)..<next]
            switch String(decoding: entry.prefix(4), as: UTF8.self) {
            case "Exif": items[id] = .exif
            case "mime": items[id] = String(decoding: entry, as: UTF8.self).contains("application/rdf+xml") ? .xmp : .other
            case "uri ": items[id] = .other
            default: break
            }
            reader.offset = next
        }
        return items
    }

    /// Where the bytes of `items` are. §8.11.3
    private static func extents(of items: Set<Int>, in table: [UInt8], data: Int) -> [Int: [Range<Int>]] {
        var reader = ByteReader(table)
        let version = reader.number(4) >> 24
        let sizes = reader.number(2)
        let (offsetSize, lengthSize, baseSize) = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15)
        let indexSize = version == 0 ? 0 : sizes & 15
        // Without lengths nothing can be told, and every entry would take no room in the table.
        guard lengthSize > 0 else { return [:] }
        var extents: [Int: [Range<Int>]] = [:]
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
                    extents[id, default: []].append(start..<start + length)
                }
            }
        }
        return extents
    }
}

/// How the items of a HEIC or AVIF file are shown. §9.3 of ISO/IEC 23008-12
private struct ItemProperties {
    private let list: [BaseMediaFile.Box]
    private let associations: [UInt8]
    private let file: BaseMediaFile
    /// Of the largest `ispe`.
    let mostPixels: Int

    init(_ boxes: [BaseMediaFile.Box], _ file: BaseMediaFile) throws {
        let inner = try boxes.first { $0.type == "iprp" }.map { try file.boxes(in: $0.content) } ?? []
        list = try inner.first { $0.type == "ipco" }.map { try file.boxes(in: $0.content) } ?? []
        associations = try file.tables(["ipma"], of: inner)["ipma"] ?? []
        self.file = file
        mostPixels =
            try list.filter { $0.type == "ispe" }.map { box in
                let value = try file.bytes.bytes(at: box.content.lowerBound, count: min(12, box.content.count))
                guard value.count == 12 else { return 0 }
                let (area, isTooLarge) = value.big32(at: 4).multipliedReportingOverflow(by: value.big32(at: 8))
                return isTooLarge ? .max : area
            }.max() ?? 0
    }

    /// `ispe` gives a size, `clap` cuts it (an encoder that knows only even sizes says so), `irot` turns it. In the order in which the item
    /// names them.
    func size(of item: Int) throws -> (width: Int, height: Int)? {
        var size: (width: Int, height: Int)?
        for property in properties(of: item) {
            let value = try file.bytes.bytes(at: property.content.lowerBound, count: min(32, property.content.count))
            switch property.type {
            case "ispe" where value.count >= 12: size = (value.big32(at: 4), value.big32(at: 8))
            case "clap" where value.count == 32:
                let (width, height) = (Self.ratio(value, at: 0), Self.ratio(value, at: 8))
                if let now = size, (1...now.width).contains(width), (1...now.height).contains(height) { size = (width, height) }
            case "irot": if let angle = value.first, angle & 1 == 1 { size = size.map { ($0.height, $0.width) } }
            default: break
            }
        }
        return size
    }

    private static func ratio(_ bytes: [UInt8], at offset: Int) -> Int {
        let divisor = bytes.big32(at: offset + 4)
        return divisor == 0 ? 0 : bytes.big32(at: offset) / divisor
    }

    /// All of them where the file does not say whose they are. §8.11.14
    private func properties(of item: Int) -> [BaseMediaFile.Box] {
        var reader = ByteReader(associations)
        let head = reader.number(4)
        let isWide = head & 1 == 1
        for _ in 0..<min(reader.number(4), associations.count) where reader.offset < associations.count {
            let id = reader.number(head >> 24 < 1 ? 2 : 4)
            let indices = (0..<reader.number(1)).map { _ in reader.number(isWide ? 2 : 1) & (isWide ? 0x7FFF : 0x7F) }
            guard id == item else { continue }
            return indices.compactMap { list.indices.contains($0 - 1) ? list[$0 - 1] : nil }
        }
        return list
    }
}

extension BaseMediaFile {
    /// The bytes of the boxes of these types, each once. Throws `DamagedFile` when one is absurdly large.
    fileprivate func tables(_ types: Set<String>, of boxes: [Box]) throws -> [String: [UInt8]] {
        try Dictionary(
            boxes.filter { types.contains($0.type) }.map { box in
                guard box.content.count <= 1_000_000 else { throw DamagedFile() }
                return (box.type, try bytes.bytes(at: box.content.lowerBound, count: box.content.count))
            }, uniquingKeysWith: { first, _ in first })
    }

    private static let shown: Set<String> = ["ftyp", "meta", "moov", "mdat", "moof", "sidx", "free", "skip"]

    /// Empties Exif, XMP and what else says something about a picture (the film of a motion photo among it), in place: every offset stays. What
    /// is left is well-formed, for readers refuse an Exif item without a structure. Orientation and colours are no metadata here: `irot`,
    /// `imir` and `colr` stay.
    func pictureEdits() throws -> [FileEdit] {
        let all = try boxes(in: 0..<bytes.size)
        var edits = try metadataEdits()
        // What is behind the last box that shows something is left out; between them it is blanked.
        let end = all.last { Self.shown.contains($0.type) }?.content.upperBound ?? bytes.size
        if let cut = try bytes.cutOffBox(at: all.last?.content.upperBound ?? 0), Self.shown.contains(cut) { throw DamagedFile() }
        edits = edits.filter { $0.range.upperBound <= end }
        edits += all.filter { $0.content.upperBound <= end && !Self.shown.contains($0.type) }.flatMap(blanked)
        if end < bytes.size { edits.append(.drop(end..<bytes.size)) }
        return Self.ordered(edits)
    }

    func itemEdits(_ meta: Box) throws -> [FileEdit] {
        try ItemTable(meta: meta, file: self).metadata.flatMap { Self.emptied($0.what, $0.pieces) }
    }

    /// As many bytes as the pieces have.
    private static func emptied(_ what: ItemTable.Telling, _ pieces: [Range<Int>]) -> [FileEdit] {
        let length = pieces.reduce(0) { $0 + $1.count }
        // In an item the structure stands behind the number of bytes to skip (ISO/IEC 23008-12, A.2.1).
        let wanted: [UInt8] =
            switch what {
            case .exif: [0, 0, 0, 0] + Exif.empty
            case .xmp: Array("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>".utf8)
            case .other: []
            }
        var rest = wanted.count <= length ? wanted[...] : []
        return pieces.flatMap { piece -> [FileEdit] in
            let head = rest.prefix(piece.count)
            rest = rest.dropFirst(head.count)
            let blank = piece.lowerBound + head.count..<piece.upperBound
            let filling = FileEdit(range: blank, change: .fill(what == .xmp ? 0x20 : 0))
            return [FileEdit(range: piece.lowerBound..<blank.lowerBound, change: .replace(Array(head))), filling]
                .filter { !$0.range.isEmpty }
        }
    }
}

extension FileBytes {
    /// The type of a box that begins here and promises more than there is.
    fileprivate func cutOffBox(at offset: Int) throws -> String? {
        let head = try bytes(at: offset, count: 8)
        return head.count == 8 ? String(decoding: head[4..<8], as: UTF8.self) : nil
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
