extension Sequence<UInt8> {
    /// Two digits a byte, in lower case.
    public var hexadecimal: String {
        let digits: StaticString = "0123456789abcdef"
        var text: [UInt8] = []
        for byte in self {
            text.append(digits.utf8Start[Int(byte >> 4)])
            text.append(digits.utf8Start[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Compares with a secret: takes the same time wherever the bytes differ; only their number may show.
    public func isEqualInConstantTime(to other: some Sequence<UInt8>) -> Bool {
        let (one, other) = (Array(self), Array(other))
        guard one.count == other.count else { return false }
        return zip(one, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
