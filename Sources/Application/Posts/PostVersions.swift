import Domain
import Persistence

/// A post as it was saved once.
public struct PostVersion: Codable, Sendable, Equatable {
    /// The revision of the post that saving it made. Changes that are none of what was written make revisions, too: there are gaps.
    public let revision: Int
    public let savedAt: Timestamp
    /// The name of who saved it; null where nobody is known.
    public let savedBy: String?
    public let origin: Origin
    /// The revision that it brought back; null for most.
    public let restored: Int?
    /// Whether this is what the post says now.
    public let isCurrent: Bool
    public let parts: [PostPart]
    public let platforms: [IntegrationID]
    public let versions: [IntegrationID: [PostPart]]
    public let settings: [IntegrationID: [String: JSONValue]]
    public let scheduledFor: Timestamp?
    public let timeZone: String?
    public let tags: [String]
}

extension PostVersion {
    init(_ revision: PostRevision, by name: String?, isCurrent: Bool) {
        let (document, content) = (revision.document, revision.document.content)
        self.init(
            revision: revision.revision, savedAt: revision.savedAt, savedBy: name, origin: revision.origin, restored: revision.restored,
            isCurrent: isCurrent, parts: content.parts, platforms: document.channels, versions: content.versions, settings: content.settings,
            scheduledFor: document.scheduledFor, timeZone: document.timeZone, tags: document.tags)
    }
}

// MARK: - What a post said before

extension Posts {
    private typealias Known = (revision: PostRevision, name: String?)

    /// Every version of a post that is kept, the present one first. A post that was never changed has one.
    public func versions(_ id: PostID, as caller: Caller) async throws -> [PostVersion] {
        try await known(id, as: caller).enumerated().map { PostVersion($1.revision, by: $1.name, isCurrent: $0 == 0) }
    }

    /// What leads from one version to a later one; from the one before `later` when `earlier` is nil. Throws `NOT_FOUND` for one that is not kept.
    public func comparison(of id: PostID, from earlier: Int?, to later: Int, as caller: Caller) async throws -> PostComparison {
        let known = try await known(id, as: caller).map(\.revision)
        guard let place = known.firstIndex(where: { $0.revision == later }) else { throw ProblemReport.notFound("version") }
        guard let earlier else {
            return PostComparison(from: known[min(place + 1, known.count - 1)].document, to: known[place].document)
        }
        guard let from = known.first(where: { $0.revision == earlier }) else { throw ProblemReport.notFound("version") }
        return PostComparison(from: from.document, to: known[place].document)
    }

    /// Has a post say again what it said in `version`, as a new version, so that it can be taken back. It stays what it is: a draft, in review,
    /// scheduled. Channels that are gone stay away; a time that has passed does not come back. `revision` is the one that was looked at.
    ///
    /// Throws as `replace`.
    public func restore(_ id: PostID, version: Int, basedOn revision: Int? = nil, as caller: Caller) async throws -> PostView {
        try caller.require(.postsWrite)
        let view = try await get(id, as: caller.reading)
        guard let found = try await known(id, as: caller.reading).first(where: { $0.revision.revision == version }) else {
            throw ProblemReport.notFound("version")
        }
        try caller.requireApproved(to: "change", postWith: view.status)
        let (document, content) = (found.revision.document, found.revision.document.content)
        func parts(_ parts: [PostPart]) -> [PartDraft] { parts.map(PartDraft.init) }
        func texts<Value>(_ values: [IntegrationID: Value]) -> [String: Value] {
            Dictionary(uniqueKeysWithValues: values.map { ($0.key.text, $0.value) })
        }
        var draft = PostDraft(view)
        draft.parts = parts(content.parts)
        draft.versions = texts(content.versions.mapValues(parts))
        (draft.platforms, draft.settings, draft.tags) = (document.channels.map(\.text), texts(content.settings), document.tags)
        draft.linksAsWritten = content.linksAsWritten
        if let instant = document.scheduledFor, instant > clock.now {
            (draft.scheduledFor, draft.timeZone) = (document.wallTime?.description ?? instant.description, document.timeZone)
        }
        let present = try await channels.integrations(document.channels, of: caller.organizationId)
        draft.narrow(to: present.map(\.id))
        draft.status = view.status.kept(by: PostChange())
        draft.revision = revision ?? view.revision
        return try await replace(id, with: draft, restoring: version, as: caller)
    }

    /// Notes what a change replaced, unless it is there, and what it made.
    static func note(
        _ post: Post, replacing before: Post, restored: Int?, as caller: Caller, in transaction: any Transaction
    ) throws {
        let (id, organization) = (post.id, post.organizationId)
        var newest = try PostRevisionRepository.newest(of: id, in: organization, in: transaction)
        guard post.document != before.document else { return }
        if newest?.document != before.document {
            let standing = PostRevision(standing: before)
            try PostRevisionRepository.insert(standing, in: transaction)
            newest = standing
        }
        let made = PostRevision(
            postId: id, organizationId: organization, revision: before.revision + 1, savedAt: post.updatedAt, savedBy: caller.userId,
            origin: caller.origin, isDraft: post.status == .draft, restored: restored, document: post.document)
        try PostRevisionRepository.insert(made, in: transaction)
        if let newest, made.supersedes(newest) {
            try PostRevisionRepository.remove(newest.revision, of: id, in: organization, in: transaction)
        }
        try PostRevisionRepository.keep(PostRevision.kept, of: id, in: organization, in: transaction)
    }

    /// Newest first: what was noted, before it what stands now unless that is noted too.
    private func known(_ id: PostID, as caller: Caller) async throws -> [Known] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.read { transaction in
            guard let post = try PostRepository.find(id, of: organization, in: transaction) else { throw ProblemReport.notFound("post") }
            let noted = try PostRevisionRepository.list(of: id, in: organization, in: transaction)
            guard noted.first?.revision.document != post.document else { return noted }
            let standing = PostRevision(standing: post)
            let name = try standing.savedBy.flatMap { try UserRepository.find($0, in: transaction)?.name }
            return [(standing, name)] + noted
        }
    }
}

extension PostRevision {
    /// A post as it stands and was not noted. Who made a post is known; who changed it where nothing was noted is not.
    fileprivate init(standing post: Post) {
        self.init(
            postId: post.id, organizationId: post.organizationId, revision: post.revision, savedAt: post.updatedAt,
            savedBy: post.revision == 1 ? post.createdBy : nil, origin: post.origin, isDraft: post.status == .draft, document: post.document)
    }
}
