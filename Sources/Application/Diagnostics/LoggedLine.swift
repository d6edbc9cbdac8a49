import Domain
import Foundation
import Subprocess

/// A line of our log without what others wrote.
enum LoggedLine {
    /// Fields that say what happened, and not to whom.
    private static let kept: Set<String> = [
        "timestamp", "level", "logger", "message", "method", "status", "code", "attempt", "again", "kind", "outcome", "platform", "milliseconds",
        "duration", "count", "error", "reason", "job", "post", "publication", "integration", "mail", "step", "hb.request.id", "request", "advice",
    ]

    /// The newest lines of `file`, or of the service's journal; none where they cannot be had.
    static func last(_ count: Int, of file: String?) async -> [String] {
        if let file { return await output(of: "tail", ["-n", "\(count)", "--", file]) }
        return await output(of: "journalctl", ["--unit", "postiz", "--lines", "\(count)", "--output", "cat", "--quiet", "--no-pager"])
    }

    private static func output(of program: String, _ arguments: [String]) async -> [String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? MediaTools.usualPath
        // A bundle without a log is of use, too.
        let result = try? await Subprocess.run(
            .name(program), arguments: Arguments(arguments), environment: .custom(["PATH": path, "LC_ALL": "C"]), input: .none,
            output: .string(limit: 4 << 20), error: .discarded)
        guard let result, result.terminationStatus.isSuccess else { return [] }
        return result.standardOutput.split(separator: "\n").map(String.init)
    }

    /// Lines that are not ours say that much, and nothing else.
    static func cutDown(_ line: String, _ scrubber: Scrubber) -> String {
        if case .object(let fields)? = try? JSON.decode(JSONValue.self, from: Data(line.utf8)) {
            let rest = fields.filter { kept.contains($0.key) }
            guard rest["message"] != nil, let text = try? JSON.text(scrubber.clean(.object(rest))) else { return "[another line]" }
            return text
        }
        // 2030-01-01T00:00:00.000Z info postiz: message key=value
        guard let match = line.firstMatch(of: /^(\d{4}-\d\d-\d\dT[\d:.]+Z (?:trace|debug|info|notice|warning|error|critical) [\w.-]+: )(.*)$/) else {
            return "[another line]"
        }
        let words = String(match.2).replacing(/\ ([\w.-]+)=("(?:[^"\\]|\\.)*"|\S+)/) { field in
            kept.contains(String(field.1)) ? String(field.0) : " \(field.1)=[left out]"
        }
        return match.1 + scrubber.clean(words)
    }
}
