import Application
import Domain

struct ChannelSchemaInput: ToolInput {
    let channel: String?
    let platform: String?

    static let descriptions = [
        "channel": "The channel, by id or name. Left out, with platform: every connected platform.",
        "platform": "A platform, such as x, linkedin, linkedin-page or mastodon: what it takes from any account.",
    ]
}

/// What one channel or platform accepts, or every connected platform.
struct ChannelSchemas: ToolOutput {
    let message: String
    let url: String
    let platforms: [ChannelSchema]
}

/// What a channel accepts: from its platform's descriptor and its own limits.
struct ChannelSchema: Codable, Sendable {
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
        let standard: String
        let maxLength: Int?
        /// True where a post cannot go without it.
        let required: Bool?
    }

    /// One kind of thing that can be posted, with its own rules.
    struct Kind: Codable, Sendable {
        /// The value of the setting post_type.
        let name: String
        let label: String
        let limit: Int
        let threads: ThreadRule.Kind
        let mostParts: Int
        let media: Files
        /// The names of the settings that apply.
        let settings: [String]
    }

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
    /// Absent where there is one kind only, to which the rules above apply, and where several platforms are told in short.
    let kinds: [Kind]?
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
    static func schema(_ input: ChannelSchemaInput, _ call: Invocation) async throws -> ChannelSchemas {
        if let name = input.channel {
            let channel = try await call.channel(name)
            return one(try schema(try descriptor(channel.platform, call), channel), call)
        }
        if let name = input.platform?.lowercased() {
            return one(try schema(try descriptor(PlatformID(rawValue: name), call), nil), call)
        }
        let connected = Set(try await call.services.channels.list(as: call.caller).filter { $0.status != .disabled }.map(\.platform))
        let platforms = try connected.sorted { $0.rawValue < $1.rawValue }.map {
            try schema(try descriptor($0, call), nil, inShort: connected.count > 1)
        }
        let message =
            platforms.isEmpty
            ? "No channel is connected yet. Name a platform: \(known(call).joined(separator: ", "))."
            : """
            What \(platforms.map(\.platformName).joined(separator: ", ")) take. Name a channel for all of its settings, the rules of each kind, \
            and the limits of its own account.
            """
        return ChannelSchemas(message: message, url: call.pages.channels, platforms: platforms)
    }

    private static func one(_ schema: ChannelSchema, _ call: Invocation) -> ChannelSchemas {
        let message = "\(schema.channel ?? schema.platformName) takes up to \(schema.text.limit) characters a text."
        return ChannelSchemas(message: message, url: call.pages.channels, platforms: [schema])
    }

    private static func known(_ call: Invocation) -> [String] { call.services.platforms.all.map(\.descriptor.id.rawValue).sorted() }

    static func lookup(_ input: LookupInput, _ call: Invocation) async throws -> FoundOptions {
        let options = try await call.services.channels.options(
            of: input.channel, field: input.field, query: input.query, as: call.caller)
        let message = options.isEmpty ? "Nothing fits." : "\(options.count) option(s) for \(input.field). Use a value as it is."
        return FoundOptions(message: message, url: call.pages.channels, options: options)
    }

    static func descriptor(_ platform: PlatformID, _ call: Invocation) throws -> PlatformDescriptor {
        if let platform = call.services.platforms[platform] { return platform.descriptor }
        let known = known(call)
        throw ProblemReport(
            .unknownPlatform, "There is no platform \"\(platform.rawValue.prefix(60))\". The platforms are \(known.joined(separator: ", ")).",
            details: ["platforms": .array(known.map { .string($0) })])
    }

    /// `inShort`: of the settings only the kind of post and what no post can go without, so that an answer has room for every platform.
    private static func schema(_ descriptor: PlatformDescriptor, _ channel: ChannelView?, inShort: Bool = false) throws -> ChannelSchema {
        let limit = channel?.limits.textLength ?? descriptor.text.limit
        let settings = descriptor.settings.filter { !inShort || $0.required || $0.name == ContentKind.settingName }
        let defaults = Dictionary(uniqueKeysWithValues: settings.map { ($0.name, channel?.settings[$0.name] ?? $0.defaultValue) })
        let example = [PostFields.Settings(channel: channel?.id.text ?? descriptor.id.rawValue, values: SettingValue.list(defaults))]
        return ChannelSchema(
            platform: descriptor.id, platformName: descriptor.name, channel: channel?.displayName, channelId: channel?.id,
            text: .init(
                limit: limit, counting: descriptor.text.counting, followUpLimit: descriptor.thread.followUpTextLimit ?? limit,
                linkLength: channel?.limits.urlLength ?? ([.weighted, .graphemes].contains(descriptor.text.counting) ? 23 : nil)),
            threads: descriptor.thread.kind, mostParts: descriptor.thread.maxParts, followUpMedia: descriptor.thread.followUpMedia,
            media: .init(descriptor.media, limits: channel?.limits), settings: settings.map(ChannelSchema.Setting.init),
            kinds: descriptor.kinds.isEmpty || inShort
                ? nil : descriptor.kinds.map { ChannelSchema.Kind($0, of: descriptor, limits: channel?.limits) },
            example: try JSON.text(["channel_settings": example]), lookups: descriptor.fieldsWithOptions, metrics: descriptor.analytics)
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
    fileprivate init(_ field: SettingField) {
        self.init(
            name: field.name, kind: field.kind, label: field.label, help: field.help,
            options: field.options.isEmpty ? nil : field.options.map { .init(value: $0.value, label: $0.label) },
            standard: field.defaultValue == .null ? "" : field.defaultValue.pairText, maxLength: field.maxLength,
            required: field.required ? true : nil)
    }
}

extension ChannelSchema.Kind {
    fileprivate init(_ kind: ContentKind, of descriptor: PlatformDescriptor, limits: AccountLimits?) {
        let own = descriptor.narrowed(to: kind)
        self.init(
            name: kind.name, label: kind.label, limit: limits?.textLength ?? own.text.limit, threads: own.thread.kind,
            mostParts: own.thread.maxParts, media: .init(own.media, limits: limits), settings: own.settings.map(\.name))
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
