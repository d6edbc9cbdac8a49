import Domain
import Foundation

/// Articles: long texts with headings and pictures, for accounts that X lets write them ("Articles" of the API since June 2026).
extension X {
    func article(_ pictures: [String], _ request: PublishRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        let credentials = request.account.credentials
        let body = Self.article(request.parts[0].text, titled: request.setting("article_title") ?? "", pictures)
        // Only the author sees a draft: a second one does no harm.
        let draft = try await journal.step("article") {
            try await api.made(signed("POST", "/2/articles/draft", credentials, body: .json(body)), at: "data", "id").id
        }
        guard request.kind == Self.article else {
            return PublishedPart(
                id: draft, url: hosts.url("https://x.com/i/articles"), notes: ["It waits as a draft among the account's articles: publish it at X."])
        }
        return try await journal.commit("part-0") { _ in
            // X documents no way to see what became of a draft.
            Finding<PublishedPart>.undecidable
        } _: { _ in
            let call = signed("POST", "/2/articles/\(FormEncoding.escape(draft))/publish", credentials, effect: .creates)
            let id = try await api.made(call, at: "data", "post_id").id
            return PublishedPart(id: id, url: hosts.url("https://x.com/\(request.account.account.username)/status/\(id)"))
        }
    }

    /// Each line is a block, by the marks that Markdown has for them. X answered headings of the third kind with 503: they become the second.
    static func article(_ text: String, titled title: String, _ pictures: [String]) -> JSONValue {
        var (entities, blocks) = ([JSONValue](), [JSONValue]())
        func entity(_ type: String, _ mutability: String, _ data: JSONValue, at span: XArticleText.Span) -> JSONValue {
            let key = entities.count
            entities.append(["key": .string(String(key)), "value": ["type": .string(type), "mutability": .string(mutability), "data": data]])
            return ["key": .number(Double(key)), "offset": .number(Double(span.offset)), "length": .number(Double(span.length))]
        }
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmingCharacters(in: .whitespaces)
            let marks: [(Regex<Substring>, String)] = [
                (/# +/, "header-one"), (/##+ +/, "header-two"), (/[-*] +/, "unordered-list-item"), (/[0-9]+\. +/, "ordered-list-item"),
                (/>[ ]?/, "blockquote"),
            ]
            let found = marks.lazy.compactMap { mark, type in line.prefixMatch(of: mark).map { (type, String(line[$0.range.upperBound...])) } }.first
            let (type, marked) = found ?? ("unstyled", line)
            let written = XArticleText(marked[...])
            guard !written.words.isEmpty else { continue }
            var block: [String: JSONValue] = ["type": .string(type), "text": .string(written.words)]
            let styles = written.styles.map { style, span -> JSONValue in
                ["offset": .number(Double(span.offset)), "length": .number(Double(span.length)), "style": .string(style)]
            }
            let links = written.links.map { entity("link", "mutable", ["url": .string($0)], at: $1) }
            if !styles.isEmpty { block["inline_style_ranges"] = .array(styles) }
            if !links.isEmpty { block["entity_ranges"] = .array(links) }
            blocks.append(.object(block))
        }
        for picture in pictures.dropFirst() {
            // A picture is a blank that points at it.
            let file: JSONValue = ["media_category": "tweet_image", "media_id": .string(picture)]
            let range = entity("image", "immutable", ["media_items": [file]], at: .init(offset: 0, length: 1))
            blocks.append(["type": "atomic", "text": " ", "entity_ranges": [range]])
        }
        var body: [String: JSONValue] = [
            "title": .string(title), "content_state": ["blocks": .array(blocks), "entities": .array(entities)],
        ]
        body["cover_media"] = pictures.first.map { ["media_category": "tweet_image", "media_id": .string($0)] }
        return .object(body)
    }
}
