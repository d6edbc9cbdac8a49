/// What a platform takes for a link. Both grammars are twitter-text's (version 3.1.0, github.com/twitter/twitter-text): X's as it is,
/// Mastodon's with the paths, queries and schemes of its own configuration (4.5, `config/initializers/twitter_regex.rb`).
struct LinkGrammar: Sendable {
    /// What may stand before a host, in lower case, each with its `://`.
    let schemes: [[Unicode.Scalar]]
    /// Whether `example.com` is a link without a scheme.
    let bareHosts: Bool
    /// What a label of a host consists of, besides `-` and `_` within it.
    let isHost: @Sendable (Unicode.Scalar) -> Bool
    /// Brackets belong to a path as well, when they are balanced.
    let isPath: @Sendable (Unicode.Scalar) -> Bool
    /// With what a path may end: the full stop after it ends the sentence.
    let isPathEnd: @Sendable (Unicode.Scalar) -> Bool
    let isQuery: @Sendable (Unicode.Scalar) -> Bool
    let isQueryEnd: @Sendable (Unicode.Scalar) -> Bool

    /// No link is longer, in code points; a bare host counts as if it had `https://`.
    static let longestLink = 4096
    /// No label of a host is longer, in octets of its Punycode form (RFC 1035 section 2.3.4).
    static let longestLabel = 63
    /// No slug of a t.co address is longer.
    static let longestSlug = 40

    static let x = LinkGrammar(
        schemes: schemes("http", "https"), bareHosts: true,
        isHost: { !isPunctuation($0) && $0 != "\\" && !$0.isSpaceOrMark }, isPath: isPathOfX, isPathEnd: isPathEndOfX,
        isQuery: isQueryOfX, isQueryEnd: isQueryEndOfX)

    static let mastodon = LinkGrammar(
        schemes: schemes("http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "gemini"), bareHosts: false,
        isHost: { !isPunctuation($0) && $0 != "\"" && $0 != "`" && !$0.isSpaceOrMark && !$0.isASCIIControl },
        isPath: { !$0.properties.isWhitespace && !["<", ">", "(", ")", "?"].contains($0) }, isPathEnd: isPathEndOfMastodon,
        isQuery: { isQueryOfX($0) || $0 == "^" || $0.isIRICharacter }, isQueryEnd: { isQueryEndOfX($0) || $0.isIRICharacter })

    private static func schemes(_ names: String...) -> [[Unicode.Scalar]] { names.map { Array("\($0)://".unicodeScalars) } }
}

// MARK: - X

extension LinkGrammar {
    static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "!"..."/", ":"..."@": scalar != "\""
        case "[", "]", "^", "_", "{", "|", "}", "~": true
        default: false
        }
    }

    private static func isPathOfX(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "!", "*", "'", ";", ":", "=", "+", ",", ".", "$", "/", "%", "#", "[", "]", "-", "–", "_", "~", "@", "|", "&": true
        default: scalar.isASCIILetterOrDigit || scalar.isAccentedLatin || scalar.isCyrillic
        }
    }

    private static func isPathEndOfX(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "+", "-", "=", "_", "#", "/": true
        default: scalar.isASCIILetterOrDigit || scalar.isAccentedLatin || scalar.isCyrillic
        }
    }

    static func isQueryOfX(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "!", "?", "*", "'", "@", "(", ")", ";", ":", "&", "=", "+", "$", "/", "%", "#", "[", "]", "-", "_", ".", ",", "~", "|": true
        default: scalar.isASCIILetterOrDigit
        }
    }

    static func isQueryEndOfX(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "-", "_", "&", "=", "#", "/": true
        default: scalar.isASCIILetterOrDigit
        }
    }
}

// MARK: - Mastodon

extension LinkGrammar {
    private static func isPathEndOfMastodon(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "(", ")", "?", "!", "*", "\"", "'", "「", "」", "<", ">", ";", ":", "=", ",", ".", "$", "%", "[", "]", "~", "&", "|", "@":
            false
        default: !scalar.properties.isWhitespace
        }
    }
}

// MARK: - Kinds of characters

extension Unicode.Scalar {
    var isDigit: Bool { ("0"..."9").contains(self) }
    var isASCIILetterOrDigit: Bool { isDigit || ("a"..."z").contains(lowercasedASCII) }
    var lowercasedASCII: Unicode.Scalar { ("A"..."Z").contains(self) ? Unicode.Scalar(UInt8(value) + 32) : self }
    var isASCIIControl: Bool { value < 0x20 || value == 0x7F }

    /// Latin letters with accents, and what makes accents.
    var isAccentedLatin: Bool {
        switch value {
        case 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x24F, 0x253, 0x254, 0x256, 0x257, 0x259, 0x25B, 0x263, 0x268, 0x26F, 0x272, 0x289, 0x28B,
            0x2BB, 0x300...0x36F, 0x1E00...0x1EFF:
            true
        default: false
        }
    }

    var isCyrillic: Bool { (0x400...0x4FF).contains(value) }

    /// Marks that set the direction of a text: they may stand before a link and are no part of it.
    var isDirectional: Bool {
        switch value {
        case 0x61C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// A byte order mark or one of the code points that are no characters.
    var isForbiddenInLinks: Bool { value == 0xFEFF || value == 0xFFFE || value == 0xFFFF }

    fileprivate var isSpaceOrMark: Bool {
        switch value {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x180E, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: isDirectional || isForbiddenInLinks
        }
    }

    /// `ucschar` and `iprivate` of RFC 3987 section 2.2.
    fileprivate var isIRICharacter: Bool {
        switch value {
        case 0xA0...0xD7FF, 0xE000...0xFDCF, 0xFDF0...0xFFEF: true
        case 0x10000...: value & 0xFFFF < 0xFFFE && !(0xE0000...0xE0FFF).contains(value)
        default: false
        }
    }
}
