import Domain

/// What a consent is exchanged for, once and soon.
public struct AuthorizationCode: Sendable, Equatable {
    public let grantId: GrantID
    public let redirectURI: String
    /// BASE64URL(SHA-256(verifier)), RFC 7636 §4.2.
    public let challenge: String
    public let expiresAt: Timestamp
    public let usedAt: Timestamp?

    public init(grantId: GrantID, redirectURI: String, challenge: String, expiresAt: Timestamp, usedAt: Timestamp? = nil) {
        self.grantId = grantId
        self.redirectURI = redirectURI
        self.challenge = challenge
        self.expiresAt = expiresAt
        self.usedAt = usedAt
    }
}

/// A token of a grant, by the hash under which it is stored.
public struct GrantToken: Sendable, Equatable {
    public enum Kind: String, Sendable { case access, refresh }
    public let hash: String
    public let grantId: GrantID
    public let kind: Kind
    public let expiresAt: Timestamp
    /// When a refresh token was first exchanged, an access token first shown.
    public let usedAt: Timestamp?

    public init(hash: String, grantId: GrantID, kind: Kind, expiresAt: Timestamp, usedAt: Timestamp? = nil) {
        self.hash = hash
        self.grantId = grantId
        self.kind = kind
        self.expiresAt = expiresAt
        self.usedAt = usedAt
    }
}

/// Not scoped by organization: whoever has the secret is known by it.
public enum GrantTokenRepository {
    // MARK: Codes

    public static func insert(_ code: AuthorizationCode, hash: String, in transaction: any Transaction) throws {
        try transaction.execute(
            "INSERT INTO oauth_codes (hash, grant_id, redirect_uri, challenge, expires_at) VALUES ($1, $2, $3, $4, $5)", hash, code.grantId,
            code.redirectURI, code.challenge, code.expiresAt)
    }

    /// Also one that was used or has expired.
    public static func find(code hash: String, in transaction: any Transaction) throws -> (code: AuthorizationCode, grant: GrantRecord)? {
        try transaction.query(
            """
            SELECT \(GrantRepository.columns), c.grant_id, c.redirect_uri, c.challenge, c.expires_at AS code_expires_at, c.used_at
            FROM oauth_codes c JOIN oauth_grants g ON g.id = c.grant_id WHERE c.hash = $1
            """, hash
        ).first.map { row in
            let code = AuthorizationCode(
                grantId: try row.id("grant_id"), redirectURI: try row.text("redirect_uri"), challenge: try row.text("challenge"),
                expiresAt: try row.time("code_expires_at"), usedAt: try row.optionalTime("used_at"))
            return (code, try GrantRepository.record(row))
        }
    }

    /// Uses the code up. False when it was used before: of two simultaneous exchanges one goes on.
    public static func use(code hash: String, at now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("UPDATE oauth_codes SET used_at = $2 WHERE hash = $1 AND used_at IS NULL", hash, now) == 1
    }

    // MARK: Tokens

    public static func insert(_ token: GrantToken, in transaction: any Transaction) throws {
        try transaction.execute(
            "INSERT INTO oauth_tokens (hash, grant_id, kind, expires_at) VALUES ($1, $2, $3, $4)", token.hash, token.grantId,
            token.kind.rawValue, token.expiresAt)
    }

    /// Also one that was used or has expired.
    public static func find(_ hash: String, in transaction: any Transaction) throws -> (token: GrantToken, grant: GrantRecord)? {
        try transaction.query(
            """
            SELECT \(GrantRepository.columns), t.hash, t.grant_id, t.kind, t.expires_at AS token_expires_at, t.used_at
            FROM oauth_tokens t JOIN oauth_grants g ON g.id = t.grant_id WHERE t.hash = $1
            """, hash
        ).first.map { row in
            let token = GrantToken(
                hash: hash, grantId: try row.id("grant_id"), kind: try row.status("kind"), expiresAt: try row.time("token_expires_at"),
                usedAt: try row.optionalTime("used_at"))
            return (token, try GrantRepository.record(row))
        }
    }

    /// Notes the first use of a token, and when that was. False when it is not there (any more).
    public static func use(_ hash: String, at now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("UPDATE oauth_tokens SET used_at = COALESCE(used_at, $2) WHERE hash = $1", hash, now) == 1
    }

    /// Whether any token of the grant was used after `used` among those issued since then, which is known by the end of their lives: access
    /// tokens that end at `access` or later, refresh tokens at `refresh` or later.
    public static func anyUsed(
        of grant: GrantID, after used: Timestamp, access: Timestamp, refresh: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        try !transaction.query(
            "SELECT 1 AS found FROM oauth_tokens WHERE \(issued) AND used_at > $4 LIMIT 1", grant, access, refresh, used
        ).isEmpty
    }

    /// Ends those tokens: access tokens are gone, refresh tokens count as used at `used`.
    public static func end(
        of grant: GrantID, at used: Timestamp, access: Timestamp, refresh: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.execute("DELETE FROM oauth_tokens WHERE \(issued) AND kind = 'access'", grant, access, refresh)
        try transaction.execute("UPDATE oauth_tokens SET used_at = $4 WHERE \(issued)", grant, access, refresh, used)
    }

    private static let issued = """
        grant_id = $1 AND ((kind = 'access' AND expires_at >= $2) OR (kind = 'refresh' AND expires_at >= $3))
        """

    public static func remove(_ hash: String, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM oauth_tokens WHERE hash = $1", hash)
    }

    /// Forgets tokens that expired before `time`.
    public static func removeExpired(before time: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM oauth_tokens WHERE expires_at < $1", time)
    }
}
