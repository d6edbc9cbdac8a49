import Domain

/// What a server offers to one peer: tools, resources and prompts, already narrowed to what that peer may see. It knows nothing of wires;
/// the transports of this room know nothing of what stands behind it.
///
/// Every method may throw `MCPError`; anything else becomes an internal error whose words stay in the log.
public protocol ModelContext: Sendable {
    var server: Implementation { get }
    /// Told to the model once; the first 512 characters are what every client shows.
    var instructions: String? { get }

    /// In an order that never changes.
    func tools() async throws -> [Tool]
    /// Throws `MCPError.unknownTool`. What the model should read of a failure is a result with `isError`.
    func call(_ name: String, _ arguments: [String: JSONValue], in exchange: Exchange) async throws -> ToolResult

    func resources() async throws -> [Resource]
    func resourceTemplates() async throws -> [ResourceTemplate]
    /// Throws `MCPError.resourceNotFound`.
    func read(_ uri: String, in exchange: Exchange) async throws -> [ResourceContents]

    func prompts() async throws -> [Prompt]
    /// Throws `MCPError.invalidParams` for an unknown prompt or a missing argument.
    func prompt(_ name: String, _ arguments: [String: String], in exchange: Exchange) async throws -> PromptResult

    /// Throws `MCPError.invalidParams` for an unknown reference. `given` holds the arguments chosen so far.
    func complete(_ reference: CompletionReference, argument: String, value: String, given: [String: String]) async throws -> Completion

    /// What changes from now on, for as long as the stream is kept.
    func changes() -> AsyncStream<Change>
    /// Whether the peer's credential still holds. Asked now and then while a stream is open.
    func isStillAuthorized() async -> Bool
}

/// One end of a conversation, authenticated.
public struct Peer: Sendable {
    /// Names the credential, never is one: `key:<id>`. Sessions are bound to it.
    public let id: String
    public let context: any ModelContext
    public let sessions: any SessionStore

    public init(id: String, context: any ModelContext, sessions: any SessionStore) {
        self.id = id
        self.context = context
        self.sessions = sessions
    }
}

/// Who a client or server says it is.
public struct Implementation: Codable, Sendable, Equatable {
    public let name: String
    public let version: String
    public let title: String?
    public let websiteUrl: String?

    public init(name: String, version: String, title: String? = nil, websiteUrl: String? = nil) {
        self.name = name
        self.version = version
        self.title = title
        self.websiteUrl = websiteUrl
    }
}

// MARK: - Tools

public struct Tool: Codable, Sendable, Equatable {
    public struct Annotations: Codable, Sendable, Equatable {
        public let readOnlyHint: Bool
        public let destructiveHint: Bool
        public let idempotentHint: Bool
        public let openWorldHint: Bool

        public init(readOnlyHint: Bool = false, destructiveHint: Bool = false, idempotentHint: Bool = false, openWorldHint: Bool = false) {
            self.readOnlyHint = readOnlyHint
            self.destructiveHint = destructiveHint
            self.idempotentHint = idempotentHint
            self.openWorldHint = openWorldHint
        }
    }

    public let name: String
    public let title: String?
    public let description: String?
    public let inputSchema: JSONValue
    public let outputSchema: JSONValue?
    public let annotations: Annotations?

    public init(
        name: String, title: String? = nil, description: String? = nil, inputSchema: JSONValue, outputSchema: JSONValue? = nil,
        annotations: Annotations? = nil
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.inputSchema = inputSchema
        self.outputSchema = outputSchema
        self.annotations = annotations
    }
}

public struct ToolResult: Sendable, Equatable {
    public let content: [ContentBlock]
    /// An object that conforms to the tool's output schema, on one line.
    public let structured: EncodedJSON?
    public let isError: Bool

    public init(content: [ContentBlock], structuredContent: JSONValue? = nil, isError: Bool = false) {
        self.init(content: content, structured: structuredContent.map(JSONWriter.encoded), isError: isError)
    }

    /// Said twice: as text for clients of before there was structured content.
    public init(_ structured: EncodedJSON, isError: Bool = false) {
        self.init(content: [.text(structured.text)], structured: structured, isError: isError)
    }

    private init(content: [ContentBlock], structured: EncodedJSON?, isError: Bool) {
        self.content = content
        self.structured = structured
        self.isError = isError
    }
}

/// A piece of content for the model. Binary data is base64.
public enum ContentBlock: Sendable, Equatable {
    case text(String)
    case image(data: String, mimeType: String)
    /// Not below 2025-03-26.
    case audio(data: String, mimeType: String)
    case resource(ResourceContents)
    /// Not below 2025-06-18.
    case resourceLink(Resource)
}

// MARK: - Resources

public struct Resource: Codable, Sendable, Equatable {
    public let uri: String
    public let name: String
    public let title: String?
    public let description: String?
    public let mimeType: String?
    /// Bytes.
    public let size: Int?

    public init(uri: String, name: String, title: String? = nil, description: String? = nil, mimeType: String? = nil, size: Int? = nil) {
        self.uri = uri
        self.name = name
        self.title = title
        self.description = description
        self.mimeType = mimeType
        self.size = size
    }
}

public struct ResourceTemplate: Codable, Sendable, Equatable {
    /// RFC 6570.
    public let uriTemplate: String
    public let name: String
    public let title: String?
    public let description: String?
    public let mimeType: String?

    public init(uriTemplate: String, name: String, title: String? = nil, description: String? = nil, mimeType: String? = nil) {
        self.uriTemplate = uriTemplate
        self.name = name
        self.title = title
        self.description = description
        self.mimeType = mimeType
    }
}

public struct ResourceContents: Codable, Sendable, Equatable {
    public let uri: String
    public let mimeType: String?
    /// Either this or `blob`, which is base64.
    public let text: String?
    public let blob: String?

    public init(uri: String, mimeType: String?, text: String) {
        self.uri = uri
        self.mimeType = mimeType
        self.text = text
        blob = nil
    }

    public init(uri: String, mimeType: String?, blob: String) {
        self.uri = uri
        self.mimeType = mimeType
        self.blob = blob
        text = nil
    }
}

// MARK: - Prompts and completion

public struct Prompt: Codable, Sendable, Equatable {
    public struct Argument: Codable, Sendable, Equatable {
        public let name: String
        public let title: String?
        public let description: String?
        public let required: Bool

        public init(name: String, title: String? = nil, description: String? = nil, required: Bool = false) {
            self.name = name
            self.title = title
            self.description = description
            self.required = required
        }
    }

    public let name: String
    public let title: String?
    public let description: String?
    public let arguments: [Argument]

    public init(name: String, title: String? = nil, description: String? = nil, arguments: [Argument] = []) {
        self.name = name
        self.title = title
        self.description = description
        self.arguments = arguments
    }
}

public struct PromptResult: Sendable, Equatable {
    public struct Message: Sendable, Equatable {
        public enum Role: String, Codable, Sendable { case user, assistant }
        public let role: Role
        public let content: ContentBlock

        public init(_ role: Role, _ content: ContentBlock) {
            self.role = role
            self.content = content
        }
    }

    public let description: String?
    public let messages: [Message]

    public init(description: String? = nil, messages: [Message]) {
        self.description = description
        self.messages = messages
    }
}

public enum CompletionReference: Sendable, Equatable {
    case prompt(name: String)
    /// A template as it is listed.
    case resource(uriTemplate: String)
}

/// At most 100 values.
public struct Completion: Codable, Sendable, Equatable {
    public let values: [String]
    public let total: Int?
    public let hasMore: Bool?

    public init(values: [String], total: Int? = nil, hasMore: Bool? = nil) {
        self.values = Array(values.prefix(100))
        self.total = total
        self.hasMore = hasMore ?? (values.count > 100 ? true : nil)
    }
}

// MARK: - Changes and errors

/// Something a peer may want to be told about.
public enum Change: Sendable, Equatable {
    /// Told to those who subscribed to `uri`.
    case resourceUpdated(uri: String)
    /// Changes may have been missed: everybody is told of each resource they subscribed to.
    case resourcesMayHaveChanged
    case toolsChanged
    case resourcesChanged
    case promptsChanged
    /// Told in the handshake era at and above the level that the client chose.
    case log(LogLevel, logger: String, data: JSONValue)
}

/// RFC 5424 severities, least severe first.
public enum LogLevel: String, Codable, Sendable, CaseIterable, Comparable {
    case debug, info, notice, warning, error, critical, alert, emergency

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// A failure that travels as a JSON-RPC error, where the model does not see it.
public enum MCPError: Error, Sendable, Equatable {
    case unknownTool(String)
    case resourceNotFound(uri: String)
    /// −32602.
    case invalidParams(String)
    /// The OAuth token does not cover the call: HTTP 403 with a challenge that names all scopes it needs.
    case insufficientScope([String])
}
