import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Who belongs to the workspace, who is invited, and the person's other workspaces.
struct TeamPages {
    private static let here = "/settings/team"

    func show(_ visit: Visit) async throws -> Response { try await show(visit, created: nil, refusal: nil) }

    private func show(_ visit: Visit, created: CreatedInvitation?, refusal: ProblemReport?) async throws -> Response {
        let (team, caller) = (visit.services.team, visit.caller)
        let members = try await team.members(as: caller)
        let manages = caller.may(.manage)
        let invitations = manages ? try await team.invitations(as: caller) : []
        let others = members.filter { $0.userId != caller.userId }
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .team), "banner": refusal.map { visit.voice.banner($0) },
            "refused": refusal != nil, "adding": refusal != nil || members.count == 1 && invitations.isEmpty,
            "members": members.map { member($0, visit) },
            "inviting": manages ? ["roles": roles(caller.role.given, chosen: .user, visit)] as Model : nil,
            "invitations": invitations.map { invitation($0, visit) }, "hasInvitations": !invitations.isEmpty,
            "created": created.map {
                ["url": $0.url, "sent": $0.mailed ? visit.words("invitation_mailed", ["email": $0.invitation.email ?? ""]) : nil] as Model
            },
            "handingOver": caller.may(.own) && !others.isEmpty
                ? ["members": others.map { ["id": $0.userId.text, "name": $0.name] as Model }] as Model : nil,
            "approvals": try await ApprovalPages.section(visit), "leaving": caller.role < .owner, "ownName": visit.signedIn.user.email,
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        return try await visit.site.page("pages/team", title: visit.words("settings_team"), model, for: visit, status: status)
    }

    private func member(_ member: Member, _ visit: Visit) -> Model {
        let isOwn = member.userId == visit.caller.userId
        let changing = !isOwn && visit.caller.role.isAbove(member.role)
        return [
            "id": member.userId.text, "name": member.name, "email": member.email, "own": isOwn,
            "since": visit.words("member_since", ["time": visit.time.day(member.since)]), "role": visit.words("role_\(member.role.rawValue)"),
            "changing": changing ? ["roles": roles(visit.caller.role.given, chosen: member.role, visit)] as Model : nil,
        ]
    }

    private func roles(_ roles: [Role], chosen: Role, _ visit: Visit) -> [Model] {
        roles.map { role in
            [
                "value": role.rawValue, "label": visit.words("role_\(role.rawValue)"), "help": visit.words("role_\(role.rawValue)_help"),
                "selected": role == chosen,
            ]
        }
    }

    private func invitation(_ invitation: Invitation, _ visit: Visit) -> Model {
        [
            "id": invitation.id.text, "role": visit.words("role_\(invitation.role.rawValue)"),
            "email": invitation.email ?? visit.words("invitation_byLink"),
            "expires": visit.words("expiresAt", ["time": visit.time.moment(invitation.expiresAt)]),
        ]
    }

    // MARK: Deeds

    /// Shows the link at once: it is never to be had again.
    func invite(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        do {
            guard let role = Role(rawValue: form.text("role")) else { throw ProblemReport.invalid("role", "Choose a role.") }
            let made = try await visit.services.team.invite(NewInvitation(role: role, email: form.given("email")), as: visit.caller)
            return try await show(visit, created: made, refusal: nil)
        } catch let report as ProblemReport {
            return try await show(visit, created: nil, refusal: report)
        }
    }

    /// A refusal is shown on the page itself.
    private func change(_ visit: Visit, _ done: String, to path: String = here, _ work: () async throws -> Void) async throws -> Response {
        do {
            try await work()
            return try visit.redirect(to: path, Toast(visit.words(done)))
        } catch let report as ProblemReport where report.code != .notFound {
            return try await show(visit, created: nil, refusal: report)
        }
    }

    func revoke(_ visit: Visit) async throws -> Response {
        try await change(visit, "done_revokeInvitation") { try await visit.services.team.revoke(try visit.id("invitation"), as: visit.caller) }
    }

    func setRole(_ visit: Visit) async throws -> Response {
        let role = try await visit.form().text("role")
        return try await change(visit, "done_role") {
            guard let role = Role(rawValue: role) else { throw ProblemReport.invalid("role", "Choose a role.") }
            _ = try await visit.services.team.setRole(role, of: try visit.id("member"), as: visit.caller)
        }
    }

    func remove(_ visit: Visit) async throws -> Response {
        try await change(visit, "done_removeMember") { try await visit.services.team.remove(try visit.id("member"), as: visit.caller) }
    }

    func handOver(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        return try await change(visit, "done_handOver") {
            guard let user = UserID(form.text("member")) else { throw ProblemReport.invalid("userId", "Choose a member.") }
            try await visit.services.team.handOver(HandingOver(userId: user, password: form["password"] ?? ""), as: visit.caller)
        }
    }

    func leave(_ visit: Visit) async throws -> Response {
        try await change(visit, "done_leave", to: "/") { try await visit.services.team.leave(as: visit.caller) }
    }

    // MARK: Other workspaces

    func create(_ visit: Visit) async throws -> Response {
        let name = try await visit.form().text("name")
        return try await change(visit, "done_workspace", to: "/") {
            _ = try await visit.services.team.createWorkspace(NewWorkspace(name: name), as: visit.caller)
        }
    }

    /// Goes on in another workspace, on the same page where it exists there.
    func enter(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        guard let id = OrganizationID(form.text("workspace")) else { throw ProblemReport.notFound("workspace") }
        let entered = try await visit.services.team.enter(id, as: visit.caller)
        let back = Self.page(like: form.text("back").localPath(or: "/"), for: entered.role)
        return try visit.redirect(to: back, Toast(visit.words("done_enter", ["workspace": entered.name])))
    }

    /// The page at `path` without what belongs to the workspace that is left: what an id names, and filters.
    static func page(like path: String, for role: Role) -> String {
        let pieces = path.prefix { $0 != "?" && $0 != "#" }.split(separator: "/").prefix { Identifier<Organization>(String($0)) == nil }
        let kept = "/" + pieces.joined(separator: "/")
        guard kept.hasPrefix("/settings"), let section = SettingsSection(rawValue: kept), let least = section.permission else { return kept }
        return role.may(least) ? kept : SettingsSection.general.rawValue
    }
}

/// The door for those who are invited.
struct InvitationPages {
    let site: Site

    func show(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try await show(try FormFields(queryOf: request).text("token"), request, context, refusal: nil)
    }

    private func show(
        _ token: String, _ request: Request, _ context: AppRequestContext, refusal: ProblemReport?
    ) async throws -> Response {
        let signedIn = context.signedIn
        let words = signedIn.map { site.catalogue.words(for: $0.user.locale) } ?? site.words(for: request)
        let voice = Voice(words: words, time: LocalTime(zone: signedIn?.caller.timeZone ?? "UTC", locale: words.language))
        var (model, status): (Model, HTTPResponse.Status) = (["token": token], .ok)
        do {
            let found = try await site.services.accounts.look(at: InvitationToken(token: token), from: context.client(request))
            let values = ["workspace": found.workspace, "inviter": found.inviter ?? found.workspace]
            model = model.merging([
                "open": true, "heading": words("invitation_heading", values), "about": words("invitation_about", values),
                "role": words("role_\(found.role.rawValue)"), "help": words("role_\(found.role.rawValue)_help"),
                "signedIn": signedIn.map { ["join": words("invitation_joinAs", ["name": $0.user.name])] as Model },
            ])
            if let refusal { (model, status) = (model.merging(["banner": voice.banner(refusal)]), .init(code: refusal.code.status)) }
        } catch let report as ProblemReport {
            (model, status) = (
                model.merging(["banner": voice.banner(report), "heading": words("invitation_ended")]), .init(code: report.code.status)
            )
        }
        return try site.plainPage(
            "pages/invitation", title: words("invitation"), model, words: words, request: request, csrf: signedIn?.csrfToken, status: status)
    }

    func accept(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var request = request
        let token = try await request.form().text("token")
        let visit = try Visit(request, context, at: site)
        do {
            let joined = try await site.services.accounts.accept(
                InvitationToken(token: token), from: context.client(request), as: visit.caller)
            return try visit.redirect(to: "/", Toast(visit.words("done_enter", ["workspace": joined.name])))
        } catch let report as ProblemReport {
            return try await show(token, request, context, refusal: report)
        }
    }
}
