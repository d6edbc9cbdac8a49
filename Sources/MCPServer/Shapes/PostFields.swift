import Application
import Domain

/// What a post is made of, as tools take it: the same arguments for making, changing and checking one.
struct PostFields: Codable, Sendable {
    struct Part: Codable, Sendable {
        let text: String?
        let media: [String]?
    }

    struct Version: Codable, Sendable {
        let channel: String
        let text: String?
        let parts: [Part]?
        let media: [String]?
        let settings: [String: JSONValue]?
    }

    struct Settings: Codable, Sendable {
        let channel: String
        let values: [String: JSONValue]
    }

    let channels: [String]?
    let text: String?
    let parts: [Part]?
    let versions: [Version]?
    let media: [String]?
    let scheduledFor: String?
    let timeZone: String?
    let settings: [Settings]?
    let tags: [String]?
    let firstComment: String?

    static let descriptions: [String: String] = [
        "channels": "Where it goes: ids or names of channels, such as \"X\", \"@acme\" or \"linkedin:acme\". list_channels shows them.",
        "text": "The text of a post of one part. Either this or parts.",
        "parts": "The parts of a thread, in order; on platforms without threads the further parts become comments.",
        "parts.text": "The text of this part.",
        "parts.media": "Files of this part: ids from upload_media or list_media, or web addresses that are fetched.",
        "versions": "What single channels get instead of the common text, media or settings.",
        "versions.channel": "The channel this version is for: one of channels, by id or name.",
        "versions.text": "The text for this channel. Either this or parts.",
        "versions.parts": "The parts of a thread for this channel.",
        "versions.parts.text": "The text of this part.",
        "versions.parts.media": "Files of this part: ids or web addresses.",
        "versions.media": "Files for this channel: ids or web addresses.",
        "versions.settings": "Settings of this channel by name, such as {\"visibility\": \"public\"}; get_channel_schema lists them.",
        "media": "Files of the first part: ids from upload_media or list_media, or web addresses that are fetched on the way.",
        "scheduled_for":
            "When it goes out: 2026-11-24T09:00 in the workspace's time zone (or time_zone), or with an offset as 2026-11-24T09:00:00Z.",
        "time_zone": "IANA time zone in which scheduled_for is read when it has no offset, such as Europe/Paris.",
        "settings": "Settings for channels, such as visibility; get_channel_schema lists them.",
        "settings.channel": "The channel by id or name, or a platform such as \"x\" for all its channels.",
        "settings.values": "The settings by name, such as {\"visibility\": \"public\"}.",
        "tags": "Words to find the post by in this workspace; they are not published.",
        "first_comment": "A comment (or reply) that follows the post at once.",
    ]
}

extension PostFields {
    /// The draft these fields describe, with channels by id. `unfetched` collects web addresses instead of having them fetched: for checks,
    /// which must leave nothing behind. `before` is the post that the fields change.
    func draft(in call: Invocation, of before: PostView? = nil, unfetched: inout [String]?) async throws -> PostDraft {
        if text != nil, parts != nil { throw ProblemReport.invalid("parts", "Give either text (one part) or parts (a thread), not both.") }
        var draft = PostDraft(scheduledFor: scheduledFor, timeZone: timeZone, tags: tags)
        draft.platforms = try await ids(channels, in: call)
        if text != nil || parts != nil || media != nil || firstComment != nil {
            draft.parts = drafts(text, parts, media, in: call, &unfetched)
        }
        var values: [String: [String: JSONValue]] = [:]
        for setting in settings ?? [] { values[try await key(setting.channel, in: call), default: [:]].merge(setting.values) { $1 } }
        for version in versions ?? [] {
            let id = try await key(version.channel, in: call, platforms: false)
            if let parts = try parts(of: version, before, in: call, &unfetched) {
                draft.versions = (draft.versions ?? [:]).merging([id: parts]) { $1 }
            }
            if let own = version.settings { values[id, default: [:]].merge(own) { $1 } }
        }
        draft.settings = values.isEmpty ? nil : values
        return draft
    }

    /// What one channel gets instead: what its version does not say is as for all. Nil when it is settings alone; none for an empty list.
    private func parts(
        of version: Version, _ before: PostView?, in call: Invocation, _ unfetched: inout [String]?
    ) throws -> [PartDraft]? {
        guard version.text != nil || version.parts != nil || version.media != nil else { return nil }
        if version.text != nil, version.parts != nil {
            throw ProblemReport.invalid("versions", "The version for \(version.channel) has text and parts. Give one of them.")
        }
        if version.parts?.isEmpty == true { return [] }
        let common = before?.parts.first
        let text = version.text ?? self.text ?? common?.text
        let media = version.media ?? (version.parts == nil ? self.media ?? common?.mediaIds.map(\.text) : nil)
        return drafts(version.parts == nil ? text : nil, version.parts, media, in: call, &unfetched)
    }

    private func drafts(
        _ text: String?, _ parts: [Part]?, _ media: [String]?, in call: Invocation, _ unfetched: inout [String]?
    ) -> [PartDraft] {
        var drafts: [PartDraft] = []
        for piece in parts ?? [Part(text: text, media: nil)] { drafts.append(part(piece.text, piece.media ?? [], in: call, &unfetched)) }
        if drafts.isEmpty { drafts = [PartDraft()] }
        if let media {
            let first = part(nil, media, in: call, &unfetched)
            drafts[0].mediaIds = (drafts[0].mediaIds ?? []) + (first.mediaIds ?? [])
            if let urls = first.mediaUrls { drafts[0].mediaUrls = (drafts[0].mediaUrls ?? []) + urls }
        }
        if let firstComment { drafts.append(PartDraft(text: firstComment)) }
        return drafts
    }

    private func part(_ text: String?, _ media: [String], in call: Invocation, _ unfetched: inout [String]?) -> PartDraft {
        var draft = PartDraft(text: text)
        for file in media {
            if let id = MediaID(file) {
                draft.mediaIds = (draft.mediaIds ?? []) + [id]
            } else if unfetched != nil, !file.hasPrefix("/"), !file.hasPrefix(call.pages.absolute("/api/media/")) {
                unfetched?.append(file)
            } else {
                draft.mediaUrls = (draft.mediaUrls ?? []) + [file]
            }
        }
        return draft
    }

    private func ids(_ names: [String]?, in call: Invocation) async throws -> [String]? {
        guard let names else { return nil }
        return try await call.services.channels.resolve(names, as: call.caller).map(\.id.text)
    }

    /// The channel's id; a platform as it is, where all its channels may be meant.
    private func key(_ name: String, in call: Invocation, platforms: Bool = true) async throws -> String {
        let platform = PlatformID(rawValue: name.lowercased())
        if platforms, call.services.platforms[platform] != nil { return platform.rawValue }
        return try await ids([name], in: call)?.first ?? name
    }
}
