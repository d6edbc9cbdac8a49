/// A document of an office program: what it is stands inside the container, never at its beginning.
struct OfficeFile {
    let bytes: FileBytes

    /// Bytes of a table of contents that is read: some hundred thousand names.
    private static let largestTable = 8 * 1_048_576

    /// Word or PowerPoint, without macros; nil for everything else in these containers.
    func signature() throws -> FileSignature? {
        let head = try bytes.bytes(at: 0, count: 8)
        if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return try openXML() }
        if head == [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] { return try compound() }
        return nil
    }

    // MARK: - DOCX and PPTX: a ZIP archive (ECMA-376)

    private func openXML() throws -> FileSignature? {
        let names = try zipNames()
        guard names.contains("[Content_Types].xml"), !names.contains(where: { $0.hasSuffix("/vbaProject.bin") }) else { return nil }
        if names.contains("word/document.xml") { return .docx }
        return names.contains("ppt/presentation.xml") ? .pptx : nil
    }

    /// From the central directory at the end (APPNOTE 4.3.12, 4.3.16).
    private func zipNames() throws -> Set<String> {
        let tailStart = max(0, bytes.size - 65_557)
        let tail = [UInt8](try bytes.read(tailStart, bytes.size - tailStart))
        let mark: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
        guard
            let end = stride(from: tail.count - 22, through: 0, by: -1).first(where: { tail[$0..<$0 + 4].elementsEqual(mark) })
        else { throw DamagedFile() }
        let (length, start) = (tail.little32(at: end + 12), tail.little32(at: end + 16))
        guard length <= Self.largestTable, start + length <= bytes.size else { throw DamagedFile() }
        let table = [UInt8](try bytes.read(start, length))
        var (names, offset) = (Set<String>(), 0)
        while offset + 46 <= table.count, table[offset..<offset + 4].elementsEqual([0x50, 0x4B, 0x01, 0x02]) {
            let name = offset + 46..<offset + 46 + table.little16(at: offset + 28)
            guard name.upperBound <= table.count else { break }
            names.insert(String(decoding: table[name], as: UTF8.self))
            offset = name.upperBound + table.little16(at: offset + 30) + table.little16(at: offset + 32)
        }
        return names
    }

    // MARK: - DOC and PPT: a compound file ([MS-CFB])

    private func compound() throws -> FileSignature? {
        let names = try streamNames()
        if names.contains("VBA") || names.contains("_VBA_PROJECT") { return nil }
        if names.contains("WordDocument") { return .doc }
        return names.contains("PowerPoint Document") ? .ppt : nil
    }

    /// The names in the directory, sector after sector as the allocation table links them (§2.3, §2.6.1).
    private func streamNames() throws -> Set<String> {
        let header = [UInt8](try bytes.read(0, 512))
        guard header.count == 512, [9, 12].contains(header.little16(at: 30)) else { throw DamagedFile() }
        let size = 1 << header.little16(at: 30)
        var (names, sector) = (Set<String>(), header.little32(at: 48))
        for _ in 0..<2_000 where sector < 0xFFFF_FFFA {
            let entries = [UInt8](try bytes.read((sector + 1) * size, size))
            guard entries.count == size else { throw DamagedFile() }
            for start in stride(from: 0, to: size, by: 128) {
                let units = stride(from: start, to: start + max(0, min(64, entries.little16(at: start + 64)) - 2), by: 2)
                names.insert(String(decoding: units.map { UInt16(entries.little16(at: $0)) }, as: UTF16.self))
            }
            let (table, entry) = (sector / (size / 4), sector % (size / 4))
            // Tables beyond the header's list belong to files of more than seven megabytes: the directory began in what was read.
            guard table < 109 else { break }
            let place = (header.little32(at: 76 + 4 * table) + 1) * size + 4 * entry
            let next = try bytes.bytes(at: place, count: 4)
            guard next.count == 4 else { throw DamagedFile() }
            sector = next.little32(at: 0)
        }
        return names
    }
}
