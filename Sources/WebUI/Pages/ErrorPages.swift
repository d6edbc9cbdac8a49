import Domain
import Foundation
import Gateway
import Hummingbird

/// Turns what is thrown at a person into a page that says what happened and what to do. Who is not signed in is sent to the door.
/// Programs, which do not ask for pages, get the errors of the REST interface.
struct ErrorPages: RouterMiddleware {
    typealias Context = AppRequestContext
    let site: Site

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch  where Self.isForPerson(request) {
            let report = ProblemReport(answering: error)
            if report.code == .internalError { context.logger.error("unexpected error", metadata: ["error": "\(error)"]) }
            return try await answer(report, request, context)
        }
    }

    /// Connecting an account begins and ends below `/api`, but in a browser.
    private static func isForPerson(_ request: Request) -> Bool {
        request.wantsPage && (!request.uri.path.hasPrefix("/api/") || request.uri.path.hasPrefix("/api/auth/"))
    }

    /// A form that was open while its session changed: it says that nothing happened, leads back, and shows what was written, so that it can
    /// be copied. What another site sent is only refused.
    func refusedForm(_ report: ProblemReport, _ request: Request, _ context: AppRequestContext) async throws -> Response {
        guard request.headers[.origin].map({ $0 == context.origin.base }) ?? true else { return try await answer(report, request, context) }
        var request = request
        let written = request.isForm ? try await request.form().all("text").filter { !$0.isBlank } : []
        let words = words(for: request, context)
        let model: Model = [
            "heading": words("error_outdated"), "text": words("error_outdated_text"), "requestId": context.requestId,
            "href": request.cameFrom(context.origin) ?? "/", "action": words("backAndReload"), "written": written, "hasWritten": !written.isEmpty,
        ]
        return try site.plainPage(
            "pages/error", title: words("error_outdated"), model, words: words, request: request, status: .init(code: report.code.status))
    }

    private func words(for request: Request, _ context: AppRequestContext) -> Words {
        context.signedIn.map { site.catalogue.words(for: $0.user.locale) } ?? site.words(for: request)
    }

    private func said(_ text: String, _ words: Words, _ context: AppRequestContext) -> String {
        let zone = context.signedIn?.caller.timeZone ?? "UTC"
        return Voice(words: words, time: LocalTime(zone: zone, locale: words.language)).say(text)
    }

    func answer(_ report: ProblemReport, _ request: Request, _ context: AppRequestContext) async throws -> Response {
        if report.code == .unauthenticated {
            let here = request.method == .get ? request.uri.query.map { "\(request.uri.path)?\($0)" } ?? request.uri.path : "/"
            return .seeOther(link("/login", ["next": here == "/" ? nil : here]))
        }
        let words = words(for: request, context)
        let known = ["404": "notFound", "403": "forbidden", "503": "unavailable"]
        let kind = known[String(report.code.status)] ?? (report.code.status >= 500 ? "broken" : "refused")
        let text = report.code == .notFound ? words("error_notFound_text") : said(report.message, words, context)
        let model: Model = [
            "heading": words("error_\(kind)"), "text": text, "requestId": context.requestId,
            "href": context.signedIn == nil ? "/login" : "/",
            "action": words(context.signedIn == nil ? "signIn" : "backHome"),
        ]
        var response = try await page(words("error_\(kind)"), model, report.code.status, words, request, context)
        if let wait = report.retryAfter { response.headers[.retryAfter] = String(wait.secondsToWait) }
        return response
    }

    /// With the sidebar for who is signed in, so that the way on is where it always is; without it where the server itself is in trouble.
    private func page(
        _ title: String, _ model: Model, _ status: Int, _ words: Words, _ request: Request, _ context: AppRequestContext
    ) async throws -> Response {
        if status < 500, context.signedIn != nil {
            do {
                return try await site.page(
                    "pages/error-framed", title: title, model, for: Visit(request, context, at: site), status: .init(code: status))
            } catch {
                context.logger.warning("an error page without its frame", metadata: ["error": "\(error)"])
            }
        }
        return try site.plainPage("pages/error", title: title, model, words: words, request: request, status: .init(code: status))
    }
}

extension Request {
    /// The page of ours that it was sent from, where the browser tells.
    fileprivate func cameFrom(_ origin: RequestOrigin) -> String? {
        guard let referrer = headers[.referer], referrer.hasPrefix(origin.base + "/") else { return nil }
        return referrer.dropFirst(origin.base.count).prefix { $0 != "#" }.description.localPath(or: "").unlessEmpty
    }
}

extension String {
    fileprivate var isBlank: Bool { allSatisfy(\.isWhitespace) }
}
