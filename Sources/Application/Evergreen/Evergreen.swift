import Domain
import Foundation
import Persistence

/// What is to go out again and again.
public struct NewEvergreenEntry: Codable, Sendable, Equatable {
    public var integrationId: IntegrationID
    /// The post whose text and files it takes.
    public var postId: PostID?
    /// Nil: the text of the post.
    public var texts: [String]?
    /// Nil: those of the post.
    public var tags: [String]?
    /// Nil: 30.
    public var everyDays: Int?
    public var most: Int?
    public var endsAt: Timestamp?

    public init(
        integrationId: IntegrationID, postId: PostID? = nil, texts: [String]? = nil, tags: [String]? = nil, everyDays: Int? = nil,
        most: Int? = nil, endsAt: Timestamp? = nil
    ) {
        self.integrationId = integrationId
        self.postId = postId
        self.texts = texts
        self.tags = tags
        self.everyDays = everyDays
        self.most = most
        self.endsAt = endsAt
    }
}

/// What is to change about an entry; what is absent stays.
public struct EvergreenChange: Codable, Sendable, Equatable {
    public var texts: [String]?
    public var tags: [String]?
    public var everyDays: Int?
    public var most: Int?
    public var endsAt: Timestamp?
    /// True: it has no end any more, neither by count nor by date.
    public var endless: Bool?
    public var active: Bool?

    public init(
        texts: [String]? = nil, tags: [String]? = nil, everyDays: Int? = nil, most: Int? = nil, endsAt: Timestamp? = nil,
        endless: Bool? = nil, active: Bool? = nil
    ) {
        self.texts = texts
        self.tags = tags
        self.everyDays = everyDays
        self.most = most
        self.endsAt = endsAt
        self.endless = endless
        self.active = active
    }
}

/// Posts that go out again and again where a channel's queue has nothing, for those who may publish without anybody's approval.
public struct Evergreen: Sendable {
    static let mostEntries = 500
    public static let mostTexts = 10, longest = 10_000
    public static let days = 1...365, counts = 1...1000

    let database: any Database
    let posts: Posts
    let audit: AuditLog
    let time: any TimeSource

    /// In the order in which they were added.
    public func list(as caller: Caller) async throws -> [EvergreenEntry] {
        try caller.require(.postsRead)
        return try await database.read { try EvergreenRepository.list(of: caller.organizationId, in: $0) }
    }

    public func get(_ id: EvergreenEntryID, as caller: Caller) async throws -> EvergreenEntry {
        try caller.require(.postsRead)
        return try await database.read { try find(id, as: caller, in: $0) }
    }

    /// What is planned of all of them and has not gone out, in the order of time.
    public func planned(as caller: Caller) async throws -> [EvergreenOuting] {
        try caller.require(.postsRead)
        let now = time.now
        return try await database.read { try EvergreenRepository.planned(in: caller.organizationId, after: now, in: $0) }
    }

    /// The latest 200, the latest first.
    public func outings(of id: EvergreenEntryID, as caller: Caller) async throws -> [EvergreenOuting] {
        try caller.require(.postsRead)
        return try await database.read { transaction in
            _ = try find(id, as: caller, in: transaction)
            return try EvergreenRepository.outings(of: id, in: caller.organizationId, limit: 200, in: transaction)
        }
    }

    /// What a post has to do with evergreen ones: those that were made from it, and the one of which it is an outing.
    public func related(to post: PostID, as caller: Caller) async throws -> (made: [EvergreenEntry], outingOf: EvergreenEntryID?) {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.read { transaction in
            (
                try EvergreenRepository.made(from: post, of: organization, in: transaction),
                try EvergreenRepository.entry(behind: post, of: organization, in: transaction)
            )
        }
    }

    /// Throws `POST_INVALID` for a text that the channel does not take, `VALIDATION_FAILED`, `UNKNOWN_CHANNEL`, `NOT_FOUND` for an unknown post, and `CONFLICT` where the workspace has too many.
    public func create(_ request: NewEvergreenEntry, as caller: Caller) async throws -> EvergreenEntry {
        try Self.require(caller)
        let (now, organization, channel) = (time.now, caller.organizationId, request.integrationId)
        let source = try await source(of: request, as: caller)
        let entry = EvergreenEntry(
            id: EvergreenEntryID(at: now), integrationId: channel, postId: request.postId,
            texts: try Self.texts(request.texts ?? [source?.part.text ?? ""]), mediaIds: source?.part.mediaIds ?? [],
            settings: source?.post.content.settings[channel] ?? [:], tags: try PostTags.read(request.tags ?? source?.post.tags ?? []),
            linksAsWritten: source?.post.content.linksAsWritten ?? false, everyDays: request.everyDays ?? 30, most: request.most,
            endsAt: request.endsAt, lastOutingAt: source?.at, createdAt: now)
        try Self.checkNumbers(of: entry)
        try await checkTexts(of: entry, as: caller)
        try await database.write { transaction in
            guard try EvergreenRepository.list(of: organization, in: transaction).count < Self.mostEntries else {
                throw ProblemReport(.conflict, "A workspace has at most \(Self.mostEntries) evergreen posts. Remove one that is not needed.")
            }
            try caller.requireChannels([channel], field: "integrationId", in: transaction)
            try EvergreenRepository.insert(entry, of: organization, by: caller.userId, in: transaction)
            try note("added", entry, as: caller, in: transaction)
        }
        return entry
    }

    public func update(_ id: EvergreenEntryID, _ change: EvergreenChange, as caller: Caller) async throws -> EvergreenEntry {
        try Self.require(caller)
        let (texts, tags) = (try change.texts.map(Self.texts), try change.tags.map(PostTags.read))
        var trial = try await get(id, as: caller.reading)
        Self.apply(change, texts, tags, to: &trial)
        try Self.checkNumbers(of: trial)
        // One that is only paused needs no channel that takes it.
        if texts != nil || tags != nil { try await checkTexts(of: trial, as: caller) }
        return try await database.write { transaction in
            var entry = try find(id, as: caller, lock: true, in: transaction)
            Self.apply(change, texts, tags, to: &entry)
            try EvergreenRepository.update(entry, of: caller.organizationId, by: caller.userId, in: transaction)
            try note("changed", entry, as: caller, in: transaction)
            return entry
        }
    }

    /// What is planned stays, and so does what is out.
    public func remove(_ id: EvergreenEntryID, as caller: Caller) async throws {
        try Self.require(caller)
        try await database.write { transaction in
            let entry = try find(id, as: caller, in: transaction)
            try EvergreenRepository.remove(id, of: caller.organizationId, in: transaction)
            try note("removed", entry, as: caller, in: transaction)
        }
    }

    // MARK: Rules

    private static func require(_ caller: Caller) throws {
        try caller.require(.postsWrite)
        try caller.require(.publish)
        // What it makes goes out and waits for nobody's approval.
        try caller.requireApproved(to: "set up evergreen posts")
    }

    private func find(_ id: EvergreenEntryID, as caller: Caller, lock: Bool = false, in transaction: any Transaction) throws -> EvergreenEntry {
        guard let entry = try EvergreenRepository.find(id, of: caller.organizationId, lock: lock, in: transaction) else {
            throw ProblemReport.notFound("evergreen post")
        }
        return entry
    }

    private struct Source {
        let post: Post
        /// What the channel gets of it.
        let part: PostPart
        /// When that went out or is to.
        let at: Timestamp?
    }

    private func source(of request: NewEvergreenEntry, as caller: Caller) async throws -> Source? {
        guard let id = request.postId else { return nil }
        let (organization, channel) = (caller.organizationId, request.integrationId)
        let (post, publications) = try await database.read { transaction -> (Post, [Publication]) in
            guard let post = try PostRepository.find(id, of: organization, in: transaction), post.deletedAt == nil else {
                throw ProblemReport.notFound("post")
            }
            return (post, try PublicationRepository.list(of: id, in: transaction))
        }
        let parts = post.content.parts(for: channel)
        guard parts.count == 1, post.origin != .plug else {
            throw ProblemReport.invalid("postId", "Only a post of one part can be used again, and none that a plug has made.")
        }
        let publication = publications.first { $0.integrationId == channel && $0.status != .cancelled && $0.status != .draft }
        return Source(post: post, part: parts[0], at: publication?.publishedAt ?? publication?.dueAt)
    }

    private static func apply(_ change: EvergreenChange, _ texts: [String]?, _ tags: [String]?, to entry: inout EvergreenEntry) {
        if change.endless == true { (entry.most, entry.endsAt) = (nil, nil) }
        (entry.texts, entry.tags) = (texts ?? entry.texts, tags ?? entry.tags)
        entry.everyDays = change.everyDays ?? entry.everyDays
        entry.most = change.most ?? entry.most
        entry.endsAt = change.endsAt ?? entry.endsAt
        if let active = change.active { (entry.active, entry.pausedReason) = (active, nil) }
    }

    /// The same text twice counts once.
    private static func texts(_ given: [String]) throws -> [String] {
        let texts = given.map { $0.withOneLineEnd.trimmingCharacters(in: .whitespacesAndNewlines) }
        guard (1...mostTexts).contains(texts.count), texts.allSatisfy({ !$0.isEmpty && $0.unicodeScalars.count <= longest }) else {
            throw ProblemReport.invalid("texts", "Write one to ten texts of at most 10,000 characters.")
        }
        return texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private static func checkNumbers(of entry: EvergreenEntry) throws {
        guard days.contains(entry.everyDays) else { throw ProblemReport.invalid("everyDays", "everyDays is a number from 1 to 365.") }
        guard entry.most.map(counts.contains) ?? true else { throw ProblemReport.invalid("most", "most is a number from 1 to 1,000.") }
    }

    private func checkTexts(of entry: EvergreenEntry, as caller: Caller) async throws {
        for text in entry.texts {
            let problems = try await posts.check(Self.draft(of: entry, saying: text), as: caller.reading).items
            guard let problem = problems.first(where: { $0.severity == .error }) else { continue }
            throw ProblemReport(.postInvalid, problem.message, details: ["field": "texts"])
        }
    }

    /// The post that it makes with one of its texts, without its time.
    static func draft(of entry: EvergreenEntry, saying text: String) -> PostDraft {
        let channel = entry.integrationId.text
        return PostDraft(
            content: text, platforms: [channel], mediaIds: entry.mediaIds.isEmpty ? nil : entry.mediaIds,
            settings: entry.settings.isEmpty ? nil : [channel: entry.settings], tags: entry.tags,
            linksAsWritten: entry.linksAsWritten ? true : nil)
    }

    private func note(_ action: String, _ entry: EvergreenEntry, as caller: Caller, in transaction: any Transaction) throws {
        try audit.record(
            "evergreen.\(action)", target: entry.id.text, detail: ["channel": .string(entry.integrationId.text)], as: caller, in: transaction)
    }
}
