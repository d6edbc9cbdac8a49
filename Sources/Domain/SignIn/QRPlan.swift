/// Where what stands in a QR code of one version (ISO/IEC 18004 §6.3 and §7.7 to §7.10).
struct QRPlan {
    let version: Int
    let size: Int
    /// What is fixed: nil where data go.
    private var fixed: [Bool?]

    /// The centres of alignment patterns, by version from 1 (annex E).
    private static let alignments: [[Int]] = [
        [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50], [6, 30, 54], [6, 32, 58], [6, 34, 62],
        [6, 26, 46, 66], [6, 26, 48, 70], [6, 26, 50, 74], [6, 30, 54, 78], [6, 30, 56, 82], [6, 30, 58, 86], [6, 34, 62, 90],
    ]

    init(version: Int) {
        self.version = version
        size = version * 4 + 17
        fixed = Array(repeating: nil, count: size * size)
        for position in 0..<size {
            put(position, 6, position % 2 == 0)
            put(6, position, position % 2 == 0)
        }
        for (x, y) in [(3, 3), (size - 4, 3), (3, size - 4)] { square(x, y, radius: 4) { $0 != 2 && $0 != 4 } }
        let centres = Self.alignments[version - 1]
        for x in centres {
            for y in centres where !isFinder(x, y) { square(x, y, radius: 2) { $0 != 1 } }
        }
        placeVersion()
        placeFormat(mask: 0)
    }

    /// With `bits` where data go, under one of the eight masks.
    func filled(with bits: [Bool], mask: Int) -> [Bool] {
        var plan = self
        plan.placeFormat(mask: mask)
        var next = 0
        var result = plan.fixed.map { $0 ?? false }
        for (x, y) in walk() where plan.fixed[y * size + x] == nil {
            let bit = next < bits.count && bits[next]
            next += 1
            result[y * size + x] = bit != Self.masks(mask, x, y)
        }
        return result
    }

    /// Two columns at a time from the right, up and down in turn; the column of the timing pattern is left out.
    private func walk() -> [(x: Int, y: Int)] {
        let rights = Array(stride(from: size - 1, to: 6, by: -2)) + Array(stride(from: 5, to: 0, by: -2))
        var places: [(x: Int, y: Int)] = []
        for (turn, right) in rights.enumerated() {
            for step in 0..<size {
                let y = turn % 2 == 0 ? size - 1 - step : step
                places.append((right, y))
                places.append((right - 1, y))
            }
        }
        return places
    }

    private static func masks(_ mask: Int, _ x: Int, _ y: Int) -> Bool {
        switch mask {
        case 0: (x + y) % 2 == 0
        case 1: y % 2 == 0
        case 2: x % 3 == 0
        case 3: (x + y) % 3 == 0
        case 4: (y / 2 + x / 3) % 2 == 0
        case 5: x * y % 2 + x * y % 3 == 0
        case 6: (x * y % 2 + x * y % 3) % 2 == 0
        default: ((x + y) % 2 + x * y % 3) % 2 == 0
        }
    }

    private mutating func put(_ x: Int, _ y: Int, _ dark: Bool) { fixed[y * size + x] = dark }

    /// Rings around a centre: `isDark` is told how far out.
    private mutating func square(_ x: Int, _ y: Int, radius: Int, _ isDark: (Int) -> Bool) {
        for dy in -radius...radius {
            for dx in -radius...radius where (0..<size).contains(x + dx) && (0..<size).contains(y + dy) {
                put(x + dx, y + dy, isDark(max(abs(dx), abs(dy))))
            }
        }
    }

    private func isFinder(_ x: Int, _ y: Int) -> Bool { (x == 6 && (y == 6 || y == size - 7)) || (x == size - 7 && y == 6) }

    /// Level M, whose two bits are 0, and the mask, with a BCH code, twice.
    private mutating func placeFormat(mask: Int) {
        let bits = (mask << 10 | Self.check(mask, 10, 0x537)) ^ 0x5412
        func bit(_ index: Int) -> Bool { bits >> index & 1 == 1 }
        for index in 0..<6 { put(8, index, bit(index)) }
        put(8, 7, bit(6))
        put(8, 8, bit(7))
        put(7, 8, bit(8))
        for index in 9..<15 { put(14 - index, 8, bit(index)) }
        for index in 0..<8 { put(size - 1 - index, 8, bit(index)) }
        for index in 8..<15 { put(8, size - 15 + index, bit(index)) }
        put(8, size - 8, true)
    }

    private mutating func placeVersion() {
        guard version >= 7 else { return }
        let bits = version << 12 | Self.check(version, 12, 0x1F25)
        for index in 0..<18 {
            put(size - 11 + index % 3, index / 3, bits >> index & 1 == 1)
            put(index / 3, size - 11 + index % 3, bits >> index & 1 == 1)
        }
    }

    /// The remainder of `value`·x^`count` by `generator`, over GF(2).
    private static func check(_ value: Int, _ count: Int, _ generator: Int) -> Int {
        var rest = value
        for _ in 0..<count {
            let isOver = rest >> (count - 1) & 1 == 1
            rest = isOver ? rest << 1 ^ generator : rest << 1
        }
        return rest
    }
}
