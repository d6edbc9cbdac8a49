import Domain
import Foundation
import Persistence

/// A new template; what is absent is empty.
public struct NewPostTemplate: Codable, Sendable, Equatable {
    public var name: String
    /// The text of each part; `{{name}}` stands for what is filled in when it is used.
    public var parts: [String]
    public var integrationIds: [IntegrationID]?
    /// By the id of a channel.
    public var settings: [String: [String: JSONValue]]?
    public var tags: [String]?

    public init(
        name: String, parts: [String], integrationIds: [IntegrationID]? = nil, settings: [String: [String: JSONValue]]? = nil,
        tags: [String]? = nil
    ) {
        self.name = name
        self.parts = parts
        self.integrationIds = integrationIds
        self.settings = settings
        self.tags = tags
    }
}

/// What is to change about a template; what is absent stays.
public struct PostTemplateChange: Codable, Sendable, Equatable {
    public var name: String?
    public var parts: [String]?
    public var integrationIds: [IntegrationID]?
    public var settings: [String: [String: JSONValue]]?
    public var tags: [String]?

    public init(
        name: String? = nil, parts: [String]? = nil, integrationIds: [IntegrationID]? = nil,
        settings: [String: [String: JSONValue]]? = nil,
        tags: [String]? = nil
    ) {
        self.name = name
        self.parts = parts
        self.integrationIds = integrationIds
        self.settings = settings
        self.tags = tags
    }
}

/// Templates of posts, for everybody in the workspace who writes.
public struct PostTemplates: Sendable {
    /// In code points.
    public static let longest = 20_000
    public static let mostParts = 25
    static let most = 500

    let database: any Database
    let audit: AuditLog
    let time: any TimeSource

    /// By name.
    public func list(as caller: Caller) async throws -> [PostTemplate] {
        try caller.require(.postsRead)
        return try await database.read { try TemplateRepository.list(of: caller.organizationId, in: $0) }
    }

    public func get(_ id: PostTemplateID, as caller: Caller) async throws -> PostTemplate {
        try caller.require(.postsRead)
        return try await database.read { try find(id, as: caller, in: $0) }
    }

    /// Throws `VALIDATION_FAILED`, `UNKNOWN_CHANNEL`, and `CONFLICT` where the name is taken or there are too many.
    public func create(_ new: NewPostTemplate, as caller: Caller) async throws -> PostTemplate {
        try caller.require(.postsWrite)
        let now = time.now
        let template = PostTemplate(
            id: PostTemplateID(at: now), name: try AccountRules.name(new.name, field: "name"), parts: try Self.parts(new.parts),
            integrationIds: (new.integrationIds ?? []).distinct(), settings: try Self.settings(new.settings ?? [:]),
            tags: try PostTags.read(new.tags ?? []),
            createdAt: now, updatedAt: now)
        try await database.writeUnlessNameIsTaken { transaction in
            guard try TemplateRepository.list(of: caller.organizationId, in: transaction).count < Self.most else {
                throw ProblemReport(.conflict, "A workspace has at most \(Self.most) templates. Remove one that is not needed.")
            }
            try caller.requireChannels(template.integrationIds + template.settings.keys, in: transaction)
            try TemplateRepository.insert(template, of: caller.organizationId, by: caller.userId, in: transaction)
            try note("created", template, as: caller, in: transaction)
        }
        return template
    }

    public func update(_ id: PostTemplateID, _ change: PostTemplateChange, as caller: Caller) async throws -> PostTemplate {
        try caller.require(.postsWrite)
        let now = time.now
        return try await database.writeUnlessNameIsTaken { transaction in
            var template = try find(id, as: caller, lock: true, in: transaction)
            template.name = try change.name.map { try AccountRules.name($0, field: "name") } ?? template.name
            template.parts = try change.parts.map(Self.parts) ?? template.parts
            template.integrationIds = change.integrationIds?.distinct() ?? template.integrationIds
            template.settings = try change.settings.map(Self.settings) ?? template.settings
            template.tags = try change.tags.map(PostTags.read) ?? template.tags
            template.updatedAt = now
            try caller.requireChannels(
                (change.integrationIds ?? []) + (change.settings == nil ? [] : Array(template.settings.keys)), in: transaction)
            try TemplateRepository.update(template, of: caller.organizationId, in: transaction)
            try note("changed", template, as: caller, in: transaction)
            return template
        }
    }

    public func remove(_ id: PostTemplateID, as caller: Caller) async throws {
        try caller.require(.postsWrite)
        try await database.write { transaction in
            let template = try find(id, as: caller, in: transaction)
            try TemplateRepository.remove(id, of: caller.organizationId, in: transaction)
            try note("removed", template, as: caller, in: transaction)
        }
    }

    // MARK: Rules

    private func find(_ id: PostTemplateID, as caller: Caller, lock: Bool = false, in transaction: any Transaction) throws -> PostTemplate {
        guard let template = try TemplateRepository.find(id, of: caller.organizationId, lock: lock, in: transaction) else {
            throw ProblemReport.notFound("template")
        }
        return template
    }

    private static func parts(_ parts: [String]) throws -> [String] {
        guard (1...mostParts).contains(parts.count) else {
            throw ProblemReport.invalid("parts", "A template has 1 to \(mostParts) parts.")
        }
        guard parts.allSatisfy({ $0.unicodeScalars.count <= longest }) else {
            throw ProblemReport.invalid("parts", "A part of a template holds at most 20,000 characters.")
        }
        return parts.map(\.withOneLineEnd)
    }

    private static func settings(_ given: [String: [String: JSONValue]]) throws -> [IntegrationID: [String: JSONValue]] {
        var settings: [IntegrationID: [String: JSONValue]] = [:]
        for (name, values) in given {
            guard let id = IntegrationID(name) else {
                throw ProblemReport(.unknownChannel, "There is no channel \(name.prefix(80)).", details: ["field": "settings"])
            }
            guard try JSON.data(values).count <= 20_000 else { throw ProblemReport.invalid("settings", "These settings are too long.") }
            settings[id] = values
        }
        return settings
    }

    private func note(_ action: String, _ template: PostTemplate, as caller: Caller, in transaction: any Transaction) throws {
        try audit.record(
            "template.\(action)", target: template.id.text, detail: ["name": .string(template.name)], as: caller, in: transaction)
    }
}
