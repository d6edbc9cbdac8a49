import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Settings → Assistant log: what assistants have done, and undoing it. The rest of the audit log is one filter away.
struct AssistantLogPage {
    private static let pageSize = 30
    /// What assistants do begins with this.
    private static let assistants = "mcp."

    func show(_ visit: Visit) async throws -> Response {
        let everything = visit.query.text("show") == "all"
        let before = visit.query.given("before").flatMap(Identifier<AuditEvent>.init)
        let found = try await visit.services.audit.list(
            as: visit.caller, action: everything ? nil : Self.assistants, limit: Self.pageSize + 1, before: before)
        let shown = found.prefix(Self.pageSize)
        let filter = link("/settings/log", ["show": everything ? "all" : nil])
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .log), "entries": shown.map { LogEntry($0, visit).model }, "hasEntries": !shown.isEmpty,
            "choices": ["", "all"].map { value -> Model in
                ["value": value, "label": visit.words(value.isEmpty ? "log_assistants" : "log_all"), "selected": (value == "all") == everything]
            },
            "firstPage": before == nil ? nil : filter,
            "nextPage": found.count > Self.pageSize
                ? shown.last.map { link("/settings/log", ["show": everything ? "all" : nil, "before": $0.id.text]) } : nil,
        ]
        return try await visit.site.page("pages/log", title: visit.words("settings_log"), model, for: visit)
    }

    func undo(_ visit: Visit) async throws -> Response {
        let back = try await visit.form().text("back").localPath(or: "/settings/log")
        return try await visit.orSay(back) {
            let sentence = try await visit.services.toolCalls.undo(try visit.id("entry"), as: visit.caller)
            return try visit.redirect(to: back, Toast(sentence))
        }
    }
}

/// One line of the log. What calls of tools have in their detail is documented at `ToolCalls.record`.
private struct LogEntry {
    private static let argumentLength = 240
    private let event: AuditView
    private let visit: Visit

    init(_ event: AuditView, _ visit: Visit) {
        self.event = event
        self.visit = visit
    }

    var model: Model {
        let detail = event.detail
        let failed = detail["ok"]?.bool == false
        let undone = detail["undoneAt"]?.string.flatMap { Timestamp($0) }
        return [
            "id": event.id.text, "when": visit.time.moment(event.createdAt), "instant": event.createdAt.description, "who": event.who,
            "what": tool ?? event.action, "said": tool.flatMap { visit.words.pages["tool_\($0)"] }, "arguments": arguments,
            "client": detail["client"]?.string, "outcome": outcome(failed), "tone": failed ? "danger" : "positive",
            "code": failed ? detail["code"]?.string : nil, "why": failed ? detail["message"]?.string.map(visit.say) : nil,
            "post": post.map { ["href": "/posts/\($0)"] as Model },
            "undoable": event.canUndo,
            "undone": undone.map { visit.words("log_undone", ["time": visit.time.moment($0)]) },
        ]
    }

    /// Nil for what is no call of a tool.
    private var tool: String? { event.action == "mcp.call" ? event.detail["tool"]?.string : nil }

    /// Only calls have an outcome; the rest of the log says what was done.
    private func outcome(_ failed: Bool) -> String? {
        guard event.detail["ok"] != nil else { return nil }
        return visit.words(!failed ? "log_done" : event.detail["code"]?.string == "VALIDATION_FAILED" ? "log_refused" : "log_failed")
    }

    private var post: String? {
        guard tool != nil, let target = event.target, PostID(target) != nil else { return nil }
        return target
    }

    /// `channels: ["x"], text: "Hello"`; of anything else than a call, its details.
    private var arguments: String? {
        let given = tool == nil ? event.detail : event.detail["arguments"]?.object ?? [:]
        let text = given.sorted { $0.key < $1.key }.map { "\($0.key): \(Self.short($0.value))" }.joined(separator: ", ")
        return (text.count > Self.argumentLength ? text.prefix(Self.argumentLength) + "…" : text).unlessEmpty
    }

    private static func short(_ value: JSONValue) -> String {
        // Every JSON value that was read can be written.
        (try? JSON.text(value)) ?? ""
    }
}
