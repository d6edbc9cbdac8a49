@testable import Domain
import Testing

@Suite struct LinkScannerTests {
    @Test(
        "Links are found as X finds them",
        arguments: [
            ("nothing here", []),
            ("see http://example.com now", ["http://example.com"]),
            ("HTTPS://EXAMPLE.COM/A", ["HTTPS://EXAMPLE.COM/A"]),
            ("example.com, example.org!", ["example.com", "example.org"]),
            ("readme.txt and main.swift", []),
            ("example.com.", ["example.com"]),
            ("www.example.co.uk/path", ["www.example.co.uk/path"]),
            ("example.com.notadomain", ["example.com"]),
            ("(see example.com/a_(b)_c)", ["example.com/a_(b)_c"]),
            ("(see https://example.com/a)", ["https://example.com/a"]),
            ("https://example.com/a?b=c&d=e#f.", ["https://example.com/a?b=c&d=e#f"]),
            ("https://example.com?q=1", ["https://example.com?q=1"]),
            ("https://example.com:8080/x", ["https://example.com:8080/x"]),
            ("https://example.com: yes", ["https://example.com"]),
            ("ada@example.com @example.com #example.com $example.com", []),
            ("ada.lovelace@example.com", []),
            ("/example.com -example.com _example.com .example.com", []),
            ("/http://example.com", ["http://example.com"]),
            // Brackets: balanced ones belong to a path, up to two deep; empty ones, and what follows them, do not.
            ("https://developer.example.com/reference/Manager#isReady()", ["https://developer.example.com/reference/Manager#isReady"]),
            ("https://example.com/a(b(c)d)e(f)", ["https://example.com/a(b(c)d)e(f)"]),
            ("https://example.com/a(b(c(d)))", ["https://example.com/a"]),
            ("https://example.com/a(b", ["https://example.com/a"]),
            ("(https://example.com/a_(b)).", ["https://example.com/a_(b)"]),
            // A bare host has a port or a query only before, or behind, a path.
            ("example.com?utm_source=a", ["example.com"]), ("example.com:8080", ["example.com"]),
            ("example.com:8080/a?b=c", ["example.com:8080/a?b=c"]), ("https://example.com:8080", ["https://example.com:8080"]),
            // Underscores stand within the labels in front of the last two only.
            ("https://foo_bar.com/a", []), ("https://a_b.example.org", ["https://a_b.example.org"]), ("https://_a.example.org", []),
            // Of t.co the slug is the link.
            ("https://t.co/abc/def", ["https://t.co/abc"]), ("https://t.co/abc's", ["https://t.co/abc"]),
            ("https://t.co/abc?d=e-", ["https://t.co/abc?d=e-"]), ("t.co/abc/def", ["t.co/abc/def"]),
            ("https://t.co/" + String(repeating: "a", count: 41), []),
            // Direction marks may stand before a link, a byte order mark may not.
            ("\u{202A}https://example.com/\u{202C}", ["https://example.com/"]), ("\u{200F}example.com", ["example.com"]),
            ("\u{FEFF}https://example.com", []), ("a\u{FEFF}example.com", []),
            ("https://example.com/wiki/Hà_Nội", ["https://example.com/wiki/Hà_Nội"]),
            ("https://example.com/wiki/東京都", ["https://example.com/wiki/"]),
            ("https://😀.to/a", ["https://😀.to/a"]), ("example.рф", ["example.рф"]), ("пример.рф", []),
            ("öffi.at", ["ffi.at"]), (" öffi.at", ["öffi.at"]), (".本example.co.uk", []), ("本example.co.uk", ["example.co.uk"]),
            // X's list of top-level domains is older than IANA's.
            ("https://example.music", []), ("example.ninja", ["example.ninja"]), ("https://example.intel", ["https://example.intel"]),
            ("xhttp://example.com", []),
            ("http://localhost:8080/ http://127.0.0.1/", []),
            ("http://under_score.example.com", ["http://under_score.example.com"]),
            ("https://example.comだよ", ["https://example.com"]),
            ("見て example.comだよ", ["example.com"]),
            ("https://müller.example.com/straße", ["https://müller.example.com/straße"]),
            ("https://пример.рф/путь", ["https://пример.рф/путь"]),
            ("https://xn--e1afmkfd.xn--p1ai/", ["https://xn--e1afmkfd.xn--p1ai/"]),
            ("http://xn--はじめよう.com/index.html", []),
            ("https://-bad.com https://bad-.com", []),
            ("a..com", []),
            ("3.14 and 10.30", []),
            ("https://", []),
        ])
    func found(text: String, links: [String]) {
        #expect(LinkScanner.links(in: text).map { String(text[$0]) } == links)
    }

    @Test(
        "Mastodon has a grammar of its own",
        arguments: [
            ("example.com https://example.org", ["https://example.org"]),
            ("https://ja.wikipedia.org/wiki/東京都", ["https://ja.wikipedia.org/wiki/東京都"]),
            ("https://example.com/をご覧ください。", ["https://example.com/をご覧ください。"]),
            ("https://example.com/a?q=日本語&n=Müller", ["https://example.com/a?q=日本語&n=Müller"]),
            ("https://example.com/a#isReady()", ["https://example.com/a#isReady"]),
            ("https://example.com/a_(b).", ["https://example.com/a_(b)"]), ("https://example.com/a—b", ["https://example.com/a—b"]),
            ("「https://example.com/a」", ["https://example.com/a"]), ("gemini://example.org/a", ["gemini://example.org/a"]),
            (
                "dat://example.org ipfs://example.org gopher://example.org ftp://example.org",
                ["dat://example.org", "ipfs://example.org", "gopher://example.org"]
            ),
            ("https://foo.music/", []), ("https://foo_bar.com/", []), ("https://t.co/abc/def", ["https://t.co/abc"]),
            ("gemini://t.co/abc/def", ["gemini://t.co/abc/def"]), ("example.com/https://example.org", []),
        ])
    func mastodon(text: String, links: [String]) {
        let scalars = Array(text.unicodeScalars)
        let found = LinkScanner.links(in: scalars, .mastodon).map { range in
            String(String.UnicodeScalarView(scalars[range]))
        }
        #expect(found == links)
    }

    @Test("A label of more than 63 octets in Punycode makes no link")
    func longInternationalLabel() {
        let kana = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめも"
        #expect(LinkScanner.links(in: "https://\(kana).jp").count == 1)
        #expect(LinkScanner.links(in: "https://\(String(repeating: "日本語", count: 20)).jp").isEmpty)
    }

    @Test func rangesFitTextsWithEmojiAndCombiningMarks() {
        let text = "👨‍👩‍👧‍👦e\u{301} https://example.com/🐱 end"
        #expect(LinkScanner.links(in: text).map { text[$0] } == ["https://example.com/"])
    }
}
