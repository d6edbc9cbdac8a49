import Foundation

/// A picture, film or document of a publication.
public struct Attachment: Sendable, Hashable {
    public let id: String
    public let kind: MediaKind
    public let altText: String
    public let contentType: String
    public let byteCount: Int
    /// Of the whole file, lower-case hex; empty when it was not sent in order.
    public let sha256: String
}

/// Something that became public on an impersonated platform: a post, a reply or a comment.
public struct Publication: Sendable {
    public let id: String
    /// Account id of the author.
    public let author: String
    /// As people read it (links not shortened, markup resolved).
    public var text: String
    public var attachments: [Attachment] = []
    /// What it answers or comments on.
    public var parent: String?
    public let createdAt: Date
    public var editedAt: Date?
    /// Sent by the client, on platforms that know such a key.
    public var idempotencyKey: String?
    /// Fields of the platform that others have no name for, as they were sent.
    public var details: JSON = .object([:])
    /// Ids of accounts that reposted it.
    public var reposters: [String] = []
    /// Those that came by themselves are not among them.
    var likes = 0
    public var isDeleted = false
    /// Reads still to be answered with "not yet ready".
    var pendingReads = 0
    /// Key in the platform's duplicate check, to be freed when deleted.
    var duplicateKey: String?
}

/// Publications in order of creation, indexed by id, author and parent. Adding and looking up cost O(1).
struct Timeline: Sendable {
    private(set) var byID: [String: Publication] = [:]
    private var idsByAuthor: [String: [String]] = [:]
    private var idsByParent: [String: [String]] = [:]
    private var countByAuthor: [String: Int] = [:]
    private(set) var order: [String] = []

    /// Deleted ones look as if they had never been.
    subscript(id: String) -> Publication? { byID[id].flatMap { $0.isDeleted ? nil : $0 } }

    mutating func add(_ publication: Publication) {
        byID[publication.id] = publication
        order.append(publication.id)
        idsByAuthor[publication.author, default: []].append(publication.id)
        countByAuthor[publication.author, default: 0] += 1
        if let parent = publication.parent { idsByParent[parent, default: []].append(publication.id) }
    }

    /// Changes one in place; false when it does not exist.
    @discardableResult
    mutating func change(_ id: String, _ change: (inout Publication) -> Void) -> Bool {
        guard let index = byID.index(forKey: id), !byID.values[index].isDeleted else { return false }
        change(&byID.values[index])
        return true
    }

    mutating func delete(_ id: String) {
        guard let author = self[id]?.author else { return }
        change(id) { $0.isDeleted = true }
        countByAuthor[author, default: 1] -= 1
    }

    func count(author: String) -> Int { countByAuthor[author] ?? 0 }

    /// Newest first.
    func by(author: String) -> some Sequence<Publication> { living((idsByAuthor[author] ?? []).reversed()) }

    /// The newest that fit. Looks no further than it must.
    func latest(_ count: Int, by author: String, where fits: (Publication) -> Bool = { _ in true }) -> [Publication] {
        var found: [Publication] = []
        for publication in by(author: author) where fits(publication) {
            if found.count == count { break }
            found.append(publication)
        }
        return found
    }

    /// Oldest first.
    func replies(to id: String) -> [Publication] { Array(living(idsByParent[id] ?? [])) }

    /// Oldest first, with or without the deleted.
    func all(includingDeleted: Bool = false) -> some Sequence<Publication> {
        order.lazy.compactMap { byID[$0] }.filter { includingDeleted || !$0.isDeleted }
    }

    private func living(_ ids: some Sequence<String>) -> some Sequence<Publication> { ids.lazy.compactMap { self[$0] } }
}

/// Remembers what was said recently, for platforms that refuse or merge repetitions.
struct RecentMemory: Sendable {
    private var entries: [String: (id: String, at: Date)] = [:]

    /// The id stored under the key at most `window` seconds ago.
    func find(_ key: String, now: Date, window: Double) -> String? {
        entries[key].flatMap { now.timeIntervalSince($0.at) < window ? $0.id : nil }
    }

    mutating func remember(_ key: String, id: String, now: Date) { entries[key] = (id, now) }
    mutating func forget(_ key: String) { entries[key] = nil }
}

/// Deterministic figures that grow with a publication's age, so that charts look alive and tests can repeat them.
struct Popularity {
    let impressions: Int
    let likes: Int
    let shares: Int
    let clicks: Int
    let saves: Int

    /// `age` in seconds.
    init(id: String, age: Double) {
        let hash = Encoding.stableHash(id)
        let reach = Double(200 + hash % 4800) * (1 - exp(-max(0, age) / 86_400))
        func share(_ shift: UInt64, of whole: Double, from: Double, to: Double) -> Int {
            Int(whole * (from + (to - from) * Double((hash >> shift) % 1000) / 1000))
        }
        impressions = Int(reach)
        likes = share(8, of: reach, from: 0.01, to: 0.08)
        shares = share(16, of: reach, from: 0.001, to: 0.02)
        clicks = share(24, of: reach, from: 0.005, to: 0.05)
        saves = share(32, of: reach, from: 0.001, to: 0.01)
    }

    /// Followers of an account at the beginning: between 50 and 5,000.
    static func followers(_ accountID: String) -> Int { Int(50 + Encoding.stableHash(accountID) % 4950) }
}
