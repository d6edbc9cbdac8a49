import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// The doors: signing in, the first account, and a forgotten password.
struct SignInPages {
    let site: Site
    private var accounts: Accounts { site.services.accounts }

    // MARK: Signing in

    func login(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        if context.signedIn != nil { return .seeOther("/") }
        guard try await accounts.hasUsers() else { return .seeOther("/register") }
        let query = try FormFields(queryOf: request)
        return try await showLogin(request, next: query.text("next").localPath(or: "/"), invitation: query.given("invitation"), refusal: nil)
    }

    func showLogin(
        _ request: Request, next: String, invitation: String?, email: String = "", refusal: ProblemReport?
    ) async throws -> Response {
        let open = if invitation == nil { try await accounts.registrationOpen() } else { true }
        let model: Model = [
            "next": next, "email": email, "registrationOpen": open, "invitation": invitation,
            "providers": providers(site.services.openID.choices, next: next, invitation: invitation, request),
            "registerHref": link("/register", ["invitation": invitation]),
            "passkey": Self.passkey(next: next, invitation: invitation, suggest: true, at: site),
        ]
        // Who comes with a session that is no longer in force was at work.
        let lapsed: Model? =
            SessionCookie.isIn(request)
            ? ["tone": "info", "icon": "info", "role": "status", "text": site.words(for: request)("signIn_lapsed")] : nil
        return try page("login", "signIn", model, request, refusal, notice: lapsed)
    }

    func submitLogin(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var request = request
        let form = try await request.form()
        let (next, invitation) = (form.text("next").localPath(or: "/"), form.given("invitation"))
        do {
            let login = Login(email: form.text("email"), password: form["password"] ?? "", invitation: invitation)
            switch try await accounts.beginLogin(login, from: context.client(request)) {
            case .signedIn(let signedIn): return try welcome(signedIn, to: next, context)
            case .codeNeeded(let ticket): return try await showCode(request, ticket: ticket, next: next, invitation: invitation, refusal: nil)
            }
        } catch let report as ProblemReport {
            return try await showLogin(request, next: next, invitation: invitation, email: form.text("email"), refusal: report)
        }
    }

    /// A button that signs in with a passkey; nil where there are none. `suggest`: the field of the address offers them as well.
    static func passkey(
        next: String, invitation: String? = nil, ticket: String? = nil, suggest: Bool = false, isOnly: Bool = false, at site: Site
    ) -> Model? {
        guard site.services.accounts.passkeyObstacle == nil else { return nil }
        return [
            "next": next, "invitation": invitation ?? "", "ticket": ticket ?? "", "suggest": suggest, "or": !isOnly,
            "address": site.services.configuration.mainURL.absoluteString,
        ]
    }

    /// Buttons that lead to `choices`; nil where there are none.
    private func providers(_ choices: [ProviderChoice], next: String, invitation: String?, _ request: Request) -> Model? {
        guard !choices.isEmpty else { return nil }
        let words = site.words(for: request)
        return [
            "next": next, "invitation": invitation,
            "list": choices.map { ["name": $0.name, "label": words("login_with", ["provider": $0.title])] as Model },
        ]
    }

    // MARK: The code after the password

    func showCode(
        _ request: Request, ticket: String, next: String, invitation: String?, refusal: ProblemReport?
    ) async throws -> Response {
        let hasPasskey = try await accounts.hasPasskey(ticket: ticket)
        let model: Model = [
            "ticket": ticket, "next": next, "invitation": invitation,
            "passkey": hasPasskey ? Self.passkey(next: next, invitation: invitation, ticket: ticket, at: site) : nil,
        ]
        return try page("login-code", "signIn", model, request, refusal)
    }

    func submitCode(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var request = request
        let form = try await request.form()
        let (next, invitation) = (form.text("next").localPath(or: "/"), form.given("invitation"))
        do {
            let login = CodeLogin(ticket: form.text("ticket"), code: form.text("code"), invitation: invitation)
            return try welcome(await accounts.finishLogin(login, from: context.client(request)), to: next, context)
        } catch let report as ProblemReport where report.code == .unauthenticated {
            return try await showLogin(request, next: next, invitation: invitation, refusal: report)
        } catch let report as ProblemReport {
            return try await showCode(request, ticket: form.text("ticket"), next: next, invitation: invitation, refusal: report)
        }
    }

    func welcome(_ signedIn: SignedIn, to path: String, _ context: AppRequestContext) throws -> Response {
        var response = Response.seeOther(path)
        response.headers[values: .setCookie] += SessionCookie.values(signedIn, for: context, site.services.configuration)
        if signedIn.kept {
            let words = site.catalogue.words(for: signedIn.user.locale)
            response.headers[values: .setCookie].append(try Toast(words("done_accountKept")).setCookie())
        }
        return response
    }

    func logout(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        if let caller = context.signedIn?.caller { try await accounts.logout(as: caller) }
        var response = Response.seeOther("/login")
        response.headers[values: .setCookie].append(SessionCookie.cleared(for: context, site.services.configuration))
        return response
    }

    // MARK: Registering

    func register(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        if context.signedIn != nil { return .seeOther("/") }
        return try await showRegister(request, form: try FormFields(queryOf: request), refusal: nil)
    }

    private func showRegister(_ request: Request, form: FormFields, refusal: ProblemReport?) async throws -> Response {
        let invitation = form.given("invitation")
        if invitation == nil, try await !accounts.registrationOpen() {
            throw ProblemReport(.registrationClosed, site.words(for: request)("registrationClosed"))
        }
        let openID = site.services.openID
        let (isFirst, choices) = (try await !accounts.hasUsers(), invitation == nil ? openID.registering : openID.choices)
        let model: Model = [
            "invitation": invitation, "loginHref": link("/login", ["invitation": invitation]),
            "providers": isFirst ? nil : providers(choices, next: "/", invitation: invitation, request),
            "first": isFirst, "name": form.text("name"), "email": form.text("email"),
            "timeZone": form.text("timeZone"), "zones": ZoneData.inForce.offered, "asksZone": refusal?.details["field"]?.string == "timeZone",
        ]
        return try page("register", "createAccount", model, request, refusal)
    }

    func submitRegister(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var request = request
        let form = try await request.form()
        let words = site.words(for: request)
        let name = form.given("name") ?? Self.name(from: form.text("email"))
        let registration = Registration(
            email: form.text("email"), password: form["password"] ?? "", name: name,
            organizationName: form.given("organizationName") ?? name.map { words("workspaceOf", ["name": $0]) }, timeZone: form.given("timeZone"),
            locale: words.language, invitation: form.given("invitation"))
        do {
            return try welcome(await accounts.register(registration, from: context.client(request)), to: "/", context)
        } catch let report as ProblemReport where report.code != .registrationClosed {
            return try await showRegister(request, form: form, refusal: report)
        }
    }

    /// What somebody with this address is called until they say so: `ada.example@…` is Ada Example.
    static func name(from email: String) -> String? {
        let words = email.prefix { $0 != "@" && $0 != "+" }.split { "._-".contains($0) }
        return words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ").unlessEmpty
    }

    // MARK: A forgotten password

    func forgot(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try page("forgot", "resetPassword", ["mailConfigured": site.services.mail.configured], request, nil)
    }

    func submitForgot(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var request = request
        let form = try await request.form()
        let email = form.text("email")
        do {
            try await accounts.forgot(email, from: context.client(request))
            return try page("forgot", "resetPassword", ["sent": true], request, nil)
        } catch let report as ProblemReport {
            return try page("forgot", "resetPassword", ["email": email, "mailConfigured": site.services.mail.configured], request, report)
        }
    }

    func reset(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try page("reset", "chooseNewPassword", ["token": try FormFields(queryOf: request).text("token")], request, nil)
    }

    func submitReset(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var request = request
        let form = try await request.form()
        do {
            let reset = PasswordReset(token: form.text("token"), newPassword: form["newPassword"] ?? "")
            let device = try await accounts.reset(reset, from: context.client(request))
            var response = Response.seeOther("/login")
            response.headers[values: .setCookie].append(DeviceCookie.value(device, for: context, site.services.configuration))
            response.headers[values: .setCookie].append(try Toast(site.words(for: request)("done_reset")).setCookie())
            return response
        } catch let report as ProblemReport {
            return try page("reset", "chooseNewPassword", ["token": form.text("token")], request, report)
        }
    }

    private func page(
        _ name: String, _ title: String, _ model: Model, _ request: Request, _ refusal: ProblemReport?, notice: Model? = nil
    ) throws -> Response {
        let words = site.words(for: request)
        let voice = Voice(words: words, time: LocalTime(zone: "UTC", locale: words.language))
        let banner = refusal.map { voice.banner($0) } ?? notice
        return try site.plainPage(
            "pages/\(name)", title: words(title), model.merging(["banner": banner]), words: words, request: request,
            status: .init(code: refusal?.code.status ?? 200))
    }
}
