import Application
import ArgumentParser
import Domain
import Foundation
import Logging
import Persistence

struct MoveToPostgresCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move-to-postgres", abstract: "Take everything from the embedded database to the PostgreSQL server of DATABASE_URL.",
        discussion: """
            Stop Postiz first. All rows are copied, read again on both sides and compared; then the file is marked, so that nothing starts on it by \
            mistake. Files and secrets stay in POSTIZ_DATA. A move that was broken off is begun anew by running it again.
            Example: DATABASE_URL=postgresql://postiz@localhost/postiz postiz move-to-postgres
            """)

    @OptionGroup var output: Output

    func run() async throws { try await Move(toServer: true, output).run() }
}

struct MoveToSQLiteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move-to-sqlite", abstract: "Take everything from the PostgreSQL server of DATABASE_URL to the embedded database.",
        discussion: """
            Stop all processes of Postiz first. Works as 'move-to-postgres' does, the other way round; start without DATABASE_URL afterwards.
            Example: DATABASE_URL=postgresql://postiz@localhost/postiz postiz move-to-sqlite
            """)

    @OptionGroup var output: Output

    func run() async throws { try await Move(toServer: false, output).run() }
}

/// One of the two moves.
private struct Move {
    private let toServer: Bool
    private let output: Output

    init(toServer: Bool, _ output: Output) {
        self.toServer = toServer
        self.output = output
    }

    func run() async throws {
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        let configuration = try Configuration.load(environment: ProcessInfo.processInfo.environment)
        guard let url = configuration.databaseURL else {
            throw ValidationError("Set DATABASE_URL to the PostgreSQL server, such as postgresql://postiz@localhost/postiz.")
        }
        try Bootstrap.makeFolders(configuration)
        if toServer, !FileManager.default.fileExists(atPath: configuration.databaseFile.path) {
            throw ValidationError("There is no \(configuration.databaseFile.path) to move: set POSTIZ_DATA to the folder of the embedded database.")
        }
        let lock = try FolderLock.claim(configuration.dataFolder)
        defer { lock?.release() }
        try await using(try Bootstrap.file(configuration)) {
            await $0.close()
        } for: { file in
            try await using(try await Bootstrap.server(url, configuration)) {
                await $0.close()
            } for: { server in
                try await move(file, server, configuration)
            }
        }
    }

    private func move(_ file: any Database, _ server: any Database, _ configuration: Configuration) async throws {
        for database in [file, server] { try await Bootstrap.migrate(database, configuration) }
        do {
            let move = toServer ? try await DatabaseMove(from: file, to: server) : try await DatabaseMove(from: server, to: file)
            let counts = try await move.run { table, rows in Output.progress("\(table): \(rows) rows") }
            Output.progress(nil)
            try output.show(counts) {
                let rows = counts.filter { $0.rows > 0 }.map { [$0.table, "\($0.rows)"] }
                let next = toServer ? "Start Postiz with this DATABASE_URL." : "Start Postiz without DATABASE_URL."
                return "\(Output.table(["TABLE", "ROWS"], rows))\n\nEverything was moved and compared. \(next)"
            }
        } catch let refusal as DatabaseMove.Refusal {
            Output.progress(nil)
            throw StartProblem(words(refusal, configuration))
        }
    }

    private func words(_ refusal: DatabaseMove.Refusal, _ configuration: Configuration) -> String {
        let (old, new) =
            toServer ? (configuration.databaseFile.path, "The PostgreSQL database") : ("The PostgreSQL database", configuration.databaseFile.path)
        return switch refusal {
        case .sameKind: "Both are databases of one kind."
        case .leftBefore:
            "Nothing was moved: the rows of the old database were moved before, and what happened since is not in it. Restore a backup instead."
        case .sourceIncomplete: "Nothing was moved: a move into the old database was never finished. Run that one again first."
        case .sourceEmpty: "Nothing was moved: there is no account in the old database. Check DATABASE_URL and POSTIZ_DATA."
        case .targetInUse(let table):
            "Nothing was moved: \(new) is not empty (\(table)). Give an empty one."
        case .othersConnected(let count):
            "Nothing was moved: \(count) connections of Postiz are open on the server. Stop all its processes first."
        case .changedMeanwhile(let table):
            "Nothing was moved: somebody changed \(old) meanwhile (\(table)). Stop all processes of Postiz and run this again."
        case .differs(let table):
            "Nothing was moved: what arrived in \(new) is not what was read (\(table)). The old database is as it was; please report this."
        }
    }
}
