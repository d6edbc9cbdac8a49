import Application
import Domain
import Gateway
import MCPProtocol

/// A refused or failed call as the model reads it: what is wrong, what to do, and the same for programs.
enum ToolFailure {
    static func result(_ report: ProblemReport, requestId: String) -> ToolResult {
        let problems = report.details["problems"]?.array ?? []
        let lines = [report.message] + problems.dropFirst(problems.count == 1 ? 1 : 0).prefix(20).compactMap(line) + advice(for: report)
        var structured: [String: JSONValue] = [
            "code": .string(report.code.rawValue), "message": .string(report.message), "details": .object(report.details),
            "retryable": .bool(isRetryable(report)), "requestId": .string(requestId),
        ]
        if let wait = seconds(report) { structured["retryAfterSeconds"] = .number(Double(wait)) }
        return ToolResult(
            content: [.text(lines.joined(separator: "\n"))], structuredContent: JSONValue.object(structured).withoutNulls, isError: true)
    }

    private static func line(_ problem: JSONValue) -> String? { problem["message"]?.string.map { "- \($0)" } }

    private static func seconds(_ report: ProblemReport) -> Int64? { report.retryAfter.map { max(1, ($0.milliseconds + 999) / 1000) } }

    private static func isRetryable(_ report: ProblemReport) -> Bool {
        switch report.code {
        case .rateLimited, .databaseUnavailable, .storageUnavailable, .platformUnavailable, .internalError, .uploadIncomplete: true
        default: report.retryAfter != nil
        }
    }

    /// What to do next, naming tools.
    private static func advice(for report: ProblemReport) -> [String] {
        let words: String? =
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
            case .internalError: "Try once more; if it stays, tell the operator the request id."
            case .rateLimited: seconds(report).map { "Wait \($0) seconds before the next call." }
            default: nil
            }
        return words.map { [$0] } ?? []
    }
}
