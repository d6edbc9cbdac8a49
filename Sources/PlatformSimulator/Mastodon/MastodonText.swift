import Foundation

/// Mastodon's counting and its HTML.
enum MastodonText {
    static let linkCost = 23

    /// Grapheme clusters; a link counts 23 whatever its length, a remote mention counts as its local part.
    static func length(_ text: String) -> Int {
        var text = text
        if text.contains("://") { text.replace(/https?:\/\/[^\s<>]+/) { _ in String(repeating: "x", count: linkCost) } }
        if text.contains("@") { text.replace(/(^|[^\/\w])@([A-Za-z0-9_]+)@[A-Za-z0-9.-]+\w/) { "\($0.output.1)@\($0.output.2)" } }
        return text.count
    }

    /// Paragraphs, line breaks and links.
    static func html(_ text: String) -> String {
        text.components(separatedBy: "\n\n").map { "<p>" + Page.text($0).replacingOccurrences(of: "\n", with: "<br />") + "</p>" }.joined()
    }
}
