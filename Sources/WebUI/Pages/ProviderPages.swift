import Application
import Domain
import Gateway
import Hummingbird

/// The way to a provider of identities and back, for signing in and for connecting an account.
struct ProviderPages {
    let site: Site
    private var doors: SignInPages { SignInPages(site: site) }
    private var openID: OpenIDSignIn { site.services.openID }

    // MARK: Signing in

    /// A form of ours leads there: so nobody is let into somebody's workspace by a link.
    func begin(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var request = request
        let form = try await request.form()
        let (next, invitation) = (form.text("next").localPath(or: "/"), form.given("invitation"))
        guard try await site.services.accounts.hasUsers() else { return .seeOther("/register") }
        do {
            let begun = try await openID.begin(
                Self.provider(context), next: next, invitation: invitation, from: context.client(request))
            return leave(begun, context)
        } catch let report as ProblemReport {
            return try await doors.showLogin(request, next: next, invitation: invitation, refusal: report)
        }
    }

    /// Where the provider sends the browser back to.
    func callback(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let query = try FormFields(queryOf: request).pairs.map { ($0.name, $0.value) }
        var response: Response
        do {
            let finished = try await openID.finish(
                Self.provider(context), query: Dictionary(query) { first, _ in first }, cookie: PendingCookie.provider.value(in: request),
                as: context.signedIn?.caller, from: context.client(request))
            response = try await arrive(finished, request, context)
        } catch let report as ProblemReport {
            response = try await refuse(report, request, context)
        }
        PendingCookie.provider.clear(on: &response, for: context, site.services.configuration)
        // The address holds the code. Without any referrer, our own forms would not say where they come from.
        response.headers[.init("Referrer-Policy")!] = "same-origin"
        return response
    }

    private func arrive(_ finished: FinishedSignIn, _ request: Request, _ context: AppRequestContext) async throws -> Response {
        switch finished {
        case .signedIn(let signedIn, let next): return try doors.welcome(signedIn, to: next, context)
        case .codeNeeded(let ticket, let next, let invitation):
            return try await doors.showCode(request, ticket: ticket, next: next, invitation: invitation, refusal: nil)
        case .connected:
            let visit = try Visit(request, context, at: site)
            return try visit.redirect(to: "/settings/security", Toast(visit.words("done_identityConnect")))
        }
    }

    private func refuse(_ report: ProblemReport, _ request: Request, _ context: AppRequestContext) async throws -> Response {
        guard context.signedIn != nil else { return try await doors.showLogin(request, next: "/", invitation: nil, refusal: report) }
        return try await SecurityPages().show(try Visit(request, context, at: site), refusal: report)
    }

    private func leave(_ begun: BegunSignIn, _ context: AppRequestContext) -> Response {
        var response = Response(status: .seeOther, headers: [.location: begun.url, .cacheControl: "no-store"])
        PendingCookie.provider.put(begun.cookie, on: &response, for: context, site.services.configuration)
        response.headers[.init("Referrer-Policy")!] = "no-referrer"
        return response
    }

    private static func provider(_ context: AppRequestContext) -> String { context.parameters.get("provider") ?? "" }

    // MARK: Connecting

    func connect(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        do {
            let begun = try await openID.beginConnecting(form.text("provider"), password: form["password"] ?? "", as: visit.caller)
            return leave(begun, visit.context)
        } catch let report as ProblemReport {
            return try await SecurityPages().show(visit, refusal: report)
        }
    }

    func disconnect(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        do {
            try await visit.services.accounts.disconnect(
                try visit.id("identity"), IdentityRemoval(password: form["password"]), as: visit.caller)
            return try visit.redirect(to: "/settings/security", Toast(visit.words("done_identityDisconnect")))
        } catch let report as ProblemReport where report.code != .notFound {
            return try await SecurityPages().show(visit, refusal: report)
        }
    }
}
