import Domain
import Foundation

/// What is stored of a post that was brought.
struct BroughtPost: Sendable {
    let post: Post
    let publications: [Publication]
    let entries: [OriginEntry]
    /// Settings that could not be taken over.
    let unread: Int
    let missingFiles: Int
}

extension PostizPlan {
    /// The post with its publications: what is out as history, all else as a draft that keeps its time, since reconnecting releases what is held.
    func made(of planned: PlannedPost, files: [String: MediaID]) throws -> BroughtPost {
        var (content, unread, missing) = (PostContent(parts: []), 0, 0)
        var targets: [(channel: Channel, row: DumpRows.Row)] = []
        for (index, root) in planned.roots.enumerated() {
            guard let channel = channels[root.channel] else { continue }
            let rows = try chain(from: root).map(contents.row)
            let parts = rows.map { row in part(row, files, &missing) }
            if index == 0 { content.parts = parts } else if parts != content.parts { content.versions[channel.id] = parts }
            do {
                let settings = try PostizSettings.ours(rows[0].document("settings")?.object ?? [:], on: channel.descriptor)
                if !settings.isEmpty { content.settings[channel.id] = settings }
            } catch is ProblemReport {
                unread += 1
            }
            targets.append((channel, rows[0]))
        }
        let date = Timestamp(planned.roots[0].date + "Z")
        // What tells no time of writing was written when it came, or before it went out.
        let written = targets.compactMap { $0.row.time("createdAt") }.first ?? (planned.isHistory ? date : nil)
        let createdAt = min(written ?? now, now)
        let post = Post(
            id: PostID(at: createdAt), organizationId: caller.organizationId, createdBy: caller.userId, origin: .imported, content: content,
            channels: targets.map(\.channel.id), status: planned.isHistory ? .published : .draft, scheduledFor: date, timeZone: caller.timeZone,
            tags: tags(of: planned), createdAt: createdAt, updatedAt: now, revision: 1)
        let publications = zip(targets, planned.roots).map { target, root in
            publication(of: post, on: target.channel.id, target.row, isHistory: planned.isHistory, at: date ?? createdAt)
        }
        return BroughtPost(
            post: post, publications: publications, entries: planned.roots.map { OriginEntry(.post, $0.id, post.id.text) }, unread: unread,
            missingFiles: missing)
    }

    private func part(_ row: DumpRows.Row, _ files: [String: MediaID], _ missing: inout Int) -> PostPart {
        let images = Self.images(row).compactMap { $0["path"]?.string }
        let ids = images.compactMap { files[$0] ?? surroundings.file($0) }
        missing += images.count - ids.count
        let text = ParagraphText.plain(row["content"] ?? "").withOneLineEnd.replacing("\0", with: "")
        return PostPart(text: text, mediaIds: ids.distinct())
    }

    private func publication(
        of post: Post, on channel: IntegrationID, _ row: DumpRows.Row, isHistory: Bool, at date: Timestamp
    ) -> Publication {
        let link = row["releaseURL"].flatMap { $0.hasPrefix("https://") || $0.hasPrefix("http://") ? $0.shortened(to: 2000) : nil }
        // The original's word for an id that the platform did not tell.
        let id = row["releaseId"].flatMap { $0 == "missing" ? nil : $0.unlessBlank?.shortened(to: 500) }
        return Publication(
            id: PublicationID(at: now), organizationId: caller.organizationId, postId: post.id, integrationId: channel, occurrence: 0,
            status: isHistory ? .published : .draft, dueAt: post.scheduledFor, attempts: 0, nextAttemptAt: nil,
            platformPostId: isHistory ? id : nil, url: isHistory ? link : nil, publishedAt: isHistory ? min(date, now) : nil, error: nil,
            updatedAt: now)
    }

    private func tags(of planned: PlannedPost) -> [String] {
        let names = planned.roots.flatMap { contents.tags[$0.id] ?? [] }.compactMap { tags[$0] }
            .map { $0.trimmingCharacters(in: .whitespacesAndNewlines).precomposedStringWithCanonicalMapping }
        return Array(Set(names.filter { (1...60).contains($0.count) }).sorted().prefix(20))
    }
}

// MARK: - Templates and signatures

extension PostizPlan {
    /// Sets become templates, as far as texts can be read from them.
    mutating func templates() -> [(source: String, template: PostTemplate)] {
        var names = surroundings.templateNames
        var made: [(source: String, template: PostTemplate)] = []
        var unread = 0
        for row in rows("Sets") where surroundings.known[.template]?[row["id"] ?? ""] == nil {
            guard let id = row["id"], let read = set(row), names.count < PostTemplates.most else {
                unread += 1
                continue
            }
            let name = Self.unused(row["name"] ?? "Postiz", &names)
            let template = PostTemplate(
                id: PostTemplateID(at: now), name: name, parts: read.parts, integrationIds: read.channels, settings: read.settings, tags: read.tags,
                createdAt: now, updatedAt: now)
            made.append((id, template))
        }
        tell { report in
            report.templates = made.count
            report.leave(unread, "sets", "No texts for a template could be read from them.")
        }
        return made
    }

    private func set(
        _ row: DumpRows.Row
    ) -> (parts: [String], channels: [IntegrationID], settings: [IntegrationID: [String: JSONValue]], tags: [String])? {
        guard let content = row.document("content"), let posts = (content["posts"] ?? content).array, let first = posts.first else { return nil }
        let values = first["value"]?.array ?? []
        let parts = values.map { ParagraphText.plain($0["content"]?.string ?? "").withOneLineEnd.replacing("\0", with: "") }
        guard (1...PostTemplates.mostParts).contains(parts.count), parts.contains(where: { !$0.isEmpty }),
            parts.allSatisfy({ $0.unicodeScalars.count <= PostTemplates.longest })
        else { return nil }
        var ids: [IntegrationID] = []
        var settings: [IntegrationID: [String: JSONValue]] = [:]
        for post in posts {
            guard let channel = post["integration"]?["id"]?.string.flatMap({ channels[$0] }), !ids.contains(channel.id) else { continue }
            ids.append(channel.id)
            let given = post["settings"]?.object ?? [:]
            if let ours = try? PostizSettings.ours(given, on: channel.descriptor), !ours.isEmpty { settings[channel.id] = ours }
        }
        let tags = (content["tags"]?.array ?? []).compactMap { $0["label"]?.string }.filter { (1...60).contains($0.count) }
        return (parts, ids, settings, Array(Set(tags).sorted().prefix(20)))
    }

    /// There they have no names, so they are called by their beginning.
    mutating func signatures() -> [(source: String, signature: Signature)] {
        var names = surroundings.signatureNames
        var hasAutomatic = surroundings.hasAutomaticSignature
        var made: [(source: String, signature: Signature)] = []
        var tooLong = 0
        for row in rows("Signatures") where surroundings.known[.signature]?[row["id"] ?? ""] == nil {
            let text = ParagraphText.plain(row["content"] ?? "").withOneLineEnd.trimmingCharacters(in: .whitespacesAndNewlines)
            guard let id = row["id"], (1...Signatures.longest).contains(text.unicodeScalars.count), names.count < Signatures.most else {
                tooLong += 1
                continue
            }
            let isAutomatic = row.flag("autoAdd") && !hasAutomatic
            hasAutomatic = hasAutomatic || isAutomatic
            let name = Self.unused(text.split(whereSeparator: \.isNewline).first.map { String($0.prefix(60)) } ?? "Postiz", &names)
            made.append((id, Signature(id: SignatureID(at: now), name: name, text: text, automatic: isAutomatic, createdAt: now)))
        }
        tell { report in
            report.signatures = made.count
            report.leave(tooLong, "signatures", "They are empty, or longer than 2,000 characters.")
        }
        return made
    }

    /// `wanted`, or the same with a number behind it.
    private static func unused(_ wanted: String, _ names: inout Set<String>) -> String {
        let clean = wanted.unicodeScalars.filter { $0.properties.generalCategory != .control }
        let base = String(String.UnicodeScalarView(clean)).trimmingCharacters(in: .whitespaces).shortened(to: 150).unlessBlank ?? "Postiz"
        var (name, number) = (base, 1)
        while !names.insert(name).inserted {
            number += 1
            name = "\(base) (\(number))"
        }
        return name
    }
}
