import Application
import Domain
import Gateway
import Hummingbird

/// The end of one's account; and, for administrators, who and what is on the instance.
struct DeletionPages {
    func show(_ visit: Visit) async throws -> Response { try await show(visit, refusal: nil) }

    private func show(_ visit: Visit, refusal: ProblemReport?) async throws -> Response {
        let outlook = try await visit.services.deletions.outlook(as: visit.caller)
        let proof = try await Self.proof(visit)
        let obstacle = outlook.obstacle
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .security), "obstacle": obstacle.map { visit.say($0.message) },
            "possible": obstacle == nil,
            "period": outlook.days == 0 ? visit.words("deletion_atOnce") : visit.words.count("deletion_period", outlook.days),
            "gone": outlook.workspaces.isEmpty
                ? nil : ["list": outlook.workspaces.map { ["name": $0.name, "about": Self.contents($0, visit)] as Model }] as Model,
            "left": outlook.left.isEmpty ? nil : ["list": outlook.left.map { ["name": $0.name] as Model }] as Model,
            "id": "own", "banner": refusal.map { visit.voice.banner($0) },
        ]
        return try await visit.site.page(
            "pages/deletion", title: visit.words("deletion"), model.merging(proof), for: visit, status: .init(code: refusal?.code.status ?? 200))
    }

    /// Which fields the person fills in to show that it is them.
    private static func proof(_ visit: Visit) async throws -> Model {
        [
            "email": visit.signedIn.user.email, "hasPassword": try await visit.services.accounts.waysIn(as: visit.caller).hasPassword,
            "hasFactor": try await visit.services.accounts.secondFactor(as: visit.caller).active,
        ]
    }

    private static func contents(_ workspace: WorkspaceContents, _ visit: Visit) -> String {
        [
            visit.words.count("deletion_channels", workspace.channels), visit.words.count("deletion_posts", workspace.posts),
            visit.words.count("deletion_files", workspace.files),
        ].joined(separator: " · ")
    }

    private static func proof(_ form: FormFields) -> DeletionProof { DeletionProof(password: form["password"], code: form.given("code")) }

    func request(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        do {
            let deletion = try await visit.services.deletions.request(Self.proof(form), as: visit.caller)
            let isOver = deletion.endsAt <= deletion.requestedAt
            let words = visit.words(isOver ? "done_accountDelete" : "done_accountDeletion", ["time": visit.time.moment(deletion.endsAt)])
            var response = try visit.redirect(to: "/login", Toast(words))
            response.headers[values: .setCookie].append(SessionCookie.cleared(for: visit.context, visit.services.configuration))
            return response
        } catch let report as ProblemReport {
            return try await show(visit, refusal: report)
        }
    }

    // MARK: The instance

    func people(_ visit: Visit) async throws -> Response { try await people(visit, refusal: nil) }

    private func people(_ visit: Visit, refusal: ProblemReport?) async throws -> Response {
        let query = try FormFields(queryOf: visit.request)
        let deletions = visit.services.deletions
        let people = try await deletions.people(cursor: query.given("people"), as: visit.caller)
        let workspaces = try await deletions.workspaces(cursor: query.given("workspaces"), as: visit.caller)
        let proof = try await Self.proof(visit)
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .people),
            "people": people.items.map { Self.model($0, proof, visit) },
            "workspaces": workspaces.items.map { Self.model($0, proof, visit) },
            "morePeople": people.nextCursor.map { "/settings/people?people=\($0)" },
            "moreWorkspaces": workspaces.nextCursor.map { "/settings/people?workspaces=\($0)" },
            "banner": refusal.map { visit.voice.banner($0) },
        ]
        return try await visit.site.page(
            "pages/people", title: visit.words("settings_people"), model, for: visit, status: .init(code: refusal?.code.status ?? 200))
    }

    private static func model(_ workspace: WorkspaceContents, _ proof: Model, _ visit: Visit) -> Model {
        let model: Model = [
            "id": workspace.id.text, "name": workspace.name, "own": workspace.id == visit.caller.organizationId,
            "about": visit.words.count("people_members", workspace.members) + " · " + contents(workspace, visit),
            "label": visit.words("people_deleteNamed", ["name": workspace.name]),
        ]
        return model.merging(proof)
    }

    private static func model(_ person: KnownPerson, _ proof: Model, _ visit: Visit) -> Model {
        let places = person.workspaces.map { "\($0.name) (\(visit.words("role_\($0.role.rawValue)")))" }.joined(separator: ", ")
        let going = person.deletion.map { visit.words("people_goes", ["time": visit.time.moment($0.endsAt)]) }
        let model: Model = [
            "id": person.user.id.text, "address": person.user.email,
            "name": person.user.name, "admin": person.user.role == .admin, "own": person.user.id == visit.caller.userId,
            "about": [places.unlessEmpty, going].compactMap(\.self).joined(separator: " · "),
            "label": visit.words("people_deleteNamed", ["name": person.user.name]), "what": visit.words("people_personGoes"),
        ]
        return model.merging(proof)
    }

    func removePerson(_ visit: Visit) async throws -> Response {
        let proof = Self.proof(try await visit.form())
        return try await trying(visit) { try await visit.services.deletions.removePerson(try visit.id("user"), proof, as: visit.caller) }
    }

    func removeWorkspace(_ visit: Visit) async throws -> Response {
        let proof = Self.proof(try await visit.form())
        return try await trying(visit) { try await visit.services.deletions.removeWorkspace(try visit.id("workspace"), proof, as: visit.caller) }
    }

    private func trying(_ visit: Visit, _ work: () async throws -> Void) async throws -> Response {
        do {
            try await work()
            return try visit.redirect(to: "/settings/people", Toast(visit.words("done_personDelete")))
        } catch let report as ProblemReport where ![.notFound, .forbidden].contains(report.code) {
            return try await people(visit, refusal: report)
        }
    }
}
