import Application
import Domain
import Gateway
import Hummingbird

/// Who belongs to a workspace, invitations into it, and the workspaces of a person.
struct TeamRoutes: Sendable {
    let services: Services
    private var team: Team { services.team }

    struct NewRole: Codable, Sendable { let role: Role }

    var routes: [Route] { members + own + invitations + accepting + workspaces }

    private var members: [Route] {
        [
            Route(.get, "/api/team", "The members of the workspace, the longest membership first", access: .scope(.postsRead)) { call in
                Page(items: try await team.members(as: try call.caller), nextCursor: nil)
            },
            Route(
                .patch, "/api/team/members/{id}", "Give a member with a lesser role another one", access: .scope(.admin), needs: .manage,
                errors: [.conflict]
            ) { (change: NewRole, call) in
                try await team.setRole(change.role, of: try call.id(of: "member"), as: try call.caller)
            },
            Route(
                .delete, "/api/team/members/{id}", "Remove a member with a lesser role: their keys and assistants end, what they wrote stays",
                access: .scope(.admin), needs: .manage, status: .noContent, errors: [.conflict]
            ) { call in
                try await team.remove(try call.id(of: "member"), as: try call.caller)
                return Nothing()
            },
            Route(
                .post, "/api/team/hand-over", "Make another member the owner, confirmed by one's password; one goes on as administrator",
                access: .person, needs: .own, status: .noContent, errors: [.wrongCredentials, .notFound, .conflict]
            ) { (request: HandingOver, call) in
                try await team.handOver(request, as: try call.caller)
                return Nothing()
            },
        ]
    }

    private var own: [Route] {
        [
            Route(
                .post, "/api/team/leave", "Leave the workspace; its owner hands it over first", access: .person, status: .noContent,
                errors: [.conflict]
            ) { call in
                try await team.leave(as: try call.caller)
                return Nothing()
            }
        ]
    }

    private var invitations: [Route] {
        [
            Route(
                .get, "/api/team/invitations", "The invitations that can still be used, newest first", access: .scope(.admin), needs: .manage
            ) { call in
                Page(items: try await team.invitations(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/team/invitations", "Make a link into the workspace that works once within seven days; it is shown this once",
                access: .scope(.admin), needs: .manage, body: .json(NewInvitation.self),
                successes: [.init(.created, "The invitation with its link", type: CreatedInvitation.self)], errors: [.conflict], secret: true
            ) { call in
                let made = try await team.invite(try await call.read(NewInvitation.self), as: try call.caller)
                return try Response.json(made, status: .created)
            },
            Route(
                .delete, "/api/team/invitations/{id}", "Revoke an invitation", access: .scope(.admin), needs: .manage, status: .noContent
            ) { call in
                try await team.revoke(try call.id(of: "invitation"), as: try call.caller)
                return Nothing()
            },
        ]
    }

    private var accepting: [Route] {
        [
            Route(
                .post, "/api/invitations/look", "What an invitation is about, by the token of its link", access: .everybody,
                errors: [.notFound]
            ) { (token: InvitationToken, call) in
                try await services.accounts.look(at: token, from: call.client)
            },
            Route(
                .post, "/api/invitations/accept", "Join a workspace by the token of an invitation's link; the session goes on there",
                access: .person, errors: [.notFound, .conflict]
            ) { (token: InvitationToken, call) in
                try await services.accounts.accept(token, from: call.client, as: try call.caller)
            },
        ]
    }

    private var workspaces: [Route] {
        [
            Route(.get, "/api/workspaces", "The workspaces to which one belongs", access: .person) { call in
                Page(items: try await team.workspaces(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/workspaces", "Make a workspace that one owns; the session goes on in it", access: .person, status: .created,
                errors: [.registrationClosed, .invalidTimeZone, .conflict]
            ) { (request: NewWorkspace, call) in
                try await team.createWorkspace(request, as: try call.caller)
            },
            Route(.post, "/api/workspaces/{id}/enter", "Have this session go on in another workspace of one's own", access: .person) { call in
                try await team.enter(try call.id(of: "workspace"), as: try call.caller)
            },
        ]
    }
}
