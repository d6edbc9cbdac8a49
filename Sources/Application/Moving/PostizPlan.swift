import Domain
import Foundation
import Platforms

/// What of a Postiz comes into a workspace: made of what there is and of what is here, before anything is stored.
struct PostizPlan: Sendable {
    struct Channel: Sendable {
        let id: IntegrationID
        let descriptor: PlatformDescriptor
        /// Nil where it is here already.
        var new: Integration?
        /// The account that a channel which is here has waited for.
        var account: String?
    }

    /// A post: one row or chain of rows for each of its channels.
    struct PlannedPost: Sendable {
        var roots: [PostizContents.Outline]
        var isHistory: Bool { roots[0].state == "PUBLISHED" }
    }

    struct File: Sendable {
        let path: String
        var name: String?
        var altText: String?
    }

    static let reconnect = "This channel came from Postiz without its permission. Connect it again: its posts stay."

    let contents: PostizContents
    let organization: DumpRows.Row
    let platforms: PlatformRegistry
    let surroundings: PostizSurroundings
    let caller: Caller
    let now: Timestamp
    private(set) var report: PostizReport
    /// By their ids there.
    var channels: [String: Channel] = [:]
    private(set) var posts: [PlannedPost] = []
    private(set) var files: [File] = []
    private(set) var tags: [String: String] = [:]
    private var children: [String: [PostizContents.Outline]] = [:]

    init(
        _ contents: PostizContents, organization wanted: String?, platforms: PlatformRegistry, _ surroundings: PostizSurroundings, as caller: Caller,
        now: Timestamp
    ) throws {
        self.contents = contents
        organization = try Self.organization(wanted, in: contents)
        self.platforms = platforms
        self.surroundings = surroundings
        self.caller = caller
        self.now = now
        report = PostizReport(organization: organization["name"] ?? "", untold: contents.untold)
        try readChannels()
        for row in rows("Tags", owner: "orgId") { if let id = row["id"], let name = row["name"] { tags[id] = name } }
        readPosts()
        try readFiles()
        report.leave(rows("AutoPost").count, "automatic posts from feeds", "Add the feeds under Automation.")
        report.leave(rows("Webhooks").count, "webhooks", "Add them under Settings, Webhooks: they are signed here.")
        report.leave(rows("Plugs").count, "plugs", "Add them on the page of their channel.")
    }

    private var organizationId: String { organization["id"] ?? "" }

    func rows(_ table: String, owner: String = "organizationId") -> [DumpRows.Row] {
        (contents.rows[table] ?? []).filter { $0[owner] == organizationId }
    }

    private static func organization(_ wanted: String?, in contents: PostizContents) throws -> DumpRows.Row {
        let all = contents.rows["Organization"] ?? []
        let used = Set((contents.rows["Integration"] ?? []).compactMap { $0["organizationId"] }).union(contents.posts.map(\.organization))
        let candidates =
            wanted.map { wanted in all.filter { $0["id"] == wanted || $0["name"]?.lowercased() == wanted.lowercased() } }
            ?? all.filter { used.contains($0["id"] ?? "") }
        if candidates.count == 1 { return candidates[0] }
        if wanted == nil, all.count == 1 { return all[0] }
        let names = all.prefix(20).map { "\"\($0["name"] ?? "")\" (\($0["id"] ?? ""))" }.joined(separator: ", ")
        throw ProblemReport.invalid(
            "organization", all.isEmpty ? "The dump holds no workspace." : "Say which workspace of the dump is meant, by its id or name: \(names).")
    }
}

// MARK: - Posts

extension PostizPlan {
    private mutating func readPosts() {
        let own = contents.posts.filter { $0.organization == organizationId }
        let ids = Set(own.map(\.id))
        var groups: [String: Int] = [:]
        var ordered: [[PostizContents.Outline]] = []
        var homeless = 0
        var repeating = 0
        for post in own {
            if let parent = post.parent, parent != post.id, ids.contains(parent) {
                children[parent, default: []].append(post)
            } else if channels[post.channel] == nil {
                homeless += 1
            } else if surroundings.known[.post]?[post.id] != nil {
                report.posts.known += 1
            } else {
                if post.repeats { repeating += 1 }
                if let place = groups[post.group] {
                    ordered[place].append(post)
                } else {
                    groups[post.group] = ordered.count
                    ordered.append([post])
                }
            }
        }
        for group in ordered { posts += divided(group) }
        for post in posts { count(post) }
        report.leave(homeless, "posts", "Their channel does not come.")
        report.leave(contents.unreadable, "posts", "The server tells them in a way that is not known here.")
        report.leave(own.count - reached(from: own), "parts of posts", "They follow each other in a circle, so that none is the first.")
        report.leave(repeating, "repetitions", "The posts come once. Let them repeat here by opening them.")
    }

    /// How many rows stand in a chain that begins somewhere.
    private func reached(from own: [PostizContents.Outline]) -> Int {
        let followers = Set(children.values.joined().map(\.id))
        var waiting = own.map(\.id).filter { !followers.contains($0) }
        var count = 0
        while let id = waiting.popLast() {
            count += 1
            waiting += (children[id] ?? []).map(\.id)
        }
        return count
    }

    /// What goes out together there is one post here, but for what is out already, or is planned for another time, or goes to the same channel
    /// twice.
    private func divided(_ group: [PostizContents.Outline]) -> [PlannedPost] {
        var posts: [PlannedPost] = []
        for root in group {
            let place = posts.firstIndex { post in
                let isAlike = post.isHistory == (root.state == "PUBLISHED") && post.roots[0].date == root.date
                return isAlike && !post.roots.contains { channels[$0.channel]?.id == channels[root.channel]?.id }
            }
            if let place { posts[place].roots.append(root) } else { posts.append(PlannedPost(roots: [root])) }
        }
        return posts
    }

    private mutating func count(_ post: PlannedPost) {
        switch post.roots[0].state {
        case "PUBLISHED": report.posts.published += 1
        case "QUEUE": report.posts.planned += 1
        case "ERROR": report.posts.failed += 1
        default: report.posts.drafts += 1
        }
    }

    /// A row with those that follow it, in their order. Rows that follow each other in a circle are read once.
    func chain(from root: PostizContents.Outline) -> [PostizContents.Outline] {
        var chain: [PostizContents.Outline] = []
        var seen: Set<String> = []
        var waiting = [root]
        while let next = waiting.popLast() {
            guard seen.insert(next.id).inserted else { continue }
            chain.append(next)
            waiting += (children[next.id] ?? []).reversed()
        }
        return chain
    }
}

// MARK: - Files

extension PostizPlan {
    /// The files of the library there, and those that posts name, each once.
    private mutating func readFiles() throws {
        var places: [String: Int] = [:]
        var found: [File] = []
        func add(_ path: String?, name: String?, altText: String?) {
            guard let path = path?.unlessBlank, path.utf8.count <= 2000, surroundings.file(path) == nil else { return }
            if let place = places[path] {
                found[place].altText = found[place].altText ?? altText?.unlessBlank
            } else {
                places[path] = found.count
                found.append(File(path: path, name: name, altText: altText?.unlessBlank))
            }
        }
        for row in rows("Media") { add(row["path"], name: row["originalName"] ?? row["name"], altText: row["alt"]) }
        for post in posts {
            for root in post.roots {
                for outline in chain(from: root) {
                    for image in Self.images(try contents.row(of: outline)) { add(image["path"]?.string, name: nil, altText: image["alt"]?.string) }
                }
            }
        }
        files = found
        report.files = found.count
    }

    static func images(_ row: DumpRows.Row) -> [JSONValue] { row.document("image")?.array ?? [] }

    mutating func tell(_ change: (inout PostizReport) -> Void) { change(&report) }
}
