import Domain
import Foundation
import Logging
import Persistence
import Platforms
import ServiceLifecycle

/// What a platform gives an operator for their app: from the environment, or entered by an administrator and stored sealed. The environment wins.
public struct PlatformKeys: Sendable {
    /// Longer than any platform's ids and secrets.
    static let longest = 1000

    private let base: PlatformConfiguration
    private let channels: Channels
    private let secrets: SecretBox

    /// `base` holds what the environment sets.
    init(base: PlatformConfiguration, channels: Channels, secrets: SecretBox) {
        (self.base, self.channels, self.secrets) = (base, channels, secrets)
    }

    /// The platforms that need an app of the operator, sorted by name. For administrators of the instance.
    public func list(as caller: Caller) async throws -> [PlatformApp] {
        try caller.requireInstanceAdmin()
        let stored = try await stored()
        return channels.offerable.filter { !$0.descriptor.credentials.isEmpty }.map { app($0, stored) }
    }

    /// Stores what is given of a platform's variables, puts it in force, and returns how the platform stands now. An empty value takes one back.
    /// Throws `UNKNOWN_PLATFORM`, `VALIDATION_FAILED` for a variable that is not the platform's or that no app has, and `CONFLICT` for one that
    /// the environment sets.
    public func save(_ values: [String: String], of platform: PlatformID, as caller: Caller) async throws -> PlatformApp {
        try caller.requireInstanceAdmin()
        let descriptor = try adapter(platform).descriptor
        let known = descriptor.credentials.map(\.variable)
        var changes: [String: String?] = [:]
        for (name, value) in values {
            guard known.contains(name) else {
                throw ProblemReport.invalid("values", "\(descriptor.name) has no setting \(name). It has \(known.joined(separator: ", ")).")
            }
            guard base.missing([name]) == [name] else {
                throw ProblemReport(.conflict, "\(name) is set in the environment of this server, which wins. Change it there.")
            }
            let value = value.trimmingCharacters(in: .whitespacesAndNewlines)
            guard value.count <= Self.longest, !value.unicodeScalars.contains(where: { $0.value < 33 || $0.value == 127 }) else {
                throw ProblemReport.invalid("values", "\(name) is one word of at most \(Self.longest) characters. Copy it once more.")
            }
            changes[name] = value.isEmpty ? .some(nil) : value
        }
        let now = channels.time.now
        let writes = try changes.map { name, value in
            (name, try value.map { try secrets.seal(Data($0.utf8), context: SealedPlace.platformSetting(name)) })
        }
        let names = changes.keys.sorted()
        try await channels.database.write { transaction in
            for (name, value) in writes {
                if let value {
                    try PlatformSettingRepository.save(value, as: name, at: now, in: transaction)
                } else {
                    _ = try PlatformSettingRepository.remove(name, in: transaction)
                }
            }
            guard !writes.isEmpty else { return }
            try channels.audit.record(
                "platform.keys", target: platform.rawValue, detail: ["names": .array(names.map { .string($0) })], as: caller,
                in: transaction)
        }
        let stored = try await refresh()
        return app(try adapter(platform), stored)
    }

    /// Asks the platform whether it accepts the app as it is set up now. Throws `UNKNOWN_PLATFORM`, and `CONFLICT` while something is missing.
    public func check(_ platform: PlatformID, as caller: Caller) async throws -> PlatformAppCheck {
        try caller.requireInstanceAdmin()
        let adapter = try adapter(platform)
        guard adapter.missingCredentials.isEmpty else {
            throw ProblemReport(
                .conflict,
                "\(adapter.descriptor.name) cannot be asked yet: the app still lacks \(adapter.missingCredentials.joined(separator: ", ")).")
        }
        do {
            return switch try await adapter.checkApp(callbackURL: channels.callbackURL(of: platform)) {
            case .accepted: PlatformAppCheck(outcome: .accepted, reason: nil)
            case .refused(let reason): PlatformAppCheck(outcome: .refused, reason: reason)
            case .untold: PlatformAppCheck(outcome: .untold, reason: nil)
            }
        } catch let error as PlatformError {
            return PlatformAppCheck(outcome: .unanswered, reason: error.message)
        }
    }

    /// Puts in force what is stored now, in this process. Returns it. What cannot be decrypted is missing; a start tells of it in the log.
    @discardableResult
    public func refresh(atStart: Bool = false) async throws -> [String: String] {
        let stored = try await stored(telling: atStart)
        channels.registry.apply(stored.merging(base.values) { own, set in base.missing([set]).isEmpty ? set : own })
        return stored
    }

    private func stored(telling: Bool = false) async throws -> [String: String] {
        var values: [String: String] = [:]
        for setting in try await channels.database.read({ try PlatformSettingRepository.all(in: $0) }) {
            do {
                let opened = try secrets.open(setting.sealed, context: SealedPlace.platformSetting(setting.name))
                values[setting.name] = String(decoding: opened, as: UTF8.self)
            } catch is SecretBoxError {
                guard telling else { continue }
                channels.logger.error(
                    "a platform's setting cannot be decrypted: ENCRYPTION_KEY is another one; enter it again",
                    metadata: ["setting": "\(setting.name)"])
            }
        }
        return values
    }

    private func adapter(_ id: PlatformID) throws -> any Platform {
        guard let platform = channels.offerable.first(where: { $0.descriptor.id == id }), !platform.descriptor.credentials.isEmpty else {
            throw ProblemReport(.unknownPlatform, "There is no platform \"\(id)\" that needs an app of yours.")
        }
        return platform
    }

    private func app(_ platform: any Platform, _ stored: [String: String]) -> PlatformApp {
        let descriptor = platform.descriptor
        let fields = descriptor.credentials.map { field in
            let isSet = base.missing([field.variable]).isEmpty
            let source: PlatformApp.Source = isSet ? .environment : stored[field.variable] == nil ? .missing : .stored
            return PlatformApp.Field(name: field.variable, label: field.label, secret: field.secret, source: source)
        }
        return PlatformApp(
            id: descriptor.id, name: descriptor.name, mark: descriptor.mark, configured: platform.missingCredentials.isEmpty, fields: fields,
            callbackUrl: channels.callbackURL(of: descriptor.id).absoluteString)
    }
}

/// A platform's app as an administrator sees it: never the values themselves.
public struct PlatformApp: Codable, Sendable, Equatable {
    public enum Source: String, Codable, Sendable, CaseIterable {
        /// Set by the operator; cannot be changed here.
        case environment = "ENVIRONMENT"
        case stored = "STORED"
        case missing = "MISSING"
    }

    public struct Field: Codable, Sendable, Equatable {
        /// The variable's name.
        public let name: String
        public let label: String
        public let secret: Bool
        public let source: Source
    }

    public let id: PlatformID
    public let name: String
    public let mark: String
    /// Whether accounts can be connected.
    public let configured: Bool
    public let fields: [Field]
    /// What has to be registered with the platform, character by character.
    public let callbackUrl: String
}

/// What a platform said of the operator's app.
public struct PlatformAppCheck: Codable, Sendable, Equatable {
    public enum Outcome: String, Codable, Sendable, CaseIterable {
        case accepted = "ACCEPTED"
        case refused = "REFUSED"
        /// The platform has no way to ask without an account: only connecting one tells.
        case untold = "UNTOLD"
        /// It could not be asked just now.
        case unanswered = "UNANSWERED"
    }

    public let outcome: Outcome
    /// Of a refusal in the platform's words, as far as it gave any; else what kept it from answering.
    public let reason: String?
}

/// Notices what an administrator entered in another process.
public struct PlatformKeysWatch: Service {
    let keys: PlatformKeys
    let time: any TimeSource
    let logger: Logger
    private let interval = Duration.seconds(10)

    public init(keys: PlatformKeys, time: any TimeSource, logger: Logger) {
        (self.keys, self.time, self.logger) = (keys, time, logger)
    }

    public func run() async throws {
        await time.rounds(every: interval, failure: "platforms' settings could not be read", logger: logger) { try await keys.refresh() }
    }
}
