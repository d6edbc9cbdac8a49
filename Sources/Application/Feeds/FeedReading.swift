import CCurl
import Domain
import Foundation

/// Reads feeds of every kind: RSS 0.9 to 2.0, Atom, JSON Feed 1 and 1.1.
enum FeedReading {
    static let mostItems = 500

    /// `url` is where the feed was found: what it says relative to itself is made absolute. Throws `FeedFault`.
    static func document(_ data: Data, charset: String? = nil, from url: String) throws -> FeedDocument {
        let base = URL(string: url)
        let start = data.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
        guard let start else { throw FeedFault("it is empty") }
        if start == UInt8(ascii: "{") { return try JSONFeedReading.document(data, base: base) }
        let root = try XMLDocument.root(of: data, charset: charset)
        let here = FeedPlace(root, below: base)
        switch root.name {
        case "rss", "RDF":
            let channel = root.first("channel")
            let place = channel.map { FeedPlace($0, below: here.base) } ?? here
            let items = (channel?.all("item") ?? []) + root.all("item")
            let title = MarkupText(channel?.first("title")?.text ?? "").text
            return FeedDocument(title: title, items: items.prefix(mostItems).map { item($0, in: place).bounded })
        case "feed":
            return FeedDocument(
                title: root.first("title")?.plain ?? "", items: root.all("entry").prefix(mostItems).map { entry($0, in: here).bounded })
        case "html": throw FeedFault("it is a web page, not a feed")
        default: throw FeedFault("it is neither RSS nor Atom: its root is <\(root.name.prefix(40))>")
        }
    }

    private static func item(_ element: XMLElement, in place: FeedPlace) -> FeedItem {
        let place = FeedPlace(element, below: place.base)
        let guid = element.first("guid")
        let id = element.attributes["about"]?.unlessBlank ?? guid?.trimmed.unlessBlank
        let isLink = guid?.attributes["isPermaLink"]?.lowercased() != "false"
        let permanent = isLink ? guid?.trimmed.unlessBlank.flatMap { $0.hasPrefix("http") ? $0 : nil } : nil
        let text = MarkupText(element.first("description")?.text ?? "")
        let content = MarkupText(element.first("encoded", in: Space.content)?.text ?? "")
        let written =
            element.first("author")?.trimmed ?? element.first("creator", in: Space.dublinCore)?.trimmed
            ?? element.first("author", in: Space.itunes)?.trimmed
        let date = element.first("pubDate") ?? element.first("date", in: Space.dublinCore) ?? element.first("published", in: Space.atom)
        return FeedItem(
            id: id, link: place.address(element.first("link")?.trimmed) ?? place.address(alternate(element.all("link", in: Space.atom))) ?? permanent,
            title: MarkupText(element.first("title")?.text ?? "").text, summary: text.text.unlessBlank ?? content.text,
            author: written.flatMap(person),
            categories: element.all("category").map(\.trimmed) + element.all("subject", in: Space.dublinCore).map(\.trimmed),
            published: date.flatMap { FeedDate.read($0.trimmed) }, picture: place.address(picture(of: element) ?? text.picture ?? content.picture))
    }

    private static func entry(_ element: XMLElement, in place: FeedPlace) -> FeedItem {
        let place = FeedPlace(element, below: place.base)
        let (summary, content) = (element.first("summary")?.richText, element.first("content")?.richText)
        let date = ["published", "issued", "updated", "modified"].lazy.compactMap { element.first($0) }.first
        return FeedItem(
            id: element.first("id")?.trimmed.unlessBlank, link: place.address(alternate(element.all("link"))),
            title: element.first("title")?.plain ?? "", summary: summary?.text.unlessBlank ?? content?.text ?? "",
            author: element.first("author")?.first("name")?.trimmed.unlessBlank,
            categories: element.all("category").compactMap { $0.attributes["label"]?.unlessBlank ?? $0.attributes["term"] },
            published: date.flatMap { FeedDate.read($0.trimmed) },
            picture: place.address(picture(of: element) ?? summary?.picture ?? content?.picture))
    }

    /// RFC 4287 §4.2.7.2: a link without `rel` is one to the page itself.
    private static func alternate(_ links: [XMLElement]) -> String? {
        links.first { ["alternate", nil].contains($0.attributes["rel"]) }?.attributes["href"]
    }

    private static func picture(of element: XMLElement) -> String? {
        func isPicture(_ element: XMLElement) -> Bool {
            element.attributes["medium"] == "image" || element.attributes["type"]?.hasPrefix("image/") ?? false
        }
        let media = element.all("content", in: Space.media) + element.all("group", in: Space.media).flatMap { $0.all("content", in: Space.media) }
        let enclosed = element.all("enclosure") + media
        if let found = enclosed.first(where: isPicture)?.attributes["url"] { return found }
        let enclosure = element.all("link").first { $0.attributes["rel"] == "enclosure" && isPicture($0) }?.attributes["href"]
        let thumbnails =
            element.all("thumbnail", in: Space.media) + element.all("group", in: Space.media).flatMap { $0.all("thumbnail", in: Space.media) }
        return enclosure ?? thumbnails.first?.attributes["url"] ?? element.first("image", in: Space.itunes)?.attributes["href"]
    }

    /// RSS names an author by address, with the name behind it in parentheses.
    private static func person(_ text: String) -> String? {
        if let (_, name) = text.wholeMatch(of: /\S+@\S+\s*\((.+)\)/)?.output { return String(name) }
        return text.unlessBlank
    }
}

/// The namespaces that elements of feeds come from.
private enum Space {
    static let dublinCore: Set<String> = ["http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/"]
    static let content: Set<String> = ["http://purl.org/rss/1.0/modules/content/"]
    static let media: Set<String> = ["http://search.yahoo.com/mrss/", "http://search.yahoo.com/mrss"]
    static let itunes: Set<String> = ["http://www.itunes.com/dtds/podcast-1.0.dtd"]
    static let atom: Set<String> = ["http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"]
    /// What feeds are written in themselves.
    static let own = atom.union(["", "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/", "http://backend.userland.com/rss2"])
}

extension XMLElement {
    func all(_ name: String, in spaces: Set<String> = Space.own) -> [XMLElement] {
        children.filter { $0.name == name && spaces.contains($0.space) }
    }

    func first(_ name: String, in spaces: Set<String> = Space.own) -> XMLElement? {
        children.first { $0.name == name && spaces.contains($0.space) }
    }

    /// A text construct of Atom (RFC 4287 §3.1) as markup: plain text is what it says and nothing else.
    fileprivate var richText: (text: String, picture: String?) {
        if let markup { return { ($0.text, $0.picture) }(MarkupText(markup)) }
        guard let type = attributes["type"], type == "html" || type.contains("html") else { return (trimmed, nil) }
        return { ($0.text, $0.picture) }(MarkupText(text))
    }

    fileprivate var plain: String { richText.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}

/// Against what relative addresses are read.
private struct FeedPlace {
    let base: URL?

    init(_ element: XMLElement, below base: URL?) {
        self.base = element.attributes["base"].flatMap { URL(string: $0, relativeTo: base)?.absoluteURL } ?? base
    }

    /// Nil for what leads nowhere on the web.
    func address(_ text: String?) -> String? { text.flatMap { WebLink.absolute($0, base: base) } }
}

enum WebLink {
    static func absolute(_ text: String, base: URL?) -> String? {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty, text.utf8.count <= 2000, let url = URL(string: text, relativeTo: base),
            ["http", "https"].contains(url.scheme?.lowercased()),
            url.host()?.isEmpty == false
        else { return nil }
        return url.absoluteString
    }
}

enum FeedDate {
    /// W3C's profile of ISO 8601, also a day alone, else RFC 822 and what is written like it. Nil for anything else.
    static func read(_ text: String) -> Timestamp? {
        if let exact = Timestamp(text) ?? Timestamp(text + "Z") ?? Timestamp(text + "T00:00:00Z") { return exact }
        let seconds = curl_getdate(text, nil)
        return seconds == -1 ? nil : Timestamp(milliseconds: Int64(seconds) * 1000)
    }
}

extension String {
    var unlessBlank: String? { allSatisfy(\.isWhitespace) ? nil : self }
}

extension FeedItem {
    /// The same, no longer than anybody needs, and without characters that no text should have.
    var bounded: FeedItem {
        func cut(_ text: String, _ most: Int) -> String {
            String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 || $0 == "\n" }.prefix(most)))
        }
        var item = self
        (item.title, item.summary) = (cut(title, 500), cut(summary, 5000))
        item.id = id.map { cut($0, 2000) }?.unlessBlank
        item.author = author.map { cut($0, 200) }?.unlessBlank
        item.categories = categories.map { cut($0, 100).trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }.prefix(20).map { $0 }
        return item
    }
}
