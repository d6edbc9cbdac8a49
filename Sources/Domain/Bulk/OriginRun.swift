public typealias OriginRunID = Identifier<OriginRun>

/// One time at which things were brought over from another program.
public struct OriginRun: Codable, Sendable, Equatable {
    public let id: OriginRunID
    /// From where: the name of a file.
    public let name: String
    /// How much it made of each kind.
    public var counts: [String: Int]
    public let createdAt: Timestamp
    /// Nil while it runs, and where it broke off.
    public var doneAt: Timestamp?
    public var undoneAt: Timestamp?

    public init(
        id: OriginRunID, name: String, counts: [String: Int] = [:], createdAt: Timestamp, doneAt: Timestamp? = nil, undoneAt: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.counts = counts
        self.createdAt = createdAt
        self.doneAt = doneAt
        self.undoneAt = undoneAt
    }
}

/// What something here was over there, so that it is brought once only.
public struct OriginEntry: Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case channel = "CHANNEL"
        case post = "POST"
        case file = "FILE"
        case template = "TEMPLATE"
        case signature = "SIGNATURE"
    }

    public let kind: Kind
    /// Its id there; of a file its address.
    public let sourceId: String
    /// Its id here.
    public let targetId: String
    /// False where it was here before.
    public let isNew: Bool

    public init(_ kind: Kind, _ sourceId: String, _ targetId: String, isNew: Bool = true) {
        self.kind = kind
        self.sourceId = sourceId
        self.targetId = targetId
        self.isNew = isNew
    }
}
