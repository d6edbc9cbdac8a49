import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// What a post said before: every version, what differs between two, and the way back.
struct VersionsPage {
    func show(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        async let view = visit.services.posts.get(id, as: visit.caller)
        async let found = visit.services.posts.versions(id, as: visit.caller)
        async let channels = visit.services.channels.list(as: visit.caller)
        let (post, versions) = (try await view, try await found)
        let chosen = chosen(among: versions, visit)
        let comparison = try await visit.services.posts.comparison(of: id, from: chosen.from, to: chosen.to, as: visit.caller)
        let words = VersionWords(visit: visit, channels: try await channels.byId)
        let rows = versions.map { version -> Model in
            words.row(version).merging([
                "from": version.revision == chosen.from, "to": version.revision == chosen.to,
                "restore": visit.mayWrite && !version.isCurrent && PostWords.isEditable(post),
            ])
        }
        let model: Model = [
            "id": id.text, "revision": String(post.revision), "versions": rows, "several": versions.count > 1,
            "opening": PostWords.opening(of: post, words: visit.words, length: 60), "texts": words.texts(comparison),
            "changes": try words.changes(comparison, files: try await files(of: comparison, visit)), "same": comparison.isEmpty,
        ]
        return try await visit.site.page("pages/versions", title: visit.words("post_versions"), model, for: visit)
    }

    /// Has the post say again what it said. Undone by going back to what it said until now.
    func restore(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        guard let version = visit.context.parameters.get("version").flatMap({ Int($0) }) else { throw ProblemReport.notFound("version") }
        return try await visit.orSay("/posts/\(id)/versions") {
            let replaced = try await visit.services.posts.versions(id, as: visit.caller).first?.revision
            _ = try await visit.services.posts.restore(id, version: version, basedOn: try await visit.seenRevision(), as: visit.caller)
            let undo = replaced.map { "/posts/\(id)/versions/\($0)/restore" }
            return try visit.redirect(to: "/posts/\(id)/versions", Toast(visit.words("done_restoreVersion"), undo: undo))
        }
    }

    /// The two that the address names; else the present one and the one before it.
    private func chosen(among versions: [PostVersion], _ visit: Visit) -> (from: Int, to: Int) {
        let kept = versions.map(\.revision)
        func named(_ name: String) -> Int? { visit.query.given(name).flatMap { Int($0) }.flatMap { kept.contains($0) ? $0 : nil } }
        let to = named("to") ?? kept[0]
        let place = kept.firstIndex(of: to) ?? 0
        let from = named("from") ?? kept[min(place + 1, kept.count - 1)]
        // However the two were ticked, the difference leads forwards.
        return (min(from, to), max(from, to))
    }

    /// The names of the files that were taken out or put in, as far as they are known.
    private func files(of comparison: PostComparison, _ visit: Visit) async throws -> [MediaID: String] {
        var names: [MediaID: String] = [:]
        for id in Set(comparison.files.flatMap { $0.before + $0.after }) {
            do {
                names[id] = try await visit.services.media.get(id, as: visit.caller).name
            } catch let report as ProblemReport where report.code == .notFound {
                continue
            }
        }
        return names
    }
}

/// Versions and their differences in words.
struct VersionWords {
    let visit: Visit
    let channels: [IntegrationID: ChannelView]
    private var words: Words { visit.words }

    func row(_ version: PostVersion) -> Model {
        let origin = words("origin_\(version.origin.rawValue)")
        let text = version.parts.lazy.compactMap { PostWords.line($0.text, length: 90) }.first
        return [
            "version": String(version.revision), "instant": version.savedAt.description, "when": visit.time.moment(version.savedAt),
            "who": version.origin == .web
                ? version.savedBy ?? words("version_unknown") : [version.savedBy, origin].compactMap(\.self).joined(separator: " · "),
            "isCurrent": version.isCurrent, "restored": version.restored == nil ? nil : words("version_restored"),
            "text": text ?? words(version.parts.contains { !$0.mediaIds.isEmpty } ? "onlyMedia" : "noText"),
        ]
    }

    /// Each part that says something else, word by word.
    func texts(_ comparison: PostComparison) -> [Model] {
        comparison.texts.map { text -> Model in
            let runs = text.runs.map { run -> Model in
                ["text": run.text, "added": run.kind == .added, "removed": run.kind == .removed]
            }
            return ["label": place(text.integrationId, text.part), "runs": runs]
        }
    }

    /// What else differs: what it is, and how it was and is.
    func changes(_ comparison: PostComparison, files: [MediaID: String]) throws -> [Model] {
        func names(_ ids: [IntegrationID]) -> String? { ids.map(channel).joined(separator: ", ").unlessEmpty }
        func tags(_ tags: [String]) -> String? { tags.map { "#\($0)" }.joined(separator: " ").unlessEmpty }
        func listed(_ ids: [MediaID]) -> String? { ids.map { files[$0] ?? words("version_goneFile") }.joined(separator: ", ").unlessEmpty }
        var changes: [Model] = []
        func add(_ label: String, _ before: String?, _ after: String?) {
            if before != after { changes.append(["label": label, "before": before, "after": after]) }
        }
        if comparison.isMoved {
            let none = words("noTime")
            add(words("time"), comparison.scheduledBefore.map(visit.time.moment) ?? none, comparison.scheduledAfter.map(visit.time.moment) ?? none)
        }
        add(words("channels"), names(comparison.channelsRemoved), names(comparison.channelsAdded))
        add(words("tags"), tags(comparison.tagsRemoved), tags(comparison.tagsAdded))
        for file in comparison.files {
            add("\(words("media")) · \(place(file.integrationId, file.part))", listed(file.before), listed(file.after))
        }
        for setting in comparison.settings {
            add("\(channel(setting.integrationId)) · \(self.name(of: setting))", try shown(setting.before), try shown(setting.after))
        }
        return changes
    }

    private func place(_ id: IntegrationID?, _ part: Int) -> String {
        let number = words("version_part", ["number": String(part)])
        return id.map { "\(channel($0)) · \(number)" } ?? number
    }

    private func channel(_ id: IntegrationID) -> String {
        channels[id].map { "\($0.platformName) \($0.handle)" } ?? words("removedChannel")
    }

    private func name(of setting: PostComparison.Setting) -> String {
        let descriptor = channels[setting.integrationId].flatMap { visit.services.platforms[$0.platform]?.descriptor }
        return descriptor?.settings.first { $0.name == setting.name }.map { visit.say($0.label) } ?? setting.name
    }

    private func shown(_ value: JSONValue?) throws -> String? {
        switch value {
        case nil, .null: nil
        case .string(let text): text.unlessEmpty
        case .bool(let flag): words(flag ? "yes" : "no")
        // Lists and numbers as they stand: what is in them are names and figures.
        case let other?: try JSON.text(other)
        }
    }
}
