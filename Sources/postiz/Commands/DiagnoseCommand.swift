import Application
import ArgumentParser
import Domain
import Foundation
import Logging
import Persistence

struct DiagnoseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose", abstract: "Write a bundle for a bug report: no secrets, no texts, no names, no addresses.",
        discussion: """
            Prints what is in it. Run it with the settings, and as the user, of the server. Under systemd the last lines of the journal go with it; \
            elsewhere name the log's file.
            Example: postiz diagnose --log /var/log/postiz.log
            """)

    @Option(help: "Where it goes: a file. Without it postiz-diagnosis-TIME.tar.gz in this folder.", completion: .file())
    var to: String?
    @Option(help: "A file with the server's log, of which the last lines are taken.", completion: .file())
    var log: String?
    @OptionGroup var output: Output

    func run() async throws {
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        if let log, !FileManager.default.isReadableFile(atPath: log) { throw StartProblem("\(log) cannot be read: check --log.") }
        let configuration = try Configuration.load(environment: ProcessInfo.processInfo.environment)
        let bundle = try DiagnosticBundle(configuration: configuration, version: Version.current, doctor: DoctorCommand.doctor())
        let isThere = configuration.databaseURL != nil || FileManager.default.fileExists(atPath: configuration.databaseFile.path)
        // Opening a file that is not there would make it. The doctor says why one cannot be opened.
        let database = isThere ? try? await Bootstrap.database(configuration) : nil
        let made = try await using(database) {
            await $0?.close()
        } for: {
            try await bundle.write(to: path(), database: $0, logFile: log)
        }
        try output.show(made) {
            let rows = made.members.map { [$0.name, "\($0.bytes)", $0.meaning] }
            return "\(Output.table(["FILE", "BYTES", "WHAT"], rows))\n\n\(made.path)\nLook through it before you hand it on."
        }
    }

    private func path() -> String {
        if let to { return URL(filePath: to).standardizedFileURL.path }
        let stamp = Timestamp.now.description.prefix(19).filter(\.isNumber)
        return URL(filePath: "postiz-diagnosis-\(stamp).tar.gz").standardizedFileURL.path
    }
}
