import Domain
import Platforms

/// The documentation of all platforms, made from their descriptors: `docs/platforms/README.md`.
public enum PlatformDocument {
    public static let markdown: String = {
        let platforms = PlatformRegistry.descriptors.sorted { $0.name < $1.name }
        let head = [
            "| Platform | Kinds | Text | Thread | Files | Figures | Kept from going out twice |", "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        let rows = platforms.map(row)
        let settings = platforms.filter { !$0.settings.isEmpty }.flatMap(settingRows)
        return
            ([introduction] + head + rows + ["", settingsIntroduction, "| Platform | Setting | Value | Of |", "| --- | --- | --- | --- |"]
            + settings + [""]).joined(separator: "\n")
    }()

    private static let introduction = """
        # Platforms

        This page is made from the platforms' descriptors: `postiz config --platforms` prints it. Each platform has a page of its own on how to
        set it up, what it takes and what its errors mean. Limits can differ from account to account; the composer shows those that apply.

        """

    private static let settingsIntroduction = """
        ## Settings

        What can be chosen for a post on each platform. Those in **bold** are needed.

        """

    private static func row(_ platform: PlatformDescriptor) -> String {
        let page = platform.documentation.split(separator: "/").last.map(String.init) ?? ""
        let figures = [
            platform.analytics.isEmpty ? nil : "posts: " + platform.analytics.map(\.rawValue).joined(separator: ", "),
            platform.accountAnalytics.isEmpty ? nil : "account: " + platform.accountAnalytics.map(\.rawValue).joined(separator: ", "),
        ].compactMap(\.self)
        return cells([
            "[\(platform.name)](\(page))", lines(kinds(platform).map(\.label)), lines(kinds(platform).map { text($0.rules) }),
            lines(kinds(platform).map { thread($0.rules.thread) }),
            lines(kinds(platform).map { files($0.rules.media) }) + (platform.pullsMedia ? "<br>fetched from `MAIN_URL`" : ""),
            figures.isEmpty ? "none" : lines(figures), platform.doubles,
        ])
    }

    /// Each kind with the platform's rules as they are for it.
    private static func kinds(_ platform: PlatformDescriptor) -> [(label: String, rules: PlatformDescriptor)] {
        platform.kinds.isEmpty ? [("Post", platform)] : platform.kinds.map { ($0.label, platform.narrowed(to: $0)) }
    }

    private static func text(_ rules: PlatformDescriptor) -> String {
        "\(number(rules.text.limit)) \(rules.text.counting == .utf8 ? "bytes" : "characters")"
    }

    private static func thread(_ rule: ThreadRule) -> String {
        switch rule.kind {
        case .none: "none"
        case .replies: "replies, \(rule.maxParts) parts"
        case .comments: "comments, \(rule.maxParts - 1)"
        }
    }

    private static func files(_ rule: MediaRule) -> String {
        let names: [(MediaKind, String)] = [
            (.image, "picture"), (.animation, "animation"), (.video, "video"), (.document, "document"), (.audio, "sound"),
        ]
        let taken = names.compactMap { kind, name -> String? in
            guard let file = rule.rule(for: kind), rule.maximum(of: kind) > 0 else { return nil }
            let most = rule.maximum(of: kind)
            return "\(most) \(name)\(most == 1 ? "" : "s") up to \(size(file.maxBytes))"
        }
        return taken.isEmpty ? "none" : taken.joined(separator: ", ") + (rule.required ? " (needed)" : "")
    }

    private static func settingRows(_ platform: PlatformDescriptor) -> [String] {
        platform.settings.map { field in
            let having = platform.kinds.filter { $0.settings?.contains(field.name) ?? true }.map(\.label)
            let isOfAll = field.name == ContentKind.settingName || having.count == platform.kinds.count
            return cells([
                platform.name, field.required ? "**\(field.label)** `\(field.name)`" : "\(field.label) `\(field.name)`", value(field),
                isOfAll ? "all" : having.joined(separator: ", "),
            ])
        }
    }

    private static func value(_ field: SettingField) -> String {
        switch field.kind {
        case .toggle: "yes or no"
        case .choice: field.options.isEmpty ? "looked up at the platform" : field.options.map { "`\($0.value)`" }.joined(separator: ", ")
        case .text:
            field.answers.map { "\($0.minCount) to \($0.maxCount) answers of up to \($0.maxLength) characters, with | between them" }
                ?? field.maxLength.map { "text, up to \($0) characters" } ?? "text"
        }
    }

    private static func cells(_ cells: [String]) -> String {
        // A bar would end the cell.
        "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }

    /// Several lines of one cell; once where they are all alike.
    private static func lines(_ lines: [String]) -> String {
        Set(lines).count == 1 ? lines[0] : lines.joined(separator: "<br>")
    }

    private static func number(_ number: Int) -> String {
        var (digits, result) = (String(number), "")
        while digits.count > 3 {
            result = ",\(digits.suffix(3))\(result)"
            digits = String(digits.dropLast(3))
        }
        return digits + result
    }

    private static func size(_ bytes: Int) -> String {
        for (unit, name) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")] where bytes >= unit {
            let tenths = bytes * 10 / unit
            return tenths % 10 == 0 || tenths >= 100 ? "\(tenths / 10) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
        }
        return "\(bytes) bytes"
    }
}
