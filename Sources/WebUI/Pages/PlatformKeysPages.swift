import Application
import Domain
import Gateway
import Hummingbird

/// For administrators of the instance: the apps that platforms ask an operator to register, and their ids and secrets.
struct PlatformKeysPages {
    /// Where a platform's app is entered, opened and in sight.
    static func place(of platform: PlatformID) -> String {
        link("/settings/platforms", ["platform": platform.rawValue]) + "#platform-\(platform.rawValue)"
    }

    func show(_ visit: Visit) async throws -> Response { try await show(visit, refusal: nil) }

    private func show(_ visit: Visit, refusal: (platform: String, text: String)?) async throws -> Response {
        let apps = try await visit.services.platformKeys.list(as: visit.caller)
        let open = refusal?.platform ?? visit.query.given("platform")
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .platforms),
            "platforms": apps.map { section($0, isOpen: $0.id.rawValue == open, refusal: refusal, visit) },
        ]
        return try await visit.site.page("pages/platforms", title: visit.words("settings_platforms"), model, for: visit)
    }

    private func section(_ app: PlatformApp, isOpen: Bool, refusal: (platform: String, text: String)?, _ visit: Visit) -> Model {
        let id = app.id.rawValue
        return [
            "id": id, "name": app.name, "mark": app.mark, "open": isOpen, "callbackUrl": app.callbackUrl,
            "refusal": refusal?.platform == id ? refusal?.text : nil, "configured": app.configured,
            "tone": app.configured ? "positive" : "info", "state": visit.words(app.configured ? "platformReady" : "platformNotReady"),
            "editable": app.fields.contains { $0.source != .environment },
            "fields": app.fields.map { field -> Model in
                [
                    "id": "\(id)-\(field.name)", "name": field.name, "label": visit.say(field.label), "type": field.secret ? "password" : "text",
                    "fixed": field.source == .environment, "stored": field.source == .stored,
                    "hint": visit.words("platformKey_\(field.source.rawValue)", ["name": field.name]),
                ]
            },
        ]
    }

    func save(_ visit: Visit) async throws -> Response {
        let platform = visit.context.parameters.get("platform") ?? ""
        let form = try await visit.form()
        do {
            let known = try await visit.services.platformKeys.list(as: visit.caller).first { $0.id.rawValue == platform }?.fields ?? []
            // What is left empty stays as it is: values are never shown.
            var values: [String: String] = [:]
            for field in known where field.source != .environment {
                let value = form.text(field.name)
                if form.text("remove-\(field.name)") == "on" { values[field.name] = "" } else if !value.isEmpty { values[field.name] = value }
            }
            let app = try await visit.services.platformKeys.save(values, of: PlatformID(rawValue: platform), as: visit.caller)
            guard app.configured else {
                return try visit.redirect(to: Self.place(of: app.id), Toast(visit.words("platformSavedInPart", ["platform": app.name])))
            }
            let check = try await visit.services.platformKeys.check(app.id, as: visit.caller)
            let told = said(check, app, visit)
            // What is to be mended stays in sight.
            guard [.accepted, .untold].contains(check.outcome) else { return try await show(visit, refusal: (platform, told)) }
            let saved = values.isEmpty ? nil : visit.words("platformSaved", ["platform": app.name])
            return try visit.redirect(to: Self.place(of: app.id), Toast([saved, told].compactMap(\.self).joined(separator: " ")))
        } catch let report as ProblemReport {
            return try await show(visit, refusal: (platform, visit.say(report.message)))
        }
    }

    /// What the platform said of the app.
    private func said(_ check: PlatformAppCheck, _ app: PlatformApp, _ visit: Visit) -> String {
        let reason = check.reason.map(visit.say)
        return switch check.outcome {
        case .accepted: visit.words("platformAccepted", ["platform": app.name])
        case .refused where reason == nil: visit.words("platformRefusedPlain", ["platform": app.name])
        case .refused: visit.words("platformRefused", ["platform": app.name, "reason": reason ?? ""])
        case .untold: visit.words("platformUntold", ["platform": app.name])
        case .unanswered: visit.words("platformUnanswered", ["platform": app.name, "reason": reason ?? ""])
        }
    }
}
