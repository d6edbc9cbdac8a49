/// The bytes of a QR code at level M: the text, padding, and Reed-Solomon codewords, interleaved by blocks (ISO/IEC 18004 §7.4 to §7.6).
struct QRCodewords {
    let version: Int
    let all: [UInt8]

    /// By version, from 1: all codewords, those for correction in each block, and the blocks (table 9).
    private static let capacities: [(total: Int, correction: Int, blocks: Int)] = [
        (26, 10, 1), (44, 16, 1), (70, 26, 1), (100, 18, 2), (134, 24, 2), (172, 16, 4), (196, 18, 4), (242, 22, 4), (292, 22, 5), (346, 26, 5),
        (404, 30, 5), (466, 22, 8), (532, 22, 9), (581, 24, 9), (655, 24, 10), (733, 28, 10), (815, 28, 11), (901, 26, 13), (991, 26, 14),
        (1085, 26, 16),
    ]

    /// Nil for what does not fit into version 20.
    init?(_ text: [UInt8]) {
        let fitting = Self.capacities.enumerated().first { index, capacity in
            let room = capacity.total - capacity.correction * capacity.blocks
            return text.count + (index < 9 ? 2 : 3) <= room
        }
        guard let (index, capacity) = fitting else { return nil }
        version = index + 1
        let room = capacity.total - capacity.correction * capacity.blocks
        let data = Self.padded(text, lengthBits: index < 9 ? 8 : 16, to: room)
        all = Self.interleaved(data, correction: capacity.correction, blocks: capacity.blocks)
    }

    /// The mode for bytes, the length, the text, the end, and the padding that the standard names.
    private static func padded(_ text: [UInt8], lengthBits: Int, to room: Int) -> [UInt8] {
        var bits: [Bool] = []
        func append(_ value: Int, _ count: Int) {
            for place in (0..<count).reversed() { bits.append(value >> place & 1 == 1) }
        }
        append(0b0100, 4)
        append(text.count, lengthBits)
        for byte in text { append(Int(byte), 8) }
        append(0, min(4, room * 8 - bits.count))
        append(0, (8 - bits.count % 8) % 8)
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: bits.count, by: 8) {
            bytes.append(bits[start..<(start + 8)].reduce(0) { $0 << 1 | ($1 ? 1 : 0) })
        }
        var pad: UInt8 = 0xEC
        while bytes.count < room {
            bytes.append(pad)
            pad = pad == 0xEC ? 0x11 : 0xEC
        }
        return bytes
    }

    /// Shorter blocks come first; codewords go column by column.
    private static func interleaved(_ data: [UInt8], correction: Int, blocks: Int) -> [UInt8] {
        let short = data.count / blocks
        let firstLong = blocks - data.count % blocks
        var (start, pieces): (Int, [[UInt8]]) = (0, [])
        for block in 0..<blocks {
            let length = short + (block < firstLong ? 0 : 1)
            pieces.append(Array(data[start..<(start + length)]))
            start += length
        }
        let generator = ReedSolomon.generator(correction)
        let checks = pieces.map { ReedSolomon.remainder(of: $0, generator) }
        var all: [UInt8] = []
        for column in 0...short {
            for piece in pieces where column < piece.count { all.append(piece[column]) }
        }
        for column in 0..<correction {
            for check in checks { all.append(check[column]) }
        }
        return all
    }
}

/// Polynomials over GF(256) with the modulus x⁸ + x⁴ + x³ + x² + 1.
private enum ReedSolomon {
    static func multiply(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var (product, left): (UInt8, UInt8) = (0, left)
        for bit in 0..<8 {
            if right >> bit & 1 == 1 { product ^= left }
            left = left & 0x80 == 0 ? left << 1 : left << 1 ^ 0x1D
        }
        return product
    }

    /// The product of (x - 2ⁱ) for the first `count` powers, without the leading 1; the highest power first.
    static func generator(_ count: Int) -> [UInt8] {
        var (all, root): ([UInt8], UInt8) = ([1], 1)
        for _ in 0..<count {
            let scaled: [UInt8] = [0] + all.map { multiply($0, root) }
            all.append(0)
            for index in all.indices { all[index] ^= scaled[index] }
            root = multiply(root, 2)
        }
        return Array(all.dropFirst())
    }

    static func remainder(of data: [UInt8], _ generator: [UInt8]) -> [UInt8] {
        var rest = [UInt8](repeating: 0, count: generator.count)
        for byte in data {
            let factor = byte ^ rest.removeFirst()
            rest.append(0)
            for index in rest.indices { rest[index] ^= multiply(generator[index], factor) }
        }
        return rest
    }
}
