import Application
import Domain
import Gateway
import Hummingbird

/// Secret addresses that make drafts of what other programs send.
struct IncomingRoutes: Sendable {
    let services: Services
    private var incoming: IncomingWebhooks { services.incoming }

    var routes: [Route] {
        [
            Route(
                .get, "/api/incoming-webhooks", "The addresses that make drafts, by name", access: .scope(.admin), needs: .manage
            ) { call in
                Page(items: try await incoming.list(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/incoming-webhooks", "Make an address that makes drafts; it is shown this once", access: .scope(.admin), needs: .manage,
                body: .json(NewIncomingWebhook.self),
                successes: [.init(.created, "The address", type: IncomingWebhooks.Created.self)], errors: [.unknownChannel, .conflict, .forbidden],
                secret: true
            ) { call in
                let new = try await call.read(NewIncomingWebhook.self)
                return try Response.json(try await incoming.create(new, as: try call.caller), status: .created)
            },
            Route(
                .delete, "/api/incoming-webhooks/{id}", "Revoke an address; its drafts stay", access: .scope(.admin), needs: .manage,
                status: .noContent, errors: [.forbidden]
            ) { call in
                try await incoming.revoke(try call.id(of: "incoming address"), as: try call.caller)
                return Nothing()
            },
            Route(
                .post, "/api/incoming/{token}",
                "Make a draft: content, or text as one writes to Slack; mediaUrls, channels, tags. The address itself is the permission",
                access: .everybody, body: .json([String: JSONValue].self),
                successes: [.init(.created, "The draft", type: ReceivedMessage.self)],
                errors: [
                    .notFound, .rateLimited, .tooLarge, .unknownChannel, .ambiguousChannel, .postInvalid, .addressRefused, .unsupportedMedia,
                    .storageFull, .storageUnavailable, .uploadIncomplete, .badRequest,
                ]
            ) { call in
                let length = call.request.headers[.contentLength].flatMap { Int($0) } ?? 0
                guard length <= IncomingWebhooks.mostBytes else { throw ProblemReport(.tooLarge, "A message has at most 256 kB.") }
                let message = try await incoming.receive(
                    try await call.read([String: JSONValue].self), at: try call.path("token"), key: call.idempotencyKey)
                return try Response.json(message, status: .created)
            },
        ]
    }
}

extension NewIncomingWebhook: Ruled {
    public static var rules: [String: JSONValue] { ["name": Rule.line(200), "integrationIds": Rule.list(0...100)] }
}
