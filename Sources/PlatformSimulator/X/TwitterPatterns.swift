import Foundation

/// The rules by which X and Mastodon find links, as patterns: what their documents and test vectors say (twitter-text 3.1.0), with
/// Mastodon's own paths, queries and schemes. Written apart from the product, so that the two do not share their errors.
struct TwitterPatterns: @unchecked Sendable {  // NSRegularExpression may be used from any thread
    static let x = TwitterPatterns(
        schemes: "https?", bareHosts: true, noHost: #"!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$"#,
        path: #"[a-zA-Z\u0400-\u04FF0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&\#(latin)]"#, pathEnd: #"[+\-a-zA-Z\u0400-\u04FF0-9=_#/\#(latin)]"#,
        query: #"[a-zA-Z0-9!?*'@();:\&=+$/%#\[\]\-_.,~|]"#, queryEnd: #"[a-zA-Z0-9\-_\&=#/]"#)

    static let mastodon = TwitterPatterns(
        schemes: "https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini", bareHosts: false,
        noHost: ##"!"#$%\&'()*+,\-./:;<=>?@\[\]^_`{|}~\u0000-\u001F\u007F"##, path: #"[^\p{White_Space}<>()?]"#,
        pathEnd: #"[^\p{White_Space}()?!*"'「」<>;:=,.$%\[\]~\&|@]"#, query: #"[a-zA-Z0-9!?*'@();:\&=+$/%#\[\]\-_.,~|^\#(international)]"#,
        queryEnd: #"[a-zA-Z0-9\-_\&=#/\#(international)]"#)

    private let link: NSRegularExpression?
    private let bareHosts: Bool

    private init(schemes: String, bareHosts: Bool, noHost: String, path: String, pathEnd: String, query: String, queryEnd: String) {
        self.bareHosts = bareHosts
        let letter = "[^\(noHost)\(Self.blank)\(Self.forbidden)\(Self.directional)]"
        let label = #"(?:\#(letter)(?:-|\#(letter))*)?\#(letter)\."#
        let loose = #"(?:\#(letter)(?:[_\-]|\#(letter))*)?\#(letter)\."#
        let brackets = #"\((?:\#(path)+|\#(path)*\(\#(path)+\)\#(path)*)\)"#
        let place = #"/(?:(?:\#(path)|\#(brackets))*(?:\#(pathEnd)|\#(brackets)))?"#
        // Constant patterns, covered by tests.
        link = try? NSRegularExpression(
            pattern: #"(?:[^A-Za-z0-9@＠$#＃\#(Self.forbidden)]|^)((?:(\#(schemes))://)?((?:\#(loose))*\#(label)\#(Self.topLevel))"#
                + #"(?::[0-9]+)?(\#(place))?(?:\?\#(query)*\#(queryEnd))?)"#,
            options: .caseInsensitive)
    }

    func links(in text: String) -> [Range<String.Index>] {
        guard text.contains(bareHosts ? "." : ":"), let link else { return [] }
        return link.matches(in: text, range: NSRange(text.startIndex..., in: text)).flatMap { match -> [NSRange] in
            let (all, host) = (match.range(at: 1), match.range(at: 3))
            let hasScheme = match.range(at: 2).location != NSNotFound
            guard all.length + (hasScheme ? 0 : 8) <= 4096, Self.isHost(text, host) else { return [] }
            if hasScheme { return Self.shortened(text, all).map { [$0] } ?? [] }
            return bareHosts ? Self.bare(text, all, host, hasPath: match.range(at: 4).location != NSNotFound) : []
        }.map { text.range(of: $0) }
    }

    /// No label is longer than 63 letters, or what stands for it in ASCII.
    private static func isHost(_ text: String, _ host: NSRange) -> Bool {
        let name = text[text.range(of: host)]
        if name.hasPrefix("xn--"), latinHost?.firstMatch(in: text, range: host) == nil { return false }
        return name.unicodeScalars.split(separator: ".").allSatisfy { $0.count <= 63 && PunycodeLength.of($0) <= 63 }
    }

    /// Of a t.co address the slug, with a query; nil when the slug is longer than any.
    private static func shortened(_ text: String, _ link: NSRange) -> NSRange? {
        guard let match = tco?.firstMatch(in: text, options: .anchored, range: link) else { return link }
        return match.range(at: 1).length > 40 ? nil : match.range
    }

    /// The Latin hosts within a host without a scheme; the last has the path.
    private static func bare(_ text: String, _ link: NSRange, _ host: NSRange, hasPath: Bool) -> [NSRange] {
        if link.location > 0, "-_./".utf16.contains(text.utf16[text.utf16.index(text.startIndex, offsetBy: link.location - 1)]) { return [] }
        var found = latinHost?.matches(in: text, range: host).map(\.range) ?? []
        if hasPath, let last = found.popLast() { found.append(NSRange(location: last.location, length: NSMaxRange(link) - last.location)) }
        return found
    }

    private static let tco = try? NSRegularExpression(
        pattern: #"https?://t\.co/([a-z0-9]+)(?:\?[a-z0-9!?*'@();:\&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_\&=#/])?"#, options: .caseInsensitive)
    private static let latinHost = try? NSRegularExpression(
        pattern: #"(?:[\-a-zA-Z0-9\#(latin)]+\.)+\#(topLevel)"#, options: .caseInsensitive)

    private static let topLevel =
        "(?:(?:" + TwitterDomains.all.joined(separator: "|") + #")(?=[^0-9a-zA-Z@+\-]|$)|xn--[\-0-9a-z]+)"#
    private static let latin =
        #"\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F\u0253\u0254\u0256\u0257\u0259\u025B\u0263\u0268\u026F\u0272\u0289\u028B\u02BB\u0300-\u036F\u1E00-\u1EFF"#
    private static let blank = #"\u0009-\u000D\u0020\u0085\u00A0\u1680\u180E\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"#
    private static let forbidden = #"\uFFFE\uFEFF\uFFFF"#
    private static let directional = #"\u202A-\u202E\u061C\u200E\u200F\u2066-\u2069"#
    private static let international =
        #"\u00A0-\uD7FF\uE000-\uFDCF\uFDF0-\uFFEF\x{10000}-\x{DFFFD}\x{E1000}-\x{EFFFD}\x{F0000}-\x{FFFFD}\x{100000}-\x{10FFFD}"#

    // MARK: Emoji

    /// The emoji that count as one: those of Emoji 11 and before.
    static let emoji: NSRegularExpression? = {
        let tone = #"[\x{1F3FB}-\x{1F3FF}]"#
        let toned = #"[[\p{Emoji_Modifier_Base}&&\p{Age=11.0}]-[\x{1F46B}-\x{1F46D}\x{1F46F}\x{1F91D}\x{1F93C}\x{1F48F}\x{1F491}\x{1F9BB}]]"#
        let selected = #"[[\p{Emoji}&&\p{Age=11.0}&&\P{Emoji_Presentation}]-[0-9#*\x{267E}\x{1F6F7}-\x{1F6FA}]]"#
        let alsoSelected =
            #"[\u231A\u231B\u25FD\u25FE\u2614\u2615\u2648-\u2653\u267F\u2693\u26A1\u26AA\u26AB\u26BD\u26BE\u26C4\u26C5\u26D4\u26EA\u26F2\u26F3\u26F5\u26FA\u26FD\u2757\u2B1B\u2B1C\u2B50\u2B55\x{1F004}\x{1F21A}\x{1F22F}]"#
        let gendered =
            #"[\x{1F3C3}\x{1F3C4}\x{1F3CA}\x{1F46E}\x{1F471}\x{1F473}\x{1F477}\x{1F481}\x{1F482}\x{1F486}\x{1F487}\x{1F645}-\x{1F647}\x{1F64B}\x{1F64D}\x{1F64E}\x{1F6A3}\x{1F6B4}-\x{1F6B6}\x{1F926}\x{1F935}\x{1F937}-\x{1F939}\x{1F93D}\x{1F93E}\x{1F9B8}\x{1F9B9}\x{1F9D6}-\x{1F9DD}]"#
        let alternatives = [
            #"[👨👩]\#(tone)?\u200D(?:[⚕⚖✈]\uFE0F|[🌾🍳🎓🎤🎨🏫🏭💻💼🔧🔬🚀🚒🦰-🦳])"#, #"[🏋🏌🕴🕵⛹](?:\#(tone)|\uFE0F)\u200D[♀♂]\uFE0F"#,
            #"\#(gendered)\#(tone)?\u200D[♀♂]\uFE0F"#, #"[👯🤼🧞🧟]\u200D[♀♂]\uFE0F"#,
            #"👨\u200D❤\uFE0F\u200D(?:💋\u200D)?👨|👩\u200D❤\uFE0F\u200D(?:💋\u200D)?[👨👩]"#,
            #"(?:👨(?:\u200D[👨👩])?|👩(?:\u200D👩)?)\u200D(?:👦\u200D👦|👧\u200D[👦👧]|[👦👧])"#, #"🏳\uFE0F\u200D🌈|🏴\u200D☠\uFE0F|👁\u200D🗨"#,
            #"🏴\x{E0067}\x{E0062}(?:\x{E0065}\x{E006E}\x{E0067}|\x{E0073}\x{E0063}\x{E0074}|\x{E0077}\x{E006C}\x{E0073})\x{E007F}"#,
            flags, #"[#*0-9]\uFE0F?\u20E3"#, #"[☝⛷⛹✌✍🏋🏌🕴🕵🖐]\uFE0F?\#(tone)?(?!\uFE0E)"#, #"\#(toned)\#(tone)?"#,
            #"(?:\#(selected)|\#(alsoSelected))\uFE0F"#,
        ]
        return try? NSRegularExpression(pattern: alternatives.joined(separator: "|"))
    }()

    private static let flags =
        "(?:"
            + """
            A[C-GILMOQ-UWXZ] B[ABD-JL-OQ-TVWYZ] C[ACDF-IK-PRU-Z] D[EGJKMOZ] E[ACEGHR-U] F[I-KMOR] G[ABD-ILMNP-UWY] H[KMNRTU] I[C-EL-OQ-T] J[EMOP]
            K[EG-IMNPRWYZ] L[A-CIKR-VY] M[AC-HK-Z] N[ACE-GILOPRUZ] OM P[AE-HK-NR-TWY] QA R[EOSUW] S[A-EG-ORSTVX-Z] T[ACDF-HJ-ORTVWZ] U[AGMNSYZ]
            V[ACEGINU] W[FS] XK Y[ET] Z[AMW]
            """.split(whereSeparator: \.isWhitespace).map { pair in
            pair.unicodeScalars.map { scalar in
                ("A"..."Z").contains(scalar) ? #"\x{"# + String(scalar.value + 0x1F1A5, radix: 16) + "}" : String(scalar)
            }.joined()
        }.joined(separator: "|") + ")"
}

extension String {
    /// Where an `NSRange` is, also when it begins or ends within a character.
    func range(of range: NSRange) -> Range<Index> {
        let start = utf16.index(utf16.startIndex, offsetBy: range.location)
        return start..<utf16.index(start, offsetBy: range.length)
    }
}
