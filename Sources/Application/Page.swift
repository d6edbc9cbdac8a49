import Domain

/// Part of a list. `nextCursor` continues it; nil at the end.
public struct Page<Item: Codable & Sendable>: Codable, Sendable {
    public let items: [Item]
    public let nextCursor: String?

    public init(items: [Item], nextCursor: String?) {
        self.items = items
        self.nextCursor = nextCursor
    }

    private enum CodingKeys: String, CodingKey { case items, nextCursor }

    /// At the end of the list `nextCursor` is there, as null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(items, forKey: .items)
        try container.encode(nextCursor, forKey: .nextCursor)
    }
}

extension Page: Equatable where Item: Equatable {}

/// Where a page of things in the order of their creation ended.
struct PageCursor<Item> {
    let createdAt: Timestamp
    let id: Identifier<Item>
    var text: String { "\(createdAt.milliseconds).\(id)" }

    init(_ createdAt: Timestamp, _ id: Identifier<Item>) { (self.createdAt, self.id) = (createdAt, id) }

    /// Throws `VALIDATION_FAILED` for what is no cursor.
    init(_ text: String) throws {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let milliseconds = Int64(parts[0]), let id = Identifier<Item>(String(parts[1])) else {
            throw ProblemReport.invalid("cursor", "Use the nextCursor of the page before, unchanged.")
        }
        (createdAt, self.id) = (Timestamp(milliseconds: milliseconds), id)
    }
}
