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

    /// `more` are looks that only the executable can make.
    public init(version: String, environment: [String: String], more: [Examination] = []) {
        self.version = version
        let searchPath = environment["PATH"] ?? MediaTools.usualPath
        // The folder counts also where another setting is wrong.
        let folders = environment["POSTIZ_ZONEINFO"].map { [ZoneFolder(path: $0)] } ?? [.system, .shipped]
        examinations =
            Self.ofProgram(tools: MediaTools(searchPath: searchPath, timeLimit: .seconds(10)), zones: folders) + more
            + Self.ofInstance(version: version, environment: environment)
    }

    public func report() async -> DoctorReport {
        var diagnoses: [Diagnosis] = []
        for examination in examinations { diagnoses += await examination.examine() }
        return DoctorReport(version: version, diagnoses: diagnoses)
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
    private static func ofInstance(version: String, environment: [String: String]) -> [Examination] {
        let configuration: Configuration
        do throws(ConfigurationError) {
            configuration = try Configuration.load(environment: environment)
        } catch {
            let mistakes = error.mistakes.map { Diagnosis("settings", .problem, $0, advice: "'postiz config' shows all settings.") }
            return [Examination { mistakes }]
        }
        let (storage, network) = (StorageExaminations(configuration), NetworkExaminations(configuration, version: version))
        return [
            Examination { settings(configuration) }, Examination { storage.folders() }, Examination { storage.secrets() },
            Examination { await storage.files() }, Examination { await storage.database() }, Examination { await storage.redis() },
            Examination { network.mainURL() },
            Examination { await network.port() },
            Examination { await network.mail() }, Examination { network.platforms() }, Examination { await network.clock(at: .now) },
        ]
    }

    private static func settings(_ configuration: Configuration) -> [Diagnosis] {
        if configuration.warnings.isEmpty { return [Diagnosis("settings", .ok, "All settings can be read.")] }
        return configuration.warnings.map { Diagnosis("settings", .warning, $0, advice: "'postiz config' shows all settings.") }
    }
}
