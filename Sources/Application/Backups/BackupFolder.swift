import Domain
import Foundation

/// A folder of archives. Its calls block.
enum BackupFolder {
    /// What is being made lies in a folder of this ending.
    static let workEnding = ".partial"

    /// The archives, newest first.
    static func archives(in folder: String) throws -> [String] {
        guard DiskFile.exists(folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter(isArchive).sorted(by: >)
    }

    static func isArchive(_ name: String) -> Bool { name.wholeMatch(of: /postiz-\d{8}-\d{6}\.tar\.(gz|zst)(\.enc)?/) != nil }

    /// Removes what backups left behind that were cut off.
    static func removeAbandoned(in folder: String, before time: Timestamp) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasPrefix(".postiz-") && name.hasSuffix(workEnding) {
            if let changed = try DiskFile.modified("\(folder)/\(name)"), changed < time {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
        }
    }
}

/// How the last backup went: kept in the database, so that every process knows.
public struct BackupRecord: Codable, Sendable, Equatable {
    static let name = "last-backup"
    static let goodName = "last-good-backup"

    public let at: Timestamp
    public let file: String?
    public let bytes: Int?
    /// Nil when it succeeded.
    public let error: String?
}

/// The settings as an archive holds them.
enum BackupSettings {
    /// What was set, for an environment file; secrets only where they are asked for, else their names.
    static func text(of configuration: Configuration, withSecrets: Bool) -> String {
        let lines = configuration.settings.filter { $0.source != .defaultValue }.compactMap { setting -> String? in
            guard let value = setting.value else { return nil }
            let name = setting.variable.name
            if setting.variable.secret, !withSecrets { return "# \(name) was set. It is a secret, and not in this archive." }
            return "\(name)=\(value.replacing("\n", with: "\\n"))"
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The secrets file of the data folder; nil where the settings name the secrets. Throws `SecretsError`.
    static func secrets(of configuration: Configuration) throws -> Data? {
        let file = configuration.dataFolder.appending(path: Secrets.fileName)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        do { return try Data(contentsOf: file) } catch { throw SecretsError.unreadable(file.path) }
    }
}

extension DiskError {
    /// What the system says.
    var words: String { String(cString: strerror(number)) }
}
