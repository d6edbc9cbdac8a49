import Application
import Domain
import Gateway
import Hummingbird

/// Showing that an address is one's own. The link leads to a button: programs that look at mails open links as well.
struct ActivationPages {
    let site: Site
    private var accounts: Accounts { site.services.accounts }

    func show(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let token = try FormFields(queryOf: request).given("token")
        guard token != nil || context.signedIn?.awaitsActivation == true else { return .seeOther("/") }
        return try page(request, context, token: token)
    }

    private func page(
        _ request: Request, _ context: AppRequestContext, token: String? = nil, sent: Bool = false, refusal: ProblemReport? = nil
    ) throws -> Response {
        let signedIn = context.signedIn
        let words = signedIn.map { site.catalogue.words(for: $0.user.locale) } ?? site.words(for: request)
        let voice = Voice(words: words, time: LocalTime(zone: "UTC", locale: words.language))
        let model: Model = [
            "token": token, "waits": token == nil && signedIn != nil, "sent": sent, "signedIn": signedIn != nil,
            "explained": signedIn.map { words("activation_explained", ["email": $0.user.email]) }, "banner": refusal.map { voice.banner($0) },
        ]
        return try site.plainPage(
            "pages/activate", title: words("activation"), model, words: words, request: request, csrf: signedIn?.csrfToken,
            status: .init(code: refusal?.code.status ?? 200))
    }

    func submit(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var request = request
        let token = try await request.form().text("token")
        do {
            try await accounts.activate(ActivationToken(token: token), from: context.client(request))
            var response = Response.seeOther(context.signedIn == nil ? "/login" : "/")
            response.headers[values: .setCookie].append(try Toast(site.words(for: request)("done_activate")).setCookie())
            return response
        } catch let report as ProblemReport {
            return try page(request, context, token: context.signedIn == nil ? token : nil, refusal: report)
        }
    }

    func again(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        guard let signedIn = context.signedIn else { return .seeOther("/login") }
        do {
            try await accounts.resendActivation(as: signedIn.caller, from: context.client(request))
            return try page(request, context, sent: true)
        } catch let report as ProblemReport where report.code == .conflict {
            return .seeOther("/")
        } catch let report as ProblemReport {
            return try page(request, context, refusal: report)
        }
    }
}
