import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Where short links lead: `/l/CODE` at `MAIN_URL`, and `/CODE` at `SHORT_LINK_URL`, where nothing else is.
///
/// Only what was made here leads anywhere. Nothing is put into the browser, and nobody between may keep the answer: otherwise clicks would not
/// be counted.
public struct ShortLinkPage: Sendable {
    private let links: ShortLinks

    public init(services: Services) { links = services.shortLinks }

    public func register(on router: Router<AppRequestContext>) {
        router.get("/l/:code") { request, context -> Response in
            try await answer(context.parameters.get("code") ?? "", request, context)
        }
    }

    /// Asking with HEAD is what programs do to see where a link leads: it is no click.
    func answer(_ code: String, _ request: Request, _ context: AppRequestContext) async throws -> Response {
        guard let target = try await links.target(of: code, from: context.origin.address) else { return Self.unknown }
        if request.method == .get { links.noteClick(on: code, userAgent: request.headers[.userAgent]) }
        return Response(
            status: .found,
            headers: [.location: target, .cacheControl: "private, no-store", .referrerPolicy: "strict-origin-when-cross-origin"])
    }

    private static var unknown: Response {
        Response(
            status: .notFound, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: "There is no such link.\n")))
    }
}

/// The domain of short links serves short links and nothing else: no page to sign in, no call of the API.
struct ShortLinkDomain: RouterMiddleware {
    typealias Context = AppRequestContext
    /// As browsers write it in `Host`.
    let host: String
    let page: ShortLinkPage

    /// Nil where short links have no domain of their own.
    init?(services: Services) {
        guard let url = services.configuration.shortLinkURL, let name = url.host() else { return nil }
        host = url.port.map { "\(name):\($0)" } ?? name
        page = ShortLinkPage(services: services)
    }

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        guard context.origin.host.lowercased() == host.lowercased() else { return try await next(request, context) }
        guard [.get, .head].contains(request.method) else {
            throw AnsweredProblem(
                ProblemReport(.methodNotAllowed, "Links are followed with GET."), headers: [.allow: "GET, HEAD"])
        }
        return try await page.answer(String(request.uri.path.dropFirst()), request, context)
    }
}
