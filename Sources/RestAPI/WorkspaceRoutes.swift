import Application
import Domain
import Gateway
import Hummingbird

/// The workspace as a whole, keys, events, the audit log and outgoing mail.
struct WorkspaceRoutes: Sendable {
    let services: Services

    struct TestMail: Codable, Sendable, Ruled {
        static let rules = ["to": Rule.email]
        let to: String
    }
    struct ResetLinkRequest: Codable, Sendable, Ruled {
        static let rules = ["email": Rule.email]
        let email: String
    }
    struct Undone: Codable, Sendable {
        /// What was taken back, in a sentence.
        let message: String
    }
    struct ResetLink: Codable, Sendable { let url: String }

    private static let limit = QueryField.integer("limit", "How many at most", in: 1...200, default: 50)
    private static let action = QueryField.text("action", "Only this action, or those that begin so, such as mcp.")
    private static let since = QueryField.time("since", "Only what happened at or after this time")
    private static let cursor = QueryField.text("cursor", "Continues behind a page: its nextCursor, now or later", pattern: #"^\d{1,18}$"#)
    private static let types = QueryField.list(of: EventType.self, "types", "Only events of these types")
    private static let before = QueryField<Identifier<AuditEvent>>.id("before", "Only what happened before the event with this id")

    var routes: [Route] { [overview] + keys + [events, eventLog] + audit + mail }

    private var overview: Route {
        Route(
            .get, "/api/workspace", "The workspace: its time, its channels, and what the caller may do", access: .scope(.postsRead),
            errors: [.notFound, .invalidTimeZone]
        ) { call in try await services.workspace.overview(as: try call.caller) }
    }

    private var keys: [Route] {
        [
            Route(.get, "/api/keys", "The API keys of the workspace", access: .scope(.admin)) { call in
                Page(items: try await services.keys.list(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/keys", "Make an API key; its secret is shown this once", access: .scope(.admin), body: .json(NewAPIKey.self),
                successes: [.init(.created, "The key with its secret", type: CreatedAPIKey.self)], secret: true
            ) { call in
                let key = try await services.keys.create(try await call.read(NewAPIKey.self), as: try call.caller)
                return try Response.json(key, status: .created)
            },
            Route(.delete, "/api/keys/{id}", "Revoke an API key", access: .scope(.admin), status: .noContent) { call in
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
            ],
            successes: [
                .init(
                    .ok,
                    """
                    Server-sent events, named by their type; each one's data is a ProductEvent. One more, `resync`, has no id and `{}` as data: events \
                    may have been missed (processes did not hear each other, or this reader was too slow), so read again what you show.
                    """, mediaType: "text/event-stream")
            ]
        ) { call in EventStream.response(for: try call.caller, services: services) }
    }

    private var eventLog: Route {
        Route(
            .get, "/api/events/log", "What happened in the last thirty days, oldest first; the latest when neither since nor cursor is given",
            access: .scope(.postsRead),
            parameters: [Self.since.parameter, Self.cursor.parameter, Self.types.parameter, Self.limit.parameter]
        ) { call in
            let (cursor, since) = (try call[Self.cursor], try call[Self.since])  // both are read, so that neither goes unchecked
            return try await services.eventLog.list(
                since: cursor.map { .cursor($0) } ?? since.map { .time($0) }, types: try call[Self.types] ?? [], limit: try call[Self.limit] ?? 50,
                as: try call.caller)
        }
    }

    private var audit: [Route] {
        [
            Route(
                .get, "/api/audit", "Who did what: sign-ins, keys, members, channels, calls of assistants", access: .scope(.admin), needs: .manage,
                parameters: [Self.action.parameter, Self.limit.parameter, Self.before.parameter]
            ) { call in
                let events = try await services.audit.list(
                    as: try call.caller, action: try call[Self.action], limit: try call[Self.limit] ?? 50, before: try call[Self.before])
                return Page(items: events, nextCursor: nil)
            },
            Route(
                .post, "/api/audit/{id}/undo", "Take back what an assistant's call did, as far as that is still possible",
                access: .scope(.postsWrite), needs: .schedule, errors: [.conflict, .forbidden]
            ) { call in
                Undone(message: try await services.toolCalls.undo(try call.id(of: "call of an assistant"), as: try call.caller))
            },
        ]
    }

    private var mail: [Route] {
        [
            Route(.get, "/api/mail", "Mail that waits, was sent or failed; for administrators of the instance", access: .administrator) { call in
                Page(items: try await services.mail.outbox(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/mail/test", "Send a mail to see whether it arrives", access: .administrator, status: .accepted,
                errors: [.conflict, .badRequest, .mailFailed]
            ) { (mail: TestMail, call) in
                try await services.mail.sendTest(to: mail.to, as: try call.caller)
                return Nothing()
            },
            Route(
                .post, "/api/mail/reset-link", "A link with which a user can choose a new password", access: .administrator, errors: [.notFound]
            ) { (request: ResetLinkRequest, call) in
                ResetLink(url: try await services.accounts.resetLink(forEmail: request.email, as: try call.caller).absoluteString)
            },
        ]
    }
}
