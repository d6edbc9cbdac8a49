/// A text as a QR code (ISO/IEC 18004): bytes, error correction level M, versions 1 to 20.
public struct QRCode: Sendable, Equatable {
    /// Modules on a side, without the quiet zone.
    public let size: Int
    private var dark: [Bool]

    /// Nil for a text of more than 666 bytes, which does not fit.
    public init?(_ text: String) {
        guard let words = QRCodewords(Array(text.utf8)) else { return nil }
        let plan = QRPlan(version: words.version)
        size = plan.size
        var bits: [Bool] = []
        for word in words.all {
            for place in 0..<8 { bits.append(word >> (7 - UInt8(place)) & 1 == 1) }
        }
        // The one of eight masks that readers find easiest (§7.8.3).
        var best: (dark: [Bool], penalty: Int) = ([], .max)
        for mask in 0..<8 {
            let candidate = plan.filled(with: bits, mask: mask)
            let penalty = Self.penalty(candidate, plan.size)
            if penalty < best.penalty { best = (candidate, penalty) }
        }
        dark = best.dark
    }

    public subscript(x: Int, y: Int) -> Bool { dark[y * size + x] }

    /// As SVG in black on white, with the quiet zone of four modules that readers need. `title` is said where it is not seen.
    public func svg(title: String) -> String {
        let side = size + 8
        var squares = ""
        for y in 0..<size {
            for x in 0..<size where self[x, y] { squares += "M\(x + 4) \(y + 4)h1v1h-1z" }
        }
        let name = title.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
        return """
            <svg xmlns="http://www.w3.org/2000/svg" class="qr" width="\(side * 4)" height="\(side * 4)" viewBox="0 0 \(side) \(side)" role="img" \
            aria-label="\(name)" shape-rendering="crispEdges"><rect width="\(side)" height="\(side)" fill="#fff"/><path d="\(squares)" fill="#000"/></svg>
            """
    }

    /// The sum of the four features of §7.8.3.1.
    private static func penalty(_ dark: [Bool], _ size: Int) -> Int {
        var sum = 0
        for line in 0..<size {
            let row = (0..<size).map { dark[line * size + $0] }
            let column = (0..<size).map { dark[$0 * size + line] }
            sum += runs(row) + runs(column) + 40 * (looksLikeFinders(row) + looksLikeFinders(column))
        }
        for y in 0..<(size - 1) {
            for x in 0..<(size - 1) {
                let corner = dark[y * size + x]
                if corner == dark[y * size + x + 1], corner == dark[(y + 1) * size + x], corner == dark[(y + 1) * size + x + 1] { sum += 3 }
            }
        }
        let share = dark.count { $0 } * 100 / dark.count
        return sum + abs(share - 50) / 5 * 10
    }

    private static func runs(_ line: [Bool]) -> Int {
        var (sum, length) = (0, 1)
        for index in 1...line.count {
            if index < line.count, line[index] == line[index - 1] {
                length += 1
            } else {
                if length >= 5 { sum += length - 2 }
                length = 1
            }
        }
        return sum
    }

    private static func looksLikeFinders(_ line: [Bool]) -> Int {
        let finder = [true, false, true, true, true, false, true]
        let blank = [false, false, false, false]
        return (0...(line.count - 11)).count { start in
            let piece = Array(line[start..<(start + 11)])
            return piece == finder + blank || piece == blank + finder
        }
    }
}
