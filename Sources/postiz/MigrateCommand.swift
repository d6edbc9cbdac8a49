import Application
import ArgumentParser
import Domain
import Foundation
import Logging
import Persistence

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database up to date and exit. 'serve' does it by itself.",
        discussion: """
            With --check nothing is changed: it ends with 0 when nothing is to be done, 3 when steps are missing, 1 when the database is newer.
            Example: DATABASE_URL=postgresql://postiz@localhost/postiz postiz migrate --check
            """)

    @Flag(help: "Only say which steps are missing.")
    var check = false
    @OptionGroup var output: Output

    /// What `--check` ends with when steps are missing.
    private static let stepsMissing = ExitCode(3)

    private struct Step: Encodable {
        let number: Int
        let name: String
    }

    func run() async throws {
        guard check else {
            try await Bootstrap.withServices { _ in }
            return try output.show([Step]()) { "The database is up to date." }
        }
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        let missing = try await missing(try Configuration.load(environment: ProcessInfo.processInfo.environment))
        try output.show(missing.map { Step(number: $0.number, name: $0.name) }) {
            missing.isEmpty
                ? "The database is up to date."
                : "Missing: \(missing.map { "\($0.number) (\($0.name))" }.joined(separator: ", ")). 'postiz migrate' applies them."
        }
        if !missing.isEmpty { throw Self.stepsMissing }
    }

    private func missing(_ configuration: Configuration) async throws -> [Migration] {
        // Opening a file that is not there would make it.
        if configuration.databaseURL == nil, !FileManager.default.fileExists(atPath: configuration.databaseFile.path) { return schema }
        return try await using(try await Bootstrap.database(configuration)) {
            await $0.close()
        } for: { database in
            do {
                return try await Migrator.missing(database, schema)
            } catch let error as MigrationError {
                throw StartProblem("\(error) \(Bootstrap.advice(on: error))")
            }
        }
    }
}
