import Domain
import Foundation

/// What a file is, told by its first bytes, of office documents by what is inside (`OfficeFile`). Names and declared types are never believed. What is not listed is refused: no SVG, no HTML.
enum FileSignature: String, CaseIterable, Sendable {
    case jpeg = "image/jpeg"
    case png = "image/png"
    case gif = "image/gif"
    case webp = "image/webp"
    case heic = "image/heic"
    case avif = "image/avif"
    case mp4 = "video/mp4"
    case quickTime = "video/quicktime"
    case webm = "video/webm"
    case pdf = "application/pdf"
    case doc = "application/msword"
    case docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    case ppt = "application/vnd.ms-powerpoint"
    case pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

    /// How many bytes from the start `init` looks at.
    static let length = 64

    static let supported = "JPEG, PNG, GIF, WebP, HEIC, AVIF, MP4, MOV, WebM, PDF, DOC, DOCX, PPT and PPTX (without macros)"

    init?(_ head: Data) {
        let bytes = [UInt8](head.prefix(Self.length))
        func has(_ text: String, at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if has("GIF87a") || has("GIF89a") {
            self = .gif
        } else if has("RIFF"), has("WEBP", at: 8) {
            self = .webp
        } else if has("%PDF-") {
            self = .pdf
        } else if bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
            // Matroska's document type follows within the header; only WebM is taken.
            guard Data(bytes).firstRange(of: Data("webm".utf8)) != nil else { return nil }
            self = .webm
        } else if has("ftyp", at: 4), let type = Self.baseMedia(bytes) {
            self = type
        } else if ["moov", "mdat", "wide", "free", "skip"].contains(where: { has($0, at: 4) }) {
            self = .quickTime  // QuickTime files from before `ftyp`.
        } else {
            return nil
        }
    }

    /// The brands of the ISO base media format (ISO/IEC 14496-12 §4.3): the major one, then the compatible ones.
    private static func baseMedia(_ bytes: [UInt8]) -> FileSignature? {
        let size = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        var brands = [Self.brand(bytes, at: 8)]
        for offset in stride(from: 16, to: min(size, bytes.count) - 3, by: 4) { brands.append(brand(bytes, at: offset)) }
        for brand in brands {
            switch brand {
            case "avif", "avis": return .avif
            case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
                return brands.contains("avif") ? .avif : .heic
            case "qt  ", "mqt ": return .quickTime
            case "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7", "iso8", "iso9", "mp41", "mp42", "mp71", "avc1", "M4V ", "dash",
                "MSNV", "M4A ", "M4B ", "f4v ", "F4V ", "NDSC", "XAVC", "hvc1", "hev1", "av01", "cmfc", "cmf2", "3gp4", "3gp5", "3gp6",
                "3gp7", "3gp8", "3gp9", "3g2a", "3g2b", "3g2c", "3ge6", "3ge7", "3gg6", "3gs7":
                return .mp4
            default: continue
            }
        }
        return nil
    }

    private static func brand(_ bytes: [UInt8], at offset: Int) -> String {
        String(decoding: bytes.dropFirst(offset).prefix(4), as: UTF8.self)
    }

    /// What a film's container is called when it holds sound alone.
    var soundType: String {
        switch self {
        case .mp4, .quickTime: "audio/mp4"
        case .webm: "audio/webm"
        default: rawValue
        }
    }

    var kind: MediaKind {
        switch self {
        case .jpeg, .png, .gif, .webp, .heic, .avif: .image
        case .mp4, .quickTime, .webm: .video
        case .pdf, .doc, .docx, .ppt, .pptx: .document
        }
    }
}
