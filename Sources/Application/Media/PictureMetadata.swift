import CZlib

extension Metadata {
    /// The largest Exif structure that is looked into; JPEG has no room for more.
    static let mostExif = 65_536

    /// What shows the picture: size, colours, transparency, resolution, movement. All other chunks but the critical ones are dropped.
    private static let shownOfPNG: Set<String> = [
        "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI", "bKGD", "hIST", "pHYs", "sPLT", "acTL", "fcTL", "fdAT",
    ]

    /// Of an `eXIf` chunk the orientation stays. A file that ends behind its image without saying so is given its end.
    static func png(_ file: FileBytes) throws -> [FileEdit] {
        var edits: [FileEdit] = []
        var (offset, hasImage) = (8, false)
        for _ in 0..<mostPieces {
            if offset == file.size, hasImage {
                return edits + [FileEdit(range: offset..<offset, change: .replace(pngChunk("IEND", [])))]
            }
            let head = try file.bytes(at: offset, count: 8)
            guard head.count == 8 else { throw DamagedFile() }
            let (length, type) = (head.big32(at: 0), String(decoding: head[4...], as: UTF8.self))
            let end = offset + 12 + length
            if type == "IEND" {
                if end < file.size { edits.append(.drop(end..<file.size)) }
                return edits
            }
            guard end <= file.size else { throw DamagedFile() }
            if type == "IDAT" { hasImage = true }
            let turn =
                type == "eXIf" && length <= mostExif
                ? Exif.orientationOnly(try file.bytes(at: offset + 8, count: length)).map { pngChunk(type, $0) } : nil
            if head[4] & 0x20 != 0, !shownOfPNG.contains(type) {
                edits.append(FileEdit(range: offset..<end, change: .replace(turn ?? [])))
            }
            offset = end
        }
        throw DamagedFile()
    }

    private static func pngChunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let named = Array(type.utf8) + data
        return big32(data.count) + named + big32(Int(crc32(0, named, UInt32(named.count))))
    }

    private static func big32(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }
    private static func little32(_ number: Int) -> [UInt8] { big32(number).reversed() }

    private static let shownOfWebP: Set<String> = ["VP8X", "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF", "ICCP"]

    /// Of an `EXIF` chunk the orientation stays.
    static func webp(_ file: FileBytes) throws -> [FileEdit] {
        var edits: [FileEdit] = []
        var flags: (range: Range<Int>, value: UInt8)?
        var (announced, isTurned) = (12, false)
        let head = try file.bytes(at: 0, count: 12)
        guard head.count == 12 else { throw DamagedFile() }
        let end = min(file.size, 8 + head.little32(at: 4))
        for pieces in 0...mostPieces where announced < end {
            let offset = announced
            let chunk = try file.bytes(at: offset, count: 9)
            guard chunk.count >= 8, pieces < mostPieces else { throw DamagedFile() }
            let (type, length) = (String(decoding: chunk.prefix(4), as: UTF8.self), chunk.little32(at: 4))
            announced = min(end, offset + 8 + length + length % 2)
            if type == "VP8X", chunk.count == 9 { flags = (offset + 8..<offset + 9, chunk[8]) }
            guard !shownOfWebP.contains(type) else { continue }
            var rest: [UInt8] = []
            if type == "EXIF", length <= mostExif, !isTurned,
                let turn = Exif.orientationOnly(Exif.unprefixed(try file.bytes(at: offset + 8, count: length)))
            {
                rest = Array(type.utf8) + little32(turn.count) + turn
                isTurned = true
            }
            edits.append(FileEdit(range: offset..<announced, change: .replace(rest)))
        }
        guard !edits.isEmpty || end < file.size else { return [] }
        let size = end - 8 - edits.reduce(0) { $0 + $1.shrinks }
        if let flags {
            // They announce Exif and XMP.
            edits.append(FileEdit(range: flags.range, change: .replace([flags.value & ~0x0C | (isTurned ? 0x08 : 0)])))
        }
        if end < file.size { edits.append(.drop(end..<file.size)) }
        edits.append(FileEdit(range: 4..<8, change: .replace(little32(size))))
        return edits.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// Applications' blocks that show something: how often to repeat, and the colour profile.
    private static let shownOfGIF: Set<String> = ["NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012"]

    /// Drops comments, texts that no program shows, other applications' blocks (XMP), and what follows the end. GIF89a §24 ff.
    static func gif(_ file: FileBytes) throws -> [FileEdit] {
        var edits: [FileEdit] = []
        let head = try file.bytes(at: 0, count: 13)
        guard head.count == 13 else { throw DamagedFile() }
        var offset = 13 + ImageHeader.colourTable(head[10])
        while true {
            let block = try file.bytes(at: offset, count: 14)
            let start = offset
            switch block.first {
            case 0x2C where block.count >= 10: offset += 10 + ImageHeader.colourTable(block[9]) + 1
            case 0x21: offset += 2
            case 0x3B:
                if offset + 1 < file.size { edits.append(.drop(offset + 1..<file.size)) }
                return edits
            default:
                // No end is said. What is here is no picture.
                if offset < file.size { edits.append(FileEdit(range: offset..<file.size, change: .replace([0x3B]))) }
                return edits
            }
            while let length = try file.bytes(at: offset, count: 1).first {
                offset += 1 + Int(length)
                if length == 0 { break }
            }
            guard block[0] == 0x21, block.count >= 2, block[1] != 0xF9 else { continue }
            let name = block.count == 14 ? String(decoding: block[3..<14], as: UTF8.self) : ""
            if block[1] != 0xFF || !shownOfGIF.contains(name) { edits.append(.drop(start..<min(offset, file.size))) }
        }
    }
}

extension FileEdit {
    /// How many bytes the file loses.
    fileprivate var shrinks: Int {
        guard case .replace(let bytes) = change else { return 0 }
        return range.count - bytes.count
    }
}
