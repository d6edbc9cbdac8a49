import Foundation

public typealias IncomingWebhookID = Identifier<IncomingWebhook>

/// A secret address: what other programs send there becomes drafts.
public struct IncomingWebhook: Codable, Sendable, Equatable {
    public let id: IncomingWebhookID
    public let name: String
    /// Where its drafts are to go, unless a message says so itself.
    public let integrationIds: [IntegrationID]
    public let createdAt: Timestamp
    public var lastUsedAt: Timestamp?
    /// How many drafts it has made.
    public var received: Int

    public init(
        id: IncomingWebhookID, name: String, integrationIds: [IntegrationID], createdAt: Timestamp, lastUsedAt: Timestamp? = nil, received: Int = 0
    ) {
        self.id = id
        self.name = name
        self.integrationIds = integrationIds
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.received = received
    }
}

/// What arrives at such an address: our own words, or those that programs say to Slack. What else stands in it is left alone.
public struct IncomingMessage: Sendable, Equatable {
    static let mostFiles = 10
    static let longest = 20_000

    public let text: String
    public let media: [String]
    public let channels: [String]?
    public let tags: [String]

    /// Throws `VALIDATION_FAILED` for one that says nothing, or has the wrong shape.
    public init(_ fields: [String: JSONValue]) throws(ProblemReport) {
        let (own, said) = (try Self.text(fields, "content"), try Self.text(fields, "text"))
        let text = own ?? Self.plain(said ?? "")
        let (urls, files) = (try Self.texts(fields, "mediaUrls"), try Self.texts(fields, "media"))
        media = urls ?? files ?? []
        channels = try Self.texts(fields, "channels")
        let words = try Self.texts(fields, "tags")
        tags = words ?? []
        guard text.unicodeScalars.count <= Self.longest, !text.unicodeScalars.contains("\0") else {
            throw .invalid("text", "A message holds at most 20,000 characters.")
        }
        guard media.count <= Self.mostFiles, media.allSatisfy({ $0.hasPrefix("https://") || $0.hasPrefix("http://") }) else {
            throw .invalid("media", "Give at most \(Self.mostFiles) web addresses of files.")
        }
        guard !text.allSatisfy(\.isWhitespace) || !media.isEmpty else {
            throw .invalid("text", "The message is empty. Send JSON such as {\"text\": \"Hello\"}.")
        }
        self.text = text.withOneLineEnd.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func text(_ fields: [String: JSONValue], _ name: String) throws(ProblemReport) -> String? {
        switch fields[name] {
        case nil, .null: return nil
        case .string(let text): return text
        default: throw .invalid(name, "\(name) is a text.")
        }
    }

    private static func texts(_ fields: [String: JSONValue], _ name: String) throws(ProblemReport) -> [String]? {
        switch fields[name] {
        case nil, .null: return nil
        case .string(let one): return [one]
        case .array(let items):
            let texts = items.compactMap(\.string)
            let areShort = texts.allSatisfy { $0.unicodeScalars.count <= 2000 && !$0.unicodeScalars.contains("\0") }
            guard texts.count == items.count, items.count <= 100, areShort else { throw .invalid(name, "\(name) is a list of texts.") }
            return texts
        default: throw .invalid(name, "\(name) is a list of texts.")
        }
    }

    /// Slack's marks for links, and its three escapes (docs.slack.dev, Formatting message text), as plain words.
    static func plain(_ text: String) -> String {
        text.replacing(/<((?:https?:\/\/|mailto:)[^|>\s]+)(?:\|([^>]*))?>/) { match in
            let label = match.2.map(String.init) ?? ""
            return label.isEmpty || label == match.1 ? String(match.1) : "\(label) \(match.1)"
        }.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&")
    }
}
