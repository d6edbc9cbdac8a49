import Application
import Domain
import Gateway
import Hummingbird

/// Naming and removing passkeys. Making them and signing in with them needs the browser's own interface: scripts do that over REST.
struct PasskeyPages {
    /// The passkeys of a person, for the section of the page. `next`: where to go once one was made; nil: the page stays.
    static func model(_ ways: WaysIn, next: String? = nil, _ visit: Visit) -> Model {
        let obstacle = visit.services.accounts.passkeyObstacle
        return [
            "obstacle": obstacle.map { visit.say($0.message) }, "none": ways.passkeys.isEmpty, "offered": obstacle == nil, "next": next ?? "",
            "address": visit.services.configuration.mainURL.absoluteString,
            "list": ways.passkeys.map { passkey -> Model in
                let made = visit.words("passkey_made", ["time": visit.time.moment(passkey.createdAt)])
                let used = passkey.lastUsedAt.map { visit.words("elsewhere_used", ["time": visit.time.moment($0)]) }
                return [
                    "id": passkey.id.text, "name": passkey.name, "synced": passkey.synced,
                    "about": [made, used].compactMap(\.self).joined(separator: " · "),
                    "label": visit.words("passkey_edit", ["name": passkey.name]),
                ]
            },
        ]
    }

    func rename(_ visit: Visit) async throws -> Response {
        let name = PasskeyName(name: try await visit.form().text("name"))
        return try await trying(visit, "done_save") {
            _ = try await visit.services.accounts.renamePasskey(try visit.id("passkey"), name, as: visit.caller)
        }
    }

    func remove(_ visit: Visit) async throws -> Response {
        let proof = PasskeyProof(password: try await visit.form()["password"])
        return try await trying(visit, "done_passkeyRemove") {
            try await visit.services.accounts.removePasskey(try visit.id("passkey"), proof, as: visit.caller)
        }
    }

    private func trying(_ visit: Visit, _ done: String, _ work: () async throws -> Void) async throws -> Response {
        do {
            try await work()
            return try visit.redirect(to: "/settings/security", Toast(visit.words(done)))
        } catch let report as ProblemReport where report.code != .notFound {
            return try await SecurityPages().show(visit, refusal: report)
        }
    }
}
