import Domain
import Foundation

/// JSON Feed, versions 1 and 1.1 (jsonfeed.org).
enum JSONFeedReading {
    static func document(_ data: Data, base: URL?) throws -> FeedDocument {
        guard let feed = try? JSON.decode(JSONValue.self, from: data) else { throw FeedFault("its JSON is damaged") }
        guard let version = feed["version"]?.string, version.contains("jsonfeed.org"), let items = feed["items"]?.array else {
            throw FeedFault("it is JSON, but no JSON Feed: version or items is missing")
        }
        return FeedDocument(
            title: feed["title"]?.string ?? "", items: items.prefix(FeedReading.mostItems).map { item($0, base: base).bounded })
    }

    private static func item(_ item: JSONValue, base: URL?) -> FeedItem {
        let content = MarkupText(item["content_html"]?.string ?? "")
        let author = item["authors"]?.array?.first?["name"]?.string ?? item["author"]?["name"]?.string
        let attached = item["attachments"]?.array?.first { $0["mime_type"]?.string?.hasPrefix("image/") ?? false }?["url"]?.string
        let picture = item["image"]?.string ?? item["banner_image"]?.string ?? attached ?? content.picture
        let link = item["url"]?.string ?? item["external_url"]?.string
        let date = item["date_published"]?.string ?? item["date_modified"]?.string
        let words = item["summary"]?.string?.unlessBlank ?? item["content_text"]?.string?.unlessBlank
        return FeedItem(
            // Version 1 let it be a number.
            id: item["id"]?.string?.unlessBlank ?? item["id"]?.int.map { String($0) }, link: link.flatMap { WebLink.absolute($0, base: base) },
            title: (item["title"]?.string ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " "),
            summary: words?.trimmingCharacters(in: .whitespacesAndNewlines) ?? content.text, author: author?.unlessBlank,
            categories: item["tags"]?.array?.compactMap(\.string) ?? [], published: date.flatMap(FeedDate.read),
            picture: picture.flatMap { WebLink.absolute($0, base: base) })
    }
}
