import Application
import Domain
import Foundation
import Logging
import Metrics
import Observability
import Persistence

/// A running instance's capabilities with what has to be let go of at the end.
struct Instance: Sendable {
    let services: Services
    let configuration: Configuration
    /// What the operator should know: secrets that were made, settings without effect.
    let notices: [String]

    func close() async throws { try await services.close() }
}

/// Reads the settings, opens and migrates the database and puts the capabilities together.
enum Bootstrap {
    /// For commands: as `open`, with the logs of libraries kept off the terminal.
    static func open() async throws -> Instance {
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        return try await open(try Configuration.load(environment: ProcessInfo.processInfo.environment))
    }

    static func open(_ configuration: Configuration) async throws -> Instance {
        let zones = ZoneFolder.newest(of: configuration.zoneFolders)
        // A scheduler that silently falls back to UTC posts at the wrong hour.
        guard !zones.names.isEmpty else { throw StartProblem(ZoneData.missing.message) }
        zones.putInForce()
        let (secrets, notice) = try Secrets.loadOrCreate(for: configuration)
        try makeFolders(configuration)
        let database = try await database(configuration)
        do {
            try await Migrator.migrate(database, schema)
            let services = Services(
                configuration: configuration, secrets: secrets, database: database, logger: Logger(label: "postiz"), version: Version.current)
            return Instance(services: services, configuration: configuration, notices: [notice].compactMap { $0 } + configuration.warnings)
        } catch {
            await database.close()
            throw error
        }
    }

    private static func makeFolders(_ configuration: Configuration) throws {
        for folder in [configuration.dataFolder, configuration.uploadDirectory] {
            do {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            } catch {
                throw StartProblem("The folder \(folder.path) cannot be made: check its permissions, or set POSTIZ_DATA to another one.")
            }
        }
    }

    static func database(_ configuration: Configuration) async throws -> any Database {
        if let url = configuration.databaseURL {
            let database = try PostgresDatabase(url: url, connections: configuration.databaseConnections)
            do {
                try await database.ping()
            } catch {
                await database.close()
                throw StartProblem("PostgreSQL does not answer: \(words(error)) Check DATABASE_URL and that the server runs.")
            }
            return database
        }
        let file = configuration.databaseFile
        do {
            let database = try SQLiteDatabase(path: file.path)
            guard FileManager.default.isWritableFile(atPath: file.path) else { throw DatabaseError.unavailable("The file is read-only.") }
            return database
        } catch {
            throw StartProblem(
                "The database \(file.path) cannot be opened for writing: \(words(error)) Check the permissions of the file and its folder.")
        }
    }

    private static func words(_ error: any Error) -> String {
        if case DatabaseError.unavailable(let words) = error { return words }
        if case DatabaseError.full(let words) = error { return words }
        return "\(error)."
    }
}

/// Why the program cannot start, in words.
struct StartProblem: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
