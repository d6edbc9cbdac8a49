import Domain
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
            ("xhttp://example.com", []),
            ("http://localhost:8080/ http://127.0.0.1/", []),
            ("http://under_score.example.com", ["http://under_score.example.com"]),
            ("https://example.comだよ", ["https://example.com"]),
            ("見て example.comだよ", ["example.com"]),
            ("https://müller.example.com/straße", ["https://müller.example.com/straße"]),
            ("https://пример.рф/путь", ["https://пример.рф/путь"]),
            ("https://xn--e1afmkfd.xn--p1ai/", ["https://xn--e1afmkfd.xn--p1ai/"]),
            ("https://-bad.com https://bad-.com", []),
            ("a..com", []),
            ("3.14 and 10.30", []),
            ("https://", []),
        ])
    func found(text: String, links: [String]) {
        #expect(LinkScanner.links(in: text).map { String(text[$0]) } == links)
    }

    @Test func withoutBareHostsOnlyAddressesWithASchemeAreLinks() {
        let text = "example.com https://example.org"
        #expect(LinkScanner.links(in: text, bareHosts: false).map { text[$0] } == ["https://example.org"])
    }

    @Test func rangesFitTextsWithEmojiAndCombiningMarks() {
        let text = "👨‍👩‍👧‍👦e\u{301} https://example.com/🐱 end"
        #expect(LinkScanner.links(in: text).map { text[$0] } == ["https://example.com/"])
    }
}
