import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// The parts of the settings, and who sees them.
enum SettingsSection: String, CaseIterable {
    case general = "/settings/general"
    case security = "/settings/security"
    case team = "/settings/team"
    case mcp = "/settings/mcp"
    case keys = "/settings/keys"
    case templates = "/settings/templates"
    case links = "/settings/links"
    case ai = "/settings/ai"
    case automations = "/settings/automations"
    case evergreen = "/settings/automations/evergreen"
    case webhooks = "/settings/webhooks"
    case log = "/settings/log"
    case platforms = "/settings/platforms"
    case people = "/settings/people"
    case mail = "/settings/mail"
    case health = "/settings/health"

    /// As they stand together in the list beside the settings.
    private static let groups: [(name: String, sections: [SettingsSection])] = [
        ("account", [.general, .security]), ("workspace", [.team, .templates, .links, .ai, .automations, .evergreen]),
        ("programs", [.mcp, .log, .keys, .webhooks]), ("server", [.platforms, .people, .mail, .health]),
    ]

    /// The list of all of them; beside it, where there is room, are those of the first.
    static let list = "/settings"

    /// The list beside the settings, with what is open to the person. On a phone it is a page of its own, to which each section leads back.
    static func navigation(_ visit: Visit, at current: SettingsSection) -> Model {
        let groups = groups.compactMap { group -> Model? in
            let open = group.sections.filter { $0.isOpen(to: visit) }
            guard !open.isEmpty else { return nil }
            return [
                "title": visit.words("settingsGroup_\(group.name)"),
                "sections": open.map { section -> Model in
                    ["href": section.rawValue, "label": visit.words("settings_\(section)"), "current": section == current]
                },
            ]
        }
        let isWhole = visit.path == list
        // What belongs to a section leads back to that.
        let isWithin = visit.path != current.rawValue && current != .general
        let back: Model = [
            "href": isWithin ? current.rawValue : list, "label": visit.words(isWithin ? "settings_\(current)" : "settings_all"),
        ]
        let heading = visit.words(isWhole ? "settings" : "settings_\(current)")
        return ["groups": groups, "whole": isWhole, "back": isWhole ? nil : back, "heading": isWithin ? nil : heading]
    }

    /// What a role must allow; nil where everybody may look.
    var permission: Permission? {
        switch self {
        case .general, .security, .team, .platforms, .people, .mail, .health: nil
        case .templates: .draft
        case .mcp, .keys: .connect
        case .evergreen: .publish
        case .log, .webhooks, .automations, .links, .ai: .manage
        }
    }

    func isOpen(to visit: Visit) -> Bool {
        switch self {
        case .platforms, .people, .mail, .health: visit.caller.instanceRole == .admin
        // Where the operator has set no language model nothing is said of one.
        case .ai where !visit.services.ai.isConfigured: false
        default: permission.map { visit.caller.may($0) } ?? true
        }
    }
}

/// Profile, workspace, appearance, password and sessions.
struct SettingsPages {
    func show(_ visit: Visit) async throws -> Response { try await show(visit, refusal: nil) }

    private func show(_ visit: Visit, refusal: ProblemReport?) async throws -> Response {
        let user = visit.signedIn.user
        let organization = visit.signedIn.organization
        let theme = visit.site.theme(visit.request) ?? "system"
        let sessions = try await visit.services.accounts.sessions(as: visit.caller)
        let hasPassword = try await visit.services.accounts.waysIn(as: visit.caller).hasPassword
        // Where no mail leaves there is nothing to choose.
        let mails = visit.services.mail.configured ? try await visit.services.accounts.mailChoices(as: visit.caller) : nil
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .general), "email": user.email, "name": user.name, "timeZone": user.timeZone,
            "mails": mails.map { mails in
                [
                    "choices": MailTopic.allCases.map { topic -> Model in
                        [
                            "name": topic.rawValue.lowercased(), "on": mails.contains(topic), "label": visit.words("mails_\(topic.rawValue)"),
                            "help": visit.words("mails_\(topic.rawValue)_help"),
                        ]
                    }
                ] as Model
            },
            "locales": visit.site.catalogue.choices.map {
                ["value": $0.code, "label": $0.name, "selected": user.locale.hasPrefix($0.code)] as Model
            },
            "weekStarts": WeekStart.allCases.map { choice -> Model in
                ["value": choice.rawValue, "label": weekStart(choice, visit), "selected": choice == user.weekStart]
            },
            "canAdmin": visit.caller.may(.manage), "workspaceZone": organization.timeZone,
            "zones": ZoneData.inForce.offered, "zoneNow": zoneNow(user.timeZone, visit), "workspaceZoneNow": zoneNow(organization.timeZone, visit),
            "catchUps": CatchUp.allCases.map { choice -> Model in
                [
                    "value": choice.rawValue, "label": visit.words("catchUp_\(choice.rawValue)"), "selected": choice == organization.catchUp,
                ]
            },
            "zoneData": visit.words(
                "zoneData", ["edition": ZoneData.inForce.version.unlessEmpty ?? "?", "source": ZoneData.inForce.source]),
            "themes": ["system", "light", "dark"].map { value -> Model in
                ["value": value, "label": visit.words("theme_\(value)"), "selected": value == theme]
            },
            "hasPassword": hasPassword, "sessions": sessions.map { session($0, visit) },
            "banner": refusal.map { visit.voice.banner($0) },
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        return try await visit.site.page("pages/settings", title: visit.words("settings"), model, for: visit, status: status)
    }

    /// What the clocks show there.
    private func zoneNow(_ zone: String, _ visit: Visit) -> String {
        let time = LocalTime(zone: zone, locale: visit.signedIn.user.locale)
        return visit.words("zoneNow", ["time": time.clock(visit.services.time.now)])
    }

    private func weekStart(_ choice: WeekStart, _ visit: Visit) -> String {
        let time = LocalTime(zone: "UTC", locale: visit.signedIn.user.locale, weekStart: choice)
        let day = time.week.first?.long ?? ""
        return choice == .region ? visit.words("weekStart_region", ["day": day]) : day
    }

    private func session(_ session: Session, _ visit: Visit) -> Model {
        [
            "id": session.id.text,
            "device": Device(session.userAgent).map { visit.words("deviceOn", ["program": $0.program, "system": $0.system]) }
                ?? session.userAgent.unlessEmpty ?? visit.words("unknownDevice"), "address": session.address,
            "seen": visit.words("lastSeen", ["time": visit.time.moment(session.lastSeenAt)]),
            "own": session.id == visit.signedIn.session.id,
        ]
    }

    /// A refusal is shown on the page itself.
    private func change(_ visit: Visit, _ done: String, _ work: () async throws -> Void) async throws -> Response {
        do {
            try await work()
            return try visit.redirect(to: SettingsSection.general.rawValue, Toast(visit.words(done)))
        } catch let report as ProblemReport {
            return try await show(visit, refusal: report)
        }
    }

    func saveProfile(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        return try await change(visit, "done_save") {
            let change = ProfileChange(
                name: form["name"]?.trimmingCharacters(in: .whitespaces), timeZone: form.given("timeZone"), locale: form.given("locale"),
                weekStart: form.given("weekStart").flatMap(WeekStart.init), organizationName: form.given("organizationName"),
                organizationTimeZone: form.given("organizationTimeZone"),
                organizationCatchUp: form.given("organizationCatchUp").flatMap(CatchUp.init))
            _ = try await visit.services.accounts.updateProfile(change, as: visit.caller)
        }
    }

    func chooseMails(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        return try await change(visit, "done_save") {
            func wanted(_ topic: MailTopic) -> Bool { form[topic.rawValue.lowercased()] == "yes" }
            let change = MailChoicesChange(
                failures: wanted(.failures), connections: wanted(.connections), reviews: wanted(.reviews), weekly: wanted(.weekly))
            _ = try await visit.services.accounts.choose(change, as: visit.caller)
        }
    }

    func changePassword(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        return try await change(visit, "done_password") {
            let change = PasswordChange(currentPassword: form["currentPassword"] ?? "", newPassword: form["newPassword"] ?? "")
            try await visit.services.accounts.changePassword(change, as: visit.caller)
        }
    }

    func revokeSession(_ visit: Visit) async throws -> Response {
        let id: SessionID = try visit.id("session")
        return try await change(visit, "done_session") { try await visit.services.accounts.revokeSession(id, as: visit.caller) }
    }

    func saveTheme(_ visit: Visit) async throws -> Response {
        let theme = try await visit.form().text("theme")
        var response = try visit.redirect(to: SettingsSection.general.rawValue)
        response.headers[values: .setCookie].append(ThemeCookie.setCookie(["light", "dark"].contains(theme) ? theme : "system"))
        return response
    }
}
