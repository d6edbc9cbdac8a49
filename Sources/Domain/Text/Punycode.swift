/// How long host labels are where only ASCII travels (RFC 3492).
enum Punycode {
    /// The length of `label` in octets: its own when it is ASCII, else that of its `xn--` form. Ideographic full stops divide it as dots do.
    static func length(of label: ArraySlice<Unicode.Scalar>) -> Int {
        let pieces = label.split(omittingEmptySubsequences: false) { ["。", "．", "｡"].contains($0) }
        return pieces.count - 1 + pieces.reduce(0) { $0 + encodedLength(of: $1) }
    }

    private static func encodedLength(of label: ArraySlice<Unicode.Scalar>) -> Int {
        let basic = label.count { $0.isASCII }
        // Each further character needs a digit at least; a label that is far too long is not worth the quadratic work.
        guard basic < label.count, label.count <= 63 else { return label.count }
        return "xn--".count + basic + (basic > 0 ? 1 : 0) + deltaLength(of: label.map(\.value), basic: basic)
    }

    // RFC 3492 section 5: the parameters of Punycode.
    static let (base, tMin, tMax, skew, damp, initialBias, initialN) = (36, 1, 26, 38, 700, 72, 128)

    /// Section 6.3, counting digits in place of writing them.
    private static func deltaLength(of points: [UInt32], basic: Int) -> Int {
        var (n, delta, bias, handled, digits) = (initialN, 0, initialBias, basic, 0)
        while handled < points.count {
            let next = points.lazy.map(Int.init).filter { $0 >= n }.min() ?? n
            delta += (next - n) * (handled + 1)
            n = next
            for point in points.lazy.map(Int.init) {
                if point < n { delta += 1 }
                guard point == n else { continue }
                digits += digitCount(delta, bias: bias)
                bias = adapted(delta, count: handled + 1, first: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            n += 1
        }
        return digits
    }

    private static func digitCount(_ delta: Int, bias: Int) -> Int {
        var (rest, count, k) = (delta, 1, base)
        while case let threshold = min(max(k - bias, tMin), tMax), rest >= threshold {
            rest = (rest - threshold) / (base - threshold)
            count += 1
            k += base
        }
        return count
    }

    static func adapted(_ delta: Int, count: Int, first: Bool) -> Int {
        var (delta, k) = (first ? delta / damp : delta / 2, 0)
        delta += delta / count
        while delta > (base - tMin) * tMax / 2 {
            delta /= base - tMin
            k += base
        }
        return k + (base - tMin + 1) * delta / (delta + skew)
    }
}
