import Application
import Domain

/// A type whose schema says more than how it decodes: lengths, ranges, what a text looks like.
public protocol Ruled {
    /// What is added to each property's schema, by name; under `whole`, to the object's own. Lengths, counts and ranges are also held to
    /// where requests are read (`RequestSchema`); the rest only describes what Application decides.
    static var rules: [String: JSONValue] { get }
}

/// Rules that several calls share.
public enum Rule {
    /// The name of the rules of an object as such.
    public static let whole = ""

    /// Anything but U+0000, which PostgreSQL cannot store. What is said of every text of a request that has no other pattern.
    public static let plain: JSONValue = #"^[^\u0000]*$"#
    public static let email: JSONValue = ["format": "email"]
    static let password = text(12...1000)
    /// Six digits, or a recovery code.
    static let code = text(0...100)
    /// On one line, and not of blanks alone.
    public static func line(_ most: Int) -> JSONValue {
        let inner = #"[^\u0000-\u001f\u007f-\u009f]"#
        return [
            "minLength": 1, "maxLength": .number(Double(most)), "pattern": .string("^\(inner)*[^\\s\\u0000-\\u001f\\u007f-\\u009f\\u200b]\(inner)*$"),
        ]
    }
    /// On one line; empty for none.
    public static func lineOrNone(_ most: Int) -> JSONValue {
        ["maxLength": .number(Double(most)), "pattern": #"^[^\u0000-\u001f\u007f-\u009f]*$"#]
    }
    public static func text(_ length: ClosedRange<Int>) -> JSONValue {
        var rule: [String: JSONValue] = ["maxLength": .number(Double(length.upperBound))]
        if length.lowerBound > 0 { rule["minLength"] = .number(Double(length.lowerBound)) }
        return .object(rule)
    }
    public static let altText = text(0...5000)
    static let locale: JSONValue = [
        "description": "A language tag such as en or de-AT", "pattern": "^[A-Za-z0-9]{2,8}(-[A-Za-z0-9]{2,8})*$", "maxLength": 35,
    ]
    public static let timeZone: JSONValue = ["description": "An IANA name such as Europe/Paris", "maxLength": 100]
    /// ISO 8601, with an offset or without.
    public static let time: JSONValue = [
        "description": "ISO 8601: with an offset an instant, without one a time by the clocks of timeZone",
        "pattern": #"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?$"#,
    ]
    /// How something repeats (RFC 5545).
    static let recurrence: JSONValue = [
        "description": "A rule of RFC 5545, from scheduledFor on: FREQ=WEEKLY;BYDAY=MO,TH;COUNT=10. See docs/recurring-posts.md",
        "minLength": 1, "maxLength": 500,
    ]
    public static let url: JSONValue = ["pattern": #"^https?://[^\s\u0000-\u001f]+$"#, "maxLength": 2000]
    /// A web address, or that of a file of the library.
    static let fileURL: JSONValue = ["pattern": #"^(https?://|/api/media/)[^\s\u0000-\u001f]+$"#, "maxLength": 2000]
    public static let revision: JSONValue = ["minimum": 1, "maximum": 2_147_483_647]
    public static func list(_ count: ClosedRange<Int>, of item: JSONValue = [:]) -> JSONValue {
        var rule: [String: JSONValue] = ["maxItems": .number(Double(count.upperBound)), "items": item]
        if count.lowerBound > 0 { rule["minItems"] = .number(Double(count.lowerBound)) }
        return .object(rule)
    }
    /// One of two properties at least.
    public static func either(_ one: (String, JSONValue), _ other: (String, JSONValue)) -> JSONValue {
        let kinds = [one, other].map { (name, kind) -> JSONValue in ["required": [.string(name)], "properties": [name: kind]] }
        // Within `allOf`, so that the object stays one type for generators of clients.
        return ["allOf": [["anyOf": .array(kinds)]]]
    }
    /// Not two properties that say the same.
    public static func notBoth(_ one: (String, JSONValue), _ other: (String, JSONValue)) -> JSONValue {
        ["not": ["required": [.string(one.0), .string(other.0)], "properties": .object([one.0: one.1, other.0: other.1])]]
    }
}

extension JSONValue {
    /// This schema with what `rule` adds, also to what it allows beside `null` and to its elements.
    func refined(by rule: JSONValue) -> JSONValue {
        guard case .object(var schema) = self, let added = rule.object else { return self }
        if let kinds = schema["anyOf"]?.array, let first = kinds.first {
            schema["anyOf"] = .array([first.refined(by: rule)] + kinds.dropFirst())
            return .object(schema)
        }
        for (name, value) in added { schema[name] = name == "items" ? (schema[name] ?? [:]).refined(by: value) : value }
        return .object(schema)
    }
}

// MARK: - Accounts and keys

extension Registration: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "email": Rule.email, "password": Rule.password, "name": Rule.line(200), "organizationName": Rule.line(200), "timeZone": Rule.timeZone,
            "locale": Rule.locale, "invitation": Rule.text(0...100),
        ]
    }
}

extension Login: Ruled {
    public static var rules: [String: JSONValue] { ["code": Rule.code, "invitation": Rule.text(0...100)] }
}

extension ShownCode: Ruled {
    public static var rules: [String: JSONValue] { ["code": Rule.code] }
}

extension PersonProof: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "code": Rule.code, Rule.whole: Rule.either(("password", ["type": "string"]), ("code", ["type": "string"])),
        ]
    }
}

extension ActivationToken: Ruled {
    public static var rules: [String: JSONValue] { ["token": Rule.text(0...100)] }
}

extension DeletionProof: Ruled {
    public static var rules: [String: JSONValue] { ["code": Rule.code] }
}

extension NewPasskey: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "name": Rule.line(200), "id": Rule.text(1...1364), "clientDataJSON": Rule.text(1...8192), "authenticatorData": Rule.text(1...8192),
            "publicKey": Rule.text(1...4096), "publicKeyAlgorithm": ["minimum": -65535, "maximum": 65535],
            "transports": Rule.list(0...20, of: ["maxLength": 100]),
        ]
    }
}

extension PasskeyAnswer: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "id": Rule.text(1...1364), "clientDataJSON": Rule.text(1...8192), "authenticatorData": Rule.text(1...8192),
            "signature": Rule.text(1...4096), "userHandle": Rule.text(0...100), "invitation": Rule.text(0...100),
        ]
    }
}

extension PasskeyLogin: Ruled {
    public static var rules: [String: JSONValue] { ["ticket": Rule.text(0...200)] }
}

extension PasskeyName: Ruled {
    public static var rules: [String: JSONValue] { ["name": Rule.line(200)] }
}

extension InvitationToken: Ruled {
    public static var rules: [String: JSONValue] { ["token": Rule.text(0...100)] }
}

extension NewInvitation: Ruled {
    public static var rules: [String: JSONValue] { ["email": Rule.email] }
}

extension NewWorkspace: Ruled {
    public static var rules: [String: JSONValue] { ["name": Rule.line(200), "timeZone": Rule.timeZone] }
}

extension PasswordChange: Ruled {
    public static var rules: [String: JSONValue] { ["newPassword": Rule.password] }
}

extension PasswordReset: Ruled {
    public static var rules: [String: JSONValue] {
        ["token": ["description": "From the link that was mailed or shown"], "newPassword": Rule.password]
    }
}

extension ProfileChange: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "name": Rule.line(200), "organizationName": Rule.line(200), "timeZone": Rule.timeZone, "organizationTimeZone": Rule.timeZone,
            "locale": Rule.locale, "weekStart": ["description": "With which day weeks begin; REGION: as is usual where the language is spoken"],
        ]
    }
}

extension NewAPIKey: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "name": Rule.line(200), "scopes": Rule.list(1...100), "expiresAt": ["description": "In the future; absent: it does not expire"],
            "draftOnly": ["description": "Whether what it would schedule or publish waits for a person's approval"],
        ]
    }
}

// MARK: - Channels and files

extension ChannelChange: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "displayName": Rule.line(100), "customer": Rule.lineOrNone(100),
            "settings": ["description": "Defaults for new posts; replaces all of them"],
        ]
    }
}

extension Slot: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "weekdays": ["description": "1 = Monday … 7 = Sunday; none: every day", "items": ["minimum": 1, "maximum": 7]],
            "minute": ["description": "Minutes after midnight, by the clocks of timeZone", "minimum": 0, "maximum": 1439],
            "timeZone": Rule.timeZone,
            "tag": Rule.line(60).refined(by: ["description": "Kept for posts with this tag; without it, for posts whose tags have no slot"]),
        ]
    }
}

extension NewPartialUpload: Ruled {
    public static var rules: [String: JSONValue] {
        ["size": ["description": "Bytes of the whole file", "minimum": 1, "maximum": 9_007_199_254_740_991], "altText": Rule.altText]
    }
}

// MARK: - Posts

extension PartDraft: Ruled {
    public static var rules: [String: JSONValue] {
        ["text": Rule.text(0...200_000), "mediaIds": Rule.list(0...100), "mediaUrls": Rule.list(0...100, of: Rule.fileURL)]
    }
}

extension PostDraft: Ruled {
    static let common: [String: JSONValue] = [
        "platforms": Rule.list(0...100).refined(by: ["description": "Channels: ids or unambiguous names"]),
        "scheduledFor": Rule.time, "timeZone": Rule.timeZone,
        "schedule": ["description": "A time the product chooses, instead of scheduledFor"],
        "mediaIds": Rule.list(0...100), "mediaUrls": Rule.list(0...100, of: Rule.fileURL),
        "versions": ["description": "What a channel gets instead: by its id or name"],
        "settings": ["description": "By a channel's id or name, or a platform's id"],
        "tags": Rule.list(0...20, of: Rule.text(0...60)), "revision": Rule.revision, "recurrence": Rule.recurrence,
    ]
    static let eitherContentOrParts = Rule.notBoth(("content", ["type": "string"]), ("parts", ["type": "array"]))
    private static let eitherTimeOrChoice = Rule.notBoth(("scheduledFor", ["type": "string"]), ("schedule", ["type": "string"]))

    public static var rules: [String: JSONValue] {
        common.merging([
            "content": Rule.text(0...200_000).refined(by: ["description": "The text of a post of one part; or give parts"]),
            "parts": Rule.list(0...100),
            "template": Rule.text(1...200).refined(
                by: ["description": "A template by id or name: its texts, channels, settings and tags where none are given"]),
            "values": ["description": "What the template asks for, by name"],
            "signature": Rule.text(1...200).refined(
                by: ["description": "A signature by id or name, or automatic for the one that is: it is put below the text"]),
            "status": ["description": "DRAFT is kept and never goes out; absent: SCHEDULED when there is a time, otherwise DRAFT"],
            Rule.whole: ["allOf": [eitherContentOrParts, eitherTimeOrChoice]],
        ]) { _, own in own }
    }
}

extension RecurrenceQuestion: Ruled {
    public static var rules: [String: JSONValue] {
        ["recurrence": Rule.recurrence, "scheduledFor": Rule.time, "timeZone": Rule.timeZone]
    }
}

extension SplitRequest: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "text": Rule.text(0...100_000),
            "platforms": Rule.list(1...100).refined(by: ["description": "Channels: ids or unambiguous names; a part fits on all of them"]),
            "settings": ["description": "By a channel's id or name, or a platform's id: what goes into the text counts"],
            "followUp": ["description": "Whether the text follows other parts"],
            "numbered": ["description": "Whether each part ends with its number, such as 2/5"],
        ]
    }
}

extension PostChange: Ruled {
    public static var rules: [String: JSONValue] {
        PostDraft.common.merging([
            "content": Rule.text(0...200_000).refined(by: ["description": "The text of the first part"]),
            "parts": Rule.list(1...100).refined(by: ["description": "Replaces all parts"]), Rule.whole: ["allOf": [PostDraft.eitherContentOrParts]],
        ]) { _, own in own }
    }
}
