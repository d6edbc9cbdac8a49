extension Sequence {
    /// Each once, in the order in which they first come.
    public func distinct() -> [Element] where Element: Hashable { distinct { $0 } }

    /// Those whose key no earlier one has.
    public func distinct<Key: Hashable>(by key: (Element) throws -> Key) rethrows -> [Element] {
        var seen: Set<Key> = []
        return try filter { seen.insert(try key($0)).inserted }
    }
}
