import Crypto
import Domain
import Foundation

/// Short links, and how often they were followed.
public enum ShortLinkRepository {
    private static let columns = """
        l.code AS code, l.organization_id AS organization_id, l.post_id AS post_id, l.publication_id AS publication_id,
        l.integration_id AS integration_id, l.target AS target, l.created_at AS created_at
        """

    /// The code of the link that leads from a publication to `target`: made once, so that a second try sends the same.
    public static func code(
        to target: String, of publication: Publication, now: Timestamp, in transaction: any Transaction
    ) throws -> String {
        let hash = SHA256.hash(data: Data(target.utf8)).hexadecimal
        // A code that is taken is not taken again: another is drawn.
        while true {
            let known = try transaction.query(
                "SELECT code FROM short_links WHERE publication_id = $1 AND target_hash = $2 AND organization_id = $3", publication.id, hash,
                publication.organizationId)
            if let code = try known.first?.text("code") { return code }
            try transaction.execute(
                """
                INSERT INTO short_links (code, organization_id, post_id, publication_id, integration_id, target, target_hash, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
                """, ShortCode.random(), publication.organizationId, publication.postId, publication.id, publication.integrationId, target, hash,
                now)
        }
    }

    /// Whatever workspace it is of: links are for everybody.
    public static func find(_ code: String, in transaction: any Transaction) throws -> ShortLink? {
        try transaction.query("SELECT \(columns) FROM short_links l WHERE l.code = $1", code).first.map(link)
    }

    /// The links of a post, in the order in which they were made, and how often each was followed on which day.
    public static func clicks(
        of post: PostID, in organization: OrganizationID, in transaction: any Transaction
    ) throws -> [(link: ShortLink, days: [(day: String, count: ClickCount)])] {
        let rows = try transaction.query(
            """
            SELECT \(columns), c.day AS day, c.people AS people, c.bots AS bots
            FROM short_links l LEFT JOIN short_link_clicks c ON c.code = l.code
            WHERE l.organization_id = $1 AND l.post_id = $2 ORDER BY l.created_at, l.code, c.day
            """, organization, post)
        var found: [(link: ShortLink, days: [(day: String, count: ClickCount)])] = []
        for row in rows {
            let link = try link(row)
            if found.last?.link.code != link.code { found.append((link, [])) }
            guard let day = try row.optionalText("day") else { continue }
            found[found.count - 1].days.append((day, ClickCount(people: try row.int("people"), bots: try row.int("bots"))))
        }
        return found
    }

    /// How often people followed the links of publications; one without links is absent.
    public static func clicks(
        of publications: [PublicationID], in organization: OrganizationID, in transaction: any Transaction
    ) throws -> [PublicationID: Int] {
        let rows = try transaction.query(
            """
            SELECT l.publication_id AS publication_id, CAST(COALESCE(SUM(c.people), 0) AS BIGINT) AS people
            FROM short_links l LEFT JOIN short_link_clicks c ON c.code = l.code
            WHERE l.organization_id = $1 AND l.publication_id \(transaction.dialect.isOne(of: "$2"))
            GROUP BY l.publication_id
            """, organization, try JSON.text(publications))
        return Dictionary(try rows.map { (try $0.id("publication_id"), try $0.int("people")) }) { first, _ in first }
    }

    /// Adds to the count of a day; nothing where the link is gone with its workspace.
    public static func add(_ count: ClickCount, to code: String, on day: String, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO short_link_clicks (code, day, people, bots)
            SELECT l.code, $2, $3, $4 FROM short_links l WHERE l.code = $1
            ON CONFLICT (code, day)
            DO UPDATE SET people = short_link_clicks.people + excluded.people, bots = short_link_clicks.bots + excluded.bots
            """, code, day, count.people, count.bots)
    }

    private static func link(_ row: SQLRow) throws -> ShortLink {
        ShortLink(
            code: try row.text("code"), organizationId: try row.id("organization_id"), postId: try row.id("post_id"),
            publicationId: try row.id("publication_id"), integrationId: try row.id("integration_id"), target: try row.text("target"),
            createdAt: try row.time("created_at"))
    }
}
