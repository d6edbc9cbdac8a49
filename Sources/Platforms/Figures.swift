import Domain

extension JSONValue {
    /// The figures that stand here under the platform's names for them; what it does not tell is absent.
    func figures<Kind: Hashable>(_ names: [Kind: String]) -> [Kind: Int] { names.compactMapValues { self[$0]?.int } }
}

extension RandomAccessCollection where Index == Int {
    /// The elements in their order, `size` at a time, fewer in the last group: for calls that take so many at once.
    func groups(of size: Int) -> [SubSequence] {
        stride(from: startIndex, to: endIndex, by: size).map { self[$0..<Swift.min($0 + size, endIndex)] }
    }
}
