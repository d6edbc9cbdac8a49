import Domain
import Persistence

// MARK: - Writing posts

extension Posts {
    /// Every problem of a draft, per channel, without saving it.
    public func validate(_ draft: PostDraft, as caller: Caller) async throws -> [Problem] {
        try await check(draft, as: caller).items
    }

    /// The same, and how long its texts are on each channel: what counters show, since nothing else counts.
    public func check(_ draft: PostDraft, as caller: Caller) async throws -> DraftCheck {
        try caller.require(.postsRead)
        var reading = try await read(draft, as: caller)
        _ = try repetition(of: draft, &reading)
        let files = try await media.items(reading.content.mediaIds, of: caller.organizationId)
        return DraftCheck(
            items: reading.problems, counts: PostValidator.counts(of: reading.content, on: contexts(of: reading), media: files))
    }

    /// How long the texts of a draft are on each channel, whatever is wrong with it. Files are left out.
    public func counts(of draft: PostDraft, as caller: Caller) async throws -> [TextCount] {
        try caller.require(.postsRead)
        var draft = draft
        draft.mediaUrls = nil
        draft.parts = draft.parts?.map { PartDraft(text: $0.text) }
        draft.versions = draft.versions?.mapValues { $0.map { PartDraft(text: $0.text) } }
        let reading = try await read(draft, as: caller)
        return PostValidator.counts(of: reading.content, on: contexts(of: reading))
    }

    /// Stores a post and plans its publications in one transaction. Without a time it is a draft; of a draft-only caller, with a time, it is
    /// put in review. Throws `POST_INVALID` with every problem when it could not go out as it is; nothing is stored then.
    ///
    /// With a `key` the same request makes one post in a day, even when the first answer was lost with the process that gave it: the key is
    /// stored in the post's own transaction.
    public func create(_ draft: PostDraft, key: String? = nil, as caller: Caller) async throws -> PostView {
        try caller.require(.postsWrite)
        let new = try await made(of: draft, as: caller)
        let creationKey = key.map { "\(caller.organizationId):\($0)" }
        let (earlier, further) = try await store { transaction -> (PostID?, [Post]) in
            let earliest = new.post.createdAt - .days(1)
            if let creationKey, let made = try PostRepository.made(by: creationKey, since: earliest, in: transaction) { return (made, []) }
            return (nil, try insert(new, creationKey: creationKey, in: transaction))
        }
        if let earlier { return try await get(earlier, as: caller.reading) }
        await announce(new, further)
        return try await get(new.post.id, as: caller.reading)
    }

    /// Makes all of them, or none, in that order. Throws as `create(_:key:as:)` for the first that cannot be made.
    public func create(all drafts: [PostDraft], as caller: Caller) async throws -> [PostView] {
        try caller.require(.postsWrite)
        guard !drafts.isEmpty else { return [] }
        var made: [NewPost] = []
        for draft in drafts { made.append(try await self.made(of: draft, as: caller)) }
        let all = made
        let further = try await store { transaction in try all.map { try insert($0, creationKey: nil, in: transaction) } }
        for (new, further) in zip(all, further) { await announce(new, further) }
        return try await views(all.map(\.post), of: caller.organizationId)
    }

    /// Makes a post of something that is used up by it, such as an item of a feed: `claim` runs in the transaction of the post, once or, where
    /// the database asks for it, again. Nil when it says no; nothing is stored then.
    func create(
        _ draft: PostDraft, as caller: Caller, claiming claim: @escaping @Sendable (PostID, any Transaction) throws -> Bool
    ) async throws -> PostID? {
        try caller.require(.postsWrite)
        let new = try await made(of: draft, as: caller)
        let further: [Post]
        do {
            further = try await store { transaction in
                let further = try insert(new, creationKey: nil, in: transaction)
                guard try claim(new.post.id, transaction) else { throw AlreadyClaimed() }
                return further
            }
        } catch is AlreadyClaimed {
            return nil
        }
        await announce(new, further)
        return new.post.id
    }

    private struct AlreadyClaimed: Error {}

    /// What a draft becomes. Throws when it could not go out as it is.
    private func made(of draft: PostDraft, as caller: Caller) async throws -> NewPost {
        var reading = try await read(draft, as: caller)
        let recurrence = try repetition(of: draft, &reading)
        let plan = PostPlan(draft, reading, as: caller)
        try check(reading, plan)
        let now = clock.now
        var post = Post(
            id: PostID(at: now), organizationId: caller.organizationId, createdBy: caller.userId, origin: caller.origin,
            content: reading.content, channels: reading.channels.map(\.id), status: plan.postStatus, scheduledFor: reading.scheduledFor,
            timeZone: reading.timeZone, wallTime: reading.wallTime,
            zoneRules: reading.zoneRules, tags: reading.tags, createdAt: now, updatedAt: now, revision: 1)
        let series = recurrence.map { Series(of: post, $0, plan) }
        post.series = series.map { SeriesPlace(id: $0.id, day: $0.start.dayText) }
        return NewPost(post: post, plan: plan, series: series)
    }

    /// Stores it with what follows from it; returns the further posts of its series.
    private func insert(_ new: NewPost, creationKey: String?, in transaction: any Transaction) throws -> [Post] {
        try PostRepository.insert(new.post, creationKey: creationKey, in: transaction)
        try publications(of: new.post, new.plan, in: transaction)
        try Self.noteReview(of: new.post, by: new.post.createdBy, at: new.post.createdAt, in: transaction)
        guard let series = new.series else { return [] }
        return try begin(series, in: transaction)
    }

    private func announce(_ new: NewPost, _ further: [Post]) async {
        await announce(new.post, .postCreated, new.plan, at: [new.post.scheduledFor])
        for post in further { await announce(post, .postCreated, new.plan, at: [post.scheduledFor]) }
    }

    /// Replaces what a post says and where and when it goes. Throws `CONFLICT` once a channel began to publish it, or when it was changed
    /// since `draft.revision`; `FORBIDDEN` for a draft-only caller once a person has planned it. Of a post that is out on some channels it
    /// changes, and plans anew, only the others that get something else than before (see `untouched`).
    ///
    /// With a `key` the same request changes the post once: a repetition, also after the first answer was lost, gets the post as it stands.
    /// The key is stored in the change's own transaction and holds until the post is changed in another way. Throws `IDEMPOTENCY_MISMATCH`
    /// for another request with the key of the last one.
    ///
    /// Of a post of a series, `scope` says whether it alone is meant, or those after it, or all that are still to come. A draft that repeats is
    /// changed as a whole.
    public func replace(
        _ id: PostID, with draft: PostDraft, key: String? = nil, scope: SeriesScope = .this, as caller: Caller
    ) async throws -> PostView {
        try await replace(id, with: draft, key: key, scope: scope, restoring: nil, as: caller)
    }

    /// `version` is the one whose content the draft brings back.
    func replace(
        _ id: PostID, with draft: PostDraft, key: String? = nil, scope: SeriesScope = .this, restoring version: Int?,
        deciding decision: ReviewDecision? = nil, as caller: Caller
    ) async throws -> PostView {
        try caller.require(.postsWrite)
        let request = try key.map { try ChangeRequest(key: $0, draft) }
        if try await wasMade(request, of: id, as: caller) { return try await get(id, as: caller.reading) }
        let series = try await series(of: id, as: caller)
        if let series {
            var draft = draft
            if version != nil { draft.recurrence = series.rule }
            if series.isWholeDraft ? draft.recurrence != nil : scope != .this {
                return try await replace(
                    series, at: id, with: draft, request, scope: series.isWholeDraft ? .all : scope, restoring: version, deciding: decision,
                    as: caller)
            }
        }
        var reading = try await read(draft, as: caller)
        if decision == .approved { reading.reviewedOn = [] }
        let caller = reading.planner(caller)
        let recurrence = try series == nil ? repetition(of: draft, &reading) : nil
        try series?.requireSame(draft)
        let ends = series?.isWholeDraft ?? false
        let plan = PostPlan(draft, reading, as: caller)
        let (now, organization, read) = (clock.now, caller.organizationId, reading)
        let stored = try await store { transaction -> (Post, before: Post, further: [Post])? in
            let reading = read
            guard var post = try PostRepository.find(id, of: organization, lock: true, in: transaction) else { throw ProblemReport.notFound("post") }
            if try Self.wasMade(request, of: id, in: organization, in: transaction) { return nil }
            if let revision = draft.revision, revision != post.revision { throw ProblemReport.changedMeanwhile }
            try caller.requireMayChange(postWith: post.status)
            let untouched = try self.untouched(post, by: reading, plan, in: transaction)
            try check(reading, plan, inReviewFor: post.status == .inReview ? post.scheduledFor : nil, besides: untouched)
            let cancelled = try cancelledAlone(post, in: transaction)
            let before = post
            (post.content, post.channels, post.tags) = (reading.content, reading.channels.map(\.id), reading.tags)
            (post.scheduledFor, post.timeZone) = (reading.scheduledFor, reading.timeZone)
            (post.wallTime, post.zoneRules) = (reading.wallTime, reading.zoneRules)
            (post.status, post.updatedAt) = (plan.postStatus, now)
            guard try PostRepository.update(post, basedOn: post.revision, changeKey: request?.mark, in: transaction) else {
                throw ProblemReport.changedMeanwhile
            }
            try Self.note(post, replacing: before, restored: version, as: caller, in: transaction)
            try Self.noteReview(of: post, from: before.status, decision, by: caller.userId, at: now, in: transaction)
            try PublicationRepository.removePending(of: id, besides: untouched, in: transaction)
            try publications(of: post, plan, except: cancelled, besides: untouched, in: transaction)
            if !untouched.isEmpty { try PublicationRepository.refreshPostStatus([id], now: now, in: transaction) }
            let further = try follow(
                post, before, recurrence, plan, ends: ends, isPartlyPublic: !untouched.isEmpty, isSentBack: decision?.isSentBack ?? false,
                in: transaction)
            return (post, before, further)
        }
        if let (post, before, further) = stored {
            await announce(post, .postUpdated, plan, before: before.status, at: [before.scheduledFor, post.scheduledFor])
            for post in further { await announce(post, .postCreated, plan, at: [post.scheduledFor]) }
        }
        return try await get(id, as: caller.reading)
    }

    /// A new draft with the same content for the same channels.
    public func duplicate(_ id: PostID, as caller: Caller) async throws -> PostView {
        try caller.require(.postsWrite)
        var draft = PostDraft(try await get(id, as: caller.reading))
        let present = try await channels.integrations(draft.platforms?.compactMap(IntegrationID.init) ?? [], of: caller.organizationId)
        draft.narrow(to: present.filter(\.active).map(\.id))
        (draft.scheduledFor, draft.timeZone, draft.status, draft.recurrence) = (nil, nil, .draft, nil)
        return try await create(draft, as: caller)
    }

    /// `reviewedTime` is that of a post which is in review already: it may pass before somebody approves. What is wrong with channels that
    /// the change leaves as they are, `untouched`, does not keep it from the others.
    func check(
        _ reading: DraftReading, _ plan: PostPlan, inReviewFor reviewedTime: Timestamp? = nil, besides untouched: Set<IntegrationID> = []
    ) throws {
        let errors = reading.errors.filter { problem in
            if let channel = problem.integrationId, untouched.contains(channel) { return false }
            if plan == .draft { return Self.alwaysErrors.contains(problem.code) }
            return problem.code != .timeInPast || plan != .review || reading.scheduledFor != reviewedTime
        }
        let empty = reading.content.parts.allSatisfy { $0.text.allSatisfy(\.isWhitespace) && $0.mediaIds.isEmpty }
        if plan == .draft, empty, reading.content.versions.isEmpty {
            let problem = Problem(.emptyPost, "The post is empty: write something or attach a file.")
            throw ProblemReport(.postInvalid, problem.message, details: ["problems": try JSON.decode(JSONValue.self, from: JSON.data([problem]))])
        }
        guard let first = errors.first else { return }
        let more = errors.count > 1 ? " (and \(errors.count - 1) more: see details.problems)" : ""
        let code: ProblemReport.Code = errors.allSatisfy { $0.code == .timeInPast } ? .timeInPast : .postInvalid
        throw ProblemReport(code, first.message + more, details: ["problems": try JSON.decode(JSONValue.self, from: JSON.data(errors))])
    }

    /// What even a draft must not have: it could not be stored.
    static let alwaysErrors: Set<Problem.Code> = [.mediaMissing]

    /// Stores a publication for each channel but those that are `untouched` and have theirs; those `except` stay at home.
    func publications(
        of post: Post, _ plan: PostPlan, except cancelled: Set<IntegrationID> = [], besides untouched: Set<IntegrationID> = [],
        in transaction: any Transaction
    ) throws {
        let none = cancelled.isSuperset(of: post.channels)
        for channel in post.channels where !untouched.contains(channel) {
            let status = cancelled.contains(channel) && !none ? .cancelled : plan.publicationStatus
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

    func announce(_ post: Post, _ type: EventType, _ plan: PostPlan, before: PostStatus? = nil, at: [Timestamp?]) async {
        PostTrace.wrote(post.id, isNew: type == .postCreated)
        await events.post(type, post.id, of: post.organizationId, at: at)
        if plan != .review || before != .inReview { await events.postChanged(post.id, of: post.organizationId, to: plan.postStatus) }
        if plan == .now { await queue.announce([Publisher.jobKind]) } else { alarm.ring() }
    }

    /// The channels on which a post was cancelled while it stood on others: a change of the post does not send it out there after all.
    func cancelledAlone(_ post: Post, in transaction: any Transaction) throws -> Set<IntegrationID> {
        let publications = try PublicationRepository.list(of: post.id, in: transaction)
        return post.status == .cancelled ? [] : Set(publications.filter { $0.status == .cancelled }.map(\.integrationId))
    }

    /// Throws `CONFLICT` when anything of these publications is, or may be, public, or is under way in a status not named in `harmless`.
    func requireNothingPublic(
        _ publications: [Publication], besides harmless: [PublicationStatus] = [], in transaction: any Transaction
    ) throws {
        let allowed = harmless + [.cancelled, .failed]
        guard publications.allSatisfy({ $0.status.isPending || allowed.contains($0.status) }) else {
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
    public var reading: Caller {
        Caller(
            organizationId: organizationId, identity: identity, role: role, instanceRole: instanceRole, scopes: scopes.union([.postsRead]),
            origin: origin, timeZone: timeZone, draftOnly: draftOnly, reviewedOn: reviewedOn)
    }
}
