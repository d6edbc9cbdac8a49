import Application
import Domain

struct ChannelSchemaInput: ToolInput {
    let channel: String?
    let platform: String?

    static let descriptions = [
        "channel": "The channel, by id or name. Either this or platform.",
        "platform": "A platform, such as x, linkedin, linkedin-page or mastodon: what it takes from any account.",
    ]
}

/// What a channel accepts: from its platform's descriptor and its own limits.
struct ChannelSchema: ToolOutput {
    struct Text: Codable, Sendable {
        let limit: Int
        let counting: TextCounting
        let followUpLimit: Int
        /// Characters that a link counts; absent where links count as they are.
        let linkLength: Int?
    }

    struct Files: Codable, Sendable {
        struct Kind: Codable, Sendable {
            let kind: MediaKind
            let most: Int
            let types: [String]
            let largestBytes: Int
            let longestSeconds: Double?
        }
        let required: Bool
        let mixing: Bool
        let altTextLimit: Int
        let kinds: [Kind]
    }

    struct Setting: Codable, Sendable {
        struct Option: Codable, Sendable {
            let value: String
            let label: String
        }
        let name: String
        let kind: SettingField.Kind
        let label: String
        let help: String
        let options: [Option]?
        /// As JSON.
        let standard: String
        let maxLength: Int?
    }

    let message: String
    let url: String
    let platform: PlatformID
    let platformName: String
    let channel: String?
    let channelId: IntegrationID?
    let text: Text
    let threads: ThreadRule.Kind
    let mostParts: Int
    let followUpMedia: Bool
    let media: Files
    let settings: [Setting]
    /// The settings as a JSON Schema, in text.
    let settingsSchema: String
    /// Settings as create_post takes them, in text.
    let example: String
    /// Fields that lookup_channel_options can look up.
    let lookups: [String]
    /// Figures that the platform tells.
    let metrics: [Metric]
}

struct LookupInput: ToolInput {
    let channel: String
    let field: String
    let query: String?

    static let descriptions = [
        "channel": "The channel, by id or name.",
        "field": "What to look up: a setting's name, or mention for accounts; get_channel_schema lists them under lookups.",
        "query": "What to look for, such as the beginning of a name.",
    ]
}

struct FoundOptions: ToolOutput {
    let message: String
    let url: String
    let options: [ChannelOption]
}

enum ChannelTools {
    static func schema(_ input: ChannelSchemaInput, _ call: Invocation) async throws -> ChannelSchema {
        if let name = input.channel {
            let channel = try await call.channel(name)
            return try schema(try descriptor(channel.platform, call), channel, call)
        }
        guard let name = input.platform?.lowercased() else {
            throw ProblemReport.invalid("channel", "Say which channel, by id or name, or which platform.")
        }
        return try schema(try descriptor(PlatformID(rawValue: name), call), nil, call)
    }

    static func lookup(_ input: LookupInput, _ call: Invocation) async throws -> FoundOptions {
        let options = try await call.services.channels.options(
            of: input.channel, field: input.field, query: input.query, as: call.caller)
        let message = options.isEmpty ? "Nothing fits." : "\(options.count) option(s) for \(input.field). Use a value as it is."
        return FoundOptions(message: message, url: call.pages.channels, options: options)
    }

    static func descriptor(_ platform: PlatformID, _ call: Invocation) throws -> PlatformDescriptor {
        if let platform = call.services.platforms[platform] { return platform.descriptor }
        let known = call.services.platforms.all.map(\.descriptor.id.rawValue).sorted()
        throw ProblemReport(
            .unknownPlatform, "There is no platform \"\(platform.rawValue.prefix(60))\". The platforms are \(known.joined(separator: ", ")).",
            details: ["platforms": .array(known.map { .string($0) })])
    }

    private static func schema(_ descriptor: PlatformDescriptor, _ channel: ChannelView?, _ call: Invocation) throws -> ChannelSchema {
        let limit = channel?.limits.textLength ?? descriptor.text.limit
        let defaults = Dictionary(uniqueKeysWithValues: descriptor.settings.map { ($0.name, channel?.settings[$0.name] ?? $0.defaultValue) })
        let example: JSONValue = [
            "settings": [["channel": .string(channel?.id.text ?? descriptor.id.rawValue), "values": .object(defaults)]]
        ]
        return ChannelSchema(
            message: "\(channel?.displayName ?? descriptor.name) takes up to \(limit) characters a text.", url: call.pages.channels,
            platform: descriptor.id, platformName: descriptor.name, channel: channel?.displayName, channelId: channel?.id,
            text: .init(
                limit: limit, counting: descriptor.text.counting, followUpLimit: descriptor.thread.followUpTextLimit ?? limit,
                linkLength: channel?.limits.urlLength ?? ([.weighted, .graphemes].contains(descriptor.text.counting) ? 23 : nil)),
            threads: descriptor.thread.kind, mostParts: descriptor.thread.maxParts, followUpMedia: descriptor.thread.followUpMedia,
            media: .init(descriptor.media, limits: channel?.limits), settings: try descriptor.settings.map(ChannelSchema.Setting.init),
            settingsSchema: try JSON.text(descriptor.settingsSchema), example: try JSON.text(example), lookups: descriptor.fieldsWithOptions,
            metrics: descriptor.analytics)
    }
}

extension ChannelSchema.Files {
    fileprivate init(_ rule: MediaRule, limits: AccountLimits?) {
        self.init(
            required: rule.required, mixing: rule.mixing, altTextLimit: limits?.altTextLength ?? rule.altTextLimit,
            kinds: MediaKind.allCases.compactMap { kind in
                guard let file = rule.rule(for: kind), rule.maximum(of: kind) > 0 else { return nil }
                let bytes = kind == .image ? limits?.imageBytes : kind == .video ? limits?.videoBytes : nil
                return Kind(
                    kind: kind, most: rule.maximum(of: kind), types: file.types, largestBytes: bytes ?? file.maxBytes,
                    longestSeconds: file.maxDuration)
            })
    }
}

extension ChannelSchema.Setting {
    fileprivate init(_ field: SettingField) throws {
        self.init(
            name: field.name, kind: field.kind, label: field.label, help: field.help,
            options: field.options.isEmpty ? nil : field.options.map { .init(value: $0.value, label: $0.label) },
            standard: try JSON.text(field.defaultValue), maxLength: field.maxLength)
    }
}

extension PlatformDescriptor {
    /// The settings of a post as a JSON Schema.
    var settingsSchema: JSONValue {
        let properties = settings.map { field -> (String, JSONValue) in
            var schema: [String: JSONValue] = ["description": .string(field.help.isEmpty ? field.label : "\(field.label). \(field.help)")]
            schema["type"] = field.kind == .toggle ? "boolean" : "string"
            if !field.options.isEmpty { schema["enum"] = .array(field.options.map { .string($0.value) }) }
            if let maxLength = field.maxLength { schema["maxLength"] = .number(Double(maxLength)) }
            if let pattern = field.pattern { schema["pattern"] = .string(pattern) }
            if field.defaultValue != .null { schema["default"] = field.defaultValue }
            return (field.name, .object(schema))
        }
        return ["type": "object", "properties": .object(Dictionary(properties) { first, _ in first })]
    }
}
