import Application
import Domain
import Gateway
import Hummingbird

/// What becomes of the links of posts when they go out, and how often they were followed.
struct LinkRoutes: Sendable {
    let services: Services
    private var rules: LinkRules { services.linkRules }

    var routes: [Route] { collection + single + others }

    private var collection: [Route] {
        [
            Route(.get, "/api/links/rules", "The rules for links, in the order in which they are applied", access: .scope(.postsRead)) { call in
                Page(items: try await rules.list(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/links/rules", "Add a rule: which links get which utm_ parameters when posts go out", access: .scope(.admin),
                needs: .manage, status: .created, errors: [.conflict]
            ) { (new: NewLinkRule, call) in try await rules.create(new, as: try call.caller) },
        ]
    }

    private var single: [Route] {
        [
            Route(.get, "/api/links/rules/{id}", "One rule", access: .scope(.postsRead)) { call in
                try await rules.get(try call.id(of: "rule"), as: try call.caller)
            },
            Route(
                .patch, "/api/links/rules/{id}", "Change a rule, switch it off or on, or give it another place; what is absent stays",
                access: .scope(.admin), needs: .manage
            ) { (change: LinkRuleChange, call) in try await rules.update(try call.id(of: "rule"), change, as: try call.caller) },
            Route(
                .delete, "/api/links/rules/{id}", "Remove a rule; what is out stays as it is", access: .scope(.admin), needs: .manage,
                status: .noContent
            ) { call in
                try await rules.remove(try call.id(of: "rule"), as: try call.caller)
                return Nothing()
            },
        ]
    }

    private var others: [Route] {
        [
            Route(.get, "/api/links/settings", "Whether links become short links when posts go out", access: .scope(.postsRead)) { call in
                try await rules.settings(as: try call.caller)
            },
            Route(
                .patch, "/api/links/settings", "Say whether links become short links when posts go out", access: .scope(.admin), needs: .manage
            ) { (settings: LinkSettings, call) in try await rules.save(settings, as: try call.caller) },
            Route(
                .post, "/api/links/try", "What would become of a link if it went out now", access: .scope(.postsRead), errors: [.unknownChannel]
            ) { (trial: LinkTrial, call) in try await rules.outcome(of: trial, as: try call.caller) },
            Route(
                .get, "/api/links/posts/{id}/clicks", "How often the short links of a post were followed, by channel, link and day",
                access: .scope(.analyticsRead)
            ) { call in try await services.shortLinks.clicks(of: try call.id(of: "post"), as: try call.caller) },
        ]
    }
}

extension LinkRule.Parameter: Ruled {
    public static var rules: [String: JSONValue] {
        let known = LinkPlaceholder.allCases.map(\.rawValue).joined(separator: "|")
        return [
            "name": ["pattern": "^utm_[a-z][a-z0-9_]{0,39}$", "maxLength": 44],
            "value": [
                "minLength": 1, "maxLength": .number(Double(LinkRules.longest)),
                "pattern": .string("^([^{}\\u0000-\\u001f\\u007f-\\u009f]|\\{(\(known))\\})+$"),
            ],
        ]
    }
}

extension NewLinkRule: Ruled {
    static var common: [String: JSONValue] {
        let hosts = Rule.list(0...LinkRules.mostHosts, of: Rule.text(0...300))
        return ["name": Rule.line(200), "hosts": hosts, "exceptHosts": hosts, "parameters": Rule.list(1...LinkRules.mostParameters)]
    }
    public static var rules: [String: JSONValue] { common }
}

extension LinkRuleChange: Ruled {
    public static var rules: [String: JSONValue] {
        NewLinkRule.common.merging(["place": ["minimum": 0, "maximum": .number(Double(LinkRules.most - 1))]]) { $1 }
    }
}

extension LinkTrial: Ruled {
    public static var rules: [String: JSONValue] { ["url": Rule.url, "tags": Rule.list(0...20, of: Rule.text(0...60))] }
}
