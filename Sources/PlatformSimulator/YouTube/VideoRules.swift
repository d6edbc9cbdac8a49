import Foundation

/// What YouTube refuses of a video's metadata.
enum VideoRules {
    private static let known: [String: Set<String>] = [
        "snippet": ["title", "description", "tags", "categoryId", "defaultLanguage", "defaultAudioLanguage"],
        "status": [
            "privacyStatus", "publishAt", "license", "embeddable", "publicStatsViewable", "selfDeclaredMadeForKids", "containsSyntheticMedia",
        ],
        "recordingDetails": ["recordingDate"], "localizations": [], "paidProductPlacementDetails": ["hasPaidProductPlacement"],
    ]
    static let categories = [
        ("1", "Film & Animation"), ("2", "Autos & Vehicles"), ("10", "Music"), ("15", "Pets & Animals"), ("17", "Sports"),
        ("19", "Travel & Events"), ("20", "Gaming"), ("22", "People & Blogs"), ("23", "Comedy"), ("24", "Entertainment"),
        ("25", "News & Politics"), ("26", "Howto & Style"), ("27", "Education"), ("28", "Science & Technology"),
        ("29", "Nonprofits & Activism"),
    ]

    /// The parts of `resource` that are listed in `parts`, checked, with YouTube's defaults.
    static func checked(_ resource: JSON?, parts: String) throws -> JSON {
        let listed = parts.split(separator: ",").map(String.init)
        guard !listed.isEmpty else { throw problem("missingRequiredParameter", "No filter selected. Expected one of: part").refusal }
        guard let given = resource?.object else { throw problem("invalidVideoMetadata", "The request metadata is invalid.").refusal }
        for (name, value) in given where !["id", "kind", "etag"].contains(name) {
            guard let fields = known[name], listed.contains(name) else { throw problem("unexpectedPart", "Unknown name \"\(name)\"").refusal }
            if let unknown = value.object?.keys.first(where: { !fields.isEmpty && !fields.contains($0) }) {
                throw problem("invalid", "Invalid JSON payload received. Unknown name \"\(unknown)\" at 'video.\(name)': Cannot find field.").refusal
            }
        }
        try checkSnippet(given["snippet"] ?? [:])
        try checkTranslations(given["localizations"]?.object ?? [:], of: given["snippet"] ?? [:])
        var result = given
        result["status"] = try checkedStatus(given["status"] ?? [:])
        return .object(result)
    }

    private static func checkSnippet(_ snippet: JSON) throws {
        let title = snippet["title"]?.string ?? ""
        guard (1...100).contains(title.count), isPlain(title) else {
            throw problem("invalidTitle", "The request metadata specifies an invalid or empty video title.").refusal
        }
        let description = snippet["description"]?.string ?? ""
        guard description.utf8.count <= 5000, isPlain(description) else {
            throw problem("invalidDescription", "The request metadata specifies an invalid video description.").refusal
        }
        let tags = snippet["tags"]?.strings ?? []
        guard length(of: tags) <= 500, tags.allSatisfy(isPlain) else {
            throw problem("invalidTags", "The request metadata specifies invalid video keywords.").refusal
        }
        if let category = snippet["categoryId"]?.string, !categories.contains(where: { $0.0 == category }) {
            throw problem("invalidCategoryId", "The request metadata specifies an invalid category ID.").refusal
        }
    }

    private static func checkTranslations(_ texts: [String: JSON], of snippet: JSON) throws {
        guard texts.isEmpty || snippet["defaultLanguage"]?.string != nil else {
            throw problem("defaultLanguageNotSet", "The request is trying to add localized video details without specifying the default language.")
                .refusal
        }
        for (_, text) in texts {
            let (title, description) = (text["title"]?.string ?? "", text["description"]?.string ?? "")
            guard (1...100).contains(title.count), description.utf8.count <= 5000, isPlain(title), isPlain(description) else {
                throw problem("invalidVideoMetadata", "The request metadata is invalid.").refusal
            }
        }
    }

    private static func length(of tags: [String]) -> Int {
        var total = 0
        for tag in tags { total += tag.count + (tag.contains(" ") ? 2 : 0) + (total > 0 ? 1 : 0) }
        return total
    }

    private static func checkedStatus(_ status: JSON) throws -> JSON {
        var result = status.object ?? [:]
        let privacy = status["privacyStatus"]?.string ?? "public"
        guard ["public", "unlisted", "private"].contains(privacy), ["youtube", "creativeCommon", nil].contains(status["license"]?.string) else {
            throw problem("invalidVideoMetadata", "The request metadata is invalid.").refusal
        }
        if let time = status["publishAt"]?.string {
            guard privacy == "private", Encoding.date(time) != nil else {
                throw problem("invalidPublishAt", "The request metadata specifies an invalid scheduled publishing time.").refusal
            }
        }
        for name in ["embeddable", "publicStatsViewable", "selfDeclaredMadeForKids", "containsSyntheticMedia"] {
            guard status[name] == nil || status[name]?.bool != nil else {
                throw problem("invalid", "Invalid value at 'video.status.\(name)' (TYPE_BOOL)").refusal
            }
        }
        result["privacyStatus"] = .string(privacy)
        result["license"] = result["license"] ?? "youtube"
        return .object(result)
    }

    private static func isPlain(_ text: String) -> Bool { !text.contains { $0 == "<" || $0 == ">" } }
    private static func problem(_ reason: String, _ message: String) -> GoogleProblem {
        GoogleProblem(400, reason, message, domain: "youtube.video")
    }
}
