import Foundation

/// Whose ways the instance has: Mastodon's, or those of another server that speaks its API, as far as they were measured (snac 2.94,
/// Takahē 0.11.0, WordPress 6.1.9 with Enable Mastodon Apps 1.6.1).
enum MastodonServer: String, CaseIterable, Sendable {
    case mastodon, snac, takahe, wordpress

    var version: String {
        switch self {
        case .mastodon: "4.5.2"
        case .snac: "4.0.0 (snac/2.94)"
        case .takahe: "takahe/0.11.0"
        case .wordpress: "WordPress/6.1.9, EMA/1.6.1"
        }
    }

    /// Nil where the server does not tell and takes more than anybody tries.
    var maxCharacters: Int? {
        switch self {
        case .mastodon, .takahe: 500
        case .snac: 100_000
        case .wordpress: nil
        }
    }

    var linkCost: Int { self == .snac ? 32 : 23 }
    var honoursIdempotencyKeys: Bool { self == .mastodon }
    /// snac has the older description of an instance alone.
    var hasSecondInstance: Bool { self != .snac }
    /// No part of the right to read opens what wants the whole.
    var wantsWholeScopes: Bool { self == .takahe }
    /// The first token that is revoked takes the app with it.
    var forgetsRevokedApps: Bool { self == .snac }
    var checksParents: Bool { self == .mastodon }
    var processesInBackground: Bool { self == .mastodon }
    var showsMediaStatus: Bool { ![.snac, .wordpress].contains(self) }
    /// What was removed can still be read and removed again.
    var keepsTrash: Bool { self == .wordpress }

    /// Whether one's own list leaves such a status out, although it may be read by its id.
    func hides(_ visibility: String?) -> Bool {
        switch self {
        case .mastodon: false
        case .snac, .takahe: ["private", "direct"].contains(visibility)
        case .wordpress: visibility == "direct"
        }
    }

    /// How a refused token is answered.
    func tokenRefused(_ words: String, _ call: Call) -> Refusal {
        switch self {
        case .mastodon, .wordpress: Mastodon.error(words, 401)
        case .snac: Refusal(.empty(call.operation == "mastodon.verifyCredentials" ? 422 : 401))
        case .takahe: Refusal(.html("Invalid Bearer token", status: 400))
        }
    }

    func notFound() -> Refusal {
        switch self {
        case .mastodon, .wordpress: Mastodon.error("Record not found", 404)
        case .snac, .takahe: Refusal(.html("<h1>404 Not Found</h1>", status: 404))
        }
    }

    /// A status's text as it is shown.
    func html(_ text: String) -> String {
        switch self {
        case .mastodon: return MastodonText.html(text)
        case .takahe: return MastodonText.html(text).replacingOccurrences(of: "'", with: "&#x27;").replacingOccurrences(of: "&#39;", with: "&#x27;")
        case .snac:
            // Markdown; and the mark of a fragment is escaped.
            return MastodonText.html(text.replacingOccurrences(of: "#", with: "\u{1}")).replacingOccurrences(of: "\u{1}", with: "&#35;")
                .replacing(/\*([^*\s][^*]*)\*/) { "<i>\($0.output.1)</i>" }.replacing(/`([^`]+)`/) { "<code>\($0.output.1)</code>" }
        case .wordpress:
            let typographic = text.replacingOccurrences(of: " - ", with: " – ").replacingOccurrences(of: "'", with: "’")
                .replacing(/"([^"]*)"/) { "“\($0.output.1)”" }
            return MastodonText.html(typographic).replacingOccurrences(of: "&amp;", with: "&#038;")
        }
    }

    func shownVisibility(_ asked: JSON?) -> JSON {
        switch self {
        case .mastodon, .takahe: asked ?? "public"
        case .snac: ["public", "unlisted", "private"].contains(asked?.string ?? "public") ? asked ?? "public" : "direct"
        case .wordpress: "public"
        }
    }

    func shownLanguage(_ asked: JSON?) -> JSON {
        switch self {
        case .mastodon: asked ?? "en"
        case .snac: "en"
        case .takahe, .wordpress: .null
        }
    }
}

extension PlatformState {
    var server: MastodonServer { switches["server"]?.string.flatMap(MastodonServer.init) ?? .mastodon }
}

extension Mastodon {
    /// The older description of an instance, which servers of every age and kind have.
    var descriptions: [Operation] {
        [
            Operation("mastodon.instance", .get, "/api/v2/instance", limits: [Self.all]) { call in
                try store.update { state in
                    guard state.server.hasSecondInstance else { throw state.server.notFound() }
                    return .json(.object(instance(call, state.server)))
                }
            },
            Operation("mastodon.instanceV1", .get, "/api/v1/instance", limits: [Self.all]) { call in
                .json(.object(instance(call, store.update(\.server))))
            },
            Operation("mastodon.nodeinfo", .get, "/.well-known/nodeinfo") { call in
                .json(["links": [["rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": .string(call.base + "/nodeinfo/2.0")]]])
            },
            Operation("mastodon.nodeinfoDocument", .get, "/nodeinfo/2.0") { call in
                let server = store.update(\.server)
                return .json(["version": "2.0", "software": ["name": .string(server.rawValue), "version": .string(server.version)]])
            },
        ]
    }

    private func instance(_ call: Call, _ server: MastodonServer) -> [String: JSON] {
        [
            "domain": .string(String(call.base.drop { $0 != "/" }.dropFirst(2))), "title": "Mastodon (simulated)",
            "version": .string(server.version), "description": "A simulated instance", "languages": ["en"],
            "configuration": .object(configuration(of: server)),
        ]
    }

    private func configuration(of server: MastodonServer) -> [String: JSON] {
        let types = server == .takahe ? Self.types.filter { $0.hasPrefix("image/") } : Self.types
        let media: JSON = [
            "supported_mime_types": .array(types.map { .string($0) }), "description_limit": .int(Self.descriptionLimit),
            "image_size_limit": .int(Self.imageSizeLimit), "image_matrix_limit": 33_177_600,
            "video_size_limit": .int(server == .takahe ? 0 : Self.videoSizeLimit), "video_frame_rate_limit": 120,
            "video_matrix_limit": 8_294_400,
        ]
        if server == .wordpress { return ["media_attachment": media] }
        return [
            "accounts": ["max_featured_tags": 10],
            "statuses": [
                "max_characters": .int(server.maxCharacters ?? 0), "max_media_attachments": .int(Self.maxAttachments),
                "characters_reserved_per_url": .int(server.linkCost),
            ], "media_attachments": media,
            "polls": ["max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2_629_746],
        ]
    }
}
