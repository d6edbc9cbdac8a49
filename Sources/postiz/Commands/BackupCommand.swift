import Application
import ArgumentParser
import Domain
import Foundation
import Logging
import Persistence

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Put the database, the files and the settings into one archive; the server may go on running.",
        discussion: """
            Encrypted when BACKUP_PASSPHRASE is set. Secrets stay out unless --with-secrets is given: keep a copy of secrets.json elsewhere.
            Example: postiz backup --to /srv/backups --keep 7
            """)

    @Option(help: "The folder the archive goes to. Without it BACKUP_S3_BUCKET or BACKUP_FOLDER.")
    var to: String?
    @Flag(help: "Compress with zstd, which is faster than gzip.")
    var zstd = false
    @Flag(help: "Put the secrets into the archive, too: whoever has it can act for all channels.")
    var withSecrets = false
    @Option(help: "Remove older archives until this many are left. Without it none is removed.")
    var keep: Int?
    @Flag(help: "Make none: list those that are there, newest first.")
    var list = false
    @OptionGroup var output: Output

    func validate() throws {
        if let keep, keep < 1 { throw ValidationError("--keep takes a number from 1 on.") }
    }

    func run() async throws {
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        let configuration = try Configuration.load(environment: ProcessInfo.processInfo.environment)
        let target = to.map { BackupTarget.folder(URL(filePath: $0).standardizedFileURL.path) } ?? configuration.backupTarget
        guard let target else { throw StartProblem("Say where the archive goes: --to FOLDER, or set BACKUP_FOLDER or BACKUP_S3_BUCKET.") }
        try await BackupTarget.withPlaces(of: configuration, target: target, version: Version.current) { place, stores in
            if list { try await show(place) } else { try await make(place, stores, configuration) }
        }
    }

    private func show(_ place: BackupPlace) async throws {
        let archives = try await place.archives()
        try output.show(archives) {
            archives.isEmpty
                ? "There are none in \(place.target.location)." : archives.map { "\($0.path)  \($0.bytes) bytes" }.joined(separator: "\n")
        }
    }

    private func make(_ place: BackupPlace, _ stores: MediaStores, _ configuration: Configuration) async throws {
        if configuration.databaseURL == nil, !FileManager.default.fileExists(atPath: configuration.databaseFile.path) {
            throw StartProblem("There is no database at \(configuration.databaseFile.path): is POSTIZ_DATA that of the server?")
        }
        let lock = try FolderLock.share(configuration.dataFolder)
        defer { lock?.release() }
        // As it is: a backup before an update must not update.
        let made = try await using(try await Bootstrap.database(configuration)) {
            Output.progress(nil)
            await $0.close()
        } for: { database in
            try await Backups(database: database, media: stores.current, configuration: configuration, version: Version.current) {
                Output.progress("\(Output.words(ofBytes: $0)) packed")
            }.make(.init(place: place, zstd: zstd, withSecrets: withSecrets, keep: keep))
        }
        try output.show(made) { made.path }
        for key in made.missing { Output.note("warning: \(key) is not in the archive: the library names it, and it is not in the store.") }
    }
}

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Look at every byte of an archive; fails when it is damaged or of a newer version.",
        discussion: "Example: postiz verify /srv/backups/postiz-20300101-030000.tar.gz")

    @Argument(help: "The archive: a file, or s3://BUCKET/NAME in BACKUP_S3_BUCKET.", completion: .file())
    var archive: String
    @OptionGroup var output: Output

    func run() async throws {
        let configuration = try Configuration.load(environment: ProcessInfo.processInfo.environment)
        let finding = try await BackupTarget.withPlaces(of: configuration, target: nil, version: Version.current) { place, _ in
            try await place.withFile(of: archive) { try await BackupArchive.verify($0, passphrase: configuration.backupPassphrase) }
        }
        try output.show(finding) {
            """
            The archive is whole: \(finding.members) members of version \(finding.manifest.version), \(finding.manifest.createdAt), schema step \
            \(finding.manifest.schema), \(finding.manifest.withSecrets ? "with" : "without") secrets.
            """
        }
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put an archive in the place of this server's database and files; the server must be stopped.",
        discussion: """
            What may have gone out since the archive was made waits for a person's decision. The database that was there stays beside the new one.
            Example: POSTIZ_DATA=/var/lib/postiz postiz restore /srv/backups/postiz-20300101-030000.tar.gz
            """)

    @Argument(help: "The archive: a file, or s3://BUCKET/NAME in BACKUP_S3_BUCKET.", completion: .file())
    var archive: String
    @OptionGroup var output: Output

    private struct Report: Encodable {
        let restored: Restoration.Done
        let held: Int
    }

    func run() async throws {
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        let configuration = try Configuration.load(environment: ProcessInfo.processInfo.environment)
        try FileManager.default.createDirectory(at: configuration.dataFolder, withIntermediateDirectories: true)
        let lock = try FolderLock.claim(configuration.dataFolder)
        defer { lock?.release() }
        let done = try await BackupTarget.withPlaces(of: configuration, target: nil, version: Version.current) { place, stores in
            try await place.withFile(of: archive) { try await Restoration(configuration: configuration, stores: stores).restore($0) }
        }
        let held = try await settle(configuration)
        try output.show(Report(restored: done, held: held)) {
            "Restored the state of \(done.manifest.createdAt), \(done.files) files. \(Bootstrap.restored(held))"
        }
        if let before = done.before { Output.note("The database that was there is now \(before). Remove it when you do not need it any more.") }
        for notice in done.notices { Output.note("warning: \(notice)") }
    }

    /// Brings the schema up to date and holds what may have gone out. Where this does not come to its end, the server's start does it.
    private func settle(_ configuration: Configuration) async throws -> Int {
        try await using(try await Bootstrap.database(configuration)) {
            await $0.close()
        } for: { database in
            try await Migrator.migrate(database, schema)
            return try await database.write { try CopyRepository.settle(now: .now, in: $0) } ?? 0
        }
    }
}
