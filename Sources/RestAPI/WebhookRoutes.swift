import Application
import Domain
import Gateway
import Hummingbird

/// Addresses that are told what happens in the workspace.
struct WebhookRoutes: Sendable {
    let services: Services
    private var webhooks: Webhooks { services.webhooks }

    private static let status = QueryField<WebhookDelivery.Status>.choice("status", "Only deliveries that stand so")
    private static let limit = QueryField.integer("limit", "How many at most", in: 1...200, default: 50)
    private static let before = QueryField<WebhookDeliveryID>.id("before", "Only deliveries older than this one")

    var routes: [Route] { listed + changed + deliveries }

    private var listed: [Route] {
        [
            Route(.get, "/api/webhooks", "The webhooks of the workspace, oldest first", access: .scope(.admin), needs: .manage) { call in
                Page(items: try await webhooks.list(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/webhooks", "Have an address told what happens; the secret that deliveries are signed with is shown this once",
                access: .scope(.admin), needs: .manage, body: .json(NewWebhook.self),
                successes: [.init(.created, "The webhook with its secret", type: WebhookWithSecret.self)],
                errors: [.addressRefused, .unknownChannel, .conflict], secret: true
            ) { call in
                let made = try await webhooks.create(try await call.read(NewWebhook.self), as: try call.caller)
                return try Response.json(made, status: .created)
            },
            Route(.get, "/api/webhooks/{id}", "One webhook", access: .scope(.admin), needs: .manage) { call in
                try await webhooks.get(try call.id(of: "webhook"), as: try call.caller)
            },
        ]
    }

    private var changed: [Route] {
        [
            Route(
                .patch, "/api/webhooks/{id}", "Change a webhook, stop it or start it again; what is absent stays", access: .scope(.admin),
                needs: .manage,
                errors: [.addressRefused, .unknownChannel]
            ) { (change: WebhookChange, call) in
                try await webhooks.update(try call.id(of: "webhook"), change, as: try call.caller)
            },
            Route(
                .delete, "/api/webhooks/{id}", "Remove a webhook and the record of its deliveries", access: .scope(.admin), needs: .manage,
                status: .noContent
            ) { call in
                try await webhooks.remove(try call.id(of: "webhook"), as: try call.caller)
                return Nothing()
            },
            Route(
                .post, "/api/webhooks/{id}/secret", "Give it a new secret; for a day deliveries carry the old signature, too",
                access: .scope(.admin), needs: .manage, successes: [.init(.ok, "The webhook with its secret", type: WebhookWithSecret.self)],
                secret: true
            ) { call in
                try Response.json(try await webhooks.replaceSecret(of: try call.id(of: "webhook"), as: try call.caller))
            },
            Route(.post, "/api/webhooks/{id}/test", "Send a test now and tell what came of it", access: .scope(.admin), needs: .manage) { call in
                try await webhooks.test(try call.id(of: "webhook"), as: try call.caller)
            },
        ]
    }

    private var deliveries: [Route] {
        [
            Route(
                .get, "/api/webhooks/{id}/deliveries", "What a webhook was sent in the last thirty days, newest first", access: .scope(.admin),
                needs: .manage,
                parameters: [Self.status.parameter, Self.before.parameter, Self.limit.parameter]
            ) { call in
                let found = try await webhooks.deliveries(
                    of: try call.id(of: "webhook"), status: try call[Self.status], before: try call[Self.before],
                    limit: try call[Self.limit] ?? 50, as: try call.caller)
                return Page(items: found, nextCursor: nil)
            },
            Route(
                .post, "/api/webhook-deliveries/{id}/replay", "Send a delivery again, with the same id and bytes", access: .scope(.admin),
                needs: .manage,
                status: .accepted, errors: [.conflict]
            ) { call in
                try await webhooks.replay(try call.id(of: "delivery"), as: try call.caller)
                return Nothing()
            },
        ]
    }
}

extension WebhookDelivery.Status: Named {}

extension NewWebhook: Ruled {
    public static var rules: [String: JSONValue] {
        ["name": Rule.line(200), "url": Rule.url, "events": Rule.list(0...100), "integrationIds": Rule.list(0...1000)]
    }
}

extension WebhookChange: Ruled {
    public static var rules: [String: JSONValue] { NewWebhook.rules }
}
