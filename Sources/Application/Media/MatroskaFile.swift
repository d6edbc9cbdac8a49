import Domain

/// A WebM file: elements inside each other (RFC 8794, RFC 9559).
struct MatroskaFile {
    private struct Element {
        let id: Int
        let start: Int
        /// Behind its head.
        let content: Int
        /// Nil: until something else begins, as live recordings are written.
        let end: Int?
    }

    private enum ID {
        static let segment = 0x1853_8067
        static let information = 0x1549_A966
        static let checksum = 0xBF
        /// Tags, and files that are attached.
        static let telling: Set<Int> = [0x1254_C367, 0x1941_A469]
        /// Title, date, and the name it had.
        static let tellingInformation: Set<Int> = [0x7BA9, 0x4461, 0x7384]
        static let void: UInt8 = 0xEC
    }

    /// A day of film and sound has some ten million blocks; live recordings list them one by one.
    private static let mostElements = 20_000_000

    let bytes: FileBytes

    /// Makes what tells about place, time and people void, so that nothing changes its place.
    ///
    /// Throws `UNSUPPORTED_MEDIA` when the file is shorter than it says.
    func metadataEdits() throws -> [FileEdit] {
        var (edits, offset) = ([FileEdit](), 0)
        for _ in 0..<Self.mostElements {
            guard let element = try element(at: offset) else { return edits }
            if let end = element.end, end > bytes.size {
                guard element.id == ID.segment else { return edits }
                throw ProblemReport(.unsupportedMedia, "The film is cut off: its copy broke off before the end. Copy it again and upload that.")
            }
            if ID.telling.contains(element.id) { edits += void(element) }
            if element.id == ID.information, let end = element.end { edits += try informationEdits(element.content..<end) }
            // Into what has no end, and into the film itself.
            let end = element.id == ID.segment ? element.content : element.end ?? element.content
            guard end > offset else { return edits }
            offset = end
        }
        throw DamagedFile()
    }

    private func informationEdits(_ range: Range<Int>) throws -> [FileEdit] {
        var (inner, offset) = ([Element](), range.lowerBound)
        while offset < range.upperBound, inner.count < 1_000, let element = try element(at: offset), let end = element.end,
            end <= range.upperBound, end > offset
        {
            inner.append(element)
            offset = end
        }
        let telling = inner.filter { ID.tellingInformation.contains($0.id) }
        guard !telling.isEmpty else { return [] }
        // The checksum would be wrong afterwards.
        return inner.filter { ID.tellingInformation.contains($0.id) || $0.id == ID.checksum }.flatMap(void)
    }

    /// As long as it was, and empty (RFC 8794 §11.3.2).
    private func void(_ element: Element) -> [FileEdit] {
        guard let end = element.end, end - element.start >= 2 else { return [] }
        let length = end - element.start
        let head: [UInt8] =
            length < 9
            ? [ID.void, 0x80 | UInt8(length - 2)]
            : [ID.void, 0x01] + (0..<7).reversed().map { UInt8(truncatingIfNeeded: (length - 9) >> (8 * $0)) }
        let edits = [
            FileEdit(range: element.start..<element.start + head.count, change: .replace(head)),
            FileEdit(range: element.start + head.count..<end, change: .blank),
        ]
        return edits.filter { !$0.range.isEmpty }
    }

    /// Nil at the end, or where no element begins.
    private func element(at offset: Int) throws -> Element? {
        // More than is needed: pieces of this length come from memory.
        let head = try bytes.bytes(at: offset, count: 65)
        guard let first = head.first, first != 0 else { return nil }
        let idLength = first.leadingZeroBitCount + 1
        guard idLength <= 4, head.count > idLength, head[idLength] != 0 else { return nil }
        let sizeLength = head[idLength].leadingZeroBitCount + 1
        let content = idLength + sizeLength
        guard head.count >= content else { return nil }
        let marker = 1 << (7 * sizeLength)
        let size = head[idLength..<content].reduce(0) { $0 << 8 | Int($1) } & (marker - 1)
        return Element(
            id: head[..<idLength].reduce(0) { $0 << 8 | Int($1) }, start: offset, content: offset + content,
            end: size == marker - 1 ? nil : offset + content + size)
    }
}
