import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// For administrators of a workspace: what becomes of links when posts go out.
struct LinkPages {
    func show(_ visit: Visit) async throws -> Response { try await show(visit, form: nil, of: nil, refusal: nil) }

    /// What was typed into a form that was refused, the one of the rule `id` or of a new one, is shown again.
    private func show(_ visit: Visit, form: FormFields?, of id: String?, refusal: ProblemReport?) async throws -> Response {
        let rules = try await visit.services.linkRules.list(as: visit.caller)
        let channels = try await visit.services.channels.list(as: visit.caller)
        let shortening = try await visit.services.linkRules.settings(as: visit.caller).shortening
        let typed = form.map { LinkRuleForm($0) }
        let (trial, trialRefusal) = await trial(visit)
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .links), "banner": (refusal ?? trialRefusal).map { visit.voice.banner($0) },
            "hasRules": !rules.isEmpty,
            "rules": rules.enumerated().map { index, rule -> Model in
                let open = id == rule.id.text
                let fields = (open ? typed : nil) ?? LinkRuleForm(rule)
                return row(rule, first: index == 0, visit).merging(fields.model(rule.id.text))
                    .merging(["open": open, "place": String(max(0, index - 1))])
            },
            "new": ((id == "new" ? typed : nil) ?? .usual).model("new").merging(["open": id == "new" || rules.isEmpty]),
            "placeholders": LinkPlaceholder.allCases.map { placeholder -> Model in
                ["sign": "{\(placeholder.rawValue)}", "means": visit.words("placeholder_\(placeholder.rawValue)")]
            },
            "choices": LinkShortening.allCases.map { choice -> Model in
                ["value": choice.rawValue, "label": visit.words("shortening_\(choice.rawValue)"), "selected": choice == shortening]
            },
            "shortExample": visit.services.configuration.shortLinkBase + "k7mxw2pd",
            "url": visit.query.text("url"), "trial": trial, "hasChannels": !channels.isEmpty,
            "channels": channels.map { channel -> Model in
                [
                    "value": channel.id.text, "label": channel.title,
                    "selected": channel.id.text == visit.query.text("channel"),
                ]
            },
        ]
        let status = HTTPResponse.Status(code: (refusal ?? trialRefusal)?.code.status ?? 200)
        return try await visit.site.page("pages/links", title: visit.words("settings_links"), model, for: visit, status: status)
    }

    private func row(_ rule: LinkRule, first: Bool, _ visit: Visit) -> Model {
        let place = rule.hosts.isEmpty ? visit.words("linkAllHosts") : rule.hosts.joined(separator: ", ")
        let except = rule.exceptHosts.isEmpty ? nil : visit.words("linkExcept", ["hosts": rule.exceptHosts.joined(separator: ", ")])
        return [
            "label": rule.name, "about": [place, except].compactMap(\.self).joined(separator: " · "),
            "adds": rule.parameters.map { "\($0.name)=\($0.value)" }.joined(separator: " & "), "active": rule.active,
            "state": visit.words(rule.active ? "linkRuleOn" : "linkRuleOff"), "tone": rule.active ? "positive" : "", "canRise": !first,
        ]
    }

    /// What would become of the link that is asked about.
    private func trial(_ visit: Visit) async -> (Model?, ProblemReport?) {
        guard let url = visit.query.given("url") else { return (nil, nil) }
        do {
            let outcome = try await visit.services.linkRules.outcome(
                of: LinkTrial(url: url, integrationId: visit.query.given("channel").flatMap(IntegrationID.init)), as: visit.caller)
            let rules = outcome.rules.isEmpty ? visit.words("linkNoRule") : outcome.rules.joined(separator: ", ")
            return (["outgoing": outcome.outgoing, "target": outcome.shortened ? outcome.target : nil, "byRules": rules], nil)
        } catch {
            return (nil, ProblemReport(answering: error))
        }
    }

    func create(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        let typed = LinkRuleForm(form)
        return try await change(visit, form, of: "new", "done_save") {
            let new = NewLinkRule(
                name: typed.name, hosts: typed.hostList, exceptHosts: typed.exceptList, parameters: try typed.parameters())
            _ = try await visit.services.linkRules.create(new, as: visit.caller)
        }
    }

    func save(_ visit: Visit) async throws -> Response {
        let (id, form): (LinkRuleID, FormFields) = (try visit.id("rule"), try await visit.form())
        let typed = LinkRuleForm(form)
        return try await change(visit, form, of: id.text, "done_save") {
            let wish = LinkRuleChange(
                name: typed.name, hosts: typed.hostList, exceptHosts: typed.exceptList, parameters: try typed.parameters())
            _ = try await visit.services.linkRules.update(id, wish, as: visit.caller)
        }
    }

    /// Switches a rule off or on, or moves it up.
    func turn(_ visit: Visit) async throws -> Response {
        let (id, form): (LinkRuleID, FormFields) = (try visit.id("rule"), try await visit.form())
        let wish = LinkRuleChange(active: form.given("active").map { $0 == "yes" }, place: form.given("place").flatMap { Int($0) })
        return try await change(visit, nil, of: nil, "done_save") {
            _ = try await visit.services.linkRules.update(id, wish, as: visit.caller)
        }
    }

    func remove(_ visit: Visit) async throws -> Response {
        let id: LinkRuleID = try visit.id("rule")
        return try await change(visit, nil, of: nil, "done_removed") { try await visit.services.linkRules.remove(id, as: visit.caller) }
    }

    func chooseShortening(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        return try await change(visit, nil, of: nil, "done_save") {
            guard let shortening = LinkShortening(rawValue: form.text("shortening")) else {
                throw ProblemReport.invalid("shortening", "Choose when links become short links.")
            }
            _ = try await visit.services.linkRules.save(LinkSettings(shortening: shortening), as: visit.caller)
        }
    }

    private func change(
        _ visit: Visit, _ form: FormFields?, of id: String?, _ done: String, _ work: () async throws -> Void
    ) async throws -> Response {
        do {
            try await work()
            return try visit.redirect(to: "/settings/links", Toast(visit.words(done)))
        } catch let report as ProblemReport {
            return try await show(visit, form: form, of: id, refusal: report)
        }
    }
}

/// The fields of a rule. The usual parameters have fields of their own; others are written one on a line.
private struct LinkRuleForm {
    private static let usualNames = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"]

    var name = ""
    var hosts = ""
    var exceptHosts = ""
    var values: [String: String] = [:]
    var others = ""

    static let usual = LinkRuleForm(values: ["utm_source": "{platform}", "utm_medium": "social", "utm_campaign": "{tag}"])

    private init(values: [String: String]) { self.values = values }

    init(_ rule: LinkRule) {
        name = rule.name
        hosts = rule.hosts.joined(separator: "\n")
        exceptHosts = rule.exceptHosts.joined(separator: "\n")
        for parameter in rule.parameters where Self.usualNames.contains(parameter.name) { values[parameter.name] = parameter.value }
        others = rule.parameters.filter { !Self.usualNames.contains($0.name) }.map { "\($0.name)=\($0.value)" }.joined(separator: "\n")
    }

    init(_ form: FormFields) {
        name = form.text("name")
        (hosts, exceptHosts, others) = (form.text("hosts"), form.text("exceptHosts"), form.text("others"))
        for name in Self.usualNames { values[name] = form.given(name) }
    }

    var hostList: [String] { Self.list(hosts) }
    var exceptList: [String] { Self.list(exceptHosts) }
    private static func list(_ text: String) -> [String] { text.split { $0.isWhitespace || $0 == "," }.map(String.init) }

    func parameters() throws -> [LinkRule.Parameter] {
        let usual = Self.usualNames.compactMap { name in values[name].map { LinkRule.Parameter(name: name, value: $0) } }
        return usual
            + others.split(whereSeparator: \.isNewline).map { line in
                let halves = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
                return LinkRule.Parameter(name: halves[0], value: halves.count > 1 ? halves[1] : "")
            }.filter { !$0.name.isEmpty || !$0.value.isEmpty }
    }

    func model(_ id: String) -> Model {
        [
            "ruleId": id, "name": name, "hosts": hosts, "exceptHosts": exceptHosts, "others": others,
            "fields": Self.usualNames.map { ["field": $0, "value": values[$0] ?? ""] as Model },
        ]
    }
}
