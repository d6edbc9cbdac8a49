import Domain
import Foundation

/// Takes out of a text whatever says who runs this, for whom, and how one gets in: what the settings name, and what looks like an address, a
/// mail address, a path of somebody's home or a key.
struct Scrubber: Sendable {
    /// Longest first: a part must not spoil the whole.
    private let known: [(text: String, word: String)]

    /// `secrets` are those that no setting names.
    init(_ settings: [ConfigurationSetting], secrets: [String] = [], machine: String = ProcessInfo.processInfo.hostName) {
        var known: [String: String] = [:]
        for setting in settings where setting.source != .defaultValue && !setting.isPlain {
            guard let value = setting.value else { continue }
            let word = "[\(setting.variable.name)]"
            let parts = ConfigurationVariable.Kind.parts(value) + Self.parts(ofAddress: value)
            for part in [value] + parts where part.count >= (setting.variable.secret ? 3 : 4) { known[part] = word }
        }
        for secret in secrets where !secret.isEmpty { known[secret] = "[secret]" }
        if machine.count >= 4, machine != "localhost" { known[machine] = "[machine]" }
        self.known = known.flatMap { text, word in Self.forms(of: text).map { ($0, word) } }.sorted { $0.0.count > $1.0.count }
            .map { (text: $0.0, word: $0.1) }
    }

    func clean(_ text: String) -> String {
        var text = text
        for (form, word) in known where text.contains(form) { text = text.replacing(form, with: word) }
        for (pattern, word) in Self.patterns {
            text = pattern.stringByReplacingMatches(in: text, range: NSRange(text.startIndex..., in: text), withTemplate: word)
        }
        return text
    }

    func clean(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(clean(text))
        case .array(let values): .array(values.map(clean))
        case .object(let members): .object(members.mapValues(clean))
        default: value
        }
    }

    /// As it stands, and as it travels: in base64 and in addresses.
    private static func forms(of text: String) -> Set<String> {
        let base64 = Data(text.utf8).base64EncodedString()
        return [
            text, base64, base64.replacing("=", with: ""), text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text,
            text.addingPercentEncoding(withAllowedCharacters: .urlQueryAllowed) ?? text,
        ]
    }

    /// Host, user and password of an address.
    private static func parts(ofAddress value: String) -> [String] {
        guard value.contains("://"), let parts = URLComponents(string: value) else { return [] }
        return [parts.host, parts.user, parts.password, parts.percentEncodedPassword].compactMap { $0 }
            .filter { !["localhost", "127.0.0.1", "postgres", "postiz", "default"].contains($0) }
    }

    private static let patterns: [(NSRegularExpression, String)] = [
        // Of addresses only ours in the documentation are of use to a reader.
        (#"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>\\]+"#, "[address]"),
        (#"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"#, "[mail address]"),
        (#"\b\d{1,3}(\.\d{1,3}){3}\b"#, "[ip]"),
        (#"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{0,4}(?![\w:])"#, "[ip]"),
        (#"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){0,6}[0-9a-fA-F]{0,4}::(?:[0-9a-fA-F]{1,4}:){0,6}[0-9a-fA-F]{1,4}(?![\w:])"#, "[ip]"),
        (#"/(home|Users)/[^/\s"']+"#, "/$1/[user]"),
        // No UUID, which names a row and opens nothing.
        (
            #"(?<![A-Za-z0-9_+=~-])(?![0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)(?=[A-Za-z_+=~-]*\d)[A-Za-z0-9_+=~-]{24,}"#,
            "[token]"
        ),
    ].compactMap { pattern, word in (try? NSRegularExpression(pattern: pattern)).map { ($0, word) } }  // A test uses each of them.
}

extension ConfigurationSetting {
    /// Whether its value says nothing of anybody: a number, a choice, yes or no.
    var isPlain: Bool {
        guard !variable.secret else { return false }
        switch variable.kind {
        case .flag, .number, .choice, .choices: return true
        default: return false
        }
    }
}
