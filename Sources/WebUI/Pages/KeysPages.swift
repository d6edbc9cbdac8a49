import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Keys for programs and assistants.
struct KeysPages {
    func show(_ visit: Visit) async throws -> Response { try await show(visit, created: nil, refusal: nil) }

    private func show(_ visit: Visit, created: CreatedAPIKey?, refusal: ProblemReport?) async throws -> Response {
        let keys = try await visit.services.keys.list(as: visit.caller)
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .keys), "keys": keys.map { key($0, visit) }, "hasKeys": !keys.isEmpty,
            "adding": keys.isEmpty || refusal != nil,
            "created": created.map { ["secret": $0.secret] as Model },
            "banner": refusal.map { visit.voice.banner($0) },
            "scopes": Scope.allCases.map { scope -> Model in
                ["value": scope.rawValue, "help": visit.words("scope_\(scope)"), "on": [.postsRead, .postsWrite].contains(scope)]
            },
            "lifetimes": [0, 30, 90, 365].map { days -> Model in
                ["value": String(days), "label": days == 0 ? visit.words("never") : visit.words("inDays", ["count": String(days)])]
            },
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        return try await visit.site.page("pages/keys", title: visit.words("settings_keys"), model, for: visit, status: status)
    }

    private func key(_ key: APIKey, _ visit: Visit) -> Model {
        [
            "id": key.id.text, "name": key.name, "prefix": key.prefix, "active": key.active, "draftOnly": key.draftOnly,
            // Who may do everything needs no list of it.
            "scopes": Scope.allCases.filter { key.scopes.contains(.admin) ? $0 == .admin : key.scopes.contains($0) }
                .map { visit.words("scope_\($0)") }.joined(separator: " · "),
            "used": key.lastUsedAt.map { visit.words("lastUsed", ["time": visit.time.moment($0)]) } ?? visit.words("neverUsed"),
            "expires": key.expiresAt.map { visit.words("expiresAt", ["time": visit.time.moment($0)]) },
        ]
    }

    /// Shows the new key at once: its secret is never to be had again.
    func create(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        let days = Int64(form.text("expires")) ?? 0
        let request = NewAPIKey(
            name: form.text("name"), scopes: form.all("scope").compactMap(Scope.init),
            expiresAt: days > 0 ? visit.services.time.now + .days(min(days, 3650)) : nil, draftOnly: form.text("draftOnly") == "yes")
        do {
            return try await show(visit, created: try await visit.services.keys.create(request, as: visit.caller), refusal: nil)
        } catch let report as ProblemReport {
            return try await show(visit, created: nil, refusal: report)
        }
    }

    func revoke(_ visit: Visit) async throws -> Response {
        let back = try await visit.form().text("back").localPath(or: "/settings/keys")
        try await visit.services.keys.revoke(try visit.id("key"), as: visit.caller)
        return try visit.redirect(to: back, Toast(visit.words("done_revoke")))
    }
}
