import Domain
import Foundation
import Persistence
import Platforms

/// What helps another person to find a fault, in one archive, without secrets, texts, names or addresses.
public struct DiagnosticBundle: Sendable {
    public struct Member: Codable, Sendable, Equatable {
        public let name: String
        public let meaning: String
        public let bytes: Int
    }

    public struct Made: Codable, Sendable, Equatable {
        public let path: String
        public let members: [Member]
    }

    /// Everything that may be in it, in its order.
    static let contents: [(name: String, meaning: String)] = [
        ("README.txt", "this list"),
        ("version.json", "version of the program, its platforms, engine and steps of the database"),
        ("settings.json", "each setting: whether it is set, and where; its value where that is a number, a choice, or yes or no"),
        ("doctor.json", "what 'postiz doctor' finds, without names and addresses"),
        ("health.json", "what the running server says of itself"),
        ("metrics.txt", "its figures"),
        ("database.json", "how many rows each table has, publications by status, jobs by kind, channels by platform"),
        ("machine.json", "system, kernel, processors, memory, file systems; neither name nor address of the machine"),
        ("log.txt", "the last lines of the log, cut down to time, level, message, ids and codes"),
    ]

    private let configuration: Configuration
    private let version: String
    private let doctor: Doctor
    private let scrubber: Scrubber

    /// `doctor` is asked as `postiz doctor` asks it. Throws `SecretsError`.
    public init(configuration: Configuration, version: String, doctor: Doctor) throws {
        (self.configuration, self.version, self.doctor) = (configuration, version, doctor)
        let kept = try KeptSecrets.load(configuration.dataFolder.appendingPathComponent(KeptSecrets.fileName))
        let secrets = kept.map { [$0.jwtSecret, $0.encryptionKey] + ($0.oldEncryptionKeys ?? []) } ?? []
        scrubber = Scrubber(configuration.settings, secrets: secrets)
    }

    /// Writes it to `path`, readable by this user alone. `database` is nil where it cannot be opened, `logFile` that of the server's log, without which the journal is read.
    public func write(to path: String, database: (any Database)?, logFile: String?) async throws -> Made {
        var texts: [String: String] = [:]
        let log = await LoggedLine.last(500, of: logFile)
        let server = await RunningServer(configuration, version: version).report()
        texts["version.json"] = try await versions(database)
        texts["settings.json"] = try settings()
        texts["doctor.json"] = try findings(await doctor.report())
        texts["health.json"] = try server.health.map { try Self.text(scrubber.clean($0)) }
        texts["metrics.txt"] = server.metrics.map { Self.withoutServers($0, scrubber) }
        if let database { texts["database.json"] = try Self.text(try await DatabaseCounts.of(database)) }
        texts["machine.json"] = try Self.text(
            MachineFacts.now(folders: [
                "POSTIZ_DATA": configuration.dataFolder.path, "UPLOAD_DIRECTORY": configuration.uploadDirectory.path,
            ]))
        if !log.isEmpty { texts["log.txt"] = log.map { LoggedLine.cutDown($0, scrubber) }.joined(separator: "\n") + "\n" }
        texts["README.txt"] = Self.list(texts)
        let members = Self.contents.compactMap { name, meaning in texts[name].map { Member(name: name, meaning: meaning, bytes: $0.utf8.count) } }
        try await pack(members.map { ($0.name, texts[$0.name] ?? "") }, to: path)
        return Made(path: path, members: members)
    }

    // MARK: The members

    private func versions(_ database: (any Database)?) async throws -> String {
        struct Versions: Encodable {
            let version: String
            let schemaKnown: Int
            let database: String?
            let databaseVersion: String?
            let databaseSettings: [String: String]?
            let apps: [String]
        }
        let found = try await database.asyncMap { try await DatabaseInspection.of($0) }
        return try Self.text(
            Versions(
                version: version, schemaKnown: schema.map(\.number).max() ?? 0, database: found?.product, databaseVersion: found?.version,
                databaseSettings: found?.settings, apps: configuration.apps.map(\.rawValue).sorted()))
    }

    private func settings() throws -> String {
        struct Row: Encodable {
            let name: String
            let isSet: Bool
            let source: String
            let value: String?
        }
        return try Self.text(
            configuration.settings.map { setting in
                Row(
                    name: setting.variable.name, isSet: setting.source != .defaultValue, source: setting.source.rawValue,
                    value: setting.isPlain ? setting.value : nil)
            })
    }

    private func findings(_ report: DoctorReport) throws -> String {
        let members = report.diagnoses.map { found -> JSONValue in
            // It names channels and those who have them.
            let finding = found.subject == "connections" && found.verdict != .ok ? "[left out]" : scrubber.clean(found.finding)
            return .object([
                "subject": .string(found.subject), "verdict": .string(found.verdict.rawValue), "finding": .string(finding),
                "advice": found.advice.map { .string(scrubber.clean($0)) } ?? .null,
            ])
        }
        return try Self.text(JSONValue.object(["verdict": .string(report.verdict.rawValue), "diagnoses": .array(members)]))
    }

    /// Servers of the Fediverse are named in labels: of these it is told which are the same.
    static func withoutServers(_ metrics: String, _ scrubber: Scrubber) -> String {
        var numbers: [Substring: Int] = [:]
        let label = /host="([^"]*)"/
        let lines = metrics.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.replacing(label) { match -> String in
                if Self.platformHosts.contains(where: { match.1 == $0 || match.1.hasSuffix("." + $0) }) { return String(match.0) }
                let number = numbers[match.1] ?? numbers.count + 1
                numbers[match.1] = number
                return "host=\"server-\(number)\""
            }
        }
        return scrubber.clean(lines.joined(separator: "\n"))
    }

    /// Domains that say nothing of who uses them.
    private static let platformHosts = [
        "x.com", "twitter.com", "linkedin.com", "bsky.app", "bsky.social", "discord.com", "facebook.com", "instagram.com", "threads.net",
        "pinterest.com", "reddit.com", "slack.com", "tiktokapis.com", "googleapis.com", "mastodon.social",
    ]

    private static func list(_ texts: [String: String]) -> String {
        let rows = contents.map { name, meaning in
            "\(name)\n    \(meaning)\(texts[name] == nil && name != "README.txt" ? " (could not be had)" : "")\n"
        }
        return """
            A diagnostic bundle of Postiz. It holds no secrets, no texts of posts, no names of people, channels or workspaces, and no addresses; what
            was taken out stands as a word in brackets. Look through it before you hand it on.

            \(rows.joined())
            """
    }

    // MARK: The archive

    private func pack(_ members: [(name: String, text: String)], to path: String) async throws {
        let folder = URL(filePath: path).lastPathComponent.replacing(".tar.gz", with: "")
        try await ArchivePipeline(.gzip).write(to: path) { writer in
            for (name, text) in members {
                let bytes = Array(text.utf8)
                _ = try await writer.write(TarBlock.header(name, in: folder, size: bytes.count, at: .now) + bytes)
                _ = try await writer.write([UInt8](repeating: 0, count: TarBlock.padding(after: bytes.count)))
            }
            _ = try await writer.write(TarBlock.end)
        }
    }

    private static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}

extension Optional where Wrapped: Sendable {
    fileprivate func asyncMap<Value>(_ work: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await work(self)
    }
}

/// What the server that runs here tells: nil where it does not answer, or does not let us.
private struct RunningServer {
    private let configuration: Configuration
    private let version: String

    init(_ configuration: Configuration, version: String) { (self.configuration, self.version) = (configuration, version) }

    func report() async -> (health: JSONValue?, metrics: String?) {
        let patience = TransportSettings(
            userAgent: "Postiz/\(version)", connectTimeout: .seconds(2), readTimeout: .seconds(5), deadline: .seconds(10))
        let base = "http://\(configuration.localPlace)"
        let bearer = configuration.metricsToken.map { [("Authorization", "Bearer \($0)")] } ?? []
        return await HTTPTransport.briefly(patience) { transport in
            // Whatever does not answer tells nothing.
            let health = try? await transport.platform.send(HTTPCall("GET", base + "/api/health"))
            let metrics = try? await transport.platform.send(HTTPCall("GET", base + "/metrics", headers: bearer))
            return (health?.document, metrics.flatMap { $0.status == 200 ? $0.text : nil })
        }
    }
}
