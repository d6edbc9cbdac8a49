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
        let values: [SettingValue]?
    }

    struct Settings: Codable, Sendable {
        let channel: String
        let values: [SettingValue]?
    }

    let channels: [String]?
    let text: String?
    let parts: [Part]?
    let versions: [Version]?
    let media: [String]?
    let scheduledFor: String?
    let timeZone: String?
    let channelSettings: [Settings]?
    let tags: [String]?
    let firstComment: String?
    let recurrence: String?

    static let descriptions: [String: String] = [
        "channels": "Channels by id or name, such as \"@acme\" or \"linkedin:acme\"; list_channels shows them.",
        "text": "The text of a post of one part. Either this or parts.",
        "parts": "The parts of a thread, in order; on platforms without threads the further parts become comments.",
        "parts.text": "Its text.",
        "parts.media": "Its files.",
        "versions": "What single channels get instead of the common text, media or settings.",
        "versions.channel": "One of channels, by id or name.",
        "versions.text": "Its text. Either this or parts.",
        "versions.parts": "A thread for this channel.",
        "versions.parts.text": "Its text.",
        "versions.parts.media": "Its files.",
        "versions.media": "Its files.",
        "versions.values": "Its settings, as in channel_settings.",
        "versions.values.name": "A setting's name.",
        "versions.values.value": "Its value, as a text.",
        "media": "Files of the first part: ids, or web addresses that are fetched.",
        "scheduled_for":
            "When it goes out: 2026-11-24T09:00 in the workspace's time zone (or time_zone), or 2026-11-24T09:00:00Z.",
        "time_zone": "IANA time zone of scheduled_for, such as Europe/Paris.",
        "channel_settings": "Settings for channels, such as {\"name\": \"visibility\", \"value\": \"public\"}; get_channel_schema lists them.",
        "channel_settings.channel": "One of channels, or a platform such as \"x\" for all its channels.",
        "channel_settings.values": "The settings by name.",
        "channel_settings.values.name": "A setting's name.",
        "channel_settings.values.value": "Its value, as a text such as true.",
        "tags": "Words to find the post by; not published.",
        "first_comment": "A comment (or reply) that follows the post at once.",
        "recurrence": "Repeats it from scheduled_for on: an RFC 5545 rule such as FREQ=WEEKLY;BYDAY=MO,TH;COUNT=10.",
    ]

    static let unlisted: Set<String> = ["versions.values"]
    static let aliases = ["settings": "channel_settings", "channel_settings.settings": "values", "versions.settings": "values"]
}

/// A setting by its name. Its value is a text, so that no client has to pass on an object of which it does not know what it holds.
struct SettingValue: Codable, Sendable {
    let name: String
    let value: String?
}

extension SettingValue {
    /// What `values` shows as, in order.
    static func list(_ values: [String: JSONValue]) -> [SettingValue] {
        values.sorted { $0.key < $1.key }.map { SettingValue(name: $0.key, value: $0.value.pairText) }
    }
}

extension SettingField {
    /// A value that was given as text, as this field holds it; what it cannot hold stays text, for the check to refuse.
    func read(_ text: String) -> JSONValue {
        switch (kind, text.lowercased()) {
        case (.toggle, "true"): true
        case (.toggle, "false"): false
        case (.choice, let wanted): .string(options.first { $0.value.lowercased() == wanted }?.value ?? text)
        default: .string(text)
        }
    }
}

extension PostFields {
    /// The draft these fields describe, with channels by id. `unfetched` collects web addresses instead of having them fetched: for checks,
    /// which must leave nothing behind. `before` is the post that the fields change.
    func draft(in call: Invocation, of before: PostView? = nil, unfetched: inout [String]?) async throws -> PostDraft {
        guard text == nil || parts == nil || partsSayText else {
            throw ProblemReport.invalid("parts", "Give either text (one part) or parts (a thread), not both.")
        }
        var draft = PostDraft(scheduledFor: scheduledFor, timeZone: timeZone, tags: tags, recurrence: recurrence)
        draft.platforms = try await ids(channels, in: call)
        if text != nil || parts != nil || media != nil || firstComment != nil {
            draft.parts = drafts(text, parts, media, in: call, &unfetched)
        }
        var values: [String: [String: JSONValue]] = [:]
        for (index, setting) in (channelSettings ?? []).enumerated() {
            let (key, platform) = try await key(setting.channel, in: call)
            values[key, default: [:]].merge(read(setting.values, of: platform, at: "channel_settings[\(index)]", in: call)) { $1 }
        }
        for (index, version) in (versions ?? []).enumerated() {
            let (id, platform) = try await key(version.channel, in: call, platforms: false)
            let parts = try parts(of: version, before, in: call, &unfetched)
            if let parts { draft.versions = (draft.versions ?? [:]).merging([id: parts]) { $1 } }
            guard version.values != nil || parts == nil else { continue }
            values[id, default: [:]].merge(read(version.values, of: platform, at: "versions[\(index)]", in: call)) { $1 }
        }
        values = values.filter { !$0.value.isEmpty }
        draft.settings = values.isEmpty ? nil : values
        return draft
    }

    /// Whether parts begin with the text that is also given, or are that text.
    private var partsSayText: Bool {
        let texts = (parts ?? []).map { $0.text ?? "" }
        func plain(_ text: String) -> String { text.filter { !$0.isWhitespace } }
        return text.map(plain).map { $0 == texts.first.map(plain) || $0 == plain(texts.joined()) } ?? true
    }

    /// Settings by name, as the platform's fields hold them. What has no value sets nothing, which is said.
    private func read(_ values: [SettingValue]?, of platform: PlatformID, at place: String, in call: Invocation) -> [String: JSONValue] {
        guard let values else {
            call.note(warning: "\(place) holds no values: nothing was set by it.")
            return [:]
        }
        let fields = call.services.platforms[platform]?.descriptor.settings ?? []
        var read: [String: JSONValue] = [:]
        for setting in values {
            guard let text = setting.value else {
                call.note(warning: "\(place): \(setting.name.prefix(60)) has no value, so it was not set.")
                continue
            }
            read[setting.name] = fields.first { $0.name == setting.name }?.read(text) ?? .string(text)
        }
        return read
    }

    /// What one channel gets instead: what its version does not say is as for all. Nil when it is settings alone.
    private func parts(
        of version: Version, _ before: PostView?, in call: Invocation, _ unfetched: inout [String]?
    ) throws -> [PartDraft]? {
        guard version.text != nil || version.parts != nil || version.media != nil else { return nil }
        if version.text != nil, version.parts != nil {
            throw ProblemReport.invalid("versions", "The version for \(version.channel) has text and parts. Give one of them.")
        }
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
    private func key(_ name: String, in call: Invocation, platforms: Bool = true) async throws -> (key: String, platform: PlatformID) {
        let platform = PlatformID(rawValue: name.lowercased())
        if platforms, call.services.platforms[platform] != nil { return (platform.rawValue, platform) }
        guard let channel = try await call.services.channels.resolve([name], as: call.caller).first else { throw ProblemReport.notFound("channel") }
        return (channel.id.text, channel.platform)
    }
}
