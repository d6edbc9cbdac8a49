extension Punycode {
    /// `label` as it travels: itself where it is ASCII, else its `xn--` form (RFC 3492 section 6.3).
    static func encoded(_ label: [Unicode.Scalar]) -> String {
        let basic = label.filter(\.isASCII)
        // No name is so long; the work is quadratic.
        guard basic.count < label.count, label.count <= 63 else { return String(String.UnicodeScalarView(label)) }
        var output = basic + (basic.isEmpty ? [] : ["-"])
        let points = label.map { Int($0.value) }
        var (n, delta, bias, handled) = (initialN, 0, initialBias, basic.count)
        while handled < points.count {
            let next = points.filter { $0 >= n }.min() ?? n
            delta += (next - n) * (handled + 1)
            n = next
            for point in points {
                if point < n { delta += 1 }
                guard point == n else { continue }
                output += digits(of: delta, bias: bias)
                bias = adapted(delta, count: handled + 1, first: handled == basic.count)
                delta = 0
                handled += 1
            }
            delta += 1
            n += 1
        }
        return "xn--" + String(String.UnicodeScalarView(output))
    }

    private static func digits(of delta: Int, bias: Int) -> [Unicode.Scalar] {
        var (rest, k) = (delta, base)
        var digits: [Unicode.Scalar] = []
        while case let threshold = min(max(k - bias, tMin), tMax), rest >= threshold {
            digits.append(digit(threshold + (rest - threshold) % (base - threshold)))
            rest = (rest - threshold) / (base - threshold)
            k += base
        }
        return digits + [digit(rest)]
    }

    private static func digit(_ value: Int) -> Unicode.Scalar {
        Unicode.Scalar(UInt8(value < 26 ? 0x61 + value : 0x30 + value - 26))
    }
}
