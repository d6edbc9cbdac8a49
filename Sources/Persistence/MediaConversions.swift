import Domain

/// Versions of films that somebody asked for. They stand with the film; `conversion_due` says when the next is to be made.
extension MediaRepository {
    /// How often one is begun: once more after a process that died over it.
    private static let mostTries = 2

    /// Notes that a version is wanted, unless it is there or on its way already. Nil when there is no such file.
    public static func ask(
        for fitting: FilmFitting, of id: MediaID, of organization: OrganizationID, now: Timestamp, in transaction: any Transaction
    ) throws -> Media? {
        guard var media = try find(id, of: organization, lock: true, in: transaction) else { return nil }
        if let known = media.conversion(to: fitting), known.state != .failed { return media }
        media.conversions = media.conversions.filter { $0.fitting != fitting } + [FilmConversion(fitting)]
        try transaction.execute(
            "UPDATE media SET conversions = $2, conversion_due = $3, conversion_tries = 0 WHERE id = $1", id, try JSON.text(media.conversions), now)
        return media
    }

    /// Takes the film that has waited longest. Nobody else takes it before `until`. Nil when there is none.
    public static func takeForConversion(now: Timestamp, until: Timestamp, in transaction: any Transaction) throws -> Media? {
        try transaction.query(
            """
            UPDATE media SET conversion_due = $2, conversion_tries = conversion_tries + 1
            WHERE id = (SELECT id FROM media WHERE conversion_due <= $1 AND deleted_at IS NULL ORDER BY conversion_due, id
                        LIMIT 1\(transaction.dialect.skipLocked))
            RETURNING \(columns)
            """, now, until
        ).first.map(media)
    }

    /// Keeps what was taken for somebody who still works on it.
    public static func keepForConversion(_ id: MediaID, until: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE media SET conversion_due = $2 WHERE id = $1 AND conversion_due IS NOT NULL", id, until)
    }

    /// Gives back what was taken by somebody who has to stop, until `due`: it counts as never begun.
    public static func putBackForConversion(_ id: MediaID, due: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE media SET conversion_due = $2, conversion_tries = conversion_tries - 1 WHERE id = $1", id, due)
    }

    /// Whether it was begun so often that there is no use in another try.
    public static func isTriedOut(_ id: MediaID, in transaction: any Transaction) throws -> Bool {
        try transaction.query("SELECT conversion_tries FROM media WHERE id = $1", id).first.map { try $0.int("conversion_tries") > mostTries } ?? true
    }

    /// Notes how a version ended, on every item of these bytes that waits for it: nil as `failure` means that it is there. Returns those items.
    public static func endConversion(
        to fitting: FilmFitting, ofDigest digest: String, failure: String?, now: Timestamp, in transaction: any Transaction
    ) throws -> [Media] {
        let waiting = try transaction.query(
            """
            SELECT \(columns) FROM media WHERE digest = $1 AND conversion_due IS NOT NULL AND deleted_at IS NULL
            ORDER BY id\(transaction.dialect.forUpdate)
            """, digest
        ).map(media)
        return try waiting.compactMap { item in
            var item = item
            guard let index = item.conversions.firstIndex(where: { $0.fitting == fitting && $0.state == .waiting }) else { return nil }
            item.conversions[index] = FilmConversion(fitting, state: failure == nil ? .ready : .failed, reason: failure)
            let next = item.conversions.contains { $0.state == .waiting } ? now : nil
            try transaction.execute(
                "UPDATE media SET conversions = $2, conversion_due = $3, conversion_tries = 0 WHERE id = $1", item.id,
                try JSON.text(item.conversions), next)
            return item
        }
    }
}
