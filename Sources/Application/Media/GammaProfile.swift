import Foundation

/// A colour profile for a PNG that tells its colours by a gamma alone, which browsers honour and libvips does not.
enum GammaProfile {
    /// The profile (ICC.1:2001-04): sRGB's primaries, and the file's own curve. Nil when the picture tells its colours otherwise, or has sRGB's
    /// usual gamma.
    static func of(_ file: FileBytes) throws -> [UInt8]? {
        guard try file.bytes(at: 0, count: 4) == [0x89, 0x50, 0x4E, 0x47] else { return nil }
        let isGrey = [0, 4].contains(try file.bytes(at: 25, count: 1).first)
        var (offset, gamma) = (8, 0)
        for _ in 0..<Metadata.mostPieces {
            let chunk = try file.bytes(at: offset, count: 12)
            guard chunk.count == 12 else { return nil }
            switch String(decoding: chunk[4..<8], as: UTF8.self) {
            case "gAMA": gamma = chunk.big32(at: 8)
            case "iCCP", "sRGB", "cICP": return nil
            case "IDAT":
                // In hundred-thousandths. The curve has 8 bits behind the point.
                let isUsual = abs(gamma - 45_455) < 1_000
                return isUsual || !(1_000...1_000_000).contains(gamma) ? nil : profile(25_600_000 / gamma, isGrey: isGrey)
            default: break
            }
            offset += 12 + chunk.big32(at: 0)
        }
        return nil
    }

    private static func profile(_ exponent: Int, isGrey: Bool) -> [UInt8] {
        let curve = signed("curv") + big32(1) + [UInt8(truncatingIfNeeded: exponent >> 8), UInt8(truncatingIfNeeded: exponent), 0, 0]
        let name = signed("desc") + big32(6) + Array("gamma\0".utf8) + Array(repeating: 0, count: 80)
        var tags: [(String, [UInt8])] = [("desc", name), ("cprt", signed("text") + Array("none\0\0\0\0".utf8)), ("wtpt", xyz(white))]
        tags +=
            isGrey
            ? [("kTRC", curve)]
            : [
                ("rXYZ", xyz([28_578, 14_581, 912])), ("gXYZ", xyz([25_241, 46_981, 6_362])), ("bXYZ", xyz([9_376, 3_972, 46_799])),
                ("rTRC", curve), ("gTRC", curve), ("bTRC", curve),
            ]
        let start = 128 + 4 + 12 * tags.count
        var (table, data) = (big32(tags.count), [UInt8]())
        for (name, value) in tags {
            table += Array(name.utf8) + big32(start + data.count) + big32(value.count)
            data += value
        }
        var head = big32(start + data.count) + big32(0) + big32(0x0210_0000)
        head += Array("mntr\(isGrey ? "GRAY" : "RGB ")XYZ ".utf8) + Array(repeating: 0, count: 12) + Array("acsp".utf8)
        head += Array(repeating: 0, count: 28) + white.flatMap(big32)
        return head + Array(repeating: 0, count: 128 - head.count) + table + data
    }

    /// D50, in 65,536ths like the primaries.
    private static let white = [63_190, 65_536, 54_061]

    private static func signed(_ type: String) -> [UInt8] { Array(type.utf8) + big32(0) }
    private static func xyz(_ value: [Int]) -> [UInt8] { signed("XYZ ") + value.flatMap(big32) }
    private static func big32(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }
}
