/// What a column of a table of posts holds, by the words above it.
public enum ImportColumn: Hashable, Sendable {
    /// The text of a part, counted from 0.
    case text(Int)
    case channels, date, time, timeZone, tags, media, comment, settings, status
    /// What an export writes and an import has no use for.
    case information

    public init?(_ heading: String) {
        let words = heading.lowercased().filter { $0.isLetter || $0.isNumber }
        if let known = Self.known[words] {
            self = known
        } else if let match = words.wholeMatch(of: /(?:text|part|teil)(\d{1,2})/), let number = Int(match.1), (1...25).contains(number) {
            self = .text(number - 1)
        } else {
            return nil
        }
    }

    /// Of each kind the English and the German ones; the first is what the sample and the export say.
    private static let headings: [(ImportColumn, [String])] = [
        (.text(0), ["text", "content", "post", "message", "caption", "beitrag", "inhalt", "nachricht"]),
        (
            .channels,
            [
                "channels", "channel", "platforms", "platform", "accounts", "account", "kanäle", "kanal", "plattformen", "plattform", "konten",
                "konto",
            ]
        ),
        (
            .date,
            [
                "date", "when", "scheduledfor", "dateandtime", "datetime", "publishat", "datum", "wann", "datumundzeit", "geplantfür", "zeitpunkt",
            ]
        ),
        (.time, ["time", "uhrzeit", "zeit"]),
        (.timeZone, ["timezone", "zone", "zeitzone"]),
        (.tags, ["tags", "labels", "schlagwörter"]),
        (.media, ["media", "files", "images", "pictures", "picture", "image", "imageurl", "mediaurls", "medien", "dateien", "bilder", "bild"]),
        (.comment, ["firstcomment", "comment", "ersterkommentar", "kommentar"]),
        (.settings, ["settings", "einstellungen"]),
        (.status, ["status", "state"]),
        (.information, ["id", "address", "url", "published", "createdat", "problem", "adresse", "veröffentlicht"]),
    ]
    private static let known = Dictionary(headings.flatMap { column, words in words.map { ($0, column) } }) { first, _ in first }

    /// As it is told.
    public var name: String {
        switch self {
        case .text(let index): index == 0 ? "text" : "text \(index + 1)"
        case .comment: "first comment"
        case .timeZone: "time zone"
        case .channels: "channels"
        case .date: "date"
        case .time: "time"
        case .tags: "tags"
        case .media: "media"
        case .settings: "settings"
        case .status: "status"
        case .information: "information"
        }
    }
}
