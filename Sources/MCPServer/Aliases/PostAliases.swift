import Application
import Domain
import Foundation
import Gateway

/// Posts in the shapes of Postiz's tools.
enum PostAliases {
    /// One post for each entry. They are made in order; a refused one ends the call and says which were made before.
    static func schedule(_ call: Invocation) async throws -> JSONValue {
        let entries = call.arguments["socialPost"]?.array ?? []
        guard !entries.isEmpty, entries.count <= 20 else { throw ProblemReport.invalid("socialPost", "socialPost is a list of 1 to 20 posts.") }
        var drafts: [(channel: String, draft: PostDraft)] = []
        for entry in entries { drafts.append(try await draft(entry, call)) }
        var made: [PostView] = []
        for (index, (_, draft)) in drafts.enumerated() {
            do {
                // The first was counted as the call.
                if index > 0 { try await RateCounting(call.services).count(.creations, for: call.caller) }
                made.append(try await call.services.posts.create(draft, as: call.caller))
            } catch {
                let report = ProblemReport(answering: error)
                let before = made.isEmpty ? "" : " Made before: \(made.map(\.id.text).joined(separator: ", "))."
                throw ProblemReport(
                    report.code, "socialPost[\(index)]: \(report.message)\(before)", details: report.details, retryAfter: report.retryAfter)
            }
            call.note(target: made[index].id)
            call.note(undo: .deletePosts([made[index].id]))
        }
        return .array(zip(made, drafts).map { ["postId": .string($0.id.text), "integration": .string($1.channel)] })
    }

    private static func draft(_ entry: JSONValue, _ call: Invocation) async throws -> (channel: String, draft: PostDraft) {
        guard let name = entry["integrationId"]?.string else { throw ProblemReport.invalid("integrationId", "integrationId is missing.") }
        let channel = try await call.channel(name)
        var draft = PostDraft(platforms: [channel.id.text])
        draft.parts = (entry["postsAndComments"]?.array ?? []).map { part in
            let files = (part["attachments"]?.array ?? []).compactMap(\.string)
            return PartDraft(text: ParagraphText.plain(part["content"]?.string ?? ""), mediaUrls: files.isEmpty ? nil : files)
        }
        draft.settings = settings(entry["settings"], for: channel, call).map { [channel.id.text: $0] }
        switch entry["type"]?.string {
        case "now": draft.schedule = .now
        case "schedule": draft.scheduledFor = try utc(entry["date"]?.string, "date")
        case "draft", nil:
            draft.status = .draft
            draft.scheduledFor = try entry["date"]?.string.flatMap { $0.isEmpty ? nil : try utc($0, "date") }
        default: throw ProblemReport.invalid("type", "type is draft, schedule or now.")
        }
        return (channel.id.text, draft)
    }

    /// Those that the platform has here; the rest concerns Postiz alone.
    private static func settings(_ value: JSONValue?, for channel: ChannelView, _ call: Invocation) -> [String: JSONValue]? {
        let known = Set(call.services.platforms[channel.platform]?.descriptor.settings.map(\.name) ?? [])
        let settings = Invocation.pairs(value).filter { known.contains($0.key) }
        return settings.isEmpty ? nil : settings
    }

    /// A time that is in UTC where it does not say otherwise.
    private static func utc(_ text: String?, _ field: String) throws -> String {
        guard let text, let instant = try LocalClock(zone: "UTC").instant(text, field) else {
            throw ProblemReport.invalid(field, "\(field) is missing: give a time in UTC, such as 2026-11-24T09:00:00Z.")
        }
        return instant.description
    }

    static func list(_ call: Invocation) async throws -> JSONValue {
        let clock = LocalClock(zone: "UTC")
        let (from, to) = (try clock.instant(try call.text("startDate"), "startDate"), try clock.instant(try call.text("endDate"), "endDate"))
        let channels = try await call.services.channels.list(as: call.caller)
        let customer = call.arguments["customer"]?.string
        let wanted = Set(channels.filter { customer == nil || customer == "" || $0.customer == customer }.map(\.id))
        let posts = try await call.services.posts.list(PostQuery(from: from, to: to, limit: 200, newestFirst: false), as: call.caller).items
        let rows = posts.flatMap { post in post.publications.filter { wanted.contains($0.integrationId) }.map { row(post, $0) } }
        return ["posts": .array(rows)]
    }

    private static func row(_ post: PostView, _ publication: PublicationView) -> JSONValue {
        [
            "id": .string(post.id.text), "publishDate": .string((publication.publishedAt ?? post.scheduledFor ?? post.createdAt).description),
            "state": .string(state(publication.status)), "content": .string(post.content),
            "settings": .object(post.settings[publication.integrationId] ?? [:]), "group": .string(post.id.text),
            "integrationId": .string(publication.integrationId.text), "platform": .string(publication.platform.rawValue),
            "integrationName": .string(publication.channel),
        ]
    }

    private static func state(_ status: PublicationStatus) -> String {
        switch status {
        case .draft, .cancelled: "DRAFT"
        case .scheduled, .queued, .publishing, .processing, .unconfirmed, .onHold: "QUEUE"
        case .published: "PUBLISHED"
        case .failed: "ERROR"
        }
    }

    static func settings(_ call: Invocation) async throws -> JSONValue {
        let id = try call.postId(try call.text("id"), field: "id")
        let before = try await call.services.posts.get(id, as: call.caller.reading)
        var change = PostChange(settings: [:])
        for publication in before.publications {
            let channel = try await call.services.channels.get(publication.integrationId, as: call.caller.reading)
            change.settings?[channel.id.text] = settings(call.arguments["settings"], for: channel, call)
        }
        let after = try await call.services.posts.update(id, change, as: call.caller)
        call.note(target: id)
        call.note(undo: .rewrite(before, changedTo: after))
        return ["postId": .string(id.text), "publishDate": .string((after.scheduledFor ?? after.createdAt).description)]
    }

    static func upload(_ call: Invocation) async throws -> JSONValue {
        let media = try await call.services.media.fromURL(try call.text("url"), altText: nil, as: call.caller)
        return ["id": .string(media.id.text), "path": .string(call.pages.absolute(media.url))]
    }
}
