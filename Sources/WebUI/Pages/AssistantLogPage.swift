import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Settings → Log: what assistants have done, and undoing it. The rest of the audit log is one filter away, by kind, person and day.
struct AssistantLogPage {
    private static let pageSize = 30
    /// What can be shown: nothing chosen is what assistants do. Each is the beginnings of its actions.
    private static let kinds: [(value: String, word: String, actions: [String])] = [
        ("", "log_assistants", ["mcp."]), ("all", "log_all", []),
        (
            "posts", "log_kind_posts",
            [
                "post.", "posts.", "series.", "comment.", "queue.", "media.", "trash.", "evergreen.", "feed.", "plug.", "template.", "signature.",
                "hashtags.", "link_rule.", "links.", "view.", "calendar.",
            ]
        ),
        ("channels", "log_kind_channels", ["channel.", "portal", "platform.", "postiz."]),
        (
            "people", "log_kind_people",
            ["member.", "invitation.", "organization.", "workspace.", "instance.", "approval-rules.", "user.", "account.", "mails."]
        ),
        ("sign-in", "log_kind_signIn", ["session.", "password.", "passkey.", "second-factor.", "identity."]),
        ("keys", "log_kind_keys", ["key.", "assistant.", "webhook.", "incoming.", "ai_prompt."]),
    ]

    func show(_ visit: Visit) async throws -> Response {
        let query = visit.query
        let kind = Self.kinds.first { $0.value == query.text("show") } ?? Self.kinds[0]
        let before = query.given("before").flatMap(Identifier<AuditEvent>.init)
        let person = query.given("who").flatMap(UserID.init)
        let days = ["from", "to"].map { visit.time.day(named: query.text($0)) }
        let filter = AuditFilter(
            actions: kind.actions, person: person, from: days[0]?.instant(in: visit.time.zone),
            to: days[1]?.adding(days: 1).instant(in: visit.time.zone))
        async let members = visit.services.team.members(as: visit.caller)
        let found = try await visit.services.audit.list(filter, limit: Self.pageSize + 1, before: before, as: visit.caller)
        let shown = found.prefix(Self.pageSize)
        func address(before: String?) -> String {
            link(
                "/settings/log",
                [
                    "show": kind.value, "who": person?.text, "from": days[0]?.dayText, "to": days[1]?.dayText, "before": before,
                ])
        }
        let isNarrowed = person != nil || days.contains { $0 != nil }
        let people = try await [("", visit.words("log_everybody"))] + members.map { ($0.userId.text, $0.name) }
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .log), "entries": shown.map { LogEntry($0, visit).model }, "hasEntries": !shown.isEmpty,
            "choices": Self.kinds.map { ["value": $0.value, "label": visit.words($0.word), "selected": $0.value == kind.value] as Model },
            "people": people.map { ["value": $0.0, "label": $0.1, "selected": $0.0 == person?.text ?? ""] as Model },
            "from": days[0]?.dayText, "to": days[1]?.dayText,
            "clear": isNarrowed ? link("/settings/log", ["show": kind.value]) : nil,
            "firstPage": before == nil ? nil : address(before: nil),
            "nextPage": found.count > Self.pageSize ? shown.last.map { address(before: $0.id.text) } : nil,
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
