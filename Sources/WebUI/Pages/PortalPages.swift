import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// What clients see by their links, without an account. Looking changes nothing but when a link was used last.
struct PortalPages {
    let site: Site
    private var portal: Portal { site.services.portal }

    /// Moves the secret out of the address, into a cookie that goes back to these pages alone.
    func enter(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let secret = context.parameters.get("secret") ?? ""
        return try await page("pages/portal", request, context, secret: secret) { visit, _ in
            var response = Response.seeOther(Self.path(of: visit))
            let left = visit.link.expiresAt - site.services.time.now
            PortalCookie.put(secret, until: left, for: visit.link.id, on: &response, context, configuration)
            return .answer(response)
        }
    }

    func show(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try await page("pages/portal", request, context) { visit, words in
            let list = PortalList(visit: visit, portal: portal, words: words, site: site)
            return .model(try await list.model(month: FormFields(queryOf: request).text("month")))
        }
    }

    func post(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try await page("pages/portal-post", request, context) { visit, words in .model(try await model(of: id(context), visit, words)) }
    }

    func act(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var request = request
        let (form, id) = (try await request.form(), try id(context))
        return try await page("pages/portal-post", request, context) { visit, words in
            let (token, revision) = (form.text("token"), Int(form.text("revision")))
            let done: String
            do {
                switch form.text("deed") {
                case "approve":
                    try await portal.approve(id, revision: revision, token: token, visit)
                    done = "portal_done_approve"
                case "back":
                    try await portal.sendBack(id, note: form["text"], revision: revision, token: token, visit)
                    done = "portal_done_back"
                default:
                    try await portal.say(form.text("text"), about: id, token: token, visit)
                    done = "portal_done_say"
                }
            } catch let report as ProblemReport where report.code != .notFound {
                let said = voice(words, visit).banner(report)
                return .model(try await model(of: id, visit, words).merging(["banner": said]), status: report.code.status)
            }
            // Sent back it is a draft, which clients do not see.
            let next = done == "portal_done_back" ? Self.path(of: visit) : "\(Self.path(of: visit))/posts/\(id)"
            var response = Response.seeOther(next)
            response.headers[values: .setCookie].append(try Toast(words(done)).setCookie())
            return .answer(response)
        }
    }

    // MARK: The page

    private enum Content {
        case model(Model, status: Int = 200)
        case answer(Response)
    }

    private var configuration: Configuration { site.services.configuration }
    static func path(of visit: PortalVisit) -> String { "/portal/\(visit.link.id)" }

    private func id(_ context: AppRequestContext) throws -> PostID {
        guard let id = context.parameters.get("post").flatMap({ PostID($0) }) else { throw ProblemReport.notFound("post") }
        return id
    }

    private func voice(_ words: Words, _ visit: PortalVisit?) -> Voice {
        Voice(words: words, time: LocalTime(zone: visit?.timeZone ?? "UTC", locale: words.language))
    }

    private func model(of id: PostID, _ visit: PortalVisit, _ words: Words) async throws -> Model {
        PortalPostModel(page: try await portal.page(id, visit), visit: visit, words: words, site: site).model
    }

    private func page(
        _ template: String, _ request: Request, _ context: AppRequestContext, secret: String? = nil,
        _ content: (PortalVisit, Words) async throws -> Content
    ) async throws -> Response {
        let (words, link) = (site.words(for: request), context.parameters.get("link"))
        var base: Model = ["heading": words("portal")]
        var response: Response
        do {
            let visit = try await portal.visit(link, secret: secret ?? PortalCookie.value(in: request), from: context.client(request))
            base = [
                "home": Self.path(of: visit), "heading": visit.link.customer, "workspace": visit.workspace,
                "reader": words("portal_for", ["person": visit.link.person]),
            ]
            switch try await content(visit, words) {
            case .answer(let answer): response = answer
            case .model(let model, let status): response = try draw(template, base.merging(model), words, request, context, status: status)
            }
        } catch let report as ProblemReport {
            let model = base.merging(["banner": voice(words, nil).banner(report)])
            response = try draw("pages/portal", model, words, request, context, status: report.code.status)
        }
        // The first address is a key: nobody whom the page leads to is told it, and nobody lists it.
        response.headers[.init("Referrer-Policy")!] = secret == nil ? "same-origin" : "no-referrer"
        response.headers[.init("X-Robots-Tag")!] = "noindex, nofollow, noarchive"
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private func draw(
        _ template: String, _ model: Model, _ words: Words, _ request: Request, _ context: AppRequestContext, status: Int
    ) throws -> Response {
        try site.plainPage(
            template, title: words("portal"), model, words: words, request: request, csrf: context.signedIn?.csrfToken,
            status: .init(code: status))
    }
}
