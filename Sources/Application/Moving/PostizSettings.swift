import Domain

/// Postiz's settings of a platform, put into ours. Most have the same name and values; the table has the others.
public enum PostizSettings {
    /// How one of their settings is read.
    private enum Rule {
        /// As it is, under our name.
        case named(String)
        /// The labels of a list of `{value, label}`, with commas between them.
        case labels(String)
        /// An object, of which some members are settings.
        case members([String: String])
        /// The only one of a list of `{value: {…}}`, its members being settings.
        case only([String: String])
        /// These values mean ours; any other is refused with words, since the post would become something else.
        case meaning([String: JSONValue], String)
    }

    private static let instagram: [String: Rule] = [
        // What one program sends for a picture.
        "post_type": .meaning(["post": "auto", "image": "auto", "story": "story"], "Instagram posts are \"post\" or \"story\" here."),
        "collaborators": .labels("collaborators"),
        "audio": .members(["id": "audio_id", "audio_volume": "audio_volume", "video_volume": "video_volume"]),
    ]

    /// By platform and their name.
    private static let table: [PlatformID: [String: Rule]] = [
        "instagram": instagram, "instagram-standalone": instagram,
        "x": [
            "post_type": .meaning(
                ["post": .null, "auto": "auto", "poll": "poll", "article": "article", "article_draft": "article_draft"],
                "Posts on X are \"post\", \"poll\" or \"article\" here.")
        ],
        "facebook": ["post_type": .meaning(["post": "auto", "story": "story"], "Facebook posts are \"post\" or \"story\" here.")],
        "youtube": ["tags": .labels("tags")],
        "linkedin": carousel, "linkedin-page": carousel,
        "reddit": [
            "subreddit": .only(["subreddit": "subreddit", "title": "title", "type": "post_type", "url": "url", "flair": "flair_id"])
        ],
        "tiktok": [
            "content_posting_method": .meaning(
                ["DIRECT_POST": .null], "Videos that are finished in the app are posts of another kind here: make them in the composer.")
        ],
    ]

    private static let carousel: [String: Rule] = [
        "post_as_images_carousel": .meaning(["false": .null, "true": "carousel"], "A carousel is wanted (true) or not (false).")
    ]

    /// Of settings that the platform does not have here, nothing is kept: programs send them to every channel. Throws `VALIDATION_FAILED` for
    /// one that would make something else of the post.
    public static func ours(_ theirs: [String: JSONValue], on descriptor: PlatformDescriptor) throws -> [String: JSONValue] {
        let rules = table[descriptor.id] ?? [:]
        var ours: [String: JSONValue] = [:]
        for (name, value) in theirs where value != .null && value != "" {
            let rule = rules[name] ?? .named(name)
            for (name, value) in try settings(value, by: rule) { ours[name] = value }
        }
        if ours["post_type"] == "article", theirs["article_status"] == "draft" { ours["post_type"] = "article_draft" }
        let fields = Dictionary(descriptor.settings.map { ($0.name, $0) }) { first, _ in first }
        return ours.reduce(into: [:]) { kept, pair in
            guard let field = fields[pair.key] else { return }
            let value = suited(pair.value, to: field)
            // Some programs send the same kind to every platform.
            if field.name == ContentKind.settingName, !field.options.contains(where: { .string($0.value) == value }) { return }
            kept[pair.key] = value
        }
    }

    private static func settings(_ value: JSONValue, by rule: Rule) throws -> [String: JSONValue] {
        switch rule {
        case .named(let name): return [name: value]
        case .labels(let name):
            let labels = (value.array ?? []).compactMap { $0["label"]?.string ?? $0.string }
            return [name: .string(labels.joined(separator: ", "))]
        case .members(let names): return members(value, names)
        case .only(let names):
            let list = value.array ?? []
            guard list.count == 1 else { throw ProblemReport.messages(["settings.subreddit must have one element: make a post for each community"]) }
            return members(list[0]["value"] ?? .null, names)
        case .meaning(let meanings, let words):
            guard let meant = meanings[text(value) ?? ""] else { throw ProblemReport.messages([words]) }
            return meant == .null ? [:] : ["post_type": meant]
        }
    }

    private static func members(_ value: JSONValue, _ names: [String: String]) -> [String: JSONValue] {
        names.reduce(into: [:]) { settings, pair in
            guard let given = value[pair.key], given != .null, given != "" else { return }
            switch (pair.key, given.string) {
            case ("flair", _): settings[pair.value] = given["id"]
            case ("type", "self"): settings[pair.value] = "text"
            case ("type", "link"): settings[pair.value] = "link"
            case ("type", _): settings[pair.value] = "auto"  // A picture, gallery or film is what its files are.
            default: settings[pair.value] = given
            }
        }
    }

    /// Their conversions are generous: numbers are texts, any text is true.
    private static func suited(_ value: JSONValue, to field: SettingField) -> JSONValue {
        switch field.kind {
        case .toggle: value.bool.map { .bool($0) } ?? .bool(!["false", "no", "0"].contains(text(value) ?? ""))
        case .choice, .text: text(value).map { .string($0) } ?? value
        }
    }

    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .bool(let value): "\(value)"
        case .number(let number): Int(exactly: number).map(String.init) ?? "\(number)"
        default: nil
        }
    }
}

extension ProblemReport {
    /// Everything that is wrong with what was written for Postiz.
    public static func messages(_ messages: [String]) -> ProblemReport {
        ProblemReport(
            .validationFailed, messages.joined(separator: "; "), details: ["messages": .array(messages.map { .string($0) })])
    }
}
