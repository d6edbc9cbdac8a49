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
        text.reduce(0) { total, character in
            total + (isEmoji(character) ? 200 : character.unicodeScalars.reduce(0) { $0 + weight($1) })
        }
    }

    private static func weight(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0...4351, 8192...8205, 8208...8223, 8242...8247: 100
        default: 200
        }
    }

    private static func isEmoji(_ character: Character) -> Bool {
        let scalars = character.unicodeScalars
        if scalars.contains(where: { $0.properties.isEmojiPresentation }) { return true }
        guard let first = scalars.first, first.properties.isEmoji, scalars.count > 1 else { return false }
        return scalars.dropFirst().contains { [0xFE0F, 0x200D, 0x20E3].contains($0.value) }
    }

    static func hasForbiddenCharacter(_ text: String) -> Bool {
        text.unicodeScalars.contains { [0xFFFE, 0xFEFF, 0xFFFF].contains($0.value) }
    }

    /// `$ABC` marks; a post may hold one.
    static func cashtagCount(_ text: String) -> Int {
        text.matches(of: /(?:^|\s)\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?=$|\s|[.,!?])/).count
    }

    // MARK: Links

    private static let pattern: NSRegularExpression? = {
        let label = #"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"#
        let wide = #"[\p{L}\p{N}](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}])?"#
        let tail = #"(?::\d+)?(?:/[^\s<>]*)?(?:\?[^\s<>]*)?"#
        let ahead = #"(?![\p{L}\p{N}@_-])"#
        return try? NSRegularExpression(  // constant pattern, covered by tests
            pattern: #"(?<![A-Za-z0-9@$#])(?:https?://(?:\#(wide)\.)+(\p{L}{2,})\#(ahead)\#(tail)|"#
                + #"(?<![-_./])(?:\#(label)\.)+([a-z]{2,})\#(ahead)\#(tail))"#,
            options: [.caseInsensitive])
    }()

    static func links(in text: String) -> [Range<String.Index>] {
        guard text.contains("."), let pattern else { return [] }
        return pattern.matches(in: text, range: NSRange(text.startIndex..., in: text)).compactMap { match in
            let tld = [1, 2].lazy.compactMap { Range(match.range(at: $0), in: text) }.first.map { text[$0].lowercased() }
            guard let tld, TopLevelDomains.all.contains(tld), let range = Range(match.range, in: text) else { return nil }
            var end = range.upperBound
            while end > range.lowerBound, ".,!?:;'\")]}".contains(text[text.index(before: end)]) { end = text.index(before: end) }
            return text.distance(from: range.lowerBound, to: end) <= 4096 ? range.lowerBound..<end : nil
        }
    }

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

/// Endings that make a word with a dot a link: all country codes and the common generic ones.
enum TopLevelDomains {
    static let all = Set((generic + " " + countries).split(separator: " ").map(String.init))

    private static let generic = """
        com org net edu gov mil int info biz name pro aero coop museum jobs mobi travel cat tel asia post xxx app dev page web site online \
        shop store blog news media social tech cloud digital design studio agency consulting services solutions systems software network \
        email chat live video audio photo photos gallery art music film show tv games game bet bike fitness health care clinic dental \
        bank finance money fund capital ventures vc eco green energy solar house homes estate land city town country world earth space \
        today life love family kids school academy university college education training guide wiki help support zone club vip team group \
        community foundation charity church events party wedding fun cool wtf lol xyz top win bid trade market sale deals discount cheap \
        buzz link click download host hosting domains website press ink pub bar cafe coffee pizza restaurant food kitchen wine beer vodka \
        fashion style clothing shoes jewelry beauty hair salon spa fit run surf ski golf football soccer hockey horse dog pet vet farm \
        garden flowers build builders construction engineering industries parts supply tools works company inc ltd llc gmbh limited \
        international global expert ninja guru rocks one plus icu work africa berlin london paris nyc tokyo
        """

    private static let countries = """
        ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg ch ci ck cl \
        cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs \
        gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu \
        lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl \
        pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm \
        tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
        """
}
