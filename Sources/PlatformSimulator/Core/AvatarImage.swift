/// A small PNG of symmetric blocks made from a seed: profile pictures and logos that products can download.
enum AvatarImage {
    private static let cells = 5
    private static let cell = 16
    private static let margin = 8
    private static let side = cells * cell + 2 * margin

    static func png(seed: String) -> [UInt8] {
        let hash = Encoding.stableHash(seed)
        let ink: [UInt8] = [UInt8(60 + hash % 120), UInt8(60 + (hash >> 8) % 120), UInt8(60 + (hash >> 16) % 120)]
        let paper: [UInt8] = [240, 238, 234]
        var rows: [UInt8] = []
        for y in 0..<side {
            rows.append(0)  // filter: none
            for x in 0..<side { rows += isInk(x, y, hash) ? ink : paper }
        }
        let size = bigEndian(UInt32(side))
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", size + size + [8, 2, 0, 0, 0]) + chunk("IDAT", zlibStored(rows)) + chunk("IEND", [])
    }

    private static func isInk(_ x: Int, _ y: Int, _ hash: UInt64) -> Bool {
        guard (margin..<side - margin).contains(x), (margin..<side - margin).contains(y) else { return false }
        let column = (x - margin) / cell
        let row = (y - margin) / cell
        let mirrored = min(column, cells - 1 - column)
        return (hash >> UInt64(24 + row * 3 + mirrored)) & 1 == 1
    }

    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return bigEndian(UInt32(data.count)) + body + bigEndian(crc32(body))
    }

    /// Deflate with stored blocks: nothing is compressed.
    private static func zlibStored(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x78, 0x01]
        var position = 0
        while position < bytes.count {
            let length = min(65_535, bytes.count - position)
            let isLast: UInt8 = position + length == bytes.count ? 1 : 0
            let low = UInt8(length & 255)
            let high = UInt8(length >> 8)
            out += [isLast, low, high, ~low, ~high] + bytes[position..<position + length]
            position += length
        }
        return out + bigEndian(adler32(bytes))
    }

    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var low: UInt32 = 1
        var high: UInt32 = 0
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return high << 16 | low
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
}
