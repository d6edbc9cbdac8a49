/// The length of a host's label in its ASCII form (RFC 3492).
enum PunycodeLength {
    static func of(_ label: Substring.UnicodeScalarView) -> Int {
        let points = label.map { Int($0.value) }
        let plain = points.count { $0 < 128 }
        guard plain < points.count else { return plain }
        var (length, bias, delta, least, done) = (4 + plain + (plain > 0 ? 1 : 0), 72, 0, 128, plain)
        while done < points.count, let next = points.filter({ $0 >= least }).min() {
            delta += (next - least) * (done + 1)
            for point in points {
                if point < next { delta += 1 }
                guard point == next else { continue }
                var (rest, k) = (delta, 36)
                while rest >= min(max(k - bias, 1), 26) {
                    let threshold = min(max(k - bias, 1), 26)
                    rest = (rest - threshold) / (36 - threshold)
                    length += 1
                    k += 36
                }
                length += 1
                bias = nextBias(done == plain ? delta / 700 : delta / 2, done + 1)
                delta = 0
                done += 1
            }
            delta += 1
            least = next + 1
        }
        return length
    }

    private static func nextBias(_ halved: Int, _ count: Int) -> Int {
        var (delta, steps) = (halved + halved / count, 0)
        while delta > 455 {
            delta /= 35
            steps += 36
        }
        return steps + 36 * delta / (delta + 38)
    }
}
