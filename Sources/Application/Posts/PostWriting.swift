import Domain
import Persistence

// MARK: - Writing posts

extension Posts {
    /// Every problem of a draft, per channel, without saving it.
    public func validate(_ draft: PostDraft, as caller: Caller) async throws -> [Problem] {
        try caller.require(.postsRead)
        return try await read(draft, as: caller).problems
    }

    /// Stores a post and plans its publications in one transaction. Without a time it is a draft. Throws `POST_INVALID` with every problem
    /// when it could not go out as it is; nothing is stored then.
    ///
    /// With a `key` the same request makes one post in a day, even when the first answer was lost with the process that gave it: the key is
    /// stored in the post's own transaction.
    public func create(_ draft: PostDraft, key: String? = nil, as caller: Caller) async throws -> PostView {
        try caller.require(.postsWrite)
        let reading = try await read(draft, as: caller)
        let planned = !draft.isDraft && reading.scheduledFor != nil
        try check(reading, planned: planned)
        let now = clock.now
        let post = Post(
            id: PostID(at: now), organizationId: caller.organizationId, createdBy: caller.userId, origin: caller.origin,
            content: reading.content, channels: reading.channels.map(\.id), status: status(of: reading, planned: planned),
            scheduledFor: reading.scheduledFor, timeZone: reading.timeZone, tags: reading.tags, createdAt: now, updatedAt: now, revision: 1)
        let creationKey = key.map { "\(caller.organizationId):\($0)" }
        let earlier = try await store { transaction -> PostID? in
            if let creationKey, let made = try PostRepository.made(by: creationKey, since: now - .days(1), in: transaction) { return made }
            try PostRepository.insert(post, creationKey: creationKey, in: transaction)
            try plan(post, planned: planned, immediate: reading.immediate, in: transaction)
            return nil
        }
        if let earlier { return try await get(earlier, as: caller.reading) }
        await announce(post, .postCreated, planned: planned, immediate: reading.immediate)
        return try await get(post.id, as: caller.reading)
    }

    /// Replaces what a post says and where and when it goes. Throws `CONFLICT` once a channel began to publish it, or when it was changed
    /// since `draft.revision`.
    public func replace(_ id: PostID, with draft: PostDraft, as caller: Caller) async throws -> PostView {
        try caller.require(.postsWrite)
        let reading = try await read(draft, as: caller)
        let planned = !draft.isDraft && reading.scheduledFor != nil
        try check(reading, planned: planned)
        let (now, organization) = (clock.now, caller.organizationId)
        let post = try await store { transaction -> Post in
            guard var post = try PostRepository.find(id, of: organization, lock: true, in: transaction) else { throw ProblemReport.notFound("post") }
            if let revision = draft.revision, revision != post.revision { throw ProblemReport.changedMeanwhile }
            try requireNothingPublic(of: id, in: transaction)
            (post.content, post.channels, post.tags) = (reading.content, reading.channels.map(\.id), reading.tags)
            (post.scheduledFor, post.timeZone) = (reading.scheduledFor, reading.timeZone)
            (post.status, post.updatedAt) = (status(of: reading, planned: planned), now)
            guard try PostRepository.update(post, basedOn: post.revision, in: transaction) else { throw ProblemReport.changedMeanwhile }
            try PublicationRepository.removePending(of: id, in: transaction)
            try plan(post, planned: planned, immediate: reading.immediate, in: transaction)
            return post
        }
        await announce(post, .postUpdated, planned: planned, immediate: reading.immediate)
        return try await get(id, as: caller.reading)
    }

    /// Gives a post another time; everything else stays.
    public func reschedule(_ id: PostID, to time: String, timeZone: String?, as caller: Caller) async throws -> PostView {
        let view = try await get(id, as: caller.reading)
        var draft = PostDraft(view)
        (draft.scheduledFor, draft.timeZone, draft.revision) = (time, timeZone ?? view.timeZone, view.revision)
        draft.status = [.draft, .inReview].contains(view.status) ? .draft : .scheduled
        return try await replace(id, with: draft, as: caller)
    }

    /// A new draft with the same content for the same channels.
    public func duplicate(_ id: PostID, as caller: Caller) async throws -> PostView {
        try caller.require(.postsWrite)
        var draft = PostDraft(try await get(id, as: caller.reading))
        let present = try await channels.integrations(draft.platforms?.compactMap(IntegrationID.init) ?? [], of: caller.organizationId)
        let names = Set(present.filter(\.active).map(\.id.text))
        draft.platforms = draft.platforms?.filter(names.contains)
        draft.versions = draft.versions?.filter { names.contains($0.key) }
        draft.settings = draft.settings?.filter { names.contains($0.key) }
        (draft.scheduledFor, draft.timeZone, draft.status) = (nil, nil, .draft)
        return try await create(draft, as: caller)
    }

    private func check(_ reading: DraftReading, planned: Bool) throws {
        let errors = reading.errors.filter { planned || Self.alwaysErrors.contains($0.code) }
        let empty = reading.content.parts.allSatisfy { $0.text.allSatisfy(\.isWhitespace) && $0.mediaIds.isEmpty }
        if !planned, empty, reading.content.versions.isEmpty {
            let problem = Problem(.emptyPost, "The post is empty: write something or attach a file.")
            throw ProblemReport(.postInvalid, problem.message, details: ["problems": try JSON.decode(JSONValue.self, from: JSON.data([problem]))])
        }
        guard let first = errors.first else { return }
        let more = errors.count > 1 ? " (and \(errors.count - 1) more: see details.problems)" : ""
        let code: ProblemReport.Code = errors.allSatisfy { $0.code == .timeInPast } ? .timeInPast : .postInvalid
        throw ProblemReport(code, first.message + more, details: ["problems": try JSON.decode(JSONValue.self, from: JSON.data(errors))])
    }

    /// What even a draft must not have: it could not be stored.
    private static let alwaysErrors: Set<Problem.Code> = [.mediaMissing]

    private func status(of reading: DraftReading, planned: Bool) -> PostStatus {
        if !planned { return .draft }
        return reading.immediate ? .publishing : .scheduled
    }

    private func plan(_ post: Post, planned: Bool, immediate: Bool, in transaction: any Transaction) throws {
        let status: PublicationStatus = !planned ? .draft : immediate ? .queued : .scheduled
        for channel in post.channels {
            let publication = Publication(
                id: PublicationID(at: post.updatedAt), organizationId: post.organizationId, postId: post.id, integrationId: channel,
                occurrence: 0, status: status, dueAt: post.scheduledFor, attempts: 0, nextAttemptAt: nil, platformPostId: nil, url: nil,
                publishedAt: nil, error: nil, updatedAt: post.updatedAt)
            try PublicationRepository.insert(publication, in: transaction)
            if status == .queued { try queue.enqueue([Publisher.job(for: publication.id, runAt: post.updatedAt)], in: transaction) }
        }
    }

    /// Runs one transaction; what the database refuses because somebody was quicker is told as a conflict.
    func store<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        do {
            return try await database.write(work)
        } catch DatabaseError.uniqueViolation {
            throw ProblemReport.alreadyPublishing
        } catch DatabaseError.foreignKeyViolation {
            throw ProblemReport(.conflict, "A channel or file of this post was removed meanwhile. Read the post again and choose another.")
        }
    }

    func announce(_ post: Post, _ type: EventType, planned: Bool, immediate: Bool) async {
        await events.post(type, post.id, of: post.organizationId)
        if planned { await events.postChanged(post.id, of: post.organizationId, to: immediate ? .publishing : .scheduled) }
        if immediate { await queue.announce([Publisher.jobKind]) } else { alarm.ring() }
    }

    private func requireNothingPublic(of id: PostID, in transaction: any Transaction) throws {
        let publications = try PublicationRepository.list(of: [id], in: transaction)
        guard publications.allSatisfy({ $0.status.isPending || [.cancelled, .failed].contains($0.status) }) else {
            throw ProblemReport.alreadyPublishing
        }
        guard try !JournalRepository.anyPublic(of: publications.map(\.id), in: transaction) else {
            throw ProblemReport(
                .conflict, "A part of this post is public already, so it can no longer be changed. Retry it, or duplicate it into a new post.")
        }
    }
}

extension ProblemReport {
    static let changedMeanwhile = ProblemReport(.conflict, "Somebody changed this post meanwhile. Read it again and repeat your change.")
    static let alreadyPublishing = ProblemReport(
        .conflict, "This post is being published or is out already, so it can no longer be changed. Duplicate it into a new post.")
}

extension Caller {
    /// The same caller showing the result of a change: a key that may write sees what it wrote.
    var reading: Caller {
        Caller(
            organizationId: organizationId, identity: identity, role: role, instanceRole: instanceRole, scopes: scopes.union([.postsRead]),
            origin: origin, timeZone: timeZone)
    }
}

extension PostDraft {
    /// The draft that would make `view` again.
    public init(_ view: PostView) {
        self.init(
            parts: view.parts.map(PartDraft.init), platforms: view.platforms.map(\.text), scheduledFor: view.scheduledFor?.description,
            timeZone: view.timeZone,
            versions: Dictionary(uniqueKeysWithValues: view.versions.map { ($0.key.text, $0.value.map(PartDraft.init)) }),
            settings: Dictionary(uniqueKeysWithValues: view.settings.map { ($0.key.text, $0.value) }), tags: view.tags, revision: view.revision)
    }
}

extension PartDraft {
    init(_ part: PostPart) { self.init(text: part.text, mediaIds: part.mediaIds) }
}
