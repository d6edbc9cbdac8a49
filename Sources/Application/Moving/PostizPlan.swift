import Domain
import Foundation
import Platforms

/// What of a dump comes into a workspace: made of what it holds and of what is here, before anything is stored.
struct PostizPlan: Sendable {
    struct Channel: Sendable {
        let id: IntegrationID
        let descriptor: PlatformDescriptor
        /// Nil where it is here already.
        let new: Integration?
    }

    /// A post: one row or chain of rows for each of its channels.
    struct PlannedPost: Sendable {
        var roots: [PostizDump.Outline]
        var isHistory: Bool { roots[0].state == "PUBLISHED" }
    }

    struct File: Sendable {
        let path: String
        var name: String?
        var altText: String?
    }

    static let reconnect = "This channel came from Postiz without its permission. Connect it again: its posts stay."

    let dump: PostizDump
    let organization: DumpRows.Row
    let platforms: PlatformRegistry
    let surroundings: PostizSurroundings
    let caller: Caller
    let now: Timestamp
    private(set) var report: PostizReport
    /// By their ids there.
    private(set) var channels: [String: Channel] = [:]
    private(set) var posts: [PlannedPost] = []
    private(set) var files: [File] = []
    private(set) var tags: [String: String] = [:]
    private var children: [String: [PostizDump.Outline]] = [:]

    init(
        _ dump: PostizDump, organization wanted: String?, platforms: PlatformRegistry, _ surroundings: PostizSurroundings, as caller: Caller,
        now: Timestamp
    ) throws {
        self.dump = dump
        organization = try Self.organization(wanted, in: dump)
        self.platforms = platforms
        self.surroundings = surroundings
        self.caller = caller
        self.now = now
        report = PostizReport(organization: organization["name"] ?? "")
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
        (dump.rows[table] ?? []).filter { $0[owner] == organizationId }
    }

    private static func organization(_ wanted: String?, in dump: PostizDump) throws -> DumpRows.Row {
        let all = dump.rows["Organization"] ?? []
        let used = Set((dump.rows["Integration"] ?? []).compactMap { $0["organizationId"] }).union(dump.posts.map(\.organization))
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

// MARK: - Channels

extension PostizPlan {
    private static let platformNames = ["mastodon-custom": "mastodon"]

    private mutating func readChannels() throws {
        let customers = Dictionary(rows("Customer", owner: "orgId").map { ($0["id"] ?? "", $0["name"] ?? "") }) { first, _ in first }
        var accounts: [PostizSurroundings.Account: Channel] = [:]
        for row in rows("Integration") {
            guard let id = row["id"], let account = row["internalId"], let provider = row["providerIdentifier"] else { continue }
            let platform = PlatformID(rawValue: Self.platformNames[provider] ?? provider)
            let name = row["name"]?.shortened(to: 200) ?? account
            func tell(_ outcome: PostizReport.Channel.Outcome, _ why: String? = nil) {
                report.channels.append(PostizReport.Channel(name: name, platform: platform.rawValue, outcome: outcome, why: why))
            }
            if row["deletedAt"] != nil {
                tell(.left, "It was removed there.")
                continue
            }
            if row.flag("inBetweenSteps") {
                tell(.left, "Its connection was never finished there.")
                continue
            }
            guard let descriptor = platforms[platform]?.descriptor else {
                tell(.left, "This server does not publish to \(platform).")
                continue
            }
            let host = platform == "mastodon" ? try host(of: id, account) : nil
            let key = PostizSurroundings.Account(platform: platform, id: host.map { "\($0):\(account)" } ?? account)
            if let here = surroundings.channels[key] {
                channels[id] = Channel(id: here, descriptor: descriptor, new: nil)
                tell(surroundings.known[.channel]?[id] == here.text ? .known : .here)
            } else if let twin = accounts[key] {
                channels[id] = Channel(id: twin.id, descriptor: descriptor, new: nil)
                tell(.here)
            } else if surroundings.trashed.contains(key) {
                tell(.left, "It lies in the trash here. Restore it, then import again.")
            } else if surroundings.known[.channel]?[id] != nil {
                tell(.left, "It was brought before and removed here since. Connect it again, then import again.")
            } else {
                let made = Channel(
                    id: IntegrationID(at: now), descriptor: descriptor, new: nil)
                let new = integration(made.id, key, row, host: host, customer: row["customerId"].flatMap { customers[$0] })
                channels[id] = Channel(id: made.id, descriptor: descriptor, new: new)
                accounts[key] = channels[id]
                tell(.new)
            }
        }
        let here = surroundings.channels.count + accounts.count
        guard here <= Channels.most else { throw Channels.full }
    }

    private func integration(
        _ id: IntegrationID, _ account: PostizSurroundings.Account, _ row: DumpRows.Row, host: String?, customer: String?
    ) -> Integration {
        let name = row["name"]?.shortened(to: 200) ?? account.id
        return Integration(
            id: id, organizationId: caller.organizationId, platform: account.platform, platformAccountId: account.id,
            username: row["profile"]?.shortened(to: 200).unlessBlank ?? name, displayName: name,
            pictureURL: row["picture"].flatMap { $0.hasPrefix("https://") && $0.utf8.count < 2000 ? $0 : nil },
            instanceURL: host.map { "https://\($0)" }, active: !row.flag("disabled"), reconnectReason: Self.reconnect, slots: slots(row),
            customer: customer?.shortened(to: 60).unlessBlank, createdAt: now, updatedAt: now)
    }

    /// Where an account of the Fediverse lives, which is part of its id here: seen by its posts, or by the account that is connected here.
    private func host(of channel: String, _ account: String) throws -> String {
        for post in dump.posts.lazy.filter({ $0.channel == channel && $0.state == "PUBLISHED" }).prefix(20) {
            guard let address = try dump.row(of: post)["releaseURL"], let url = URL(string: address), let host = url.host()?.lowercased() else {
                continue
            }
            return host + (url.port.map { ":\($0)" } ?? "")
        }
        let here = surroundings.channels.keys.filter { $0.platform == "mastodon" && $0.id.hasSuffix(":\(account)") }
        return here.count == 1 ? String(here[0].id.dropLast(account.count + 1)) : "mastodon.social"
    }

    /// There in minutes of UTC, less or more than a day has; here by the clock of the workspace.
    private func slots(_ row: DumpRows.Row) -> [Slot] {
        let offset = (ZoneData.inForce.zone(named: caller.timeZone)?.offset(at: now) ?? 0) / 60
        let minutes = (row.document("postingTimes")?.array ?? []).compactMap { $0["time"]?.int }.filter { abs($0) <= 10_000 }
        return Set(minutes.map { (($0 + offset) % 1440 + 1440) % 1440 }).sorted().prefix(50).map { Slot(minute: $0, timeZone: caller.timeZone) }
    }
}

// MARK: - Posts

extension PostizPlan {
    private mutating func readPosts() {
        let own = dump.posts.filter { $0.organization == organizationId }
        let ids = Set(own.map(\.id))
        var groups: [String: Int] = [:]
        var ordered: [[PostizDump.Outline]] = []
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
        report.leave(repeating, "repetitions", "The posts come once. Let them repeat here by opening them.")
    }

    /// What goes out together there is one post here, but for what is out already, or is planned for another time, or goes to the same channel
    /// twice.
    private func divided(_ group: [PostizDump.Outline]) -> [PlannedPost] {
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
    func chain(from root: PostizDump.Outline) -> [PostizDump.Outline] {
        var chain: [PostizDump.Outline] = []
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
                    for image in Self.images(try dump.row(of: outline)) { add(image["path"]?.string, name: nil, altText: image["alt"]?.string) }
                }
            }
        }
        files = found
        report.files = found.count
    }

    static func images(_ row: DumpRows.Row) -> [JSONValue] { row.document("image")?.array ?? [] }

    mutating func tell(_ change: (inout PostizReport) -> Void) { change(&report) }
}
