import Application
import Domain
import Foundation
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore

/// How assistants sign in: what they read about us, registration, tokens. The page on which a person decides belongs to the web interface.
///
/// Shapes, errors and even the encoding of bodies are the protocol's (RFC 6749, 7009, 7591, 8414, 9728), not those of our calls, so these
/// are no `Route`s.
struct AuthorizationRoutes: Sendable {
    private static let largestBody = 64 * 1024
    let services: Services
    private var authorization: Authorization { services.authorization }

    /// What a person sees and ends in the settings, for programs.
    var routes: [Route] {
        [
            Route(.get, "/api/assistants", "The assistants that were allowed into the workspace", access: .scope(.admin)) { call in
                Page(items: try await authorization.grants(as: try call.caller), nextCursor: nil)
            },
            Route(.delete, "/api/assistants/{id}", "End what an assistant was allowed", access: .scope(.admin), status: .noContent) { call in
                try await authorization.revoke(try call.id(of: "connected assistant"), as: try call.caller)
                return Nothing()
            },
        ]
    }

    func register(on router: Router<AppRequestContext>) {
        describe(on: router)
        post(AuthorizationAddresses.registerPath, on: router) { request, context in
            let body = try await request.wholeBody(upTo: Self.largestBody)
            let registration: ClientRegistration
            do {
                registration = try JSONDecoder().decode(ClientRegistration.self, from: Data(body.readableBytesView))
            } catch is DecodingError {
                throw OAuthError(.invalidClientMetadata, "The body must be a JSON object as RFC 7591 describes it.")
            }
            return try Response.json(try await authorization.register(registration, from: context.client(request)), status: .created)
        }
        post(AuthorizationAddresses.tokenPath, on: router) { request, context in
            try Response.json(try await authorization.token(try await Self.form(request)))
        }
        post(AuthorizationAddresses.revokePath, on: router) { request, context in
            try await authorization.revoke(try await Self.form(request))
            return Response(status: .ok, headers: [.cacheControl: "no-store"])
        }
    }

    private func describe(on router: Router<AppRequestContext>) {
        get(AuthorizationAddresses.resourceMetadataPath, authorization.resourceMetadata, on: router)
        for path in AuthorizationAddresses.serverMetadataPaths { get(path, authorization.serverMetadata, on: router) }
        // Said plainly, also to what looks like a browser: there is no sign-in for other resources, nor for addresses with a key in them.
        for path in ["**", "oauth-protected-resource", "openid-configuration"] {
            router.get(RouterPath("/.well-known/\(path)")) { _, _ -> Response in throw ProblemReport(.notFound, "There is nothing at this address.") }
        }
    }

    private func get(_ path: String, _ document: JSONValue, on router: Router<AppRequestContext>) {
        router.get(RouterPath(path)) { _, _ in
            var response = try Response.json(document)
            response.headers[.cacheControl] = "public, max-age=300"
            return response
        }
    }

    /// Counts the call against the limit of its address, and says errors as the protocol does.
    private func post(
        _ path: String, on router: Router<AppRequestContext>,
        _ handle: @escaping @Sendable (Request, AppRequestContext) async throws -> Response
    ) {
        router.post(RouterPath(path)) { request, context in
            _ = try await RateCounting(services).count(.calls, for: context)
            do {
                return try await handle(request, context)
            } catch let error as OAuthError {
                if [.invalidGrant, .invalidClient].contains(error.code) { try await WrongKeys(services.rates).count(from: context.origin.address) }
                let answer = ["error": error.code.rawValue, "error_description": error.description]
                return try Response.json(answer, status: .init(code: error.status))
            }
        }
    }

    private static func form(_ request: Request) async throws -> OAuthParameters {
        guard request.mediaType == "application/x-www-form-urlencoded" else {
            throw OAuthError(.invalidRequest, "Send a form: Content-Type: application/x-www-form-urlencoded.")
        }
        let body = try await request.wholeBody(upTo: largestBody)
        do {
            return OAuthParameters(try FormFields(String(buffer: body)).pairs.map { ($0.name, $0.value) })
        } catch is ProblemReport {
            throw OAuthError(.invalidRequest, "The form holds bytes that are not UTF-8 text, or the character U+0000.")
        }
    }
}
