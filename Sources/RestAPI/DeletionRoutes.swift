import Application
import Domain
import Gateway
import Hummingbird

/// Accounts and workspaces that go for good.
struct DeletionRoutes: Sendable {
    let services: Services
    private var deletions: AccountDeletions { services.deletions }

    private static let refusals: [ProblemReport.Code] = [.wrongCredentials, .secondFactorRequired, .rateLimited, .conflict]

    var routes: [Route] { own + ofTheInstance }

    private var own: [Route] {
        [
            Route(.get, "/api/auth/deletion", "What would go with one's account, and what stands in the way", access: .person) { call in
                try await deletions.outlook(as: try call.caller)
            },
            Route(
                .post, "/api/auth/deletion", "Delete one's account; until it goes, signing in keeps it", access: .person,
                body: .json(DeletionProof.self),
                successes: [.init(.accepted, "When it goes; everything is signed out", type: AccountDeletion.self)], errors: Self.refusals
            ) { call in
                let deletion = try await deletions.request(try await call.read(DeletionProof.self), as: try call.caller)
                var response = try Response.json(deletion, status: .accepted)
                response.headers[values: .setCookie].append(SessionCookie.cleared(for: call.context, services.configuration))
                return response
            },
        ]
    }

    private static let cursor = QueryField.cursor()

    private var ofTheInstance: [Route] {
        [
            Route(
                .get, "/api/instance/people", "Everybody with an account here, a hundred at a time", access: .administrator,
                parameters: [Self.cursor.parameter]
            ) { call in
                try await deletions.people(cursor: try call[Self.cursor], as: try call.caller)
            },
            Route(
                .post, "/api/instance/people/{id}/delete", "Delete somebody's account at once, with the workspaces in which nobody else is",
                access: .administrator, status: .noContent, errors: Self.refusals
            ) { (proof: DeletionProof, call) in
                try await deletions.removePerson(try call.id(of: "user"), proof, as: try call.caller)
                return Nothing()
            },
            Route(
                .get, "/api/instance/workspaces", "All workspaces, a hundred at a time", access: .administrator, parameters: [Self.cursor.parameter]
            ) { call in
                try await deletions.workspaces(cursor: try call[Self.cursor], as: try call.caller)
            },
            Route(
                .post, "/api/instance/workspaces/{id}/delete", "Delete a workspace at once, with everything in it", access: .administrator,
                status: .noContent, errors: Self.refusals
            ) { (proof: DeletionProof, call) in
                try await deletions.removeWorkspace(try call.id(of: "workspace"), proof, as: try call.caller)
                return Nothing()
            },
        ]
    }
}
