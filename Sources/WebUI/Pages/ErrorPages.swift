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
            return try answer(report, request, context)
        }
    }

    /// Connecting an account begins and ends below `/api`, but in a browser.
    private static func isForPerson(_ request: Request) -> Bool {
        request.wantsPage && (!request.uri.path.hasPrefix("/api/") || request.uri.path.hasPrefix("/api/auth/"))
    }

    func answer(_ report: ProblemReport, _ request: Request, _ context: AppRequestContext) throws -> Response {
        if report.code == .unauthenticated {
            let here = request.method == .get ? request.uri.query.map { "\(request.uri.path)?\($0)" } ?? request.uri.path : "/"
            return .seeOther(link("/login", ["next": here == "/" ? nil : here]))
        }
        let words = context.signedIn.map { site.catalogue.words(for: $0.user.locale) } ?? site.words(for: request)
        let known = ["404": "notFound", "403": "forbidden", "503": "unavailable"]
        let kind = known[String(report.code.status)] ?? (report.code.status >= 500 ? "broken" : "refused")
        let text = report.code == .notFound ? words("error_notFound_text") : report.message
        let model: Model = [
            "heading": words("error_\(kind)"), "text": text, "requestId": context.requestId,
            "href": context.signedIn == nil ? "/login" : "/",
            "action": words(context.signedIn == nil ? "signIn" : "backHome"),
        ]
        var response = try site.plainPage(
            "pages/error", title: words("error_\(kind)"), model, words: words, request: request, status: .init(code: report.code.status))
        if let wait = report.retryAfter { response.headers[.retryAfter] = String(max(1, (wait.milliseconds + 999) / 1000)) }
        return response
    }
}
