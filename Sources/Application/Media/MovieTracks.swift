/// What the tracks of a movie tell beside picture and sound: where a phone or a drone was (timed metadata, subtitles), and when it was made.
struct MovieTracks {
    let movie: BaseMediaFile.Box
    let file: BaseMediaFile

    /// Handlers of tracks that stay (ISO/IEC 14496-12 §8.4.3): films, sound, moving pictures (ISO/IEC 23008-12 §7), and what belongs to them (transparency, depth).
    private static let played: Set<String> = ["vide", "soun", "pict", "auxv"]
    /// Bytes of a table of a track that is taken out: of a million samples and more there is none.
    private static let largestTable = 8 * 1_048_576

    /// Nothing changes its place: what is taken out becomes free room.
    func edits() throws -> [FileEdit] {
        let boxes = try file.boxes(in: movie.content)
        var edits = try boxes.filter { $0.type == "mvhd" }.flatMap(times)
        // The samples of a movie in fragments are listed elsewhere.
        let inFragments = boxes.contains { $0.type == "mvex" }
        for track in boxes where track.type == "trak" {
            let inner = try file.boxes(in: track.content)
            let media = try inner.first { $0.type == "mdia" }.map { try file.boxes(in: $0.content) } ?? []
            edits += try (inner.filter { $0.type == "tkhd" } + media.filter { $0.type == "mdhd" }).flatMap(times)
            guard !inFragments, let handler = try handler(media), !Self.played.contains(handler) else { continue }
            edits += try samples(media).map { FileEdit(range: $0, change: .blank) } + file.blanked(track)
        }
        return edits
    }

    /// When it was made and changed, as a movie, a track and its media note it; nothing where they do not.
    private func times(_ header: BaseMediaFile.Box) throws -> [FileEdit] {
        let head = try file.bytes.bytes(at: header.content.lowerBound, count: min(20, header.content.count))
        guard let version = head.first else { return [] }
        let range = 4..<(version == 0 ? 12 : 20)
        guard head.count >= range.upperBound, head[range].contains(where: { $0 != 0 }) else { return [] }
        let start = header.content.lowerBound
        return [FileEdit(range: start + range.lowerBound..<start + range.upperBound, change: .blank)]
    }

    private func handler(_ media: [BaseMediaFile.Box]) throws -> String? {
        guard let box = media.first(where: { $0.type == "hdlr" }) else { return nil }
        let head = try file.bytes.bytes(at: box.content.lowerBound, count: min(12, box.content.count))
        return head.count == 12 ? String(decoding: head[8...], as: UTF8.self) : nil
    }

    /// Where the samples of a track lie, chunk by chunk (§8.7).
    private func samples(_ media: [BaseMediaFile.Box]) throws -> [Range<Int>] {
        guard let information = media.first(where: { $0.type == "minf" }),
            let list = try file.boxes(in: information.content).first(where: { $0.type == "stbl" })
        else { return [] }
        let tables = try file.boxes(in: list.content)
        guard let sizes = try table("stsz", tables), let runs = try table("stsc", tables), sizes.count >= 12 else { return [] }
        let offsets = try table("stco", tables).map { (bytes: $0, width: 4) } ?? table("co64", tables).map { (bytes: $0, width: 8) }
        guard let offsets else { return [] }

        let sameSize = sizes.big32(at: 4)
        // However many it promises: no more than it lists.
        let count = sameSize > 0 ? sizes.big32(at: 8) : min(sizes.big32(at: 8), (sizes.count - 12) / 4)
        var (ranges, sample, run) = ([Range<Int>](), 0, 8)
        for (index, place) in stride(from: 8, through: offsets.bytes.count - offsets.width, by: offsets.width).enumerated() {
            // A run holds until the next one's first chunk; chunks count from 1.
            while run + 24 <= runs.count, runs.big32(at: run + 12) <= index + 1 { run += 12 }
            guard run + 12 <= runs.count else { break }
            let next = min(count, sample + runs.big32(at: run + 4))
            let length =
                sameSize > 0
                ? (next - sample).multipliedReportingOverflow(by: sameSize).partialValue
                : (sample..<next).reduce(0) { $0 + sizes.big32(at: 12 + 4 * $1) }
            let start = offsets.width == 4 ? offsets.bytes.big32(at: place) : offsets.bytes.big64(at: place)
            if start >= 0, length > 0, start < file.bytes.size, length <= file.bytes.size - start { ranges.append(start..<start + length) }
            sample = next
        }
        return ranges
    }

    private func table(_ type: String, _ boxes: [BaseMediaFile.Box]) throws -> [UInt8]? {
        guard let box = boxes.first(where: { $0.type == type }) else { return nil }
        guard box.content.count <= Self.largestTable else { throw DamagedFile() }
        return [UInt8](try file.bytes.read(box.content.lowerBound, box.content.count))
    }
}
