import Application
import Domain
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
            "rules": rules.map { rule -> Model in
                [
                    "who": visit.words("approval_members_\(rule.members.rawValue)"), "where": place(of: rule, channels, visit),
                    "members": rule.members.rawValue, "place": Place(rule).text,
                    "mayRemove": mayChange && (rule.members == .users || visit.caller.may(.own)),
                ]
            },
            "hasRules": !rules.isEmpty, "form": mayChange ? form(channels, visit) : nil,
        ]
        return model
    }

    private static func place(of rule: ApprovalRule, _ channels: [ChannelView], _ visit: Visit) -> String {
        if let customer = rule.customer { return visit.words("approval_ofCustomer", ["customer": customer]) }
        guard let id = rule.integrationId else { return visit.words("approval_everywhere") }
        return channels.first { $0.id == id }.map { "\($0.displayName) · \($0.platformName)" } ?? visit.words("removedChannel")
    }

    private static func form(_ channels: [ChannelView], _ visit: Visit) -> Model {
        let customers = Set(channels.compactMap(\.customer)).sorted()
        let members = ApprovalRule.Members.allCases.filter { $0 == .users || visit.caller.may(.own) }
        return [
            "members": members.map { ["value": $0.rawValue, "label": visit.words("approval_members_\($0.rawValue)")] as Model },
            "places": [["value": "", "label": visit.words("approval_everywhere")] as Model]
                + customers.map { customer -> Model in
                    ["value": Place.customer(customer).text, "label": visit.words("approval_ofCustomer", ["customer": customer])]
                }
                + channels.map { ["value": Place.channel($0.id).text, "label": "\($0.displayName) · \($0.platformName)"] as Model },
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

    func add(_ visit: Visit) async throws -> Response { try await change(visit, "done_save") { $0 + [$1] } }

    func remove(_ visit: Visit) async throws -> Response {
        try await change(visit, "done_approvalRuleRemoved") { rules, gone in rules.filter { $0 != gone } }
    }

    private func change(
        _ visit: Visit, _ done: String, _ edit: ([ApprovalRule], ApprovalRule) -> [ApprovalRule]
    ) async throws -> Response {
        let (form, back) = (try await visit.form(), "/settings/team#approvals")
        return try await visit.orSay(back) {
            guard let members = ApprovalRule.Members(rawValue: form.text("members")) else {
                throw ProblemReport.invalid("members", "Choose whose posts wait for an approval.")
            }
            let rules = visit.services.approvalRules
            _ = try await rules.replace(
                with: edit(try await rules.list(as: visit.caller), Place(form.text("place")).rule(for: members)), as: visit.caller)
            return try visit.redirect(to: back, Toast(visit.words(done)))
        }
    }
}
