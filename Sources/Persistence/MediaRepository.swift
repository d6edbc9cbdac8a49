import Domain

/// Uploaded files. Several rows, also of different organizations, may share one file: it is stored by its digest.
public enum MediaRepository {
    static let columns = """
        id, organization_id, name, kind, mime_type, size, digest, width, height, duration, alt_text, has_thumbnail, created_at, facts, conversions, folder, deleted_at,
        caption_languages
        """

    /// `thumbnailDue`: when its small picture is to be made; nil when none is.
    public static func insert(_ media: Media, thumbnailDue: Timestamp? = nil, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO media (\(columns), thumbnail_due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
            """,
            media.id, media.organizationId, media.name, media.kind.rawValue, media.mimeType, media.size, media.digest, media.width,
            media.height, media.duration, media.altText, media.hasThumbnail, media.createdAt,
            try JSON.text(media.facts), try JSON.text(media.conversions), media.folder, media.deletedAt,
            try JSON.text(media.captionLanguages), thumbnailDue)
    }

    /// `lock`: no post begins to use the file before the transaction ends. `orInTrash`: also one that may still come back.
    public static func find(
        _ id: MediaID, of organization: OrganizationID, lock: Bool = false, orInTrash: Bool = false, in transaction: any Transaction
    ) throws -> Media? {
        let lock = lock ? transaction.dialect.forUpdate : ""
        let there = orInTrash ? "purged_at IS NULL" : "deleted_at IS NULL"
        return try transaction.query(
            "SELECT \(columns) FROM media WHERE id = $1 AND organization_id = $2 AND \(there)\(lock)", id, organization
        ).first.map(media)
    }

    public static func find(_ ids: Set<MediaID>, of organization: OrganizationID, in transaction: any Transaction) throws -> [Media] {
        guard !ids.isEmpty else { return [] }
        return try transaction.query(
            """
            SELECT \(columns) FROM media
            WHERE organization_id = $1 AND deleted_at IS NULL
              AND id \(transaction.dialect.isOne(of: "$2"))
            """, organization, try JSON.text(ids.sorted())
        ).map(media)
    }

    /// Files by the names that they have in the library; a name may be that of several.
    public static func named(_ names: Set<String>, of organization: OrganizationID, in transaction: any Transaction) throws -> [Media] {
        guard !names.isEmpty else { return [] }
        return try transaction.query(
            """
            SELECT \(columns) FROM media
            WHERE organization_id = $1 AND deleted_at IS NULL
              AND name \(transaction.dialect.isOne(of: "$2"))
            """, organization, try JSON.text(names.sorted())
        ).map(media)
    }

    /// What a list is narrowed to.
    public struct Filter: Sendable, Equatable {
        /// In the name or the alternative text.
        public var text: String?
        public var kind: MediaKind?
        /// In no post when false, in some when true.
        public var used: Bool?
        /// The empty one holds what is in no other.
        public var folder: String?
        /// What was removed and may still come back, instead of what is there.
        public var inTrash = false

        public init() {}
    }

    /// Newest first, in the trash what was removed last; `before` continues after the item of that time and id.
    public static func list(
        _ filter: Filter = Filter(), of organization: OrganizationID, before: (at: Timestamp, id: MediaID)?, limit: Int,
        in transaction: any Transaction
    ) throws -> [Media] {
        let text = (filter.text ?? "").precomposedStringWithCanonicalMapping.replacing("!", with: "!!").replacing("%", with: "!%").replacing(
            "_", with: "!_")
        let using = "EXISTS (SELECT 1 FROM post_media m JOIN posts p ON p.id = m.post_id WHERE m.media_id = media.id AND p.deleted_at IS NULL)"
        let conditions = [
            filter.inTrash ? "deleted_at IS NOT NULL AND purged_at IS NULL" : "deleted_at IS NULL",
            filter.used.map { $0 ? using : "NOT \(using)" },
        ].compactMap(\.self).joined(separator: " AND ")
        let order = filter.inTrash ? "deleted_at" : "created_at"
        return try transaction.query(
            """
            SELECT \(columns) FROM media
            WHERE organization_id = $1 AND \(conditions)
              AND (CAST($2 AS BIGINT) IS NULL OR (\(order), id) < ($2, $3))
              AND (CAST($5 AS TEXT) IS NULL OR kind = $5)
              AND LOWER(name || ' ' || COALESCE(alt_text, '')) LIKE LOWER($6) ESCAPE '!'
              AND (CAST($7 AS TEXT) IS NULL OR COALESCE(folder, '') = $7)
            ORDER BY \(order) DESC, id DESC LIMIT $4
            """, organization, before?.at, before?.id, limit, filter.kind?.rawValue, "%\(text)%", filter.folder
        ).map(media)
    }

    /// Stores what may change: name, alternative text and folder.
    public static func update(_ media: Media, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE media SET name = $3, alt_text = $4, folder = $5 WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL",
            media.id, media.organizationId, media.name, media.altText, media.folder)
    }

    /// Stores the captions of a film, all languages together.
    public static func setCaptions(_ captions: [Captions], of id: MediaID, _ organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE media SET captions = $3, caption_languages = $4 WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL", id, organization,
            try JSON.text(captions), try JSON.text(captions.map(\.language)))
    }

    /// The captions of a film, by language; lists leave them out.
    public static func captions(of id: MediaID, _ organization: OrganizationID, in transaction: any Transaction) throws -> [Captions] {
        try transaction.query("SELECT captions FROM media WHERE id = $1 AND organization_id = $2", id, organization).first?
            .optionalJSON("captions") ?? []
    }

    /// The names of the folders that hold anything.
    public static func folders(of organization: OrganizationID, in transaction: any Transaction) throws -> [String] {
        try transaction.query(
            "SELECT DISTINCT folder FROM media WHERE organization_id = $1 AND folder IS NOT NULL AND deleted_at IS NULL ORDER BY folder",
            organization
        ).map { try $0.text("folder") }
    }

    /// The posts that use a file, those that come or came last first.
    public static func posts(
        using id: MediaID, of organization: OrganizationID, limit: Int, in transaction: any Transaction
    ) throws -> [(id: PostID, status: PostStatus)] {
        try transaction.query(
            """
            SELECT p.id AS id, p.status AS status FROM post_media m JOIN posts p ON p.id = m.post_id
            WHERE m.media_id = $1 AND p.organization_id = $2 AND p.deleted_at IS NULL ORDER BY p.sort_at DESC, p.id LIMIT $3
            """, id, organization, limit
        ).map { (try $0.id("id"), try $0.status("status")) }
    }

    /// Posts that still need the file: drafts and everything that has not gone out.
    public static func postsNeeding(_ id: MediaID, of organization: OrganizationID, in transaction: any Transaction) throws -> [PostID] {
        try transaction.query(
            """
            SELECT p.id AS id FROM post_media m JOIN posts p ON p.id = m.post_id
            WHERE m.media_id = $1 AND p.organization_id = $2 AND p.deleted_at IS NULL
              AND p.status IN ('DRAFT', 'IN_REVIEW', 'SCHEDULED', 'PUBLISHING') ORDER BY p.id
            """, id, organization
        ).map { try $0.id("id") }
    }

    /// The posts that use the file and are not entirely out, those in the trash too: they may be restored. Locks them.
    public static func posts(
        stillUsing id: MediaID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> [(id: PostID, status: PostStatus)] {
        try transaction.query(
            """
            SELECT id, status FROM posts
            WHERE id IN (SELECT post_id FROM post_media WHERE media_id = $1) AND organization_id = $2 AND status <> 'PUBLISHED'
            ORDER BY id\(transaction.dialect.forUpdate)
            """, id, organization
        ).map { (try $0.id("id"), try $0.status("status")) }
    }

    /// Puts an item into the trash.
    public static func remove(_ id: MediaID, of organization: OrganizationID, now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE media SET deleted_at = $3 WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL", id, organization, now)
    }

    /// Whether any organization still has the file, if in the trash. Until the end of the transaction nobody else adds or removes rows of this digest
    /// after calling this too: the file can be placed or removed in between.
    public static func isReferenced(lockingDigest digest: String, in transaction: any Transaction) throws -> Bool {
        if transaction.dialect == .postgres {
            _ = try transaction.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", digest)
        }
        return try !transaction.query("SELECT 1 AS found FROM media WHERE digest = $1 AND purged_at IS NULL LIMIT 1", digest).isEmpty
    }

    /// The digests of all files that some organization has, behind `digest`, in their order.
    public static func digests(after digest: String, limit: Int, in transaction: any Transaction) throws -> [String] {
        try transaction.query(
            "SELECT DISTINCT digest FROM media WHERE deleted_at IS NULL AND digest > $1 ORDER BY digest LIMIT $2", digest, limit
        ).map { try $0.text("digest") }
    }

    static func media(_ row: SQLRow) throws -> Media {
        Media(
            id: try row.id("id"), organizationId: try row.id("organization_id"), name: try row.text("name"),
            kind: try row.status("kind"), mimeType: try row.text("mime_type"), size: try row.int("size"), digest: try row.text("digest"),
            width: try row.optionalInt("width"), height: try row.optionalInt("height"), duration: try row.optionalReal("duration"),
            facts: try row.optionalJSON("facts") ?? MediaFacts(),
            altText: try row.optionalText("alt_text"), hasThumbnail: try row.bool("has_thumbnail"),
            conversions: try row.optionalJSON("conversions") ?? [], folder: try row.optionalText("folder"),
            captionLanguages: try row.optionalJSON("caption_languages") ?? [],
            createdAt: try row.time("created_at"), deletedAt: try row.optionalTime("deleted_at"))
    }
}
