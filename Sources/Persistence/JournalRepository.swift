import Domain

/// The journal of a publication's steps and the log of its attempts.
public enum JournalRepository {
    public enum State: String, Sendable {
        /// Begun, with unknown outcome until it is done.
        case started = "STARTED"
        case done = "DONE"
    }

    public struct Step: Sendable {
        public let name: String
        public let state: State
        public let result: String?
        public let firstTriedAt: Timestamp
        public let lastTriedAt: Timestamp

        public init(name: String, state: State, result: String?, firstTriedAt: Timestamp, lastTriedAt: Timestamp) {
            self.name = name
            self.state = state
            self.result = result
            self.firstTriedAt = firstTriedAt
            self.lastTriedAt = lastTriedAt
        }
    }

    public static func steps(of publication: PublicationID, in transaction: any Transaction) throws -> [Step] {
        try transaction.query(
            """
            SELECT name, state, result, first_tried_at, last_tried_at FROM publication_steps
            WHERE publication_id = $1 ORDER BY first_tried_at, name
            """, publication
        ).map { row in
            Step(
                name: try row.text("name"), state: try row.status("state"), result: try row.optionalText("result"),
                firstTriedAt: try row.time("first_tried_at"), lastTriedAt: try row.time("last_tried_at"))
        }
    }

    /// Stores that a step was begun, keeping the time of its first try.
    public static func begin(_ name: String, of publication: PublicationID, now: Timestamp, in transaction: any Transaction) throws {
        try transaction.send(
            """
            INSERT INTO publication_steps (publication_id, name, state, first_tried_at, last_tried_at) VALUES ($1, $2, 'STARTED', $3, $3)
            ON CONFLICT (publication_id, name) DO UPDATE SET last_tried_at = excluded.last_tried_at
            """, publication, name, now)
    }

    public static func finish(
        _ name: String, of publication: PublicationID, result: String, now: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO publication_steps (publication_id, name, state, result, first_tried_at, last_tried_at, finished_at)
            VALUES ($1, $2, 'DONE', $3, $4, $4, $4)
            ON CONFLICT (publication_id, name) DO UPDATE SET state = 'DONE', result = excluded.result, finished_at = excluded.finished_at
            """, publication, name, result, now)
    }

    /// Forgets a step that certainly did not happen.
    public static func forget(_ name: String, of publication: PublicationID, in transaction: any Transaction) throws {
        try transaction.send(
            "DELETE FROM publication_steps WHERE publication_id = $1 AND name = $2 AND state = 'STARTED'", publication, name)
    }

    /// Forgets uploads from before `time`: platforms throw files away that no post uses.
    public static func forgetUploads(of publication: PublicationID, before time: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            "DELETE FROM publication_steps WHERE publication_id = $1 AND name LIKE 'media-%' AND finished_at < $2", publication, time)
    }

    /// How many steps of each publication are done and made something public.
    public static func progress(of publications: [PublicationID], in transaction: any Transaction) throws -> [PublicationID: Int] {
        guard !publications.isEmpty else { return [:] }
        let rows = try transaction.query(
            """
            SELECT publication_id, COUNT(*) AS done FROM publication_steps
            WHERE publication_id \(transaction.dialect.isOne(of: "$1")) AND state = 'DONE' AND name LIKE 'part-%'
            GROUP BY publication_id
            """, try JSON.text(publications))
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.id("publication_id"), try $0.int("done")) })
    }

    /// Whether anything of these publications is, or may be, public.
    public static func anyPublic(of publications: [PublicationID], in transaction: any Transaction) throws -> Bool {
        guard !publications.isEmpty else { return false }
        return try !transaction.query(
            """
            SELECT 1 AS one FROM publication_steps WHERE name LIKE 'part-%'
            AND publication_id \(transaction.dialect.isOne(of: "$1")) LIMIT 1
            """, try JSON.text(publications)
        ).isEmpty
    }

    public struct Attempt: Sendable {
        public let publicationId: PublicationID
        public let number: Int
        public let startedAt: Timestamp
        public let finishedAt: Timestamp?
        public let outcome: String?
        public let errorCode: String?
        public let errorMessage: String?
        public let platformAnswer: String?
    }

    /// Every attempt of a post, oldest first.
    public static func attempts(of post: PostID, in transaction: any Transaction) throws -> [Attempt] {
        try transaction.query(
            """
            SELECT a.publication_id, a.fence, a.started_at, a.finished_at, a.outcome, a.error_code, a.error_message, a.error_answer
            FROM publication_attempts a JOIN publications p ON p.id = a.publication_id WHERE p.post_id = $1 ORDER BY a.started_at, a.fence
            """, post
        ).map { row in
            Attempt(
                publicationId: try row.id("publication_id"), number: try row.int("fence"), startedAt: try row.time("started_at"),
                finishedAt: try row.optionalTime("finished_at"), outcome: try row.optionalText("outcome"),
                errorCode: try row.optionalText("error_code"), errorMessage: try row.optionalText("error_message"),
                platformAnswer: try row.optionalText("error_answer"))
        }
    }
}
