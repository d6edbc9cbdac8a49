extension PublishedRef {
    /// Removes each part that has an id of its own. Gives the numbers of the others: they stay.
    func removeParts(_ remove: (_ id: String, _ number: Int) async throws -> Void) async throws -> [Int] {
        try await removeFromLast { number in
            guard hasOwnID(number) else { return false }
            try await remove(parts[number].id, number)
            return true
        }
    }

    /// Goes from the last part to the first: should one fail, what stays is the beginning of the thread and not its middle. Gives the numbers
    /// of the parts for which `remove` says false: they stay.
    func removeFromLast(_ remove: (_ number: Int) async throws -> Bool) async throws -> [Int] {
        var left = [Int]()
        for number in parts.indices.reversed() where try await !remove(number) { left.insert(number, at: 0) }
        return left
    }

    /// Whether the part's id is known and no earlier one's: else it is no id of its own.
    func hasOwnID(_ number: Int) -> Bool {
        let id = parts[number].id
        return !id.isEmpty && !parts[..<number].contains { $0.id == id }
    }
}
