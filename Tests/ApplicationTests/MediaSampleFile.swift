import Foundation

/// Files made byte by byte, so that tests know exactly what is in them.
enum SampleFile {
    /// Words that must not survive in a stored file.
    static let secret = "48.8584N-secret-place"

    static func png(width: Int, height: Int, extra: [(type: String, data: Data)] = []) -> Data {
        var file = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        file += pngChunk("IHDR", big32(width) + big32(height) + Data([8, 0, 0, 0, 0]))
        for chunk in extra { file += pngChunk(chunk.type, chunk.data) }
        // One stored deflate block of zero rows: one filter byte and `width` grey pixels each.
        let raw = Data(count: (width + 1) * height)
        let adler = UInt32(1 + (raw.count % 65_521) << 16)
        file += pngChunk(
            "IDAT",
            Data([0x78, 0x01, 0x01]) + little16(raw.count) + little16(~raw.count & 0xFFFF) + raw + big32(Int(adler)))
        return file + pngChunk("IEND", Data())
    }

    private static func pngChunk(_ type: String, _ data: Data) -> Data {
        let named = Data(type.utf8) + data
        return big32(data.count) + named + big32(Int(crc32(named)))
    }

    private static func crc32(_ data: Data) -> UInt32 {
        ~data.reduce(~0) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }

    /// A JPEG that tells where it was taken (Exif with GPS, XMP, IPTC, a comment, a preview behind the image), lying on its side.
    static func jpeg(orientation: Int = 6) -> Data {
        var file = Data([0xFF, 0xD8])
        file += segment(0xE0, Data("JFIF\0".utf8) + Data([1, 1, 0, 0, 1, 0, 1, 0, 0]))
        file += segment(0xE1, Data("Exif\0\0".utf8) + tiff(orientation))
        file += segment(0xE1, Data("http://ns.adobe.com/xap/1.0/\0\(secret)".utf8))
        file += segment(0xE2, Data("ICC_PROFILE\0profile".utf8))
        file += segment(0xED, Data("Photoshop 3.0\0\(secret)".utf8))
        file += segment(0xFE, Data(secret.utf8))
        file += segment(0xC0, Data([8]) + big16(20) + big16(30) + Data([1, 1, 0x11, 0]))
        file += segment(0xDA, Data([1, 1, 0, 0, 63, 0]))
        file += Data([0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56])
        file += segment(0xC4, Data([0, 1, 2]))  // As between the scans of a progressive image.
        file += segment(0xDA, Data([1, 1, 0, 0, 63, 0])) + Data([0x78, 0xFF, 0xD9])
        return file + Data(secret.utf8)
    }

    /// Orientation and a GPS directory, little-endian.
    private static func tiff(_ orientation: Int) -> Data {
        Data("II*\0".utf8) + Data([8, 0, 0, 0, 2, 0])
            + Data([0x12, 0x01, 3, 0, 1, 0, 0, 0, UInt8(orientation), 0, 0, 0])
            + Data([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0]) + Data(secret.utf8)
    }

    private static func segment(_ marker: UInt8, _ data: Data) -> Data { Data([0xFF, marker]) + big16(data.count + 2) + data }

    static func webp(animated: Bool) -> Data {
        let flags: UInt8 = 0x0C | (animated ? 0x02 : 0)
        let chunks =
            riffChunk("VP8X", Data([flags, 0, 0, 0, 29, 0, 0, 19, 0, 0])) + riffChunk("VP8 ", Data("pixels".utf8))
            + riffChunk("EXIF", Data(secret.utf8)) + riffChunk("XMP ", Data(secret.utf8))
        return Data("RIFF".utf8) + little32(chunks.count + 4) + Data("WEBP".utf8) + chunks
    }

    static func riffChunk(_ type: String, _ data: Data) -> Data {
        Data(type.utf8) + little32(data.count) + data + Data(count: data.count % 2)
    }

    static func gif(frames: Int) -> Data {
        var file = Data("GIF89a".utf8) + little16(30) + little16(20) + Data([0x80, 0, 0, 0, 0, 0, 255, 255, 255])
        for _ in 0..<frames {
            file += Data([0x21, 0xF9, 4, 0, 10, 0, 0, 0])
            file += Data([0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x01, 0])
        }
        return file + Data([0x3B])
    }

    /// A film with its place in the user data, of the movie and of a track.
    static func film() -> Data {
        let userData = box("udta", box("\u{A9}xyz", Data(secret.utf8)))
        let movie = box("mvhd", Data(count: 100)) + box("trak", box("tkhd", Data(count: 84)) + userData) + userData
        return box("ftyp", Data("isom\0\0\0\u{1}isommp42".utf8)) + box("moov", movie + box("meta", Data(secret.utf8)))
            + box("mdat", Data("frames".utf8))
    }

    /// A HEIC file of 30 by 20, turned by a quarter, with an Exif item.
    static func heic() -> Data {
        let item = { (id: Int, type: String) in box("infe", Data([2, 0, 0, 0]) + big16(id) + big16(0) + Data(type.utf8) + Data([0])) }
        let items = box("iinf", Data(count: 4) + big16(2) + item(1, "hvc1") + item(2, "Exif"))
        let size = box("ispe", Data(count: 4) + big32(30) + big32(20))
        let properties = box("iprp", box("ipco", size + box("irot", Data([1]))))
        let start = box("ftyp", Data("heic\0\0\0\0mif1heic".utf8))
        let entry = { (id: Int, offset: Int, length: Int) in big16(id) + big16(0) + big16(1) + big32(offset) + big32(length) }
        let meta = { (offset: Int) in
            box(
                "meta",
                Data(count: 4) + items + properties
                    + box(
                        "iloc",
                        Data(count: 4) + Data([0x44, 0x00]) + big16(2) + entry(1, offset, 6) + entry(2, offset + 6, secret.utf8.count)))
        }
        let dataOffset = start.count + meta(0).count + 8
        return start + meta(dataOffset) + box("mdat", Data("pixels".utf8) + Data(secret.utf8))
    }

    /// A HEIC file whose table of items promises as many entries as a number holds, and holds none.
    static func boastfulHEIC() -> Data {
        let table = box("iloc", Data([2, 0, 0, 0, 0x44, 0x00]) + big32(0xFFFF_FFFF))
        return box("ftyp", Data("heic\0\0\0\0mif1heic".utf8)) + box("meta", Data(count: 4) + table) + box("mdat", Data("pixels".utf8))
    }

    static func box(_ type: String, _ data: Data) -> Data {
        big32(data.count + 8) + Data(type.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }) + data
    }

    static func big16(_ number: Int) -> Data { Data([UInt8(number >> 8 & 255), UInt8(number & 255)]) }
    static func big32(_ number: Int) -> Data { big16(number >> 16 & 0xFFFF) + big16(number & 0xFFFF) }
    static func little16(_ number: Int) -> Data { Data(big16(number).reversed()) }
    static func little32(_ number: Int) -> Data { Data(big32(number).reversed()) }
}
