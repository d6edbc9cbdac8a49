import Messaging

/// The documentation of all settings, made from their table: `docs/configuration.md`.
public enum ConfigurationDocument {
    public static let markdown: String = {
        let groups = ConfigurationVariable.Group.allCases.map { group in
            let rows = (ConfigurationVariable.all + ConfigurationVariable.ofProvider("NAME")).filter { $0.group == group }.map(row)
            let lines = ["## \(group.rawValue)", "", "| Variable | Value | Default | Meaning |", "| --- | --- | --- | --- |"] + rows + [""]
            return lines.joined(separator: "\n")
        }
        return ([introduction] + groups).joined(separator: "\n")
    }()

    private static let introduction = """
        # Configuration

        All settings are environment variables, read once at start. Mistakes are reported together, each with its mend, and nothing starts
        until they are corrected. An empty value counts as not set.

        Each variable can come from a file instead: `DATABASE_URL_FILE=/run/secrets/database-url` reads `DATABASE_URL` from there.

        `postiz config` shows the values in force and where they come from; `postiz config --markdown` prints this page. Secrets are marked 🔒:
        they are never shown.

        """

    private static func row(_ variable: ConfigurationVariable) -> String {
        let value = variable.defaultValue.map { "`\($0)`" } ?? ""
        // A bar would end the cell.
        let meaning = variable.meaning.replacing("|", with: "\\|")
        return "| `\(variable.name)`\(variable.secret ? " 🔒" : "") | \(words(variable.kind)) | \(value) | \(meaning) |"
    }

    private static func words(_ kind: ConfigurationVariable.Kind) -> String {
        switch kind {
        case .text: "text"
        case .flag: "`true` or `false`"
        case .number(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .webAddress: "web address"
        case .address(let schemes): "address, " + schemes.map { "`\($0)://`" }.joined(separator: " or ")
        case .addresses(let schemes): "addresses, " + schemes.map { "`\($0)://`" }.joined(separator: " or ") + ", separated by commas"
        case .redisAddress: words(.address(schemes: RedisAddress.schemes))
        case .choice(let choices): choices.map { "`\($0)`" }.joined(separator: ", ")
        case .choices(let choices): "any of " + choices.map { "`\($0)`" }.joined(separator: ", ")
        case .list: "list, separated by commas"
        case .addressRanges: "addresses or ranges, separated by commas"
        case .emailAddress: "e-mail address"
        }
    }
}
