import Crypto
import Domain
import Foundation
import Persistence

/// What a client gets for a code or a refresh token (RFC 6749 §5.1).
public struct TokenAnswer: Codable, Sendable, Equatable {
    public let accessToken: String
    public let tokenType: String
    /// Seconds.
    public let expiresIn: Int64
    public let refreshToken: String
    public let scope: String

    enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case tokenType = "token_type"
        case expiresIn = "expires_in"
        case refreshToken = "refresh_token"
        case scope
    }
}

extension Authorization {
    /// Exchanges a code or a refresh token. Throws `OAuthError`.
    public func token(_ parameters: OAuthParameters) async throws -> TokenAnswer {
        let type = try parameters.required("grant_type")
        guard ["authorization_code", "refresh_token"].contains(type) else {
            throw OAuthError(.unsupportedGrantType, "grant_type is authorization_code or refresh_token.")
        }
        let client = try parameters.required("client_id")
        try await checkKnown(client)
        try checkResource(parameters)
        return type == "refresh_token" ? try await refresh(parameters, client: client) : try await exchange(parameters, client: client)
    }

    /// A client that was registered here and forgotten since is told to register again.
    private func checkKnown(_ client: String) async throws {
        guard client.hasPrefix(Self.clientMark) else { return }
        let known = try await database.read { try OAuthClientRepository.find(client, in: $0) }
        guard known != nil else { throw OAuthError(.invalidClient, "This client is not known. Register again.") }
    }

    /// How an exchange ended. Not thrown inside the transaction: what a replay revokes must stay revoked.
    private enum Outcome: Sendable {
        case issued(TokenAnswer)
        case refused(OAuthError)
    }

    private func exchange(_ parameters: OAuthParameters, client: String) async throws -> TokenAnswer {
        let hash = RandomToken.hash(try parameters.required("code"))
        let verifier = try parameters.required("code_verifier")
        let redirect = try parameters.optional("redirect_uri")
        return try await outcome { transaction in
            guard let (code, record) = try GrantTokenRepository.find(code: hash, in: transaction), record.grant.clientId == client else {
                return .refused(Self.unusable("code"))
            }
            if code.usedAt != nil { return try replayed(record.grant, "code", in: transaction) }
            guard redirect == nil || redirect == code.redirectURI else {
                return .refused(OAuthError(.invalidGrant, "redirect_uri is not the one of the authorization request."))
            }
            guard Self.challenge(of: verifier) == code.challenge else {
                return .refused(OAuthError(.invalidGrant, "code_verifier does not fit the code_challenge."))
            }
            // Of two at once one goes on; the other is a replay.
            guard try GrantTokenRepository.use(code: hash, at: time.now, in: transaction) else {
                return try replayed(record.grant, "code", in: transaction)
            }
            guard code.expiresAt > time.now, record.revokedAt == nil else { return .refused(Self.unusable("code")) }
            let replaced = try replaceOthers(than: record.grant, in: transaction)
            try audit.record(
                "assistant.connected", target: record.grant.id.text, detail: Self.audited(record.grant).merging(replaced) { own, _ in own },
                subject: Self.subject(of: record.grant), organization: record.grant.organizationId, in: transaction)
            return .issued(try issue(record.grant, in: transaction))
        }
    }

    /// A client that registered here is one installation: what a person allows it now is all it has. One that is known by its description
    /// may run on several machines of the same person, each with a grant of its own.
    private func replaceOthers(than grant: Grant, in transaction: any Transaction) throws -> [String: JSONValue] {
        guard grant.clientId.hasPrefix(Self.clientMark) else { return [:] }
        let replaced = try GrantRepository.revokeOthers(than: grant, at: time.now, in: transaction)
        return replaced.isEmpty ? [:] : ["replaced": .array(replaced.map { .string($0.text) })]
    }

    private func refresh(_ parameters: OAuthParameters, client: String) async throws -> TokenAnswer {
        let hash = RandomToken.hash(try parameters.required("refresh_token"))
        let asked = Set(try parameters.optional("scope")?.split(separator: " ").map(String.init) ?? [])
        return try await outcome { transaction in
            guard let (token, record) = try GrantTokenRepository.find(hash, in: transaction), token.kind == .refresh,
                record.grant.clientId == client, record.revokedAt == nil, token.expiresAt > time.now
            else { return .refused(Self.unusable("refresh_token")) }
            if let used = token.usedAt {
                guard try endUnused(of: record.grant, since: used, in: transaction) else {
                    return try replayed(record.grant, "refresh_token", in: transaction)
                }
            }
            guard asked.isSubset(of: Set(record.grant.scopes.map(\.rawValue))) else {
                return .refused(OAuthError(.invalidScope, "The scope goes beyond what was allowed. Ask the person again."))
            }
            _ = try GrantTokenRepository.use(hash, at: time.now, in: transaction)
            return .issued(try issue(record.grant, in: transaction))
        }
    }

    /// A refresh token is shown again that was exchanged at `used`. When its answer was lost, nobody has used what was in it: that ends, and
    /// there is one answer in force as before. False when it was used or the first exchange is too long ago: then somebody shows a copy.
    ///
    /// Of two who hold the same token one therefore finds theirs dead, shows it, and the grant is revoked (RFC 9700 §4.14.2).
    private func endUnused(of grant: Grant, since used: Timestamp, in transaction: any Transaction) throws -> Bool {
        guard used + Self.lostAnswerGrace >= time.now else { return false }
        let (access, refresh) = (used + Self.accessLife, used + Self.grantLife)
        guard try !GrantTokenRepository.anyUsed(of: grant.id, after: used, access: access, refresh: refresh, in: transaction) else { return false }
        try GrantTokenRepository.end(of: grant.id, at: used, access: access, refresh: refresh, in: transaction)
        return true
    }

    private func outcome(_ work: @escaping @Sendable (any Transaction) throws -> Outcome) async throws -> TokenAnswer {
        switch try await database.write(work) {
        case .issued(let answer): return answer
        case .refused(let error): throw error
        }
    }

    private func issue(_ grant: Grant, in transaction: any Transaction) throws -> TokenAnswer {
        let (access, refresh, now) = (Self.accessMark + RandomToken.make(), Self.refreshMark + RandomToken.make(), time.now)
        for (secret, kind, life) in [(access, GrantToken.Kind.access, Self.accessLife), (refresh, .refresh, Self.grantLife)] {
            let token = GrantToken(hash: RandomToken.hash(secret), grantId: grant.id, kind: kind, expiresAt: now + life)
            try GrantTokenRepository.insert(token, in: transaction)
        }
        try GrantRepository.connect(grant.id, at: now, until: now + Self.grantLife, in: transaction)
        return TokenAnswer(
            accessToken: access, tokenType: "Bearer", expiresIn: Self.accessLife.components.seconds, refreshToken: refresh,
            scope: grant.scopes.map(\.rawValue).sorted().joined(separator: " "))
    }

    /// Somebody has shown a secret for the second time: either they or the one before had stolen it, so neither keeps anything.
    private func replayed(_ grant: Grant, _ what: String, in transaction: any Transaction) throws -> Outcome {
        if try GrantRepository.revoke(grant.id, at: time.now, in: transaction) {
            try audit.record(
                "assistant.replayed", target: grant.id.text, detail: Self.audited(grant), subject: Self.subject(of: grant),
                organization: grant.organizationId, in: transaction)
        }
        return .refused(OAuthError(.invalidGrant, "This \(what) was used before. What was allowed is revoked: ask the person again."))
    }

    private static func unusable(_ what: String) -> OAuthError {
        OAuthError(.invalidGrant, "This \(what) is unknown, expired, revoked or not for this client.")
    }

    /// RFC 7636 §4.6; a verifier of the wrong length or with other characters fits nothing.
    private static func challenge(of verifier: String) -> String? {
        guard (43...128).contains(verifier.utf8.count) else { return nil }
        return Base64URL.text(Data(SHA256.hash(data: Data(verifier.utf8))))
    }

    private static func subject(of grant: Grant) -> String { "grant:\(grant.id)" }

    // MARK: Revocation

    /// A client gives a token back (RFC 7009): an access token alone, or with a refresh token all it was allowed. What is not known (any
    /// more) is no error. Throws `OAuthError`.
    public func revoke(_ parameters: OAuthParameters) async throws {
        let hash = RandomToken.hash(try parameters.required("token"))
        let client = try parameters.optional("client_id")
        let isOthers = try await database.write { transaction -> Bool in
            guard let (token, record) = try GrantTokenRepository.find(hash, in: transaction) else { return false }
            guard client == nil || client == record.grant.clientId else { return true }
            guard token.kind == .refresh else {
                try GrantTokenRepository.remove(hash, in: transaction)
                return false
            }
            guard try GrantRepository.revoke(record.grant.id, at: time.now, in: transaction) else { return false }
            try audit.record(
                "assistant.disconnected", target: record.grant.id.text, detail: Self.audited(record.grant),
                subject: Self.subject(of: record.grant), organization: record.grant.organizationId, in: transaction)
            return false
        }
        if isOthers { throw OAuthError(.unauthorizedClient, "The token was issued to another client.") }
    }
}
