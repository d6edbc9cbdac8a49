import Domain
import Persistence

public struct NewHashtagGroup: Codable, Sendable, Equatable {
    public var name: String
    /// With or without `#`.
    public var hashtags: [String]

    public init(name: String, hashtags: [String]) {
        self.name = name
        self.hashtags = hashtags
    }
}

/// What is to change about a group; what is absent stays.
public struct HashtagGroupChange: Codable, Sendable, Equatable {
    public var name: String?
    public var hashtags: [String]?

    public init(name: String? = nil, hashtags: [String]? = nil) {
        self.name = name
        self.hashtags = hashtags
    }
}

/// Hashtags that are used together, for everybody in the workspace who writes.
public struct HashtagGroups: Sendable {
    static let most = 200

    let database: any Database
    let audit: AuditLog
    let time: any TimeSource

    /// By name.
    public func list(as caller: Caller) async throws -> [HashtagGroup] {
        try caller.require(.postsRead)
        return try await database.read { try HashtagGroupRepository.list(of: caller.organizationId, in: $0) }
    }

    /// Throws `VALIDATION_FAILED`, and `CONFLICT` where the name is taken or there are too many.
    public func create(_ new: NewHashtagGroup, as caller: Caller) async throws -> HashtagGroup {
        try caller.require(.postsWrite)
        let now = time.now
        let group = HashtagGroup(
            id: HashtagGroupID(at: now), name: try AccountRules.name(new.name, field: "name"),
            hashtags: try HashtagGroup.hashtags(new.hashtags), createdAt: now)
        try await database.writeUnlessNameIsTaken { transaction in
            guard try HashtagGroupRepository.list(of: caller.organizationId, in: transaction).count < Self.most else {
                throw ProblemReport(.conflict, "A workspace has at most \(Self.most) hashtag groups. Remove one that is not needed.")
            }
            try HashtagGroupRepository.insert(group, of: caller.organizationId, by: caller.userId, in: transaction)
            try note("created", group, as: caller, in: transaction)
        }
        return group
    }

    public func update(_ id: HashtagGroupID, _ change: HashtagGroupChange, as caller: Caller) async throws -> HashtagGroup {
        try caller.require(.postsWrite)
        return try await database.writeUnlessNameIsTaken { transaction in
            var group = try find(id, as: caller, lock: true, in: transaction)
            group.name = try change.name.map { try AccountRules.name($0, field: "name") } ?? group.name
            group.hashtags = try change.hashtags.map { try HashtagGroup.hashtags($0) } ?? group.hashtags
            try HashtagGroupRepository.update(group, of: caller.organizationId, in: transaction)
            try note("changed", group, as: caller, in: transaction)
            return group
        }
    }

    public func remove(_ id: HashtagGroupID, as caller: Caller) async throws {
        try caller.require(.postsWrite)
        try await database.write { transaction in
            let group = try find(id, as: caller, in: transaction)
            try HashtagGroupRepository.remove(id, of: caller.organizationId, in: transaction)
            try note("removed", group, as: caller, in: transaction)
        }
    }

    // MARK: Rules

    private func find(_ id: HashtagGroupID, as caller: Caller, lock: Bool = false, in transaction: any Transaction) throws -> HashtagGroup {
        guard let group = try HashtagGroupRepository.find(id, of: caller.organizationId, lock: lock, in: transaction) else {
            throw ProblemReport.notFound("hashtag group")
        }
        return group
    }

    private func note(_ action: String, _ group: HashtagGroup, as caller: Caller, in transaction: any Transaction) throws {
        try audit.record("hashtags.\(action)", target: group.id.text, detail: ["name": .string(group.name)], as: caller, in: transaction)
    }
}
