import Domain

/// What was brought over from another program, run by run.
public enum OriginRepository {
    private static let columns = "id, name, counts, created_at, done_at, undone_at"

    public static func insert(
        _ run: OriginRun, from source: String, of organization: OrganizationID, by user: UserID?, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO origin_runs (id, organization_id, created_by, source, name, counts, created_at, done_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, run.id, organization, user, source, run.name, try JSON.text(run.counts), run.createdAt, run.doneAt)
    }

    public static func update(_ run: OriginRun, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE origin_runs SET counts = $3, done_at = $4, undone_at = $5 WHERE id = $1 AND organization_id = $2", run.id, organization,
            try JSON.text(run.counts), run.doneAt, run.undoneAt)
    }

    /// Newest first.
    public static func list(from source: String, of organization: OrganizationID, in transaction: any Transaction) throws -> [OriginRun] {
        try transaction.query(
            "SELECT \(columns) FROM origin_runs WHERE organization_id = $1 AND source = $2 ORDER BY id DESC LIMIT 200", organization, source
        ).map(run)
    }

    public static func find(_ id: OriginRunID, of organization: OrganizationID, in transaction: any Transaction) throws -> OriginRun? {
        try transaction.query(
            "SELECT \(columns) FROM origin_runs WHERE id = $1 AND organization_id = $2\(transaction.dialect.forUpdate)", id, organization
        ).first.map(run)
    }

    private static func run(_ row: SQLRow) throws -> OriginRun {
        OriginRun(
            id: try row.id("id"), name: try row.text("name"), counts: try row.json("counts"), createdAt: try row.time("created_at"),
            doneAt: try row.optionalTime("done_at"), undoneAt: try row.optionalTime("undone_at"))
    }

    // MARK: What was brought

    /// Notes what a run brought. A file that was known is this one now; anything else that is known already throws
    /// `DatabaseError.uniqueViolation`.
    public static func note(
        _ entries: [OriginEntry], by run: OriginRunID, from source: String, of organization: OrganizationID, in transaction: any Transaction
    ) throws {
        let again = """
            ON CONFLICT (organization_id, source, kind, source_id)
            DO UPDATE SET target_id = excluded.target_id, run_id = excluded.run_id, made = excluded.made
            """
        for entry in entries {
            try transaction.execute(
                """
                INSERT INTO origins (organization_id, source, kind, source_id, target_id, run_id, made) VALUES ($1, $2, $3, $4, $5, $6, $7)
                \(entry.kind == .file ? again : "")
                """, organization, source, entry.kind.rawValue, entry.sourceId, entry.targetId, run, entry.isNew)
        }
    }

    /// What is known of one kind: its id here by its id there.
    public static func known(
        _ kind: OriginEntry.Kind, from source: String, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> [String: String] {
        var known: [String: String] = [:]
        try transaction.forEach(
            "SELECT source_id, target_id FROM origins WHERE organization_id = $1 AND source = $2 AND kind = $3",
            [organization.sqlValue, source.sqlValue, kind.rawValue.sqlValue]
        ) { row in known[try row.text()] = try row.text() }
        return known
    }

    // MARK: Taking it back

    /// Takes back what a run made of one kind, as far as nobody has touched it since, and forgets that it was brought. Returns how much that was,
    /// and how much stays.
    public static func takeBack(
        _ kind: OriginEntry.Kind, madeBy run: OriginRun, of organization: OrganizationID, now: Timestamp, in transaction: any Transaction
    ) throws -> (removed: Int, left: Int) {
        let made = "(SELECT target_id FROM origins WHERE run_id = $1 AND organization_id = $2 AND kind = '\(kind.rawValue)' AND made)"
        let sql: String
        var parameters = [run.id.sqlValue, organization.sqlValue]
        switch kind {
        case .post:
            sql = """
                DELETE FROM posts WHERE organization_id = $2 AND id IN \(made) AND revision = 1 AND deleted_at IS NULL
                  AND status IN ('DRAFT', 'PUBLISHED')
                  AND NOT EXISTS (SELECT 1 FROM publications p WHERE p.post_id = posts.id AND (p.fence > 0 OR p.removed_at IS NOT NULL))
                  AND NOT EXISTS (SELECT 1 FROM post_comments c WHERE c.post_id = posts.id)
                RETURNING id
                """
        case .template:
            sql = "DELETE FROM templates WHERE organization_id = $2 AND id IN \(made) AND updated_at = created_at RETURNING id"
        case .signature: sql = "DELETE FROM signatures WHERE organization_id = $2 AND id IN \(made) RETURNING id"
        case .file:
            // Into the trash, from which it comes back: it may have been chosen for something else.
            parameters.append(now.sqlValue)
            sql = """
                UPDATE media SET deleted_at = $3 WHERE organization_id = $2 AND id IN \(made) AND deleted_at IS NULL
                  AND NOT EXISTS (SELECT 1 FROM post_media m WHERE m.media_id = media.id)
                RETURNING id
                """
        case .channel:
            sql = """
                SELECT id FROM integrations WHERE organization_id = $2 AND id IN \(made) AND deleted_at IS NULL AND updated_at = created_at
                  AND NOT EXISTS (SELECT 1 FROM publications p WHERE p.integration_id = integrations.id)
                """
        }
        let ids = try transaction.query(sql, parameters).map { try $0.text("id") }
        if kind == .channel {
            for id in ids.compactMap(IntegrationID.init) { _ = try ChannelTrashRepository.purge(id, now: now, in: transaction) }
        }
        let targets = Set(
            try transaction.query(
                "SELECT DISTINCT target_id FROM origins WHERE run_id = $1 AND organization_id = $2 AND kind = $3 AND made", run.id, organization,
                kind.rawValue
            ).map { try $0.text("target_id") })
        try transaction.execute(
            """
            DELETE FROM origins WHERE run_id = $1 AND organization_id = $2 AND kind = $3
              AND target_id \(transaction.dialect.isOne(of: "$4"))
            """, run.id, organization, kind.rawValue, try JSON.text(ids))
        return (ids.count, targets.count - ids.count)
    }
}

extension PublicationRepository {
    /// A publication that went out before it was brought here. Nobody is told of it, and nothing follows from it.
    public static func insertElsewhere(_ publication: Publication, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO publications (id, organization_id, post_id, integration_id, occurrence, status, due_at, attempts, fence, refreshed,
                                      platform_post_id, url, published_at, updated_at, told_at, elsewhere)
            VALUES ($1, $2, $3, $4, 0, $5, $6, 0, 0, FALSE, $7, $8, $9, $10, $10, TRUE)
            """, publication.id, publication.organizationId, publication.postId, publication.integrationId, publication.status.rawValue,
            publication.dueAt, publication.platformPostId, publication.url, publication.publishedAt, publication.updatedAt)
    }
}

extension IntegrationRepository {
    /// A channel that was brought from elsewhere: it waits for its person to connect it, of which they are not warned by mail.
    public static func insertUnconnected(_ integration: Integration, credentials: StoredCredentials, in transaction: any Transaction) throws {
        try insert(integration, credentials: credentials, in: transaction)
        _ = try noteWarning(3, of: integration.id, in: transaction)
    }

    /// The channels on a platform whose accounts nobody told when they were brought.
    public static func awaitingAccounts(
        on platform: PlatformID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> [Integration] {
        try transaction.query(
            """
            SELECT \(columns) FROM integrations
            WHERE organization_id = $1 AND platform = $2 AND platform_account_id LIKE '?%' AND deleted_at IS NULL
            ORDER BY id\(transaction.dialect.forUpdate)
            """, organization, platform.rawValue
        ).map(integration)
    }

    /// Tells a channel that waits for it what its account is; false when it has one, or is gone. Throws `DatabaseError.uniqueViolation` when
    /// another channel is this account.
    public static func tell(
        account: String, to id: IntegrationID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE integrations SET platform_account_id = $3
            WHERE id = $1 AND organization_id = $2 AND platform_account_id LIKE '?%' AND deleted_at IS NULL
            """, id, organization, account) == 1
    }
}
