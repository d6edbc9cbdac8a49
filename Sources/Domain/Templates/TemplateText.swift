/// Text with places for what differs from post to post: `{{name}}`.
public enum TemplateText {
    /// What it asks for, in the order in which it first does.
    public static func variables(in texts: [String]) -> [String] {
        texts.flatMap { $0.matches(of: place).map { String($0.1) } }.distinct()
    }

    /// In one go: what a value says is never read as a place. What has no value stays as it is.
    public static func filled(_ text: String, with values: [String: String]) -> String {
        text.replacing(place) { values[String($0.1)] ?? String($0.0) }
    }

    private static var place: Regex<(Substring, Substring)> { /\{\{[ \t]*([\p{L}][\p{L}\p{N}_\-]{0,39})[ \t]*\}\}/ }
}
