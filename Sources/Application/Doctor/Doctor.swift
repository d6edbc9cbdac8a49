import Domain
import Foundation

/// Looks at everything the product needs and says how to mend it. Looking changes nothing: no folder, file or schema is made.
public struct Doctor: Sendable {
    /// One thing to look at.
    public struct Examination: Sendable {
        let examine: @Sendable () async -> [Diagnosis]

        public init(_ examine: @escaping @Sendable () async -> [Diagnosis]) { self.examine = examine }
    }

    private let version: String
    private let examinations: [Examination]

    /// `more` are looks that only the executable can make. With `mail` a mail is sent there.
    public init(version: String, environment: [String: String], mail: String? = nil, more: [Examination] = []) {
        self.version = version
        let searchPath = environment["PATH"] ?? MediaTools.usualPath
        // The folder counts also where another setting is wrong.
        let folders = environment["POSTIZ_ZONEINFO"].map { [ZoneFolder(path: $0)] } ?? [.system, .shipped]
        examinations =
            Self.ofProgram(tools: MediaTools(searchPath: searchPath, timeLimit: .seconds(10)), zones: folders) + more
            + Self.ofInstance(version: version, environment: environment, mail: mail)
    }

    /// Of the instance that runs in this process.
    init(version: String, configuration: Configuration) {
        self.version = version
        examinations =
            Self.ofProgram(tools: MediaTools(timeLimit: .seconds(10)), zones: configuration.zoneFolders)
            + Self.of(configuration, version: version, mail: nil)
    }

    public func report() async -> DoctorReport {
        let found = await withTaskGroup(of: (Int, [Diagnosis]).self) { group in
            for (place, examination) in examinations.enumerated() { group.addTask { (place, await examination.examine()) } }
            return await group.reduce(into: [Int: [Diagnosis]]()) { $0[$1.0] = $1.1 }
        }
        return DoctorReport(version: version, diagnoses: examinations.indices.flatMap { found[$0] ?? [] })
    }

    /// The same for an administrator of the instance. Throws `FORBIDDEN` for anybody else.
    public func report(as caller: Caller) async throws -> DoctorReport {
        try admit(caller)
        return await report()
    }

    /// Throws `FORBIDDEN` for anybody but an administrator of the instance.
    public func admit(_ caller: Caller) throws {
        guard caller.instanceRole == .admin else {
            throw ProblemReport(.forbidden, "Only an administrator of this instance may see what the doctor finds.")
        }
    }

    /// What does not depend on any setting.
    private static func ofProgram(tools: MediaTools, zones: [ZoneFolder]) -> [Examination] {
        [
            Examination { ProgramExaminations.timeZones(ZoneFolder.newest(of: zones), at: .now) },
            Examination { await ProgramExaminations.cryptography() },
            Examination { await ProgramExaminations.tools(tools) },
        ]
    }

    /// With settings that cannot be read there is nothing further to look at.
    private static func ofInstance(version: String, environment: [String: String], mail: String?) -> [Examination] {
        let configuration: Configuration
        do throws(ConfigurationError) {
            configuration = try Configuration.load(environment: environment)
        } catch {
            let mistakes = error.mistakes.map { Diagnosis("settings", .problem, $0, advice: "'postiz config' shows all settings.") }
            return [Examination { mistakes }]
        }
        return of(configuration, version: version, mail: mail)
    }

    private static func of(_ configuration: Configuration, version: String, mail: String?) -> [Examination] {
        let (storage, network) = (StorageExaminations(configuration), NetworkExaminations(configuration, version: version))
        return [
            Examination { settings(configuration) }, Examination { storage.folders() }, Examination { storage.fileSystems() },
            Examination { storage.secrets() },
            Examination { await storage.files() }, Examination { await storage.database() }, Examination { await storage.redis() },
            Examination { network.mainURL() },
            Examination { await network.port() }, Examination { await network.wayIn() },
            Examination { await network.mail(sendingTo: mail) }, Examination { network.platforms() }, Examination { await network.clock(at: .now) },
            Examination { await network.languageModel() },
        ]
    }

    private static func settings(_ configuration: Configuration) -> [Diagnosis] {
        if configuration.warnings.isEmpty { return [Diagnosis("settings", .ok, "All settings can be read.")] }
        return configuration.warnings.map { Diagnosis("settings", .warning, $0, advice: "'postiz config' shows all settings.") }
    }
}
