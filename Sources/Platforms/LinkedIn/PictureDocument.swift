import Domain
import Foundation

/// A PDF (ISO 32000-1) of pictures, one on each page: all pages as large as the largest picture, the others in their middle.
///
/// The pictures' own bytes stand in it unchanged, since PDF knows JPEG (`DCTDecode`), and are read while the document is sent.
struct PictureDocument: Sendable {
    private struct Page: Sendable {
        let media: OutgoingMedia
        let header: JPEGHeader
        var size: (width: Int, height: Int) { header.isOnItsSide ? (header.height, header.width) : (header.width, header.height) }
    }

    private enum Piece: Sendable {
        case bytes(Data)
        case picture(OutgoingMedia)

        var count: Int {
            switch self {
            case .bytes(let data): data.count
            case .picture(let media): media.media.size
            }
        }
    }

    private let pieces: [Piece]
    var size: Int { pieces.reduce(0) { $0 + $1.count } }

    /// Throws `.invalidContent` for what is no JPEG.
    init(_ pictures: [OutgoingMedia]) async throws {
        var pages: [Page] = []
        for media in pictures {
            guard let header = JPEGHeader(try await media.read(0, min(media.media.size, JPEGHeader.longest))) else {
                throw PlatformError(
                    .invalidContent, code: "LINKEDIN_CAROUSEL_PICTURE",
                    message: "The picture '\(media.media.name)' cannot be put into a carousel. Save it as a JPEG and upload that.")
            }
            pages.append(Page(media: media, header: header))
        }
        pieces = Self.document(pages)
    }

    private static func document(_ pages: [Page]) -> [Piece] {
        let (width, height) = (pages.map(\.size.width).max() ?? 1, pages.map(\.size.height).max() ?? 1)
        var (pieces, offsets, position): ([Piece], [Int], Int) = ([], [], 0)
        func add(_ piece: Piece) {
            pieces.append(piece)
            position += piece.count
        }
        func add(_ text: String) { add(.bytes(Data(text.utf8))) }
        func object(_ body: String) {
            offsets.append(position)
            add("\(offsets.count) 0 obj\n\(body)\nendobj\n")
        }
        add("%PDF-1.4\n")
        object("<< /Type /Catalog /Pages 2 0 R >>")
        // Three objects for each page, from the third on.
        let kids = pages.indices.map { "\(3 + 3 * $0) 0 R" }.joined(separator: " ")
        object("<< /Type /Pages /Count \(pages.count) /Kids [\(kids)] >>")
        for (index, page) in pages.enumerated() {
            let first = 3 + 3 * index
            object(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 \(width) \(height)] /Contents \(first + 1) 0 R "
                    + "/Resources << /XObject << /P \(first + 2) 0 R >> >> >>")
            let drawing = "q \(matrix(page, (width - page.size.width) / 2, (height - page.size.height) / 2)) cm /P Do Q"
            object("<< /Length \(drawing.utf8.count) >>\nstream\n\(drawing)\nendstream")
            offsets.append(position)
            add(
                "\(offsets.count) 0 obj\n<< /Type /XObject /Subtype /Image /Width \(page.header.width) /Height \(page.header.height) "
                    + "/ColorSpace \(page.header.colours) /BitsPerComponent 8 /Filter /DCTDecode /Length \(page.media.media.size) >>\nstream\n")
            add(.picture(page.media))
            add("\nendstream\nendobj\n")
        }
        let table = position
        add(
            "xref\n0 \(offsets.count + 1)\n0000000000 65535 f \n"
                + offsets.map { String(String(10_000_000_000 + $0).dropFirst()) + " 00000 n \n" }.joined())
        add("trailer\n<< /Size \(offsets.count + 1) /Root 1 0 R >>\nstartxref\n\(table)\n%%EOF\n")
        return pieces
    }

    /// Puts the unit square, in which PDF draws a picture, where it belongs and the way up that its orientation says (Exif 2.3, tag 274).
    private static func matrix(_ page: Page, _ x: Int, _ y: Int) -> String {
        let (w, h) = page.size
        let numbers =
            switch page.header.orientation {
            case 2: [-w, 0, 0, h, x + w, y]
            case 3: [-w, 0, 0, -h, x + w, y + h]
            case 4: [w, 0, 0, -h, x, y + h]
            case 5: [0, -h, -w, 0, x + w, y + h]
            case 6: [0, -h, w, 0, x, y + h]
            case 7: [0, h, w, 0, x, y]
            case 8: [0, h, -w, 0, x + w, y]
            default: [w, 0, 0, h, x, y]
            }
        return numbers.map(String.init).joined(separator: " ")
    }

    /// As a file to be sent.
    func file(named name: String) -> OutgoingMedia {
        let media = Media(
            id: MediaID(at: Timestamp(milliseconds: 0)), organizationId: OrganizationID(at: Timestamp(milliseconds: 0)), name: name, kind: .document,
            mimeType: "application/pdf", size: size, digest: "", width: nil, height: nil, duration: nil, altText: nil, hasThumbnail: false,
            createdAt: Timestamp(milliseconds: 0))
        return OutgoingMedia(media: media) { [pieces] offset, count in
            var start = 0
            for piece in pieces {
                defer { start += piece.count }
                guard offset < start + piece.count else { continue }
                let inner = offset - start
                let wanted = min(count, piece.count - inner)
                switch piece {
                case .bytes(let data): return data.dropFirst(inner).prefix(wanted)
                case .picture(let media): return try await media.read(inner, wanted)
                }
            }
            return Data()
        }
    }
}

/// What the beginning of a JPEG tells (ITU-T T.81 Annex B).
struct JPEGHeader: Sendable, Equatable {
    /// So far the frame header is looked for: behind a colour profile and a preview.
    static let longest = 1 << 20

    let width: Int
    let height: Int
    let components: Int
    /// As Exif numbers them, 1 to 8.
    let orientation: Int

    var isOnItsSide: Bool { orientation > 4 }
    /// CMYK comes inverted from every program that writes it.
    var colours: String {
        switch components {
        case 1: "/DeviceGray"
        case 4: "/DeviceCMYK /Decode [1 0 1 0 1 0 1 0]"
        default: "/DeviceRGB"
        }
    }

    init?(_ data: Data) {
        let bytes = [UInt8](data)
        func number(_ at: Int) -> Int { at + 1 < bytes.count ? Int(bytes[at]) << 8 | Int(bytes[at + 1]) : 0 }
        guard number(0) == 0xFFD8 else { return nil }
        var (position, turned) = (2, 1)
        while position + 9 < bytes.count, bytes[position] == 0xFF {
            let (marker, length) = (bytes[position + 1], number(position + 2))
            switch marker {
            case 0xFF:  // Fill.
                position += 1
                continue
            // Frames, but not the tables among their numbers.
            case 0xC0...0xCF where ![0xC4, 0xC8, 0xCC].contains(marker):
                (height, width, components, orientation) = (number(position + 5), number(position + 7), Int(bytes[position + 9]), turned)
                guard width > 0, height > 0, [1, 3, 4].contains(components) else { return nil }
                return
            case 0xE1:
                let segment = bytes[min(position + 4, bytes.count)..<min(position + 2 + max(length, 2), bytes.count)]
                if segment.starts(with: Array("Exif".utf8)) { turned = Self.orientation(Array(segment.dropFirst(6))) ?? turned }
            default: break
            }
            guard length >= 2 else { return nil }
            position += 2 + length
        }
        return nil
    }

    /// Of the first directory (TIFF 6.0).
    private static func orientation(_ tiff: [UInt8]) -> Int? {
        guard tiff.count > 8 else { return nil }
        let isLittle = tiff[0] == 0x49
        func short(_ at: Int) -> Int? {
            guard at >= 0, at + 1 < tiff.count else { return nil }
            return isLittle ? Int(tiff[at + 1]) << 8 | Int(tiff[at]) : Int(tiff[at]) << 8 | Int(tiff[at + 1])
        }
        guard let high = short(isLittle ? 6 : 4), let low = short(isLittle ? 4 : 6), let count = short(high << 16 | low) else { return nil }
        let first = (high << 16 | low) + 2
        let entry = (0..<min(count, 500)).map { first + 12 * $0 }.first { short($0) == 274 }
        return entry.flatMap { short($0 + 8) }.flatMap { (1...8).contains($0) ? $0 : nil }
    }
}
