import Domain
import Foundation
import Persistence

/// What an archive is. Its first member, `manifest.json`; the last, `SHA256SUMS`, has a line for each member before it.
public struct BackupManifest: Codable, Sendable, Equatable {
    public enum Engine: String, Codable, Sendable { case sqlite, postgresql }

    static let currentFormat = 1

    public let format: Int
    /// Of the program that made it.
    public let version: String
    /// The instant the database is of.
    public let createdAt: Timestamp
    public let database: Engine
    /// The last step of the database's schema.
    public let schema: Int
    public let withSecrets: Bool

    enum Member {
        static let manifest = "manifest.json"
        static let configuration = "configuration.env"
        static let secrets = Secrets.fileName
        static let sums = "SHA256SUMS"
        static let uploads = "uploads/"
        static let small = [manifest, configuration, secrets, sums]

        static func database(_ engine: Engine) -> String { engine == .sqlite ? "database.sqlite" : "database.dump" }

        /// Only what a backup of ours holds, so that nothing is written anywhere else.
        static func isKnown(_ name: String) -> Bool {
            if small.contains(name) || [database(.sqlite), database(.postgresql)].contains(name) { return true }
            return name.hasPrefix(uploads) && isUpload(String(name.dropFirst(uploads.count)))
        }

        /// As `MediaKey` names files: by their digest, what was made of them with an ending.
        static func isUpload(_ key: String) -> Bool {
            guard MediaKey.digest(of: key) != nil, key.utf8.count <= 93 else { return false }
            let ending = key.dropFirst(67)
            return (ending.isEmpty || ending.first == ".") && ending.utf8.allSatisfy { $0 > 32 && $0 < 127 }
        }
    }

    /// Throws `ArchiveFault.unusable` when this program cannot work with what the archive holds.
    func requireKnown() throws(ArchiveFault) {
        guard format <= Self.currentFormat else {
            throw .unusable("The archive was made by a newer version (\(version)) in a format that this one does not know. Install that version.")
        }
        let known = Persistence.schema.map(\.number).max() ?? 0
        guard schema <= known else {
            throw .unusable(
                "The archive was made by a newer version (\(version)): its database is at step \(schema), this program knows steps up to \(known). "
                    + "Install that version, then restore.")
        }
    }
}
