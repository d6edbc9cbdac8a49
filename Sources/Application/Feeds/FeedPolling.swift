import Domain
import Foundation
import Persistence

/// Reading feeds when their time comes, and what becomes of what is new; the worker's part.
extension FeedSources {
    /// How long items are remembered that no feed shows any more. What says that it is older is of the past.
    static let kept = Duration.days(400)
    private static let lease = Duration.minutes(5)
    private static let longestPause = Duration.hours(24)
    private static let atOnce = 8

    /// Reads the feeds whose time has come, at most `limit`. Returns how many.
    @discardableResult
    public func readDue(limit: Int) async throws -> Int {
        let now = time.now
        let due = try await database.write { try FeedSourceRepository.claim(at: now, until: now + Self.lease, limit: limit, in: $0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, stored) in due.enumerated() {
                if index >= Self.atOnce { try await group.next() }
                group.addTask { try await read(stored) }
            }
            try await group.waitForAll()
        }
        return due.count
    }

    /// Reads a feed at once. Throws `CONFLICT` for a paused one.
    public func readNow(_ id: FeedSourceID, as caller: Caller) async throws -> FeedSource {
        try Self.require(caller)
        let stored = try await database.read { try find(id, as: caller, in: $0) }
        guard stored.source.status == .active else { throw ProblemReport(.conflict, "The feed is paused. Let it go on first.") }
        try await read(stored)
        return try await get(id, as: caller.reading)
    }

    func removeOld() async throws {
        let limit = time.now - Self.kept
        try await database.write { try FeedEntryRepository.removeUnseen(since: limit, in: $0) }
    }

    private func read(_ stored: StoredFeedSource) async throws {
        let known = FeedValidators(etag: stored.etag, lastModified: stored.lastModified, digest: stored.digest)
        switch try await fetching.fetch(stored.source.url, since: known) {
        case .unchanged: try await note(nil, known, of: stored)
        case .document(let document, let validators, _): try await note(document, validators, of: stored)
        case .refused(let reason, let wait, let isGone): try await noteFailure(reason, wait: wait, isGone: isGone, of: stored)
        }
        try await makePosts(of: stored)
    }

    private func note(_ document: FeedDocument?, _ validators: FeedValidators, of stored: StoredFeedSource) async throws {
        let now = time.now
        try await database.write { transaction in
            // As it is now: a person may have changed or removed it meanwhile.
            guard var current = try FeedSourceRepository.find(stored.source.id, of: stored.organizationId, lock: true, in: transaction) else {
                return
            }
            if let document { try add(document.items, to: current, at: now, in: transaction) }
            (current.etag, current.lastModified, current.digest) = (validators.etag, validators.lastModified, validators.digest)
            (current.failures, current.source.failingSince, current.source.lastError) = (0, nil, nil)
            current.isQuiet = false
            current.source.lastReadAt = now
            current.source.nextReadAt = now + .minutes(Int64(current.source.minutes))
            try FeedSourceRepository.noteReading(current, in: transaction)
        }
    }

    private func add(_ items: [FeedItem], to stored: StoredFeedSource, at now: Timestamp, in transaction: any Transaction) throws {
        let source = stored.source
        let known = try FeedEntryRepository.known(of: source.id, in: transaction)
        let fates = FeedSorting.fates(
            of: items, known: known, addedAt: max(source.createdAt, now - Self.kept + .days(30)), lastReadAt: source.lastReadAt)
        // The oldest first: feeds begin with the newest.
        let new = zip(items, fates).filter { $0.1 != .known }.reversed()
        let entries = new.map { item, fate -> (FeedItem, FeedEntry.Status, String?) in
            switch fate {
            case .past: (item, .past, "It says that it is older than the feed's place here.")
            case .doubtful: (item, .held, "It has a new id and a new link, but may have been there before.")
            case _ where !source.filter.lets(item): (item, .filtered, nil)
            case _ where stored.isQuiet: (item, .ignored, "It came while the feed was paused.")
            default: (item, .waiting, nil)
            }
        }
        let ids = entries.map { _ in FeedEntryID(at: now) }.sorted()
        try FeedEntryRepository.insert(
            zip(ids, entries).map { id, entry in
                FeedEntry(id: id, sourceId: source.id, item: entry.0, status: entry.1, reason: entry.2, seenAt: now)
            }, of: stored.organizationId, in: transaction)
        try FeedEntryRepository.touch(items.map(\.key), of: source.id, at: now, unlessSince: now - .days(1), in: transaction)
    }

    private func noteFailure(_ reason: String, wait: Duration?, isGone: Bool, of stored: StoredFeedSource) async throws {
        let now = time.now
        try await database.write { transaction in
            guard var current = try FeedSourceRepository.find(stored.source.id, of: stored.organizationId, lock: true, in: transaction) else {
                return
            }
            current.failures += 1
            current.source.failingSince = current.source.failingSince ?? now
            current.source.lastError = reason
            let pause = Duration.minutes(Int64(current.source.minutes) << Int64(min(current.failures, 10)))
            current.source.nextReadAt = now + max(min(pause, Self.longestPause), wait ?? .zero)
            try FeedSourceRepository.noteReading(current, in: transaction)
            if isGone { try FeedSourceRepository.pause(current.source.id, because: reason, in: transaction) }
        }
    }

    // MARK: Posts

    /// Makes posts of what waits, as many as the day's limit lets.
    private func makePosts(of stored: StoredFeedSource) async throws {
        let now = time.now
        let found = try await database.read { transaction -> (StoredFeedSource, [FeedEntry], zone: String)? in
            guard let current = try FeedSourceRepository.find(stored.source.id, of: stored.organizationId, in: transaction),
                let organization = try OrganizationRepository.find(stored.organizationId, in: transaction)
            else { return nil }
            let left = current.source.postsPerDay - (try FeedEntryRepository.posted(of: current.source.id, since: now - .days(1), in: transaction))
            guard left > 0 else { return nil }
            // Its items wait for a channel that may come back.
            let channels = current.source.integrationIds
            if try ChannelTrashRepository.holds(anyOf: channels, of: current.organizationId, in: transaction) { return nil }
            return (current, try FeedEntryRepository.waiting(of: current.source.id, limit: left, in: transaction), organization.timeZone)
        }
        guard let (current, waiting, zone) = found else { return }
        let feed = Caller(organizationId: current.organizationId, identity: .system, role: .admin, origin: .feed, timeZone: zone)
        for entry in waiting { _ = try await makePost(of: entry, from: current.source, as: feed) }
    }

    /// Makes the post of an item, once and only once: the transaction that stores the post marks the item. What cannot go out as it is becomes
    /// a draft that says why. Nil when somebody was quicker, or no post could be made. Throws this server's own trouble: the item waits on.
    func makePost(of entry: FeedEntry, from source: FeedSource, as caller: Caller) async throws -> PostID? {
        let pattern = try FeedPattern(source.pattern)
        var notes: [String] = []
        let picture = try await picture(of: entry, source, as: caller, &notes)
        var draft = PostDraft(platforms: source.integrationIds.map(\.text), mediaIds: picture.map { [$0] })
        do {
            draft.content = try await fitting(entry.item, pattern, draft, as: caller)
            switch source.mode {
            case .draft: draft.status = .draft
            case .nextSlot: draft.schedule = .nextSlot
            case .now: draft.schedule = .now
            }
            return try await store(draft, of: entry, notes, as: caller)
        } catch let refusal as ProblemReport where refusal.code.status < 500 {
            return try await fallBack(draft, of: entry, text: pattern.text(of: entry.item), notes + [refusal.message], as: caller)
        }
    }

    private func fallBack(
        _ draft: PostDraft, of entry: FeedEntry, text: String, _ notes: [String], as caller: Caller
    ) async throws -> PostID? {
        var draft = draft
        (draft.schedule, draft.status, draft.content) = (nil, .draft, draft.content ?? text)
        do {
            return try await store(draft, of: entry, notes, as: caller)
        } catch let refusal as ProblemReport where refusal.code.status < 500 {
            let reason = refusal.message
            try await database.write { _ = try FeedEntryRepository.mark(entry, .failed, because: reason, in: $0) }
            return nil
        }
    }

    private func store(_ draft: PostDraft, of entry: FeedEntry, _ notes: [String], as caller: Caller) async throws -> PostID? {
        let (now, reason) = (time.now, notes.isEmpty ? nil : notes.joined(separator: " "))
        return try await posts.create(draft, as: caller) { post, transaction in
            try FeedEntryRepository.markPosted(entry, as: post, because: reason, at: now, in: transaction)
        }
    }

    /// The item's text with as much of its summary as every channel takes.
    private func fitting(_ item: FeedItem, _ pattern: FeedPattern, _ draft: PostDraft, as caller: Caller) async throws -> String {
        let whole = pattern.text(of: item)
        guard pattern.text.contains("{summary}"), !draft.platforms.isNilOrEmpty else { return whole }
        for length in [1000, 500, 280, 200, 120, 60, 0] {
            var trial = draft
            trial.content = pattern.text(of: item, summaryLength: length)
            let isTooLong = try await posts.check(trial, as: caller).items.contains { $0.code == .textTooLong }
            if !isTooLong { return trial.content ?? whole }
        }
        return whole
    }

    private func picture(of entry: FeedEntry, _ source: FeedSource, as caller: Caller, _ notes: inout [String]) async throws -> MediaID? {
        guard source.withPicture, let address = entry.item.picture else { return nil }
        do {
            return try await media.fromURL(address, altText: nil, as: caller).id
        } catch let refusal as ProblemReport {
            notes.append("Its picture could not be fetched: \(refusal.message)")
            return nil
        }
    }

    // MARK: A person's word

    /// Makes the post of an item that made none. Throws `CONFLICT` when it has made one.
    public func post(_ id: FeedEntryID, as caller: Caller) async throws -> FeedEntry {
        try Self.require(caller)
        let (entry, source) = try await entry(id, as: caller)
        guard entry.postId == nil, entry.status != .posted else { throw ProblemReport(.conflict, "This item has made a post already.") }
        _ = try await makePost(of: entry, from: source, as: Caller(feedOf: caller))
        return try await self.entry(id, as: caller).entry
    }

    /// Decides that an item that waits, for the day's limit or for a person, makes no post.
    public func ignore(_ id: FeedEntryID, as caller: Caller) async throws -> FeedEntry {
        try Self.require(caller)
        let (entry, source) = try await entry(id, as: caller)
        guard [.held, .waiting].contains(entry.status) else { throw ProblemReport(.conflict, "This item does not wait for anything.") }
        try await database.write { transaction in
            _ = try FeedEntryRepository.mark(entry, .ignored, because: nil, in: transaction)
            try note("item_ignored", source, as: caller, in: transaction)
        }
        return try await self.entry(id, as: caller).entry
    }

    /// Decides about all items of a feed that wait for a person: they were there before and make no posts, or they are new and do, under the
    /// day's limit. Returns how many it were.
    public func decide(held id: FeedSourceID, areNew: Bool, as caller: Caller) async throws -> Int {
        try Self.require(caller)
        let decided = try await database.write { transaction -> (StoredFeedSource, Int) in
            let stored = try find(id, as: caller, lock: true, in: transaction)
            let count = try FeedEntryRepository.decide(held: id, areNew: areNew, in: transaction)
            try note(areNew ? "items_new" : "items_known", stored.source, as: caller, in: transaction)
            return (stored, count)
        }
        if areNew, decided.0.source.status == .active { try await makePosts(of: decided.0) }
        return decided.1
    }

    private func entry(_ id: FeedEntryID, as caller: Caller) async throws -> (entry: FeedEntry, source: FeedSource) {
        let found = try await database.read { transaction -> (FeedEntry, FeedSource)? in
            guard let entry = try FeedEntryRepository.find(id, of: caller.organizationId, in: transaction) else { return nil }
            return (entry, try find(entry.sourceId, as: caller, in: transaction).source)
        }
        guard let found else { throw ProblemReport.notFound("item") }
        return found
    }
}

extension Caller {
    /// The same person, where what they do comes from a feed.
    fileprivate init(feedOf caller: Caller) {
        self.init(
            organizationId: caller.organizationId, identity: caller.identity, role: caller.role, instanceRole: caller.instanceRole,
            scopes: caller.scopes, origin: .feed, timeZone: caller.timeZone, draftOnly: caller.draftOnly)
    }
}

extension Optional where Wrapped: Collection {
    fileprivate var isNilOrEmpty: Bool { self?.isEmpty ?? true }
}
