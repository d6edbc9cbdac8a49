import Foundation

/// The words that searches look through, in all workspaces. They are stored composed (Unicode NFC), as what is searched for is; earlier
/// versions stored them as they came, and those are rewritten once.
public enum SearchTextRepository {
    /// A table with words that are searched.
    public enum Place: CaseIterable, Sendable {
        case posts, media

        fileprivate var table: (name: String, columns: [String]) {
            switch self {
            case .posts: ("posts", ["search_text"])
            case .media: ("media", ["name", "alt_text"])
            }
        }
    }

    private static let mark = "search-texts-composed"

    /// Whether nothing is left to rewrite.
    public static func isDone(in transaction: any Transaction) throws -> Bool {
        try !transaction.query("SELECT 1 AS one FROM instance_values WHERE name = $1", mark).isEmpty
    }

    public static func setDone(in transaction: any Transaction) throws {
        try transaction.execute("INSERT INTO instance_values (name, value) VALUES ($1, 'yes') ON CONFLICT (name) DO NOTHING", mark)
    }

    /// Rewrites what needs it among the next `limit` rows behind the id `last`, "" for the first; returns the last id looked at, nil at the
    /// end. May be repeated.
    public static func compose(_ place: Place, after last: String, limit: Int, in transaction: any Transaction) throws -> String? {
        let (table, columns) = place.table
        let rows = try transaction.query(
            "SELECT id, \(columns.joined(separator: ", ")) FROM \(table) WHERE id > $1 ORDER BY id LIMIT $2", last, limit)
        for row in rows {
            for column in columns {
                guard let text = try row.optionalText(column), let composed = composed(text) else { continue }
                // What was changed meanwhile is composed already.
                try transaction.execute(
                    "UPDATE \(table) SET \(column) = $3 WHERE id = $1 AND \(column) = $2", try row.text("id"), text, composed)
            }
        }
        return try rows.last?.text("id")
    }

    /// Rewrites all tags that need it.
    public static func composeTags(in transaction: any Transaction) throws {
        for row in try transaction.query("SELECT DISTINCT organization_id, tag FROM post_tags") {
            let (organization, tag) = (try row.text("organization_id"), try row.text("tag"))
            guard let composed = composed(tag) else { continue }
            // A post may have both.
            try transaction.execute(
                """
                INSERT INTO post_tags (post_id, organization_id, tag)
                SELECT post_id, organization_id, $3 FROM post_tags WHERE organization_id = $1 AND tag = $2 ON CONFLICT (post_id, tag) DO NOTHING
                """, organization, tag, composed)
            try transaction.execute("DELETE FROM post_tags WHERE organization_id = $1 AND tag = $2", organization, tag)
        }
    }

    /// Nil for what is composed already. Swift takes both forms for equal, so their bytes are compared.
    private static func composed(_ text: String) -> String? {
        let composed = text.precomposedStringWithCanonicalMapping
        return composed.utf8.elementsEqual(text.utf8) ? nil : composed
    }
}
