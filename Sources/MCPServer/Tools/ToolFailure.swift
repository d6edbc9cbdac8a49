import Application
import Domain
import Gateway
import MCPProtocol

/// A refused or failed call as the model reads it: what is wrong, what to do, and the same for programs.
enum ToolFailure {
    static func result(_ report: ProblemReport, requestId: String) -> ToolResult {
        let problems = report.details["problems"]?.array ?? []
        let message = ToolWords.said(report.message)
        let advice = advice(for: report, requestId)
        let lines = [message] + problems.dropFirst(problems.count == 1 ? 1 : 0).prefix(20).compactMap(line) + (advice.map { [$0] } ?? [])
        // Some clients show their model only this, most only the text: both say everything.
        var structured: [String: JSONValue] = [
            "code": .string(report.code.rawValue), "message": .string(message),
            "details": ToolWords.named(.object(report.details)), "retryable": .bool(isRetryable(report)),
            "requestId": .string(requestId),
        ]
        if let advice { structured["what_to_do"] = .string(advice) }
        if let wait = seconds(report) { structured["retryAfterSeconds"] = .number(Double(wait)) }
        return ToolResult(
            content: [.text(lines.joined(separator: "\n"))], structuredContent: JSONValue.object(structured).withoutNulls, isError: true)
    }

    private static func line(_ problem: JSONValue) -> String? { problem["message"]?.string.map { "- \(ToolWords.said($0))" } }

    private static func seconds(_ report: ProblemReport) -> Int64? { report.retryAfter?.secondsToWait }

    private static func isRetryable(_ report: ProblemReport) -> Bool {
        switch report.code {
        case .rateLimited, .databaseUnavailable, .storageUnavailable, .platformUnavailable, .internalError, .uploadIncomplete: true
        default: report.retryAfter != nil
        }
    }

    /// What to do next, naming tools.
    private static func advice(for report: ProblemReport, _ requestId: String) -> String? {
        switch report.code {
        case .unknownChannel, .ambiguousChannel: "list_channels shows every channel with its id and names."
        case .unknownPlatform: "get_workspace shows which platforms have channels."
        case .notFound: "list_posts, list_channels and list_media show what there is."
        case .postInvalid: "Mend this and call again; validate_post checks a post without saving it."
        case .timeInPast: "get_workspace tells the current time; choose a later one, or action publish_now."
        case .forbiddenScope: "A person can change what this key may do in Settings → API keys."
        case .idempotencyMismatch: "Use a new idempotency_key for a new post."
        case .platformNotConfigured: "Only the operator of this server can mend that."
        case .storageFull: "Only the operator of this server can mend that; tell the person."
        case .internalError: "Try once more; if it stays, tell the operator the request id: \(requestId)"
        default: seconds(report).map { "Wait \($0) seconds before the next call." }
        }
    }
}

/// What the product calls a post's fields, in the words of the tools.
enum ToolWords {
    private static let fields = [
        "content": "text", "platforms": "channels", "settings": "channel_settings", "schedule": "action", "mediaIds": "media",
        "mediaUrls": "media", "scheduledFor": "scheduled_for", "timeZone": "time_zone", "altText": "alt_text", "nextCursor": "next_cursor",
        "expectedUpdatedAt": "expected_updated_at",
    ]
    /// Those that are no words of the language: they can be told apart within a sentence.
    private static let names = fields.filter { $0.key.contains(where: \.isUppercase) }

    static func said(_ sentence: String) -> String { names.reduce(sentence) { $0.replacing($1.key, with: $1.value) } }

    /// Details of a report, in which `field` names an argument.
    static func named(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            .object(
                Dictionary(
                    uniqueKeysWithValues: members.map { name, member in
                        if name == "field", let field = member.string { return (name, .string(self.field(field))) }
                        if name == "message", let sentence = member.string { return (name, .string(said(sentence))) }
                        return (name, named(member))
                    }))
        case .array(let elements): .array(elements.map(named))
        default: value
        }
    }

    static func field(_ name: String) -> String { fields[name] ?? name }
}
