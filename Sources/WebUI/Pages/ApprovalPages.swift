import Application
import Domain
import Gateway
import Hummingbird

/// What has to be approved before it goes out, on the page of the team.
struct ApprovalPages {
    /// For the page of the team: everybody sees the rules, who manages the workspace changes them.
    static func section(_ visit: Visit) async throws -> Model {
        async let found = visit.services.approvalRules.list(as: visit.caller)
        async let known = visit.services.channels.list(as: visit.caller)
        let (rules, channels) = (try await found, try await known)
        let mayChange = visit.caller.may(.manage)
        let model: Model = [
            "rules": rules.enumerated().map { number, rule -> Model in
                let changes = mayChange && (rule.members == .users || visit.caller.may(.own))
                let said = visit.words("approval_rule_\(rule.members.rawValue)", ["place": place(of: rule, channels, visit)])
                return ["rule": said, "change": changes ? form(rule, "\(number)", channels, visit) : nil]
            },
            "hasRules": !rules.isEmpty, "form": mayChange ? form(nil, "new", channels, visit) : nil,
        ]
        return model
    }

    private static func place(of rule: ApprovalRule, _ channels: [ChannelView], _ visit: Visit) -> String {
        if let customer = rule.customer { return visit.words("approval_at_customer", ["customer": customer]) }
        guard let id = rule.integrationId else { return visit.words("approval_at_everywhere") }
        let name = channels.first { $0.id == id }.map(\.title) ?? visit.words("removedChannel")
        return visit.words("approval_at_channel", ["channel": name])
    }

    /// What `rule` says, to be changed; nil: for a new one.
    private static func form(_ rule: ApprovalRule?, _ number: String, _ channels: [ChannelView], _ visit: Visit) -> Model {
        let (whose, place) = (rule?.members ?? .users, rule.map { Place($0).text } ?? "")
        let customers = Set(channels.compactMap(\.customer) + [rule?.customer].compactMap(\.self)).sorted()
        let members = ApprovalRule.Members.allCases.filter { $0 == .users || visit.caller.may(.own) }
        var places = [(Place.everywhere.text, visit.words("approval_everywhere"))]
        places += customers.map { (Place.customer($0).text, visit.words("approval_ofCustomer", ["customer": $0])) }
        places += channels.map { (Place.channel($0.id).text, $0.title) }
        if !places.contains(where: { $0.0 == place }) { places.append((place, visit.words("removedChannel"))) }
        return [
            "number": number, "isRule": rule != nil, "wasMembers": whose.rawValue, "wasPlace": place,
            "members": members.map {
                ["value": $0.rawValue, "label": visit.words("approval_members_\($0.rawValue)"), "selected": $0 == whose] as Model
            },
            "places": places.map { ["value": $0.0, "label": $0.1, "selected": $0.0 == place] as Model },
        ]
    }

    /// Where a rule holds, as a form says it.
    private enum Place {
        case everywhere
        case channel(IntegrationID)
        case customer(String)

        init(_ rule: ApprovalRule) {
            self = rule.customer.map { .customer($0) } ?? rule.integrationId.map { .channel($0) } ?? .everywhere
        }

        init(_ text: String) {
            if text.hasPrefix(Channels.customerMark) {
                self = .customer(String(text.dropFirst(Channels.customerMark.count)))
            } else {
                self = IntegrationID(text).map { .channel($0) } ?? .everywhere
            }
        }

        var text: String {
            switch self {
            case .everywhere: ""
            case .channel(let id): id.text
            case .customer(let name): Channels.customerMark + name
            }
        }

        func rule(for members: ApprovalRule.Members) -> ApprovalRule {
            switch self {
            case .everywhere: ApprovalRule(members)
            case .channel(let id): ApprovalRule(members, on: id)
            case .customer(let name): ApprovalRule(members, of: name)
            }
        }
    }

    /// A new rule, or one in the place of what it was.
    func save(_ visit: Visit) async throws -> Response {
        try await change(visit, "done_save") { form in
            guard let members = ApprovalRule.Members(rawValue: form.text("members")) else {
                throw ProblemReport.invalid("members", "Choose whose posts wait for an approval.")
            }
            return Place(form.text("place")).rule(for: members)
        }
    }

    func remove(_ visit: Visit) async throws -> Response { try await change(visit, "done_approvalRuleRemoved") { _ in nil } }

    private func change(
        _ visit: Visit, _ done: String, _ new: (FormFields) throws -> ApprovalRule?
    ) async throws -> Response {
        let (form, back) = (try await visit.form(), "/settings/team#approvals")
        return try await visit.orSay(back) {
            let (service, new) = (visit.services.approvalRules, try new(form))
            let was = ApprovalRule.Members(rawValue: form.text("wasMembers")).map { Place(form.text("wasPlace")).rule(for: $0) }
            let others = try await service.list(as: visit.caller).filter { $0 != was && $0 != new }
            _ = try await service.replace(with: others + [new].compactMap(\.self), as: visit.caller)
            return try visit.redirect(to: back, Toast(visit.words(done)))
        }
    }
}
