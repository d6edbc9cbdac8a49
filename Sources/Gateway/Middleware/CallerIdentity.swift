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
    let wrongKeys: WrongKeys
    /// That of `MAIN_URL`.
    let ownOrigin: String
    /// Origins besides our own that may send a browser's requests: the listed CORS origins.
    let origins: Set<String>
    /// What a person sees whose form was refused; without one, and for programs, it is the JSON error.
    var refusedForm: ErrorPage?

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard !path.hasPrefix(FrontDoor.assetPath), !Self.unidentified.contains(path) else {
            return try await next(request, context)
        }
        var request = request
        var context = context
        context.authentication = try await identify(request)
        if case .key(let caller) = context.authentication {
            context.logger[metadataKey: "caller"] = .string(caller.subject)
        } else if Self.changing.contains(request.method), !request.headers.contains(.authorization), !Self.opensByKeyAlone(path) {
            do {
                try requireOwnPage(request, context)
                if let signedIn = context.signedIn { try await requireToken(signedIn.csrfToken, &request) }
            } catch let report as ProblemReport where request.wantsPage {
                guard let refusedForm else { throw report }
                return try await refusedForm(report, request, context)
            }
        }
        if let signedIn = context.signedIn, let answer = try ActivationGate.answer(request, signedIn) { return answer }
        if let signedIn = context.signedIn, let answer = try SecondFactorGate.answer(request, signedIn) { return answer }
        guard case .refused = context.authentication, Self.secret(of: request) != nil else { return try await next(request, context) }
        do {
            return try await next(request, context)
        } catch let error where ProblemReport(answering: error).code == .unauthenticated {
            try await wrongKeys.count(from: context.origin.address)
            throw error
        }
    }

    /// Addresses where nobody is looked up: what assistants sign in with, and figures, which have a token of their own.
    private static let unidentified = AuthorizationAddresses.forPrograms.union(["/metrics"])

    /// An `Authorization` header decides alone; the cookie is looked at only without one.
    private func identify(_ request: Request) async throws -> Authentication {
        if request.headers.contains(.authorization) {
            guard let secret = Self.secret(of: request) else { return .refused }
            return try await identify(secret, at: request.uri.path)
        }
        guard !Self.opensByKeyAlone(request.uri.path) else { return .anonymous }
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

    /// The key or token that is given: behind `Bearer`, and where programs for Postiz call also without that word.
    private static func secret(of request: Request) -> String? {
        if let token = request.bearerToken { return token }
        guard PostizAPI.covers(request.uri.path), let bare = request.headers[.authorization]?.trimmingCharacters(in: .whitespaces),
            !bare.isEmpty, !bare.contains(" ")
        else { return nil }
        return bare
    }

    /// Addresses that a key opens and no cookie: what another site's page could send there is worth nothing.
    private static func opensByKeyAlone(_ path: String) -> Bool { isForAssistants(path) || PostizAPI.covers(path) }

    static func isForAssistants(_ path: String) -> Bool { path == "/mcp" || path == "/mcp/" || path.hasPrefix("/api/mcp/") }

    /// Browsers say where a request comes from; programs that send neither header are not browsers.
    private func requireOwnPage(_ request: Request, _ context: AppRequestContext) throws {
        if let origin = request.headers[.origin] {
            guard origin == context.origin.base || origin == ownOrigin || origins.contains(origin) else { throw foreign(origin, context) }
        } else if let site = request.headers[.secFetchSite] {
            guard ["same-origin", "none"].contains(site) else { throw foreign("another site", context) }
        }
    }

    private func requireToken(_ expected: String, _ request: inout Request) async throws {
        var given = request.headers[.csrfToken]
        if given == nil, request.isForm { given = try await request.form()["_csrf"] }
        guard let given, given.utf8.isEqualInConstantTime(to: expected.utf8) else {
            throw ProblemReport(
                .csrf, "This page is out of date or the request did not come from it. Reload the page and try again.")
        }
    }

    private static let changing: Set<HTTPRequest.Method> = [.post, .put, .patch, .delete]

    /// Often the page is our own, and a proxy does not tell by which name: so both names are said.
    private func foreign(_ origin: String, _ context: AppRequestContext) -> ProblemReport {
        let came = origin.unicodeScalars.allSatisfy { ("!"..."~").contains($0) || $0 == " " } ? String(origin.prefix(200)) : "another site"
        let expected = ownOrigin == context.origin.base ? ownOrigin : "\(ownOrigin) or \(context.origin.base)"
        return ProblemReport(
            .csrf,
            """
            The request was sent by a page of \(came); expected was \(expected). If that page is this instance, set MAIN_URL to its address, or \
            let the proxy pass the Host header on. Another site that may send requests belongs into CORS_ORIGINS.
            """,
            details: ["origin": .string(came), "expected": .string(expected)])
    }
}

extension Request {
    /// What follows `Bearer` in the `Authorization` header.
    public var bearerToken: String? {
        let parts = (headers[.authorization] ?? "").split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].trimmingCharacters(in: .whitespaces)
    }
}
