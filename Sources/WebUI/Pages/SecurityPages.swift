import Application
import Domain
import Gateway
import Hummingbird

/// The second factor of a person, and whether the workspace asks its members for one.
struct SecurityPages {
    /// What is shown this once.
    private struct Shown {
        var setup: SecondFactorSetup?
        var codes: RecoveryCodes?
        var refusal: ProblemReport?
    }

    func show(_ visit: Visit) async throws -> Response { try await show(visit, Shown()) }

    func show(_ visit: Visit, refusal: ProblemReport) async throws -> Response { try await show(visit, Shown(refusal: refusal)) }

    private func show(_ visit: Visit, _ shown: Shown) async throws -> Response {
        let state = try await visit.services.accounts.secondFactor(as: visit.caller)
        let ways = try await visit.services.accounts.waysIn(as: visit.caller)
        // Whoever has passkeys in a workspace that asks for a second factor shows one.
        let isAsked = visit.signedIn.lacksSecondFactor && !ways.passkeys.isEmpty
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .security), "email": visit.signedIn.user.email, "active": state.active,
            "tone": state.active ? "positive" : "neutral",
            "state": state.since.map { visit.words("factor_on", ["time": visit.time.moment($0)]) } ?? visit.words("factor_off"),
            "left": state.active ? visit.words("factor_left", ["count": String(state.recoveryCodesLeft)]) : nil,
            "offered": !state.active && shown.setup == nil && !isAsked,
            "setup": shown.setup.map { ["secret": $0.secret, "picture": $0.picture] as Model },
            "codes": shown.codes.map { ["text": $0.codes.joined(separator: "\n")] as Model },
            "passkeys": PasskeyPages.model(ways, next: visit.signedIn.lacksSecondFactor ? "/" : nil, visit),
            "adding": !isAsked && shown.setup == nil,
            "passkey": isAsked ? SignInPages.passkey(next: "/", isOnly: true, at: visit.site) : nil,
            "help": isAsked
                ? visit.words("passkey_needed") : visit.words("factor_neededHelp") + " " + visit.words("factor_explained"),
            "hasPassword": ways.hasPassword, "elsewhere": elsewhere(ways, visit),
            "canAdmin": visit.caller.may(.manage), "needed": visit.signedIn.organization.needsSecondFactor,
            "banner": shown.refusal.map { visit.voice.banner($0) },
        ]
        let status = HTTPResponse.Status(code: shown.refusal?.code.status ?? 200)
        let title = visit.words("settings_security")
        // Nothing of a workspace is shown that is closed; with the codes at hand it is open.
        guard visit.signedIn.lacksSecondFactor && shown.codes == nil else {
            return try await visit.site.page("pages/security", title: title, model, for: visit, status: status)
        }
        return try visit.site.plainPage(
            "pages/security-needed", title: title, model, words: visit.words, request: visit.request, csrf: visit.signedIn.csrfToken,
            status: status)
    }

    /// Accounts at providers of identities; nil where there are neither.
    private func elsewhere(_ ways: WaysIn, _ visit: Visit) -> Model? {
        let providers = visit.services.openID.choices
        guard !providers.isEmpty || !ways.identities.isEmpty else { return nil }
        return [
            "providers": providers.map { ["value": $0.name, "label": visit.words("elsewhere_connect", ["provider": $0.title])] as Model },
            "none": ways.identities.isEmpty,
            "identities": ways.identities.map { identity -> Model in
                // One that the operator has taken away is still the person's to remove.
                let title = providers.first { $0.name == identity.provider }?.title ?? identity.provider
                let account = identity.email.map { "\(title) (\($0))" } ?? title
                return [
                    "id": identity.id.text, "account": account,
                    "used": visit.words("elsewhere_used", ["time": visit.time.moment(identity.lastUsedAt)]),
                    "label": visit.words("elsewhere_disconnect", ["account": account]),
                ]
            },
        ]
    }

    /// A refusal is shown on the page itself.
    private func trying(_ visit: Visit, _ work: () async throws -> Response) async throws -> Response {
        do { return try await work() } catch let report as ProblemReport { return try await show(visit, Shown(refusal: report)) }
    }

    func begin(_ visit: Visit) async throws -> Response {
        let proof = OwnPassword(password: try await visit.form()["password"] ?? "")
        return try await trying(visit) {
            try await show(visit, Shown(setup: try await visit.services.accounts.beginSecondFactor(proof, as: visit.caller)))
        }
    }

    /// After a wrong code the same picture stands there: it was scanned already.
    func confirm(_ visit: Visit) async throws -> Response {
        let (form, accounts) = (try await visit.form(), visit.services.accounts)
        let code = ShownCode(code: form.text("code"))
        do {
            return try await show(visit, Shown(codes: try await accounts.confirmSecondFactor(code, as: visit.caller)))
        } catch let report as ProblemReport {
            return try await show(visit, Shown(setup: try await accounts.pendingSecondFactor(form.text("secret"), as: visit.caller), refusal: report))
        }
    }

    func replaceCodes(_ visit: Visit) async throws -> Response {
        let proof = Self.proof(try await visit.form())
        return try await trying(visit) {
            try await show(visit, Shown(codes: try await visit.services.accounts.replaceRecoveryCodes(proof, as: visit.caller)))
        }
    }

    func turnOff(_ visit: Visit) async throws -> Response {
        let proof = Self.proof(try await visit.form())
        return try await trying(visit) {
            try await visit.services.accounts.endSecondFactor(proof, as: visit.caller)
            return try visit.redirect(to: "/settings/security", Toast(visit.words("done_factorOff")))
        }
    }

    func setRule(_ visit: Visit) async throws -> Response {
        let needed = try await visit.form().text("needed") == "yes"
        return try await trying(visit) {
            _ = try await visit.services.accounts.updateProfile(ProfileChange(organizationNeedsSecondFactor: needed), as: visit.caller)
            return try visit.redirect(to: "/settings/security", Toast(visit.words("done_save")))
        }
    }

    /// Six digits are a code: no password is as short.
    private static func proof(_ form: FormFields) -> PersonProof {
        let given = form["proof"] ?? ""
        let digits = given.filter { !$0.isWhitespace }
        let isCode = digits.utf8.count == 6 && digits.utf8.allSatisfy { (48...57).contains($0) }
        return isCode ? PersonProof(code: digits) : PersonProof(password: given)
    }
}
