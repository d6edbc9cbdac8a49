import Domain
import Foundation

/// What there is in a Postiz, in the words of its schema, by whichever way it was read. The rows of posts lie in a file, so that only their
/// outlines take memory.
struct PostizContents: Sendable {
    /// What is needed to put rows together.
    struct Outline: Sendable {
        let id: String
        let organization: String
        let channel: String
        let group: String
        let parent: String?
        let state: String
        let date: String
        let repeats: Bool
        let place: Int
        let length: Int
    }

    private(set) var rows: [String: [DumpRows.Row]] = [:]
    private(set) var posts: [Outline] = []
    /// The ids of tags, by post.
    private(set) var tags: [String: [String]] = [:]
    /// What this way does not tell, in words.
    var untold: [String] = []
    /// Posts that were told in a way that we do not know.
    var unreadable = 0
    private let store: DiskFile
    private var end = 0

    /// Nothing yet. Its posts will lie in `folder`.
    init(in folder: String) throws {
        let path = "\(folder)/posts-\(UUID().uuidString).part"
        store = try DiskFile.creating(path)
        // Without a name it is gone with this process, however that ends.
        try DiskFile.remove(path)
    }

    func close() { store.close() }

    /// The whole row of a post.
    func row(of post: Outline) throws -> DumpRows.Row { try JSON.decode(from: try store.read(at: post.place, count: post.length)) }

    mutating func take(_ row: DumpRows.Row, of table: String) throws {
        // What was deleted there is not brought.
        guard table == "Integration" || row["deletedAt"] == nil else { return }
        switch table {
        case "TagsPosts":
            if let post = row["postId"], let tag = row["tagId"] { tags[post, default: []].append(tag) }
        case "Post":
            guard let id = row["id"], let organization = row["organizationId"], let channel = row["integrationId"] else { return }
            let kept = row.filter { ["content", "image", "settings", "releaseId", "releaseURL", "createdAt"].contains($0.key) }
            let data = try JSON.data(kept)
            try data.withUnsafeBytes { try store.write($0, at: end) }
            posts.append(
                Outline(
                    id: id, organization: organization, channel: channel, group: row["group"] ?? id, parent: row["parentPostId"],
                    state: row["state"] ?? "DRAFT", date: row["publishDate"] ?? "", repeats: row["intervalInDays"] != nil, place: end,
                    length: data.count))
            end += data.count
        default: rows[table, default: []].append(row.filter { !Self.secret.contains($0.key) })
        }
    }

    /// Tokens and keys are not even kept in memory.
    private static let secret: Set<String> = ["token", "refreshToken", "customInstanceDetails", "apiKey"]
}

extension DumpRows.Row {
    /// A truth value, as `COPY` and `INSERT` write it.
    func flag(_ name: String) -> Bool { ["t", "true"].contains(self[name] ?? "") }

    /// A time, which is in UTC there.
    func time(_ name: String) -> Timestamp? { self[name].flatMap { Timestamp($0 + "Z") } }

    /// A document that is kept as text.
    func document(_ name: String) -> JSONValue? { self[name].flatMap { try? JSON.decode(from: $0) } }
}
