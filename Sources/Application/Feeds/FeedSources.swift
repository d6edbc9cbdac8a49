import Domain
import Foundation
import Persistence
import Platforms

/// Feeds whose new items become posts, for administrators of the workspace.
public struct FeedSources: Sendable {
    static let most = 200
    static let shown = 10
    static let perDay = 1...100, interval = 15...1440

    let database: any Database
    let posts: Posts
    let media: MediaLibrary
    let fetching: FeedFetching
    let audit: AuditLog
    let time: any TimeSource

    /// By name.
    public func list(as caller: Caller) async throws -> [FeedSource] {
        try caller.require(.postsRead)
        return try await database.read { try FeedSourceRepository.list(of: caller.organizationId, in: $0) }
    }

    public func get(_ id: FeedSourceID, as caller: Caller) async throws -> FeedSource {
        try caller.require(.postsRead)
        return try await database.read { try find(id, as: caller, in: $0).source }
    }

    /// Reads a feed without keeping anything. Throws `VALIDATION_FAILED` when it cannot be read.
    public func preview(_ request: NewFeedSource, as caller: Caller) async throws -> FeedPreview {
        try Self.require(caller)
        let pattern = try FeedPattern(request.pattern ?? FeedPattern.standard)
        let filter = try Self.filter(request.words, request.withoutWords)
        let (document, _, url) = try await read(request.url)
        return FeedPreview(
            title: document.title, url: url, count: document.items.count,
            items: document.items.prefix(Self.shown).map {
                FeedPreview.Item(item: $0, text: pattern.text(of: $0), fits: filter.lets($0))
            })
    }

    /// Adds a feed. What it holds now is noted and makes no posts. Throws `VALIDATION_FAILED` when it cannot be read or a setting is wrong,
    /// `UNKNOWN_CHANNEL`, and `CONFLICT` where the workspace has it already or has too many.
    public func create(_ request: NewFeedSource, as caller: Caller) async throws -> FeedSource {
        try Self.require(caller)
        let pattern = try FeedPattern(request.pattern ?? FeedPattern.standard).text
        let filter = try Self.filter(request.words, request.withoutWords)
        let perDay = try Self.bounded(request.postsPerDay ?? 10, Self.perDay, "postsPerDay")
        let minutes = try Self.bounded(request.minutes ?? 60, Self.interval, "minutes")
        let (document, validators, url) = try await read(request.url)
        let now = time.now
        let source = FeedSource(
            id: FeedSourceID(at: now), name: try Self.name(request.name, document, url), url: url,
            integrationIds: request.integrationIds.distinct(),
            mode: request.mode ?? .draft, pattern: pattern, filter: filter, withPicture: request.withPicture ?? false, postsPerDay: perDay,
            minutes: minutes, lastReadAt: now,
            // Spread over the interval, so that feeds that were added together are not read together.
            nextReadAt: now + .seconds(Int64.random(in: 60...Int64(minutes) * 60)), createdAt: now)
        let stored = StoredFeedSource(
            source: source, organizationId: caller.organizationId, etag: validators.etag, lastModified: validators.lastModified,
            digest: validators.digest)
        // The oldest first: feeds begin with the newest.
        let ids = document.items.map { _ in FeedEntryID(at: now) }.sorted()
        let entries = zip(ids, document.items.reversed()).map {
            FeedEntry(id: $0, sourceId: source.id, item: $1, status: .past, seenAt: now)
        }
        try await database.write { transaction in
            let others = try FeedSourceRepository.list(of: caller.organizationId, in: transaction)
            guard others.count < Self.most else {
                throw ProblemReport(.conflict, "A workspace has at most \(Self.most) feeds. Remove one that is not needed.")
            }
            if let same = others.first(where: { $0.url == url }) {
                throw ProblemReport(.conflict, "This feed is here already: \(same.name).", details: ["sourceId": .string(same.id.text)])
            }
            try checkChannels(source, as: caller, in: transaction)
            try FeedSourceRepository.insert(stored, by: caller.userId, in: transaction)
            try FeedEntryRepository.insert(entries, of: caller.organizationId, in: transaction)
            try note("added", source, as: caller, in: transaction)
        }
        return source
    }

    public func update(_ id: FeedSourceID, _ change: FeedSourceChange, as caller: Caller) async throws -> FeedSource {
        try Self.require(caller)
        let pattern = try change.pattern.map { try FeedPattern($0).text }
        let now = time.now
        return try await database.write { transaction in
            var stored = try find(id, as: caller, lock: true, in: transaction)
            var source = stored.source
            source.name = try change.name.map { try AccountRules.name($0, field: "name") } ?? source.name
            source.integrationIds = change.integrationIds?.distinct() ?? source.integrationIds
            source.mode = change.mode ?? source.mode
            source.pattern = pattern ?? source.pattern
            source.filter = try Self.filter(change.words ?? source.filter.words, change.withoutWords ?? source.filter.withoutWords)
            source.withPicture = change.withPicture ?? source.withPicture
            source.postsPerDay = try Self.bounded(change.postsPerDay ?? source.postsPerDay, Self.perDay, "postsPerDay")
            source.minutes = try Self.bounded(change.minutes ?? source.minutes, Self.interval, "minutes")
            source.nextReadAt = min(source.nextReadAt, max(now, (source.lastReadAt ?? now) + .minutes(Int64(source.minutes))))
            if let status = change.status, status != source.status {
                (source.status, source.pausedReason) = (status, nil)
                if status == .active {
                    // What came meanwhile is noted and makes no posts.
                    (stored.isQuiet, stored.failures, source.failingSince, source.nextReadAt) = (true, 0, nil, now)
                }
            }
            stored.source = source
            try checkChannels(source, as: caller, in: transaction)
            try FeedSourceRepository.update(stored, in: transaction)
            try note("changed", source, as: caller, in: transaction)
            return source
        }
    }

    /// Takes the history with it; the posts stay.
    public func remove(_ id: FeedSourceID, as caller: Caller) async throws {
        try Self.require(caller)
        try await database.write { transaction in
            let source = try find(id, as: caller, in: transaction).source
            try FeedSourceRepository.remove(id, of: caller.organizationId, in: transaction)
            try note("removed", source, as: caller, in: transaction)
        }
    }

    /// What became of the items, newest first; `before` continues after that one. `limit` is held to 1…200.
    public func entries(
        of id: FeedSourceID, status: FeedEntry.Status? = nil, before: FeedEntryID? = nil, limit: Int = 50, as caller: Caller
    ) async throws -> [FeedEntry] {
        try caller.require(.postsRead)
        return try await database.readDelayed { transaction in
            _ = try find(id, as: caller, in: transaction)
            return try FeedEntryRepository.list(
                of: id, in: caller.organizationId, status: status, before: before, limit: min(max(limit, 1), 200), in: transaction)
        }
    }

    /// One item of a feed; nil when it is none of this one.
    public func entry(_ id: FeedEntryID, of source: FeedSourceID, as caller: Caller) async throws -> FeedEntry? {
        try caller.require(.postsRead)
        let found = try await database.read { try FeedEntryRepository.find(id, of: caller.organizationId, in: $0) }
        return found.flatMap { $0.sourceId == source ? $0 : nil }
    }

    /// What a person should look at: feeds that could not be read for a day, and how many items of each feed wait for a decision.
    public func attention(as caller: Caller) async throws -> (failing: [FeedSource], held: [FeedSourceID: Int]) {
        let (organization, limit) = (caller.organizationId, time.now - .days(1))
        return try await database.readDelayed { transaction in
            (
                try FeedSourceRepository.failing(since: limit, of: organization, in: transaction),
                try FeedEntryRepository.held(of: organization, in: transaction)
            )
        }
    }

    // MARK: Rules

    static func require(_ caller: Caller) throws {
        try caller.require(.admin)
        // Its posts are the workspace's, and wait for nobody's approval.
        try caller.require(.manage)
        try caller.requireApproved(to: "set up feeds")
    }

    func find(_ id: FeedSourceID, as caller: Caller, lock: Bool = false, in transaction: any Transaction) throws -> StoredFeedSource {
        guard let stored = try FeedSourceRepository.find(id, of: caller.organizationId, lock: lock, in: transaction) else {
            throw ProblemReport.notFound("feed")
        }
        return stored
    }

    private func read(_ address: String) async throws -> (FeedDocument, FeedValidators, url: String) {
        let address = address.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !address.isEmpty, address.utf8.count <= 2000 else {
            throw ProblemReport.invalid("url", "Give the address of a feed: at most 2,000 characters.")
        }
        switch try await fetching.fetch(address) {
        case .document(let document, let validators, _): return (document, validators, address)
        case .unchanged: throw ProblemReport.invalid("url", "The address answered with status 304.")
        case .refused(let reason, _, _): throw ProblemReport.invalid("url", reason)
        }
    }

    private static func name(_ given: String?, _ document: FeedDocument, _ url: String) throws -> String {
        if let given = given?.unlessBlank { return try AccountRules.name(given, field: "name") }
        let title = document.title.split(whereSeparator: \.isWhitespace).joined(separator: " ").shortened(to: 100)
        return title.unlessBlank ?? URL(string: url)?.host() ?? "Feed"
    }

    private static func filter(_ words: [String]?, _ without: [String]?) throws -> FeedFilter {
        func cleaned(_ words: [String]?, _ field: String) throws -> [String] {
            let words = (words ?? []).map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
            guard words.count <= 50, words.allSatisfy({ $0.unicodeScalars.count <= 100 }) else {
                throw ProblemReport.invalid(field, "Give at most 50 words of at most 100 characters.")
            }
            return words
        }
        return FeedFilter(words: try cleaned(words, "words"), withoutWords: try cleaned(without, "withoutWords"))
    }

    private static func bounded(_ number: Int, _ range: ClosedRange<Int>, _ field: String) throws -> Int {
        guard range.contains(number) else {
            throw ProblemReport.invalid(field, "\(field) is a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    private func checkChannels(_ source: FeedSource, as caller: Caller, in transaction: any Transaction) throws {
        guard source.mode == .draft || !source.integrationIds.isEmpty else {
            throw ProblemReport.invalid("integrationIds", "Choose at least one channel, or let the items become drafts.")
        }
        try caller.requireChannels(source.integrationIds, in: transaction)
    }

    func note(_ action: String, _ source: FeedSource, as caller: Caller, in transaction: any Transaction) throws {
        // An address may hold a key in its path.
        let host = URL(string: source.url)?.host() ?? ""
        try audit.record(
            "feed.\(action)", target: source.id.text, detail: ["name": .string(source.name), "host": .string(host)], as: caller, in: transaction)
    }
}
