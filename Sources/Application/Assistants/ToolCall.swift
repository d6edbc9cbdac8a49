import Domain

/// What an assistant asked for and what came of it.
public struct ToolCall: Sendable {
    public var tool: String
    public var arguments: [String: JSONValue]
    public var ok: Bool
    /// The code of the error, when it failed.
    public var code: String?
    /// One sentence for a person.
    public var message: String?
    /// The program the assistant runs in, with its version.
    public var client: String?
    public var milliseconds: Int
    /// The post it was about.
    public var post: PostID?
    /// What would take it back, in this order; empty when nothing can.
    public var undo: [Undo]

    public init(
        tool: String, arguments: [String: JSONValue], ok: Bool, code: String? = nil, message: String? = nil, client: String? = nil,
        milliseconds: Int, post: PostID? = nil, undo: [Undo] = []
    ) {
        self.tool = tool
        self.arguments = arguments
        self.ok = ok
        self.code = code
        self.message = message
        self.client = client
        self.milliseconds = milliseconds
        self.post = post
        self.undo = undo
    }

    /// As the audit log keeps it: without secrets, and short.
    func audited() throws -> [String: JSONValue] {
        var detail: [String: JSONValue] = [
            "tool": .string(tool.auditText), "arguments": JSONValue.object(arguments).audited(), "ok": .bool(ok),
            "milliseconds": .number(Double(milliseconds)),
        ]
        detail["code"] = code.map { .string($0.auditText) }
        detail["message"] = message.map { .string($0.auditText) }
        detail["client"] = client.map { .string($0.auditText) }
        if !undo.isEmpty { detail["undo"] = try JSON.decode(JSONValue.self, from: JSON.data(undo)) }
        return detail
    }
}

extension JSONValue {
    private static let longestList = 20
    private static let deepest = 6
    /// Words in the names of values that are not for the log: secrets, and files as base64.
    private static let hiddenWords = ["secret", "token", "password", "credential", "authorization", "api_key", "apikey", "cookie"]

    /// The same with secrets replaced and everything long cut.
    fileprivate func audited(depth: Int = 0) -> JSONValue {
        guard depth <= Self.deepest else { return "…" }
        switch self {
        case .null, .bool, .number: return self
        case .string(let text): return .string(text.auditText)
        case .array(let list):
            let kept = list.prefix(Self.longestList).map { $0.audited(depth: depth + 1) }
            return .array(list.count > kept.count ? kept + [.string("… and \(list.count - kept.count) more")] : kept)
        case .object(let object):
            var result: [String: JSONValue] = [:]
            for (key, value) in object {
                result[key.auditText] = Self.hides(key) ? .string("(hidden)") : value.audited(depth: depth + 1)
            }
            return .object(result)
        }
    }

    private static func hides(_ key: String) -> Bool {
        let key = key.lowercased()
        return key == "data" || hiddenWords.contains { key.contains($0) }
    }
}

extension String {
    private static let longestAudited = 300
    private static let secrets = ["ptz_", "pto_", "ptr_"]

    /// At most 300 characters, without what no database holds and without keys and tokens of ours.
    fileprivate var auditText: String {
        var plain = utf8.contains(0) ? String(UnicodeScalarView(unicodeScalars.filter { $0 != "\0" })) : self
        // A pattern is compiled each time: only where there may be something to hide.
        if Self.secrets.contains(where: { plain.contains($0) }) {
            plain.replace(/(pt[zor]_)[A-Za-z0-9_\-]{8,}/) { "\($0.output.1)(hidden)" }
        }
        return plain.count > Self.longestAudited ? "\(plain.prefix(Self.longestAudited))… (\(plain.count) characters)" : plain
    }
}
