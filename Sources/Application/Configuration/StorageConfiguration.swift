import Foundation
import Messaging

// MARK: Databases, Redis, files and backups

extension Configuration {
    static func replicas(_ reader: inout ConfigurationReader) -> [String] {
        let urls = reader.list("DATABASE_READ_URL")
        if !urls.isEmpty, reader.text("DATABASE_URL") == nil {
            reader.refuse(
                "DATABASE_READ_URL", "remove it, or set DATABASE_URL to the PostgreSQL server that these are replicas of: SQLite has no replicas")
        }
        return urls
    }

    /// Nil when `REDIS_URL` is not set, or was refused.
    static func redis(_ reader: inout ConfigurationReader) -> RedisAddress? {
        // The reader has said what is wrong with it.
        reader.text("REDIS_URL").flatMap { try? RedisAddress($0) }
    }

    static func authorities(_ name: String, _ reader: inout ConfigurationReader) -> String? {
        let file = reader.text(name)
        if let file, !FileManager.default.isReadableFile(atPath: file) { reader.refuse(name, "name a PEM file that can be read") }
        return file
    }

    /// Nil when `S3_BUCKET` is not set. All of it is asked for where files are to be kept there, or a bucket is named.
    static func s3(_ reader: inout ConfigurationReader, isNeeded: Bool) -> S3Settings? {
        let (bucket, prefix) = (reader.text("S3_BUCKET"), keyPrefix(&reader))
        return store(&reader, bucket: bucket, prefix: prefix, need: isNeeded ? "STORAGE_PROVIDER is s3" : nil) { "S3_\($0)" }
    }

    private static func keyPrefix(_ reader: inout ConfigurationReader) -> String {
        guard let text = reader.text("S3_PREFIX") else { return "" }
        let parts = (text.hasSuffix("/") ? String(text.dropLast()) : text).split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in
            !part.isEmpty && part != "." && part != ".."
                && part.utf8.allSatisfy {
                    $0 < 128 && (Character(UnicodeScalar($0)).isLetter || Character(UnicodeScalar($0)).isNumber || "-_.".utf8.contains($0))
                }
        }
        if !isPlain || text.utf8.count > 100 {
            reader.refuse("S3_PREFIX", "use up to 100 letters, digits, dots, hyphens and underscores, with slashes between them")
        }
        return parts.joined(separator: "/") + "/"
    }

    /// What is not set for backups is that of the store of files.
    static func backups(_ reader: inout ConfigurationReader, data: URL) -> BackupTarget? {
        let folder = reader.text("BACKUP_FOLDER").map { URL(filePath: $0).standardizedFileURL.path }
        let parts = reader.text("BACKUP_S3_BUCKET")?.split(separator: "/", maxSplits: 1).map(String.init) ?? []
        let own = ["BUCKET", "ENDPOINT", "REGION", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "PATH_STYLE"].filter {
            reader["BACKUP_S3_\($0)"]?.value != nil
        }
        guard let bucket = parts.first else { return folder.map { .folder($0) } }
        let settings = store(&reader, bucket: bucket, need: nil) { own.contains($0) ? "BACKUP_S3_\($0)" : "S3_\($0)" }
        let prefix = (parts.dropFirst().first ?? "").split(separator: "/").joined(separator: "/")
        if !prefix.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) { reader.refuse("BACKUP_S3_BUCKET", "use ASCII without spaces for the prefix") }
        return BackupTarget(folder: folder ?? backupWorkFolder(in: data), bucket: settings, prefix: prefix.isEmpty ? "" : prefix + "/")
    }

    /// Where archives are made while a bucket has none of its own to be made in.
    var backupWorkFolder: String { Self.backupWorkFolder(in: dataFolder) }
    private static func backupWorkFolder(in data: URL) -> String { data.appending(path: "backups").path }

    static func minute(_ name: String, _ reader: inout ConfigurationReader) -> Int {
        let parts = (reader.text(name) ?? "").split(separator: ":").map { Int($0) }
        guard parts.count == 2, let hour = parts[0], let minute = parts[1], (0..<24).contains(hour), (0..<60).contains(minute) else {
            reader.refuse(name, "use a time of day in UTC, such as 03:00")
            return 0
        }
        return hour * 60 + minute
    }

    /// `name` gives the variable of a part such as `BUCKET`.
    private static func store(
        _ reader: inout ConfigurationReader, bucket: String?, prefix: String = "", need: String?, _ name: (String) -> String
    ) -> S3Settings? {
        let (region, pathStyle) = (reader.text(name("REGION")) ?? "", reader.flag(name("PATH_STYLE")))
        let endpoint = reader.address(name("ENDPOINT")) ?? URL(string: "https://s3.\(region).amazonaws.com")
        let (key, secret) = (reader.text(name("ACCESS_KEY_ID")), reader.text(name("SECRET_ACCESS_KEY")))
        guard need != nil || bucket != nil else { return nil }
        for (part, value) in [("BUCKET", bucket), ("ACCESS_KEY_ID", key), ("SECRET_ACCESS_KEY", secret)] where value == nil {
            reader.refuse(name(part), "set it: \(need ?? "\(name("BUCKET")) is set")")
        }
        if let bucket,
            !bucket.utf8.allSatisfy({ $0 < 128 && (Character(UnicodeScalar($0)).isLetter || (45...57).contains($0) && $0 != 47) })
                || !(3...63).contains(bucket.utf8.count)
        {
            reader.refuse(name("BUCKET"), "use the bucket's name alone: 3 to 63 letters, digits, dots and hyphens")
        }
        guard let endpoint, let bucket, let key, let secret else { return nil }
        if !endpoint.path.isEmpty || endpoint.query() != nil || endpoint.user() != nil {
            reader.refuse(name("ENDPOINT"), "leave out everything but scheme, host and port: the bucket has a setting of its own")
        }
        return S3Settings(
            endpoint: endpoint, bucket: bucket, prefix: prefix, region: region, accessKeyID: key, secretAccessKey: secret, pathStyle: pathStyle)
    }
}
