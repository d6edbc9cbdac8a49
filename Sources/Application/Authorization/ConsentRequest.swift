import Domain
import Foundation
import Persistence

/// How much of what an assistant asks for a person allows.
public enum GrantExtent: String, Sendable, CaseIterable {
    /// All it asks for.
    case full
    /// The same, but what it plans or publishes waits for approval.
    case drafts
    /// Looking only.
    case read
}

/// An assistant's checked request to be allowed in, for a person to decide.
public struct ConsentRequest: Sendable, Equatable {
    public let clientId: String
    public let clientName: String
    public let redirect: RedirectAddress
    /// What it asks for, in the order in which scopes are offered.
    public let scopes: [Scope]
    let state: String?
    let challenge: String

    /// The host that vouches for the assistant's name; nil for one that gave itself a name.
    public var identifiedBy: String? { ClientDocuments.mayName(clientId) ? URLComponents(string: clientId)?.host : nil }

    /// What can be allowed: only what makes a difference.
    public var extents: [GrantExtent] {
        GrantExtent.allCases.filter { extent in
            switch extent {
            case .full: true
            case .drafts: scopes.contains(.postsWrite)
            case .read: !scopes(for: .read).isEmpty && scopes(for: .read) != scopes
            }
        }
    }

    func scopes(for extent: GrantExtent) -> [Scope] {
        extent == .read ? scopes.filter { [.postsRead, .analyticsRead].contains($0) } : scopes
    }
}

/// Where a person's browser is sent with the answer.
public struct ConsentAnswer: Sendable, Equatable {
    public let clientName: String
    /// Whether the assistant was let in.
    public let allowed: Bool
    public let redirect: RedirectAddress
    /// `redirect` with the answer.
    public let url: String
}

/// The request as it stands is answered with an error, without asking anybody.
public struct ConsentRefusal: Error, Sendable, Equatable { public let answer: ConsentAnswer }

extension Authorization {
    /// Reads a request. Throws `BAD_REQUEST` or `ADDRESS_REFUSED` when client or redirect address are not to be trusted: then the browser
    /// must not be sent anywhere. Anything else that is wrong is an answer for the client.
    public func read(_ parameters: OAuthParameters, as caller: Caller) async throws -> Result<ConsentRequest, ConsentRefusal> {
        _ = try caller.requireSignedIn()
        let client = try await client(try Self.trusted("client_id", in: parameters))
        let redirect = try redirect(parameters, of: client)
        do throws(OAuthError) {
            return .success(try request(parameters, of: client, to: redirect))
        } catch {
            // A state given twice is no state.
            let states = parameters.all("state")
            return .failure(ConsentRefusal(answer: refuse(client, redirect, states.count == 1 ? states[0] : nil, error)))
        }
    }

    private func redirect(_ parameters: OAuthParameters, of client: OAuthClient) throws -> RedirectAddress {
        let registered = client.redirectURIs.compactMap(RedirectAddress.init)
        if parameters.all("redirect_uri").isEmpty, registered.count == 1 { return registered[0] }
        guard let given = RedirectAddress(try Self.trusted("redirect_uri", in: parameters)), registered.contains(where: { $0.admits(given) }) else {
            throw ProblemReport(
                .badRequest, "The program that sent you here wants its answer at an address that it has not registered. Nothing was sent.")
        }
        return given
    }

    private static func trusted(_ name: String, in parameters: OAuthParameters) throws -> String {
        let given = parameters.all(name)
        guard given.count == 1 else {
            throw ProblemReport(.badRequest, "The address that brought you here must name \(name) exactly once. Start again in the program.")
        }
        return given[0]
    }

    private func request(
        _ parameters: OAuthParameters, of client: OAuthClient, to redirect: RedirectAddress
    ) throws(OAuthError) -> ConsentRequest {
        let state = try parameters.optional("state")
        let challenge = try Self.challenge(of: parameters)
        try checkResource(parameters)
        return ConsentRequest(
            clientId: client.id, clientName: client.name, redirect: redirect, scopes: try Self.scopes(try parameters.optional("scope")),
            state: state, challenge: challenge)
    }

    /// Throws `BAD_REQUEST` for a request that is refused whoever signs in: nobody is to be asked for that. Nothing is looked up or fetched.
    public static func checkBeforeSignIn(_ parameters: OAuthParameters) throws {
        do throws(OAuthError) {
            _ = try challenge(of: parameters)
        } catch {
            throw ProblemReport(.badRequest, "The program that sent you here asked in a way that is not taken: \(error.description)")
        }
    }

    /// The proof (PKCE) that the code will be exchanged by whoever asks for it, of a request for a code.
    private static func challenge(of parameters: OAuthParameters) throws(OAuthError) -> String {
        guard try parameters.required("response_type") == "code" else {
            throw OAuthError(.unsupportedResponseType, "response_type must be code.")
        }
        guard try parameters.optional("response_mode") ?? "query" == "query" else {
            throw OAuthError(.invalidRequest, "response_mode must be query.")
        }
        let challenge = try parameters.required("code_challenge")
        guard try parameters.optional("code_challenge_method") == "S256" else {
            throw OAuthError(.invalidRequest, "code_challenge_method must be S256.")
        }
        guard challenge.utf8.count == 43, challenge.utf8.allSatisfy(Self.isBase64URL) else {
            throw OAuthError(.invalidRequest, "code_challenge must be the SHA-256 of the verifier in base64url: 43 characters.")
        }
        return challenge
    }

    /// Clients from before RFC 8707 name no resource; there is only one anyway.
    func checkResource(_ parameters: OAuthParameters) throws(OAuthError) {
        guard parameters.all("resource").allSatisfy(addresses.isOurs) else {
            throw OAuthError(.invalidTarget, "The only resource here is \(addresses.resource)")
        }
    }

    /// All that is offered when the client does not choose. What we do not offer is left out, and the client is told what it got.
    private static func scopes(_ text: String?) throws(OAuthError) -> [Scope] {
        guard let asked = text?.split(separator: " ").map(String.init), !asked.isEmpty else { return offeredScopes }
        let scopes = offeredScopes.filter { asked.contains($0.rawValue) }
        guard !scopes.isEmpty else {
            throw OAuthError(.invalidScope, "The scopes here are: \(offeredScopes.map(\.rawValue).joined(separator: " "))")
        }
        return scopes
    }

    private static func isBase64URL(_ byte: UInt8) -> Bool {
        let character = Character(Unicode.Scalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber || character == "-" || character == "_")
    }

    // MARK: The decision

    /// Lets the assistant into one of the caller's workspaces. Throws `NOT_FOUND` for a workspace that is not theirs.
    public func allow(
        _ request: ConsentRequest, _ extent: GrantExtent, in organization: OrganizationID, as caller: Caller
    ) async throws -> ConsentAnswer {
        let user = try caller.requireSignedIn().user
        guard request.extents.contains(extent) else { throw ProblemReport.invalid("extent", "Choose what the assistant may do.") }
        let (code, now, resource) = (RandomToken.make(), time.now, addresses.resource)
        let grant = Grant(
            id: GrantID(at: now), organizationId: organization, userId: user, clientId: request.clientId, clientName: request.clientName,
            redirectHost: request.redirect.host, scopes: Set(request.scopes(for: extent)), draftOnly: extent == .drafts, createdAt: now,
            expiresAt: now + Self.codeLife)
        try await database.write { transaction in
            guard try OrganizationRepository.of(user, in: transaction).contains(where: { $0.organization.id == organization }) else {
                throw ProblemReport.notFound("workspace")
            }
            try GrantRepository.insert(GrantRecord(grant: grant, resource: resource), in: transaction)
            let stored = AuthorizationCode(
                grantId: grant.id, redirectURI: request.redirect.text, challenge: request.challenge, expiresAt: grant.expiresAt)
            try GrantTokenRepository.insert(stored, hash: RandomToken.hash(code), in: transaction)
            try audit.record(
                "assistant.allowed", target: grant.id.text, detail: Self.audited(grant), subject: caller.subject, organization: organization,
                in: transaction)
        }
        return answer(request.clientName, allowed: true, request.redirect, request.state, [("code", code)])
    }

    /// Tells the assistant that the person does not want it.
    public func deny(_ request: ConsentRequest) -> ConsentAnswer {
        let error = OAuthError(.accessDenied, "The person did not allow it.")
        return answer(request.clientName, allowed: false, request.redirect, request.state, Self.fields(error))
    }

    private func refuse(_ client: OAuthClient, _ redirect: RedirectAddress, _ state: String?, _ error: OAuthError) -> ConsentAnswer {
        answer(client.name, allowed: false, redirect, state, Self.fields(error))
    }

    private static func fields(_ error: OAuthError) -> [(String, String)] {
        [("error", error.code.rawValue), ("error_description", error.description)]
    }

    /// `iss` lets a client of several servers see whose answer it is (RFC 9207).
    private func answer(
        _ name: String, allowed: Bool, _ redirect: RedirectAddress, _ state: String?, _ fields: [(String, String)]
    ) -> ConsentAnswer {
        let all = fields + (state.map { [("state", $0)] } ?? []) + [("iss", addresses.issuer)]
        return ConsentAnswer(clientName: name, allowed: allowed, redirect: redirect, url: redirect.adding(all))
    }
}
