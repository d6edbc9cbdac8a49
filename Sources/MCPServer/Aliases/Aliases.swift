import Application
import Domain
import Gateway
import MCPProtocol

/// A tool by the name and shape that Postiz gives it: accepted from assistants and scripts that were set up for it, never listed.
struct Alias: Sendable {
    /// The tool of ours whose scope and limits hold.
    let tool: String
    /// Whether the result stands under `output`.
    let wrapped: Bool
    let perform: @Sendable (Invocation) async throws -> JSONValue

    func answer(_ call: Invocation, as context: WorkspaceContext) async throws -> Answered {
        do {
            if let declaration = context.catalogue.toolbox[tool] { try await context.admitCounting(declaration) }
            let value = try await perform(call.taking(Self.understood(call.arguments)))
            return Answered(try result(wrapped ? ["output": value] : value, isError: false))
        } catch {
            let report = try context.reported(error, tool)
            let words = JSONValue.string(report.message)
            return Answered(try result(wrapped ? ["output": ["errors": words]] : ["error": words], isError: true), failure: report)
        }
    }

    /// Lists that these tools take, which some clients send as JSON text.
    private static let lists: Set<String> = ["socialPost", "settings", "dataSchema", "postsAndComments", "attachments"]

    /// The arguments without what says nothing, lists as lists.
    private static func understood(_ arguments: [String: JSONValue]) -> [String: JSONValue] {
        arguments.reduce(into: [:]) { read, argument in
            let value = lists.contains(argument.key) ? argument.value.unwrapped : argument.value
            if !value.saysNothing { read[argument.key] = understood(value) }
        }
    }

    private static func understood(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members): .object(understood(members))
        case .array(let elements): .array(elements.filter { !$0.saysNothing }.map { understood($0.unwrapped) })
        default: value
        }
    }

    private func result(_ value: JSONValue, isError: Bool) throws -> ToolResult {
        ToolResult(try ResultSize.fit(EncodedJSON(forModel: value)), isError: isError)
    }
}

enum Aliases {
    static let all: [String: Alias] = [
        "groupList": Alias(tool: "list_channels", wrapped: true, perform: ChannelAliases.groups),
        "integrationList": Alias(tool: "list_channels", wrapped: true, perform: ChannelAliases.list),
        "integrationSchema": Alias(tool: "get_channel_schema", wrapped: true, perform: ChannelAliases.schema),
        "triggerTool": Alias(tool: "lookup_channel_options", wrapped: true, perform: ChannelAliases.lookup),
        "schedulePostTool": Alias(tool: "create_post", wrapped: true, perform: PostAliases.schedule),
        "postsListTool": Alias(tool: "list_posts", wrapped: true, perform: PostAliases.list),
        "postSettingsTool": Alias(tool: "update_post", wrapped: true, perform: PostAliases.settings),
        "uploadFromUrlTool": Alias(tool: "upload_media", wrapped: false, perform: PostAliases.upload),
        "generateImageTool": Alias(tool: "get_workspace", wrapped: true, perform: generation),
        "generateVideoTool": Alias(tool: "get_workspace", wrapped: true, perform: generation),
        "generateVideoOptions": Alias(tool: "get_workspace", wrapped: true, perform: generation),
        "videoFunctionTool": Alias(tool: "get_workspace", wrapped: true, perform: generation),
    ]

    private static func generation(_ call: Invocation) async throws -> JSONValue {
        throw ProblemReport(
            .platformNotConfigured, "This server generates no pictures or videos. Upload one with upload_media (url or base64 data).")
    }
}

extension Invocation {
    /// A text argument by its name. Throws `VALIDATION_FAILED` when it is missing.
    func text(_ name: String) throws -> String {
        guard let value = arguments[name]?.string, !value.isEmpty else { throw ProblemReport.invalid(name, "\(name) is missing: give a text.") }
        return value
    }

    /// `[{"key": …, "value": …}]` by key.
    static func pairs(_ value: JSONValue?) -> [String: JSONValue] {
        Dictionary(
            (value?.array ?? []).compactMap { pair in
                guard let key = pair["key"]?.string, let value = pair["value"] else { return nil }
                return (key, value)
            }, uniquingKeysWith: { _, last in last })
    }
}

enum ChannelAliases {
    static func groups(_ call: Invocation) async throws -> JSONValue {
        let groups = Set(try await call.services.channels.list(as: call.caller).compactMap(\.customer))
        return .array(groups.sorted().map { ["id": .string($0), "name": .string($0)] })
    }

    static func list(_ call: Invocation) async throws -> JSONValue {
        let group = call.arguments["group"]?.string
        let channels = try await call.services.channels.list(as: call.caller)
        return .array(
            channels.filter { group == nil || $0.customer == group }.map {
                [
                    "id": .string($0.id.text), "name": .string($0.displayName), "picture": .string($0.pictureUrl ?? ""),
                    "platform": .string($0.platform.rawValue),
                ]
            })
    }

    static func schema(_ call: Invocation) async throws -> JSONValue {
        let descriptor = try ChannelTools.descriptor(PlatformID(rawValue: try call.text("platform").lowercased()), call)
        let lookups = descriptor.fieldsWithOptions.map { field -> JSONValue in
            [
                "description": .string("Looks up \(field)"), "methodName": .string(field),
                "dataSchema": [["key": "query", "description": "What to look for", "type": "string"]],
            ]
        }
        return [
            "rules": .string(descriptor.rulesInWords), "maxLength": .number(Double(descriptor.text.limit)),
            "settings": descriptor.settingsSchema, "tools": .array(lookups),
        ]
    }

    static func lookup(_ call: Invocation) async throws -> JSONValue {
        let data = Invocation.pairs(call.arguments["dataSchema"])
        let options = try await call.services.channels.options(
            of: try call.text("integrationId"), field: try call.text("methodName"), query: (data["query"] ?? data.values.first)?.string,
            as: call.caller)
        return try EncodedJSON(forModel: options).value
    }
}
