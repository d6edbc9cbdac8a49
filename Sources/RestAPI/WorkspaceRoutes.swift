import Application
import Domain
import Gateway
import Hummingbird

/// Keys, live events, the audit log and outgoing mail.
struct WorkspaceRoutes: Sendable {
    let services: Services

    struct TestMail: Codable, Sendable { let to: String }
    struct ResetLinkRequest: Codable, Sendable { let email: String }
    struct ResetLink: Codable, Sendable { let url: String }

    private static let limit = QueryField.integer("limit", "How many at most", in: 1...200, default: 50)
    private static let before = QueryField<Identifier<AuditEvent>>.id("before", "Only what happened before the event with this id")

    var routes: [Route] { keys + [events, audit] + mail }

    private var keys: [Route] {
        [
            Route(.get, "/api/keys", "The API keys of the workspace", access: .signedIn) { call in
                Page(items: try await services.keys.list(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/keys", "Make an API key; its secret is shown this once", access: .signedIn, body: .json(NewAPIKey.self),
                successes: [.init(.created, "The key with its secret", type: CreatedAPIKey.self)], secret: true
            ) { call in
                let key = try await services.keys.create(try await call.read(NewAPIKey.self), as: try call.caller)
                return try Response.json(key, status: .created)
            },
            Route(.delete, "/api/keys/{id}", "Revoke an API key", access: .signedIn, status: .noContent) { call in
                try await services.keys.revoke(try call.id(of: "key"), as: try call.caller)
                return Nothing()
            },
        ]
    }

    private var events: Route {
        Route(
            .get, "/api/events", "What happens in the workspace, as it happens", access: .scope(.postsRead), rate: .uncounted,
            parameters: [
                Parameter("Last-Event-ID", in: .header, schema: ["type": "string"], "Accepted for the sake of browsers; events are not repeated")
            ], successes: [.init(.ok, "Server-sent events; each event's data is a ProductEvent", mediaType: "text/event-stream")]
        ) { call in EventStream.response(for: try call.caller, services: services) }
    }

    private var audit: Route {
        Route(
            .get, "/api/audit", "Who did what: sign-ins, keys, members, channels", access: .signedIn,
            parameters: [Self.limit.parameter, Self.before.parameter]
        ) { call in
            Page(
                items: try await services.audit.list(
                    as: try call.caller, limit: try call[Self.limit] ?? 50, before: try call[Self.before]), nextCursor: nil)
        }
    }

    private var mail: [Route] {
        [
            Route(.get, "/api/mail", "Mail that waits, was sent or failed; for administrators of the instance", access: .signedIn) { call in
                Page(items: try await services.mail.outbox(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/mail/test", "Send a mail to see whether it arrives", access: .signedIn, status: .accepted,
                errors: [.conflict, .badRequest]
            ) { (mail: TestMail, call) in
                try await services.mail.sendTest(to: mail.to, as: try call.caller)
                return Nothing()
            },
            Route(
                .post, "/api/mail/reset-link", "A link with which a user can choose a new password", access: .signedIn, errors: [.notFound]
            ) { (request: ResetLinkRequest, call) in
                ResetLink(url: try await services.accounts.resetLink(forEmail: request.email, as: try call.caller).absoluteString)
            },
        ]
    }
}
