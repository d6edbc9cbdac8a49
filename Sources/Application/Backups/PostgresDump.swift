import Domain
import Foundation
import Persistence
import Subprocess

/// PostgreSQL's own programs, which know best what is in its databases.
enum PostgresDump {
    /// A dump of one instant in `pg_dump`'s own format, not compressed: the archive is.
    static func make(of url: String, to path: String) async throws {
        try await run("umask 077; exec pg_dump --format=custom --compress=0 --no-owner --no-privileges --file=\"$1\"", [path], url, "made")
    }

    /// Replaces what is in the database by the dump, in one transaction, and marks it as a copy of `time`.
    static func restore(_ path: String, to url: String, copiedAt time: Timestamp) async throws {
        // Without its last line, the script is undone by the end of the connection.
        let script = """
            set -o pipefail
            { printf '%s\\n' 'BEGIN;' "$2" && pg_restore --no-owner --no-privileges --file=- "$1" && printf '%s\\n' "$3" 'COMMIT;'; } \\
                | psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 >/dev/null
            """
        try await run(script, [path, PostgresPrograms.clear, PostgresPrograms.mark(at: time)], url, "restored")
    }

    private static func run(_ script: String, _ arguments: [String], _ url: String, _ done: String) async throws {
        var environment: [Subprocess.Environment.Key: String] = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? MediaTools.usualPath, "LC_ALL": "C", "PGAPPNAME": "postiz backup",
        ]
        for (name, value) in try PostgresPrograms.environment(for: url) {
            if let key = Subprocess.Environment.Key(rawValue: name) { environment[key] = value }
        }
        let result = try await Subprocess.run(
            .name("bash"), arguments: Arguments(["-c", script, "bash"] + arguments), environment: .custom(environment),
            platformOptions: ArchivePipeline.group, output: .discarded, error: .string(limit: 16_384))
        guard result.terminationStatus.isSuccess else {
            throw BackupProblem("The database could not be \(done): \(ArchivePipeline.words(result.standardError)). \(mend(result.standardError))")
        }
    }

    private static func mend(_ words: String) -> String {
        if words.contains("not found") {
            return "Install PostgreSQL's programs, of the server's version or a newer one (Debian: apt-get install postgresql-client)."
        }
        if words.contains("server version") {
            return "pg_dump must be as new as the server: install the postgresql-client of the server's version."
        }
        return "Nothing was changed."
    }
}
