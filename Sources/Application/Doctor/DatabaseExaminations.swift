import Domain
import Foundation
import Persistence

/// The database itself: its version, its settings, what stands before it, its schema.
extension StorageExaminations {
    private static let (oldestSQLite, oldestPostgres) = ([3, 40], [15])
    /// Kept by PostgreSQL for its superusers.
    private static let reservedConnections = 3

    func database() async -> [Diagnosis] {
        let database: any Database
        do {
            if let url = configuration.databaseURL {
                database = try PostgresDatabase(
                    url: url, directURL: configuration.databaseDirectURL, connections: 1, pooler: configuration.databasePooler)
            } else {
                guard FileManager.default.fileExists(atPath: configuration.databaseFile.path) else {
                    return [Diagnosis("database", .ok, "\(configuration.databaseFile.path) will be made when the server first starts.")]
                }
                database = try SQLiteDatabase(path: configuration.databaseFile.path)
            }
        } catch {
            return [unreachable(error)]
        }
        let result: [Diagnosis]
        do {
            let inspection = try await DatabaseInspection.of(database)
            result =
                [engine(inspection), migrations(inspection)] + (try await pooler(before: database))
                + (try await replicas(of: database))
                + (try await looks(into: database, inspection)) + (try await jobs(in: database, inspection))
                + (await backups(in: database, inspection))
        } catch {
            result = [unreachable(error)]
        }
        await database.close()
        return result
    }

    private func unreachable(_ error: any Error) -> Diagnosis {
        let file = configuration.databaseFile.path
        if case DatabaseError.damaged = error {
            return Diagnosis(
                "database", .problem, "\(file) cannot be used: \(error).",
                advice: "Stop the server, put the file with its -wal and -shm aside, and restore a backup or the copy \(file).before-NUMBER.")
        }
        return Diagnosis(
            "database", .problem, "It cannot be used: \(error).",
            advice: configuration.databaseURL == nil
                ? "Check the permissions of \(file) and its folder, and that no other program has locked it."
                : "Check DATABASE_URL, and that PostgreSQL runs and lets this machine in.")
    }

    private func engine(_ found: DatabaseInspection) -> Diagnosis {
        let name = "\(found.product) \(found.version)"
        if let damage = found.damage {
            return Diagnosis("database", .problem, "\(name): the file is damaged: \(damage)", advice: "Stop the server and restore a backup.")
        }
        return configuration.databaseURL == nil ? sqlite(found, name) : postgres(found, name)
    }

    private func sqlite(_ found: DatabaseInspection, _ name: String) -> Diagnosis {
        guard Self.number(found.version).lexicographicallyPrecedes(Self.oldestSQLite) == false else {
            return Diagnosis("database", .problem, "\(name) is too old.", advice: "Install libsqlite3 3.40 or newer (Debian 12 has it).")
        }
        guard found.settings == ["journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"] else {
            let settings = found.settings.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
            return Diagnosis(
                "database", .problem, "\(name) refuses to be safe: \(settings).",
                advice: "Keep POSTIZ_DATA on a local disk: network file systems cannot do write-ahead logging.")
        }
        return Diagnosis("database", .ok, "\(name), write-ahead log, full synchronisation, foreign keys; the file is sound.")
    }

    private func postgres(_ found: DatabaseInspection, _ name: String) -> Diagnosis {
        if Self.number(found.version).lexicographicallyPrecedes(Self.oldestPostgres) {
            return Diagnosis("database", .problem, "\(name) is too old.", advice: "Use PostgreSQL 15, 16 or 17.")
        }
        if found.settings["server_encoding"] != "UTF8" {
            return Diagnosis(
                "database", .problem, "\(name): the database's encoding is \(found.settings["server_encoding"] ?? "unknown").",
                advice: "Make a database with ENCODING 'UTF8'.")
        }
        if found.settings["fsync"] != "on" || found.settings["full_page_writes"] != "on" {
            return Diagnosis(
                "database", .warning, "\(name) runs with fsync or full_page_writes off: a power failure may lose or damage what was stored.",
                advice: "Set both to on in postgresql.conf.")
        }
        if let most = found.settings["max_connections"].flatMap(Int.init),
            configuration.databaseConnections > most - Self.reservedConnections
        {
            return Diagnosis(
                "database", .warning, "\(name) allows \(most) connections; each process here wants \(configuration.databaseConnections).",
                advice: "Lower DATABASE_CONNECTIONS, or raise max_connections in postgresql.conf.")
        }
        return Diagnosis("database", .ok, "\(name) answers and is durable.")
    }

    /// What only PostgreSQL has: something in front of it, and notifications.
    private func pooler(before database: any Database) async throws -> [Diagnosis] {
        guard let database = database as? PostgresDatabase else { return [] }
        let isPooled = try await database.isBehindPooler()
        guard try await database.hearsItself() else {
            return [
                Diagnosis(
                    "notifications", .warning, "PostgreSQL's notifications do not arrive: what other processes do shows late.",
                    advice:
                        "Set DATABASE_DIRECT_URL to the server itself, past a pooler that pools by transaction; the same database as DATABASE_URL.")
            ]
        }
        guard isPooled, configuration.databasePooler == .session else {
            return [Diagnosis("notifications", .ok, isPooled ? "They arrive. A pooler stands before PostgreSQL." : "They arrive.")]
        }
        return [
            Diagnosis(
                "notifications", .ok, "They arrive. DATABASE_POOLER=session promises that the pooler before PostgreSQL keeps to a session.")
        ]
    }

    private static func number(_ version: String) -> [Int] { version.split(separator: ".").compactMap { Int($0) } }

    private func migrations(_ found: DatabaseInspection) -> Diagnosis {
        let known = Set(schema.map(\.number))
        if let newer = found.appliedMigrations.subtracting(known).max() {
            return Diagnosis(
                "schema", .problem, "A newer version of the product has used this database (step \(newer)).",
                advice: "Start that version again, or restore the copy from before it.")
        }
        let missing = known.subtracting(found.appliedMigrations).count
        guard missing == 0 else {
            return Diagnosis(
                "schema", .warning, "\(missing) of \(known.count) steps are still to be applied.",
                advice: "'postiz migrate' applies them, and so does 'postiz serve'.")
        }
        return Diagnosis("schema", .ok, "Up to date (\(known.count) steps).")
    }
}
