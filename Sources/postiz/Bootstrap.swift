import Application
import Domain
import Foundation
import Logging
import Messaging
import Metrics
import Observability
import Persistence
import WebUI

/// A running instance's capabilities, and what belongs to this process alone.
struct Instance: Sendable {
    let services: Services
    let configuration: Configuration
    /// What the operator should know: secrets that were made, settings without effect.
    let notices: [String]

    /// Nil where the files of the pages are missing.
    let words: InterfaceWords?
}

/// Reads the settings, opens and migrates the database and puts the capabilities together.
enum Bootstrap {
    /// For commands: an instance of the environment's settings, with the logs of libraries kept off the terminal.
    static func withServices<Value>(_ work: (Services) async throws -> Value) async throws -> Value {
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        return try await withInstance(try Configuration.load(environment: ProcessInfo.processInfo.environment)) { try await work($0.services) }
    }

    /// Opens an instance for `work` and lets go of it, however that ends. Throws `StartProblem` where it cannot be opened.
    static func withInstance<Value>(_ configuration: Configuration, _ work: (Instance) async throws -> Value) async throws -> Value {
        let zones = ZoneFolder.newest(of: configuration.zoneFolders)
        // A scheduler that silently falls back to UTC posts at the wrong hour.
        guard !zones.names.isEmpty else { throw StartProblem(ZoneData.missing.message) }
        zones.putInForce()
        let (secrets, notice) = try Secrets.loadOrCreate(for: configuration)
        // Who writes mails may be a worker without pages: then it speaks English.
        let words = try InterfaceWords.whereShipped()
        try makeFolders(configuration)
        // Keeps a restore away as long as the instance is open.
        let lock = try FolderLock.share(configuration.dataFolder)
        defer { lock?.release() }
        let redis = try redis(configuration)
        let (database, held) = try await preparedDatabase(configuration)
        await redis?.open()
        let logger = Logger(label: "postiz")
        let services = Services(
            configuration: configuration, secrets: secrets, database: database, redis: redis, speaker: words?.speaker ?? .plain,
            logger: logger, version: Version.current)
        let notices = [notice, held.map(Self.restored)].compactMap { $0 } + configuration.warnings
        return try await using(Instance(services: services, configuration: configuration, notices: notices, words: words)) {
            do { try await $0.services.close() } catch { logger.error("not everything could be closed", metadata: ["error": "\(error)"]) }
        } for: { instance in
            try await services.platformKeys.refresh(atStart: true)
            return try await work(instance)
        }
    }

    /// The database with its schema up to date, and how many publications it holds back because it is a copy; nil where it is none.
    private static func preparedDatabase(_ configuration: Configuration) async throws -> (any Database, held: Int?) {
        let database = try await database(configuration)
        do {
            try await migrate(database, configuration)
            if let mark = try await DatabaseMove.Mark.of(database) { throw StartProblem(advice(on: mark, configuration)) }
            return (database, try await database.write { try CopyRepository.settle(now: .now, in: $0) })
        } catch {
            await database.close()
            throw error
        }
    }

    static func restored(_ held: Int) -> String {
        held == 0
            ? "This database is a copy. Nothing became due since it was made."
            : "This database is a copy: \(held) publications may have gone out since it was made. They wait until somebody has looked and decided."
    }

    private static func advice(on mark: DatabaseMove.Mark, _ configuration: Configuration) -> String {
        let isFile = configuration.databaseURL == nil
        let command = isFile ? "postiz move-to-sqlite" : "postiz move-to-postgres"
        guard mark == .left else { return "Rows were being moved into this database, and not all have arrived. Run '\(command)' again." }
        let place = isFile ? configuration.databaseFile.path : "This PostgreSQL database"
        let mend =
            isFile
            ? "Set DATABASE_URL to the server; 'postiz move-to-sqlite' brings everything back."
            : "Start without DATABASE_URL; 'postiz move-to-postgres' brings everything back."
        return "\(place) is no longer in use: its rows were moved to \(isFile ? "PostgreSQL" : "SQLite"). \(mend)"
    }

    /// Brings the schema of `database` up to date. Throws `StartProblem`.
    static func migrate(_ database: any Database, _ configuration: Configuration) async throws {
        do {
            try await Migrator.migrate(database, schema)
        } catch let error as MigrationError {
            throw StartProblem("\(error) \(advice(on: error))")
        } catch {
            throw unusable(error, configuration)
        }
    }

    static func advice(on error: MigrationError) -> String {
        switch error {
        case .newerSchema:
            "Nothing was changed. Start that version again, or restore the copy from before it: postiz.sqlite.before-NUMBER or your backup."
        case .failed:
            "Nothing of it is left. Start the version from before again, and report this with the line above."
        }
    }

    /// Why the database cannot be worked with, and what to do about it.
    private static func unusable(_ error: any Error, _ configuration: Configuration) -> StartProblem {
        guard configuration.databaseURL == nil else {
            return StartProblem("PostgreSQL refused: \(error). Check DATABASE_URL, and that its user may create and change tables.")
        }
        let file = configuration.databaseFile.path
        if case DatabaseError.damaged = error {
            return StartProblem(
                """
                \(file) cannot be used: \(error). Nothing was changed. Put the file aside and restore a backup, or the copy from before the last \
                update beside it (\(configuration.databaseFile.lastPathComponent).before-NUMBER); remove its -wal and -shm files with it.
                """)
        }
        if case DatabaseError.unavailable(let words) = error, words.contains("busy") {
            return StartProblem(
                "\(file) is locked by another program. Stop that (a copy of an older server, a backup, a database browser) and try again.")
        }
        return StartProblem(
            "The database \(file) cannot be opened for writing: \(error). Check the permissions of the file and its folder, and the space on the disk."
        )
    }

    static func makeFolders(_ configuration: Configuration) throws {
        for folder in [configuration.dataFolder, configuration.uploadDirectory] {
            do {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            } catch {
                throw StartProblem("The folder \(folder.path) cannot be made: check its permissions, or set POSTIZ_DATA to another one.")
            }
        }
    }

    static func database(_ configuration: Configuration) async throws -> any Database {
        if let url = configuration.databaseURL { return try await server(url, configuration) }
        return try file(configuration)
    }

    static func server(_ url: String, _ configuration: Configuration) async throws -> any Database {
        let replicas = try ReplicaWatch.replicas(configuration)
        let database = try PostgresDatabase(
            url: url, directURL: configuration.databaseDirectURL, connections: configuration.databaseConnections,
            pooler: configuration.databasePooler, replicas: replicas)
        do {
            try await database.ping()
        } catch {
            await database.close()
            throw StartProblem("PostgreSQL does not answer: \(error). Check DATABASE_URL and that the server runs.")
        }
        return database
    }

    static func file(_ configuration: Configuration) throws -> any Database {
        let file = configuration.databaseFile
        do {
            let database = try SQLiteDatabase(path: file.path)
            guard FileManager.default.isWritableFile(atPath: file.path) else { throw DatabaseError.unavailable("the file is read-only") }
            return database
        } catch {
            throw unusable(error, configuration)
        }
    }

    /// Nil when `REDIS_URL` is not set. One that does not answer keeps nobody from starting: the database does its work until it does.
    private static func redis(_ configuration: Configuration) throws -> RedisClient? {
        guard let address = configuration.redis else { return nil }
        do {
            return try RedisClient(address, authorities: configuration.redisAuthorities, logger: Logger(label: "postiz"))
        } catch {
            throw StartProblem("REDIS_CA_FILE cannot be used: \(error). Name a PEM file of certificates.")
        }
    }

    /// What the operator should know of Redis, as it answers now; empty when it does not, which health tells.
    static func remarks(on configuration: Configuration) async -> [String] {
        guard let address = configuration.redis else { return [] }
        guard let found = try? await RedisInspection.of(address, authorities: configuration.redisAuthorities) else { return [] }
        return ["Redis: \(found.product) \(found.version) answers."] + found.remarks + [found.warning].compactMap { $0 }
    }

    /// Processes that share a server must hear each other. Says what to do when they do not; nil when they do, or nobody needs it.
    static func silence(of database: any Database) async throws -> String? {
        guard let database = database as? PostgresDatabase, try await !database.hearsItself() else { return nil }
        return """
            Notifications of PostgreSQL do not arrive: what other processes do shows late. Behind a pooler that pools by transaction, set \
            DATABASE_DIRECT_URL to the server itself; it must name the same database as DATABASE_URL. See docs/postgresql.md.
            """
    }
}

/// Why the program cannot start, in words.
struct StartProblem: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
