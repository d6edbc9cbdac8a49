import Application
import Domain
import Foundation
import MCPProtocol

/// What assistants can read without calling a tool: the same things in the same shapes.
struct ResourceShelf: Sendable {
    static let json = "application/json"
    static let markdown = "text/markdown"
    /// Bytes of a picture that is sent along.
    private static let largestPicture = 200 * 1024

    let call: Invocation

    static let resources = [
        Resource(
            uri: "postiz://workspace", name: "workspace", title: "Workspace",
            description: "Name, time zone, current time, channels, counts and what this key may do.", mimeType: json),
        Resource(uri: "postiz://channels", name: "channels", title: "Channels", description: "All connected accounts.", mimeType: json),
        Resource(
            uri: "postiz://queue", name: "queue", title: "Queue", description: "What goes out in the next seven days.", mimeType: json),
        Resource(uri: "postiz://events", name: "events", title: "Events", description: "The last 50 events.", mimeType: json),
    ]

    static let templates = [
        ResourceTemplate(
            uriTemplate: "postiz://channels/{id}", name: "channel", title: "Channel",
            description: "What one channel takes, by its id or name.", mimeType: json),
        ResourceTemplate(
            uriTemplate: "postiz://platforms/{platform}", name: "platform", title: "Platform",
            description: "The limits and rules of a platform, such as x, linkedin or mastodon.", mimeType: markdown),
        ResourceTemplate(
            uriTemplate: "postiz://posts/{id}", name: "post", title: "Post",
            description: "One post with its status on every channel; changes are told to subscribers.", mimeType: json),
        ResourceTemplate(
            uriTemplate: "postiz://calendar/{month}", name: "calendar", title: "Calendar",
            description: "The posts of a month, such as 2026-11.", mimeType: markdown),
        ResourceTemplate(
            uriTemplate: "postiz://media/{id}", name: "media", title: "File", description: "A file of the library with a small picture of it.",
            mimeType: json),
    ]

    /// Throws `ProblemReport` for what is not there.
    func read(_ uri: String) async throws -> [ResourceContents] {
        guard uri.hasPrefix("postiz://") else { throw ProblemReport.notFound("resource") }
        let parts = uri.dropFirst("postiz://".count).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.count == 2 ? String(parts[1]).removingPercentEncoding ?? "" : nil
        switch (parts.first.map(String.init) ?? "", name) {
        case ("workspace", nil): return [try json(uri, try await WorkspaceTools.workspace(NoInput(), call))]
        case ("channels", nil): return [try json(uri, try await WorkspaceTools.channels(.everything, call))]
        case ("queue", nil): return [try json(uri, try await QueueTools.queue(.init(channel: nil, days: 7), call))]
        case ("events", nil): return [try json(uri, try await EventTools.list(.init(since: nil, types: nil, limit: 50), call))]
        case ("channels", let name?): return [try json(uri, try await ChannelTools.schema(.init(channel: name, platform: nil), call))]
        case ("platforms", let name?): return [try platform(uri, name)]
        case ("posts", let name?):
            guard PostID(name) != nil else { throw ProblemReport.notFound("post") }
            return [try json(uri, try await PostReading.get(.init(post: name), call))]
        case ("calendar", let name?): return [try await calendar(uri, name)]
        case ("media", let name?): return try await media(uri, name)
        default: throw ProblemReport.notFound("resource")
        }
    }

    private func json(_ uri: String, _ value: some Encodable) throws -> ResourceContents {
        ResourceContents(uri: uri, mimeType: Self.json, text: try ResultSize.fit(EncodedJSON(forModel: value)).text)
    }

    private func platform(_ uri: String, _ name: String) throws -> ResourceContents {
        let descriptor = try ChannelTools.descriptor(PlatformID(rawValue: name.lowercased()), call)
        return ResourceContents(uri: uri, mimeType: Self.markdown, text: descriptor.rulesInWords)
    }

    private func calendar(_ uri: String, _ month: String) async throws -> ResourceContents {
        let pieces = month.split(separator: "-").compactMap { Int($0) }
        guard pieces.count == 2, month.count == 7, let first = WallTime(year: pieces[0], month: pieces[1], day: 1),
            let next = pieces[1] == 12 ? WallTime(year: pieces[0] + 1, month: 1, day: 1) : WallTime(year: pieces[0], month: pieces[1] + 1, day: 1)
        else { throw ProblemReport.notFound("month") }
        let zone = try Schedule.timeZone(call.zone)
        let posts = try await call.services.posts.calendar(from: first.instant(in: zone), to: next.instant(in: zone), as: call.caller)
        var lines = ["# \(month) (\(call.zone))", ""]
        lines += posts.isEmpty ? ["Nothing is planned."] : posts.map(line)
        var text = lines.joined(separator: "\n")
        if text.count > ResultSize.limit {
            text = text.prefix(ResultSize.limit - 80) + "…\n\nThere are more posts: list_posts shows them by time."
        }
        return ResourceContents(uri: uri, mimeType: Self.markdown, text: text)
    }

    private func line(_ post: PostView) -> String {
        let time = (post.scheduledFor ?? post.publishedAt ?? post.updatedAt)
        let text = post.content.split(whereSeparator: \.isNewline).joined(separator: " ").shortened(to: 100)
        return "- \(call.local.text(time)) \(post.status.rawValue) on \(PostCard.names(post)): \(text) (\(post.id))"
    }

    private func media(_ uri: String, _ name: String) async throws -> [ResourceContents] {
        guard let id = MediaID(name) else { throw ProblemReport.notFound("file") }
        let card = MediaCard(try await call.services.media.get(id, as: call.caller), call.pages)
        var contents = [try json(uri, card)]
        if let picture = try await call.services.media.thumbnail(id, atMost: Self.largestPicture, as: call.caller) {
            contents.append(
                ResourceContents(uri: uri + "/thumbnail", mimeType: "image/webp", blob: picture.base64EncodedString()))
        }
        return contents
    }
}

extension ListChannelsInput {
    static let everything = ListChannelsInput(search: nil, platform: nil, group: nil, includeInactive: true, limit: 200, cursor: nil)
}

extension PlatformDescriptor {
    /// What a post may be on this platform.
    var rulesInWords: String {
        var lines = [
            "# \(name) (`\(id)`)", "",
            "- Text: up to \(text.limit) (\(text.counting.rawValue)\(text.countingDocumented ? "" : ": a guess, the platform does not say how it counts"))\(text.optionalWithMedia ? "; may be left out beside media" : "").",
        ]
        switch thread.kind {
        case .none: lines.append("- Threads: none; one part alone.")
        case .replies: lines.append("- Threads: up to \(thread.maxParts) parts, each a reply to the one before.")
        case .comments: lines.append("- Further parts: up to \(thread.maxParts - 1) comments below the post.")
        }
        for kind in MediaKind.allCases {
            guard let rule = media.rule(for: kind), media.maximum(of: kind) > 0 else { continue }
            let seconds = rule.maxDuration.map { ", up to \(Int($0)) s" } ?? ""
            lines.append(
                "- \(kind.rawValue.capitalized): up to \(media.maximum(of: kind)), \(rule.types.joined(separator: ", ")), "
                    + "at most \(rule.maxBytes) bytes\(seconds).")
        }
        if media.altTextLimit > 0 { lines.append("- Alternative text: up to \(media.altTextLimit) characters.") }
        for field in settings {
            let values = field.options.isEmpty ? "" : ": " + field.options.map { "`\($0.value)`" }.joined(separator: ", ")
            lines.append("- Setting `\(field.name)` (\(field.label))\(values). \(field.help)")
        }
        lines.append("- Figures: \(analytics.isEmpty ? "none" : analytics.map(\.rawValue).joined(separator: ", ")).")
        return lines.joined(separator: "\n")
    }
}
