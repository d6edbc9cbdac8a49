import Foundation
import Logging

/// How log lines are written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object a line, for programs.
    case json
    /// Time, level, logger, message and `key=value` pairs, for people.
    case text
}

/// One record made into one line: whatever it holds, it never breaks into two.
struct LogLine {
    let time: Date
    let level: Logger.Level
    let label: String
    let message: String
    /// Flattened: a nested `a: {b: 1}` is `a.b`.
    let fields: [(key: String, value: String)]

    init(time: Date, level: Logger.Level, label: String, message: String, metadata: Logger.Metadata) {
        self.time = time
        self.level = level
        self.label = label
        self.message = message
        fields = Self.flattened(metadata, under: "").sorted { $0.key < $1.key }
    }

    func written(as format: LogFormat) -> String {
        switch format {
        case .json: json
        case .text: text
        }
    }

    private var timestamp: String { time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }

    private var json: String {
        let fixed = [("timestamp", timestamp), ("level", level.rawValue), ("logger", label), ("message", message)]
        let names = Set(fixed.map(\.0))
        let own = fields.map { (names.contains($0.key) ? "metadata.\($0.key)" : $0.key, $0.value) }
        return "{" + (fixed + own).map { "\(Self.quoted($0.0)):\(Self.quoted($0.1))" }.joined(separator: ",") + "}"
    }

    private var text: String {
        let pairs = fields.map { " \($0.key)=\(Self.isPlain($0.value) ? $0.value : Self.quoted($0.value))" }.joined()
        return "\(timestamp) \(level.rawValue) \(label): \(Self.escaped(message))\(pairs)"
    }

    private static func flattened(_ metadata: Logger.Metadata, under prefix: String) -> [(key: String, value: String)] {
        metadata.flatMap { key, value -> [(key: String, value: String)] in
            let name = prefix + key
            if isSecret(key) { return [(name, "[hidden]")] }
            switch value {
            case .dictionary(let inner): return flattened(inner, under: name + ".")
            case .array(let values):
                return values.enumerated().flatMap { flattened(["\($0.offset)": $0.element], under: name + ".") }
            default: return [(name, value.description)]
            }
        }
    }

    /// Words in a key's name that mean: the value must never be printed.
    private static let secretWords = [
        "authorization", "cookie", "credential", "csrf", "passphrase", "password", "secret", "token", "apikey", "encryptionkey",
        "privatekey",
        "verifier",
    ]

    private static func isSecret(_ key: String) -> Bool {
        let letters = String(key.lowercased().unicodeScalars.filter { ("a"..."z").contains($0) })
        return secretWords.contains { letters.contains($0) }
    }

    private static func isPlain(_ value: String) -> Bool {
        !value.isEmpty && value.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "\"" && $0 != "\\" && $0 != "=" }
    }

    private static func quoted(_ value: String) -> String { "\"\(escaped(value))\"" }

    /// As in a JSON string. Line ends of any alphabet are escaped too: they would let a value forge a line.
    private static func escaped(_ value: String) -> String {
        var result = ""
        result.reserveCapacity(value.utf8.count)
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || [0x2028, 0x2029].contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
