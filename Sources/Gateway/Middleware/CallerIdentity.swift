import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird

/// Shows a problem to a person in a browser.
public typealias ErrorPage = @Sendable (ProblemReport, Request, AppRequestContext) async throws -> Response

/// Finds out who asks, by API key, access token or session cookie, and refuses requests that another site made a browser send.
struct CallerIdentity: RouterMiddleware {
    typealias Context = AppRequestContext
    let accounts: Accounts
    let keys: APIKeys
    let authorization: Authorization
    /// Origins besides our own that may send a browser's requests: `MAIN_URL` and the listed CORS origins.
    let origins: Set<String>
    /// What a person sees whose form was refused; without one, and for programs, it is the JSON error.
    var refusedForm: ErrorPage?

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard !path.hasPrefix(FrontDoor.assetPath), !AuthorizationAddresses.forPrograms.contains(path) else {
            return try await next(request, context)
        }
        var request = request
        var context = context
        context.authentication = try await identify(request)
        if case .key(let caller) = context.authentication {
            context.logger[metadataKey: "caller"] = .string(caller.subject)
        } else if Self.changing.contains(request.method), !request.headers.contains(.authorization), !Self.isForAssistants(path) {
            do {
                try requireOwnPage(request, context)
                if let signedIn = context.signedIn { try await requireToken(signedIn.csrfToken, &request) }
            } catch let report as ProblemReport where request.wantsPage {
                guard let refusedForm else { throw report }
                return try await refusedForm(report, request, context)
            }
        }
        return try await next(request, context)
    }

    /// An `Authorization` header decides alone; the cookie is looked at only without one.
    private func identify(_ request: Request) async throws -> Authentication {
        if request.headers.contains(.authorization) {
            guard let secret = request.bearerToken else { return .refused }
            return try await identify(secret, at: request.uri.path)
        }
        guard !Self.isForAssistants(request.uri.path) else { return .anonymous }
        guard let token = request.cookies[SessionCookie.name]?.value, !token.isEmpty,
            let signedIn = try await accounts.authenticate(sessionToken: token)
        else { return .anonymous }
        return .session(signedIn)
    }

    private func identify(_ secret: String, at path: String) async throws -> Authentication {
        guard Authorization.isAccessToken(secret) else { return try await keys.authenticate(secret).map { .key($0) } ?? .refused }
        // A token that an assistant holds must not open anything but what it was given for.
        guard [AuthorizationAddresses.resourcePath, AuthorizationAddresses.resourcePath + "/"].contains(path) else { return .misdirected }
        return try await authorization.authenticate(secret).map { .key($0) } ?? .refused
    }

    /// Addresses that a key opens and no cookie: what another site's page could send there is worth nothing.
    static func isForAssistants(_ path: String) -> Bool { path == "/mcp" || path == "/mcp/" || path.hasPrefix("/api/mcp/") }

    /// Browsers say where a request comes from; programs that send neither header are not browsers.
    private func requireOwnPage(_ request: Request, _ context: AppRequestContext) throws {
        if let origin = request.headers[.origin] {
            guard origin == context.origin.base || origins.contains(origin) else { throw Self.foreign }
        } else if let site = request.headers[.secFetchSite] {
            guard ["same-origin", "none"].contains(site) else { throw Self.foreign }
        }
    }

    private func requireToken(_ expected: String, _ request: inout Request) async throws {
        var given = request.headers[.csrfToken]
        if given == nil, request.isForm { given = try await request.form()["_csrf"] }
        guard let given, Self.equal(given, expected) else {
            throw ProblemReport(
                .csrf, "This page is out of date or the request did not come from it. Reload the page and try again.")
        }
    }

    /// Takes the same time wherever the texts differ.
    private static func equal(_ left: String, _ right: String) -> Bool {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static let changing: Set<HTTPRequest.Method> = [.post, .put, .patch, .delete]
    private static let foreign = ProblemReport(
        .csrf, "The request was sent by a page of another site. Open this instance itself, or list that site in CORS_ORIGINS.")
}

extension Request {
    /// What follows `Bearer` in the `Authorization` header.
    public var bearerToken: String? {
        let parts = (headers[.authorization] ?? "").split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].trimmingCharacters(in: .whitespaces)
    }
}
