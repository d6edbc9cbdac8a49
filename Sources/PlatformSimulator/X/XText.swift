import Foundation

/// X's own rules about text: weighted length, what is a link, and how a post reads back.
enum XText {
    static let linkCost = 23

    /// Weighted length: 280 is the most an ordinary account may post.
    static func weightedLength(_ text: String) -> Int {
        let text = text.precomposedStringWithCanonicalMapping
        let links = links(in: text)
        var total = links.count * linkCost * 100
        var position = text.startIndex
        for link in links {
            total += weight(text[position..<link.lowerBound])
            position = link.upperBound
        }
        return (total + weight(text[position...])) / 100
    }

    private static func weight(_ text: Substring) -> Int {
        let text = String(text)
        let emoji = TwitterPatterns.emoji?.matches(in: text, range: NSRange(text.startIndex..., in: text)) ?? []
        var total = emoji.count * 200
        var position = text.startIndex
        for range in emoji.map({ text.range(of: $0.range) }) {
            total += text.unicodeScalars[position..<range.lowerBound].reduce(0) { $0 + weight($1) }
            position = range.upperBound
        }
        return total + text.unicodeScalars[position...].reduce(0) { $0 + weight($1) }
    }

    private static func weight(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0...4351, 8192...8205, 8208...8223, 8242...8247: 100
        default: 200
        }
    }

    static func hasForbiddenCharacter(_ text: String) -> Bool {
        text.unicodeScalars.contains { [0xFFFE, 0xFEFF, 0xFFFF].contains($0.value) }
    }

    /// `$ABC` marks; a post may hold one.
    static func cashtagCount(_ text: String) -> Int {
        text.matches(of: /(?:^|\s)\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?=$|\s|[.,!?])/).count
    }

    static func links(in text: String) -> [Range<String.Index>] { TwitterPatterns.x.links(in: text) }

    // MARK: Reading back

    /// The text with every link as t.co, escaped, and the `urls` entities. `media` adds the trailing picture link.
    static func shortened(_ text: String, id: String, media: (address: String, keys: [String])?) -> (text: String, urls: [JSON]) {
        var out = ""
        var urls: [JSON] = []
        func add(_ address: String, display: String, keys: [String] = []) {
            let short = "https://t.co/" + slug(id + "\(urls.count)" + address)
            let start = out.unicodeScalars.count
            out += short
            let key: JSON? = keys.first.map { .string($0) }
            urls.append(
                .compact([
                    "start": .int(start), "end": .int(start + short.count), "url": .string(short), "expanded_url": .string(address),
                    "display_url": .string(display), "media_key": key,
                ]))
        }
        var position = text.startIndex
        for link in links(in: text) {
            out += escaped(text[position..<link.lowerBound])
            let address = String(text[link])
            let full = address.lowercased().hasPrefix("http") ? address : "http://" + address
            add(full, display: String(full.drop { $0 != "/" }.dropFirst(2).prefix(30)))
            position = link.upperBound
        }
        out += escaped(text[position...])
        if let media {
            if !out.isEmpty { out += " " }
            add(media.address, display: "pic.x.com/" + slug(id), keys: media.keys)
        }
        return (out, urls)
    }

    private static func escaped(_ text: Substring) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;").replacingOccurrences(
            of: ">", with: "&gt;")
    }

    private static func slug(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var hash = Encoding.stableHash(text)
        return String(
            (0..<10).map { _ in
                defer { hash /= 62 }
                return alphabet[Int(hash % 62)]
            })
    }
}
