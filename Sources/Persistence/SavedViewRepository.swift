import Domain

/// Saved views: a person's own, and those that others of the workspace share.
public enum SavedViewRepository {
    private static let columns = columns(for: "$2")

    /// As `viewer`, a parameter, sees it.
    private static func columns(for viewer: String) -> String {
        """
        v.id AS id, v.place AS place, v.name AS name, v.filters AS filters, v.shared AS shared, v.created_at AS created_at,
        CASE WHEN v.user_id = \(viewer) THEN TRUE ELSE FALSE END AS own,
        CASE WHEN EXISTS (SELECT 1 FROM default_views d WHERE d.view_id = v.id AND d.user_id = \(viewer)) THEN TRUE ELSE FALSE END AS is_default
        """
    }

    private static let visible = "v.organization_id = $1 AND (v.user_id = $2 OR v.shared)"

    /// What `user` sees, by name.
    public static func list(
        of organization: OrganizationID, for user: UserID, at place: SavedView.Place?, in transaction: any Transaction
    ) throws -> [SavedView] {
        try transaction.query(
            "SELECT \(columns) FROM saved_views v WHERE \(visible) AND (CAST($3 AS TEXT) IS NULL OR v.place = $3) ORDER BY v.name, v.id",
            organization, user, place?.rawValue
        ).map(view)
    }

    /// Those that a person has made in any workspace, the oldest first.
    public static func all(of user: UserID, in transaction: any Transaction) throws -> [SavedView] {
        try transaction.query(
            "SELECT \(columns(for: "$1")) FROM saved_views v WHERE v.user_id = $1 ORDER BY v.created_at, v.id", user
        ).map(view)
    }

    /// The view that `user` sees.
    public static func find(
        _ id: SavedViewID, of organization: OrganizationID, for user: UserID, lock: Bool = false, in transaction: any Transaction
    ) throws -> SavedView? {
        try transaction.query(
            "SELECT \(columns) FROM saved_views v WHERE \(visible) AND v.id = $3\(lock ? transaction.dialect.forUpdate : "")", organization, user,
            id
        ).first.map(view)
    }

    /// The view with which the person's page begins.
    public static func byDefault(
        at place: SavedView.Place, of organization: OrganizationID, for user: UserID, in transaction: any Transaction
    ) throws -> SavedView? {
        try transaction.query(
            """
            SELECT \(columns) FROM saved_views v JOIN default_views f ON f.view_id = v.id
            WHERE \(visible) AND f.user_id = $2 AND f.organization_id = $1 AND f.place = $3
            """, organization, user, place.rawValue
        ).first.map(view)
    }

    /// Throws `DatabaseError.uniqueViolation` where the person has one of this name at the place.
    public static func insert(_ view: SavedView, of organization: OrganizationID, by user: UserID, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO saved_views (id, organization_id, user_id, place, name, filters, shared, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            view.id, organization, user, view.place.rawValue, view.name, try JSON.text(view.filters), view.shared, view.createdAt)
    }

    /// Who no longer sees it has it no longer as their default.
    public static func update(_ view: SavedView, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE saved_views SET name = $3, filters = $4, shared = $5 WHERE id = $1 AND organization_id = $2", view.id, organization,
            view.name, try JSON.text(view.filters), view.shared)
        guard !view.shared else { return }
        try transaction.execute(
            "DELETE FROM default_views WHERE view_id = $1 AND user_id <> (SELECT user_id FROM saved_views WHERE id = $1)", view.id)
    }

    public static func remove(_ id: SavedViewID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM saved_views WHERE id = $1 AND organization_id = $2", id, organization)
    }

    /// Has the person's page begin with the view, or no longer.
    public static func setDefault(
        _ isDefault: Bool, _ view: SavedView, of organization: OrganizationID, for user: UserID, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            "DELETE FROM default_views WHERE user_id = $1 AND organization_id = $2 AND place = $3 \(isDefault ? "" : "AND view_id = $4")",
            [user.sqlValue, organization.sqlValue, view.place.rawValue.sqlValue] + (isDefault ? [] : [view.id.sqlValue]))
        guard isDefault else { return }
        try transaction.execute(
            "INSERT INTO default_views (organization_id, user_id, place, view_id) VALUES ($1, $2, $3, $4)", organization, user,
            view.place.rawValue, view.id)
    }

    private static func view(_ row: SQLRow) throws -> SavedView {
        SavedView(
            id: try row.id("id"), place: try row.status("place"), name: try row.text("name"), filters: try row.json("filters"),
            shared: try row.bool("shared"), own: try row.bool("own"), isDefault: try row.bool("is_default"),
            createdAt: try row.time("created_at"))
    }
}
