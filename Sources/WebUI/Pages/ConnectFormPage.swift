import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// The form by which an account is connected where there is no consent page: made from the platform's descriptor.
struct ConnectFormPage {
    func show(_ visit: Visit) async throws -> Response {
        try await page(visit, given: [:], returnTo: visit.query.given("returnTo"), reconnect: visit.query.given("reconnect"), fault: nil)
    }

    func submit(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        let (returnTo, reconnect) = (form.given("returnTo"), form.given("reconnect"))
        let platform = try await platform(visit)
        let given = Dictionary(uniqueKeysWithValues: platform.connect.fields.map { ($0.name, form.text("field.\($0.name)")) })
        do {
            let result = try await visit.services.channels.connect(
                platform.id, form: given, returnTo: returnTo, reconnecting: reconnect.flatMap { IntegrationID($0) }, as: visit.caller)
            switch result {
            case .connected(let channel, _, let returnTo):
                return try visit.redirect(to: returnTo ?? "/channels", Toast(visit.words("done_connect", ["channel": channel.displayName])))
            case .choose(let key, let returnTo):
                return try visit.redirect(to: link("/channels/choose", ["key": key, "returnTo": returnTo]))
            }
        } catch let report as ProblemReport {
            return try await page(visit, given: given, returnTo: returnTo, reconnect: reconnect, fault: report)
        }
    }

    private func platform(_ visit: Visit) async throws -> PlatformView {
        let id = visit.context.parameters.get("platform") ?? ""
        let known = try await visit.services.channels.platforms(as: visit.caller)
        guard let platform = known.first(where: { $0.id.rawValue == id }), platform.connect.method == .form else {
            throw ProblemReport(.unknownPlatform, "No platform of this name is connected by a form. Start again from Channels.")
        }
        return platform
    }

    /// Secrets are not shown again: they are typed anew.
    private func page(
        _ visit: Visit, given: [String: String], returnTo: String?, reconnect: String?, fault: ProblemReport?
    ) async throws -> Response {
        let platform = try await platform(visit)
        let wrong = fault?.details["field"]?.string
        let warning = platform.warning.map { ["tone": "warning", "icon": "alert", "role": "status", "text": visit.say($0)] as Model }
        let focus = wrong ?? platform.connect.fields.first?.name
        let model: Model = [
            "platform": platform.id.rawValue, "returnTo": returnTo, "reconnect": reconnect, "back": (returnTo ?? "").localPath(or: "/channels"),
            "banner": fault.map { visit.voice.banner($0) } ?? warning,
            "fields": platform.connect.fields.map { field -> Model in
                [
                    "name": field.name, "label": visit.say(field.label), "help": visit.say(field.help).unlessEmpty,
                    "required": field.required && field.defaultValue.isEmpty,
                    "type": field.kind == .secret ? "password" : field.kind == .url ? "url" : "text", "placeholder": field.defaultValue,
                    "value": field.kind == .secret ? "" : given[field.name] ?? "", "maxLength": String(field.maxLength),
                    "wrong": field.name == wrong, "focus": field.name == focus,
                ]
            },
        ]
        let title = visit.words("connectTo", ["platform": platform.name])
        return try await visit.site.page(
            "pages/channels-connect", title: title, model, for: visit, status: fault == nil ? .ok : .unprocessableContent)
    }
}
