import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Settings → Assistants (MCP): how assistants are connected, and which are.
struct AssistantsPages {
    func show(_ visit: Visit) async throws -> Response { try await show(visit, .init()) }

    /// The list of connections alone: it is asked for every few seconds.
    func connections(_ visit: Visit) async throws -> Response {
        try visit.site.fragment("partials/connections", try await AssistantConnections.model(visit), for: visit)
    }

    /// One address for both of the page's buttons, so that the page stays where it is.
    func submit(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        if form.text("do") == "check" { return try await show(visit, .init(check: try await visit.services.connectionCheck.run(as: visit.caller))) }
        let days = Int64(form.text("expires")) ?? 0
        let access = GrantExtent(rawValue: form.text("access")) ?? .drafts
        let request = NewAPIKey(
            name: form.text("name"), scopes: access.keyScopes.sorted { $0.rawValue < $1.rawValue },
            expiresAt: days > 0 ? visit.services.time.now + .days(min(days, 3650)) : nil, draftOnly: access.isDraftOnly)
        do {
            return try await show(visit, .init(created: try await visit.services.keys.create(request, as: visit.caller)))
        } catch let report as ProblemReport {
            return try await show(visit, .init(refusal: report))
        }
    }

    func revokeGrant(_ visit: Visit) async throws -> Response {
        try await visit.services.authorization.revoke(try visit.id("connection"), as: visit.caller)
        return try visit.redirect(to: "/settings/mcp", Toast(visit.words("done_disconnect")))
    }

    // MARK: The page

    /// What has just been done, for this one answer.
    private struct Outcome {
        var created: CreatedAPIKey?
        var check: ConnectionCheck.Result?
        var refusal: ProblemReport?
    }

    private func show(_ visit: Visit, _ outcome: Outcome) async throws -> Response {
        let client = AssistantClient.named(visit.query.text("client"))
        let words = visit.words
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .mcp), "address": visit.services.connectionCheck.address,
            "check": outcome.check.map { said($0, words) }, "warnings": warnings(visit),
            "banner": outcome.refusal.map { visit.voice.banner($0) },
            "clients": AssistantClient.all.map { one -> Model in
                ["name": name(one, words), "href": "/settings/mcp?client=\(one.id)#connect", "current": one.id == client.id]
            },
            "chosen": client.id, "clientName": name(client, words), "how": words("mcp_how_\(client.id)"),
            "unreachable": client.hosted && !isPublic(visit) ? ["text": words("mcp_needsPublic", ["client": client.name])] as Model : nil,
            "install": try client.install.map {
                ["href": try $0(visit.services.connectionCheck.address), "label": words("mcp_install", ["client": client.name])] as Model
            },
            "created": outcome.created.map { ["secret": $0.secret, "name": $0.key.name] as Model },
            "snippets": snippets(of: client, key: outcome.created?.secret, visit), "access": access(words), "lifetimes": lifetimes(words),
        ]
        let status = HTTPResponse.Status(code: outcome.refusal?.code.status ?? 200)
        return try await visit.site.page(
            "pages/mcp", title: words("settings_mcp"), model.merging(try await AssistantConnections.model(visit)), for: visit, status: status)
    }

    private func name(_ client: AssistantClient, _ words: Words) -> String { client.name.unlessEmpty ?? words("mcp_otherClient") }

    private func snippets(of client: AssistantClient, key: String?, _ visit: Visit) -> [Model] {
        let base = visit.services.connectionCheck.address.dropLast("/mcp".count)
        let keyed = visit.services.configuration.mcpKeyInURL
        return client.snippets.filter { keyed || !$0.putsKeyInAddress }.enumerated().map { index, snippet in
            [
                "id": "snippet-\(index)", "title": visit.words(snippet.title), "place": snippet.place,
                "text": snippet.filled(base: String(base), key: key ?? visit.words("mcp_yourKey")),
                "inAddress": snippet.putsKeyInAddress,
            ]
        }
    }

    private func access(_ words: Words) -> [Model] {
        [GrantExtent.drafts, .full, .read].map { access in
            [
                "value": access.rawValue, "label": words("access_\(access)"), "help": words("access_\(access)_help"), "on": access == .drafts,
                "recommended": access == .drafts,
            ]
        }
    }

    private func lifetimes(_ words: Words) -> [Model] {
        [90, 30, 365, 0].map { days in
            ["value": String(days), "label": days == 0 ? words("never") : words("inDays", ["count": String(days)])]
        }
    }

    // MARK: Whether it can be reached

    private func said(_ result: ConnectionCheck.Result, _ words: Words) -> Model {
        let good = result.outcome == .answers
        let values = [
            "address": result.address, "detail": result.detail ?? "", "server": result.server ?? "MCP", "tools": String(result.tools ?? 0),
            "milliseconds": String(result.milliseconds),
        ]
        return [
            "tone": good ? "positive" : "danger", "icon": good ? "check" : "alert", "role": "status",
            "text": words("check_\(result.outcome.rawValue)", values), "more": good ? nil : words("check_\(result.outcome.rawValue)_fix", values),
        ]
    }

    private func isPublic(_ visit: Visit) -> Bool {
        let address = visit.services.configuration.mainURL
        let host = address.host() ?? ""
        return address.scheme == "https" && host != "localhost" && !RequestOrigin.isPrivate(host)
    }

    /// What can be seen without asking: the person came by another address than the one assistants are told.
    private func warnings(_ visit: Visit) -> [Model] {
        let base = visit.services.connectionCheck.address.dropLast("/mcp".count)
        let seen = visit.context.origin.base
        guard base != seen, !base.hasPrefix(seen + "/") else { return [] }
        return [
            [
                "tone": "warning", "icon": "alert", "role": "status",
                "text": visit.words("mcp_otherAddress", ["seen": seen, "main": String(base)]), "more": visit.words("mcp_otherAddress_fix"),
            ]
        ]
    }
}
