import Application
import Domain
import Gateway

/// What has to be approved before it goes out.
struct ApprovalRoutes: Sendable {
    let services: Services

    struct Rules: Codable, Sendable {
        /// The same one counts once.
        let rules: [ApprovalRule]
    }

    var routes: [Route] {
        [
            Route(
                .get, "/api/workspace/approval-rules", "Whose posts wait for an approval, and on which channels", access: .scope(.postsRead)
            ) { call in Page(items: try await services.approvalRules.list(as: try call.caller), nextCursor: nil) },
            Route(
                .put, "/api/workspace/approval-rules",
                "Replace the rules for approvals; those about administrators are the owner's. What is planned stays planned",
                access: .scope(.admin), needs: .manage, errors: [.unknownChannel, .forbidden]
            ) { (request: Rules, call) in
                Page(items: try await services.approvalRules.replace(with: request.rules, as: try call.caller), nextCursor: nil)
            },
        ]
    }
}

extension ApprovalRoutes.Rules: Ruled {
    static var rules: [String: JSONValue] { ["rules": Rule.list(0...ApprovalRules.most)] }
}

extension ApprovalRule: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "members": ["description": "Whose posts wait: of members with this role or a lesser one"],
            "integrationId": ["description": "Only on this channel; with no customer either, on all"],
            "customer": Rule.line(ApprovalRules.longestCustomer),
            Rule.whole: Rule.notBoth(("integrationId", ["type": "string"]), ("customer", ["type": "string"])),
        ]
    }
}

extension ApprovalRule.Members: Named {}
