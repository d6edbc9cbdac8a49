import Domain

/// An assistant as the authorization server knows it. Clients belong to no workspace: they are nobody until a person allows them something.
public struct OAuthClient: Sendable, Equatable {
    /// A name we gave it, or the address of the document in which it describes itself.
    public let id: String
    public let name: String
    public let redirectURIs: [String]
    public let createdAt: Timestamp
    /// Until when the copy of the document is good; nil for a client that registered itself.
    public let freshUntil: Timestamp?

    public init(id: String, name: String, redirectURIs: [String], createdAt: Timestamp, freshUntil: Timestamp? = nil) {
        self.id = id
        self.name = name
        self.redirectURIs = redirectURIs
        self.createdAt = createdAt
        self.freshUntil = freshUntil
    }
}

public enum OAuthClientRepository {
    /// Replaces what was there under the same id.
    public static func save(_ client: OAuthClient, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO oauth_clients (id, name, redirect_uris, created_at, fresh_until) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, redirect_uris = excluded.redirect_uris, fresh_until = excluded.fresh_until
            """, client.id, client.name, try JSON.text(client.redirectURIs), client.createdAt, client.freshUntil)
    }

    public static func find(_ id: String, in transaction: any Transaction) throws -> OAuthClient? {
        try transaction.query("SELECT id, name, redirect_uris, created_at, fresh_until FROM oauth_clients WHERE id = $1", id).first.map { row in
            OAuthClient(
                id: try row.text("id"), name: try row.text("name"), redirectURIs: try row.json("redirect_uris"),
                createdAt: try row.time("created_at"), freshUntil: try row.optionalTime("fresh_until"))
        }
    }

    /// Forgets those older than `time` to which nobody has given anything.
    public static func removeUnused(before time: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            DELETE FROM oauth_clients WHERE created_at < $1 AND (fresh_until IS NULL OR fresh_until < $1)
                AND NOT EXISTS (SELECT 1 FROM oauth_grants g WHERE g.client_id = oauth_clients.id)
            """, time)
    }
}
