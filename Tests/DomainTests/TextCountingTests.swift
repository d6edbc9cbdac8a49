import Domain
import Testing

@Suite struct TextCountingTests {
    @Test(
        "X counts weighted characters",
        arguments: [
            ("", 0),
            ("Hi http://test.co", 26),
            ("H🐱☺👨‍👩‍👧‍👦", 7),
            ("😷👾😡🔥💩", 10),
            ("🙋🏽👨‍🎤", 4),
            (String(repeating: "漢", count: 160), 320),
            ("A\u{301}B", 2),
            ("e\u{301}te\u{301}", 3),
            ("a\r\nb", 4),
            ("🇫🇷🇮🇳", 4),
            ("1️⃣#⃣", 4),
            ("🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}", 2),
            ("☺\u{FE0F}", 2),
            ("©®", 2),
            ("©\u{FE0F}", 2),
            ("“quoted” – …", 13),
            ("123 * #", 7),
            ("Привет", 6),
            ("see example.com.", 28),
            ("https://example.com/a/very/long/path/that/goes/on?and=on#forever and example.org", 51),
            ("user@example.com", 16),
        ])
    func weighted(text: String, length: Int) {
        #expect(TextCounting.weighted.length(of: text) == length)
    }

    @Test("A host with a label of 64 characters is plain text for X")
    func longLabel() {
        let label = String(repeating: "a", count: 64)
        #expect(TextCounting.weighted.length(of: "\(label).com") == 68)
        #expect(TextCounting.weighted.length(of: "\(label.dropLast()).com") == 23)
    }

    @Test("An address of more than 4096 characters is plain text for X")
    func longAddress() {
        let start = "https://example.com/"
        #expect(TextCounting.weighted.length(of: start + String(repeating: "a", count: 4076)) == 23)
        #expect(TextCounting.weighted.length(of: start + String(repeating: "a", count: 4077)) == 4097)
    }

    @Test(
        "Mastodon counts graphemes, links at a fixed length and mentions without their server",
        arguments: [
            ("", 0),
            ("H🐱☺👨‍👩‍👧‍👦", 4),
            ("漢字", 2),
            ("e\u{301}", 1),
            ("Hi http://test.co", 26),
            ("https://example.com/a/very/long/path/that/goes/on", 23),
            ("example.com", 11),
            ("ask @ada@social.example.org!", 9),
            ("ask @ada@social.example.org.", 9),
            ("@ada", 4),
            ("mail ada@example.org", 20),
            ("https://example.com/@ada@social.example.org", 23),
            ("@ada@example.org @bob@example.org", 9),
        ])
    func graphemes(text: String, length: Int) {
        #expect(TextCounting.graphemes.length(of: text) == length)
    }

    @Test func aServerMaySetTheLengthOfLinks() {
        #expect(TextCounting.graphemes.length(of: "see https://example.com/", urlLength: 30) == 34)
    }

    @Test func codeUnitsAndBytesAreCountedAsTheyAre() {
        #expect(TextCounting.utf16.length(of: "aé🐱") == 4)
        #expect(TextCounting.utf8.length(of: "aé🐱") == 7)
    }

    @Test("Counting stays linear in a text full of nested addresses", .timeLimit(.minutes(1)))
    func hostileText() {
        let text = String(repeating: "http://a.co/(", count: 4000)
        #expect(TextCounting.weighted.length(of: text) > 0)
        let dots = String(repeating: "a.", count: 50_000)
        #expect(TextCounting.weighted.length(of: dots) == 100_000)
        #expect(TextCounting.graphemes.length(of: String(repeating: "@a@", count: 20_000)) > 0)
    }
}
