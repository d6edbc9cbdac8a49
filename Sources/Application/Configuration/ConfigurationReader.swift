import Domain
import Foundation
import Messaging

/// Everything that is wrong with the environment, each with what to do.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public let mistakes: [String]
    public var description: String { mistakes.joined(separator: "\n") }
}

/// One variable with the value in force: what `postiz config` shows.
public struct ConfigurationSetting: Sendable {
    public enum Source: String, Sendable { case environment = "env", file, defaultValue = "default" }

    public let variable: ConfigurationVariable
    /// Nil when it is not set and has no default.
    public let value: String?
    public let source: Source

    /// The value as it may be shown: secrets as `•••`.
    public var shownValue: String? { variable.secret && source != .defaultValue ? "•••" : value }
}

/// Reads variables of the table and collects what is wrong with them.
struct ConfigurationReader {
    private(set) var mistakes: [String] = []
    private let settings: [String: ConfigurationSetting]
    private let unread: [String: String]

    /// Takes each variable from the environment, else from the file that `NAME_FILE` names. An empty value counts as not set.
    init(_ variables: [ConfigurationVariable], environment: [String: String], readFile: (String) throws -> String) {
        var settings: [String: ConfigurationSetting] = [:]
        var unread: [String: String] = [:]
        for variable in variables {
            var (value, source) = (Self.filled(environment[variable.name]), ConfigurationSetting.Source.environment)
            if let path = Self.filled(environment["\(variable.name)_FILE"]) {
                if value != nil {
                    unread[variable.name] = "\(variable.name) and \(variable.name)_FILE are both set: remove one of them"
                } else {
                    do {
                        (value, source) = (Self.filled(try readFile(path)), .file)
                    } catch {
                        unread[variable.name] = "\(variable.name)_FILE names \"\(path)\", which cannot be read: check path and permissions"
                    }
                }
            }
            if value == nil { (value, source) = (variable.defaultValue, .defaultValue) }
            settings[variable.name] = ConfigurationSetting(variable: variable, value: value, source: source)
        }
        self.settings = settings
        self.unread = unread
        mistakes = variables.compactMap { unread[$0.name] }
    }

    private static func filled(_ value: String?) -> String? {
        let value = value?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        return value.isEmpty ? nil : value
    }

    subscript(name: String) -> ConfigurationSetting? { settings[name] }

    /// Notes a mistake in `name`, which `mend` says how to correct. Values of secrets are not repeated.
    mutating func refuse(_ name: String, _ mend: String) {
        let setting = settings[name]
        let value = setting.flatMap { $0.variable.secret ? nil : $0.value }
        mistakes.append("\(name) is \(value.map { "\"\($0)\"" } ?? "not usable"): \(mend)")
    }

    /// The value when it is of the variable's kind; nil when it is not set or was refused.
    mutating func text(_ name: String) -> String? {
        guard let setting = settings[name] else {
            mistakes.append("\(name) is missing from the table of variables")
            return nil
        }
        guard unread[name] == nil, let value = setting.value else { return nil }
        guard let mend = setting.variable.kind.mend(for: value) else { return value }
        refuse(name, mend)
        return nil
    }

    mutating func number(_ name: String) -> Int { optionalNumber(name) ?? 0 }
    mutating func optionalNumber(_ name: String) -> Int? { text(name).flatMap { Int($0) } }
    mutating func flag(_ name: String) -> Bool { optionalFlag(name) ?? false }
    mutating func optionalFlag(_ name: String) -> Bool? { text(name).flatMap(ConfigurationVariable.Kind.flagValue) }
    mutating func list(_ name: String) -> [String] { text(name).map(ConfigurationVariable.Kind.parts) ?? [] }

    /// An address without a slash at the end.
    mutating func address(_ name: String) -> URL? {
        guard var text = text(name) else { return nil }
        while text.hasSuffix("/") { text.removeLast() }
        return URL(string: text)
    }
}

extension ConfigurationVariable.Kind {
    /// What to do about `value`; nil when it is of this kind.
    func mend(for value: String) -> String? {
        switch self {
        case .text: nil
        case .flag: Self.flagValue(value) == nil ? "use true or false" : nil
        case .number(let range):
            Int(value).map(range.contains) == true ? nil : "use a number from \(range.lowerBound) to \(range.upperBound)"
        case .webAddress: Self.isAddress(value, schemes: ["http", "https"]) ? nil : "use an address such as https://social.example.com"
        case .address(let schemes):
            Self.isAddress(value, schemes: schemes) ? nil : "use an address that begins with \(schemes[0])://"
        case .addresses(let schemes):
            Self.parts(value).allSatisfy { Self.isAddress($0, schemes: schemes) }
                ? nil : "use addresses that begin with \(schemes[0])://, separated by commas"
        case .redisAddress: Self.mend(forRedis: value)
        case .choice(let choices): choices.contains(value) ? nil : "use \(Self.either(choices))"
        case .list: nil
        case .choices(let choices):
            Self.parts(value).allSatisfy(choices.contains)
                ? nil : "use one or more of \(choices.joined(separator: ", ")), separated by commas"
        case .addressRanges:
            Self.parts(value).allSatisfy { AddressRange($0) != nil }
                ? nil : "use addresses or ranges such as 10.0.0.0/8, separated by commas"
        case .emailAddress: EmailAddress(value) == nil ? "use an address such as postiz@example.com" : nil
        }
    }

    static func flagValue(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "1", "yes", "on": true
        case "false", "0", "no", "off": false
        default: nil
        }
    }

    static func parts(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    private static func mend(forRedis value: String) -> String? {
        do throws(RedisAddressMistake) {
            _ = try RedisAddress(value)
            return nil
        } catch {
            return error.description
        }
    }

    private static func isAddress(_ text: String, schemes: [String]) -> Bool {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), schemes.contains(scheme) else { return false }
        return url.host()?.isEmpty == false
    }

    private static func either(_ choices: [String]) -> String {
        choices.count < 2 ? choices.joined() : choices.dropLast().joined(separator: ", ") + " or " + choices[choices.count - 1]
    }
}
