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
            // Only what X's list knows is one emoji: no two thumbs, no Texas, no family with skin tones, nothing after Emoji 11.
            ("👍\u{200D}👍", 5),
            ("🏴\u{E0075}\u{E0073}\u{E0074}\u{E0078}\u{E007F}", 12),
            ("👨🏻\u{200D}👩🏻\u{200D}👧🏻\u{200D}👦🏻", 11), ("🇦🇦", 4), ("🧑\u{200D}🎄", 5), ("🫱🏽", 4),
            ("☺\u{FE0E}", 4), ("a\u{20E3}", 3), ("😀\u{FE0F}", 4), ("🏋🏽\u{200D}♀\u{FE0F}", 2), ("🏋\u{200D}♀\u{FE0F}", 5),
            ("👁\u{200D}🗨", 2), ("🤼\u{200D}♂\u{FE0F}", 2), ("©\u{FE0E}", 3), ("ﷺ", 2), ("Hello\u{FFFE}", 7),
            // Links and what stands behind them.
            ("詳細は https://example.com/aaa/bをご覧ください。", 46), ("詳細はhttps://example.com/", 29),
            ("https://t.co/slug/path", 28), ("example.com?utm_source=a", 36), ("example.com:8080", 28),
            ("https://foo_bar.com/aaa", 23), ("https://foo_bar.com/" + String(repeating: "a", count: 60), 80),
            ("https://example.music/" + String(repeating: "a", count: 30), 52), ("foo.zip", 23), ("example.museum", 23), ("3.am", 23),
            ("http://localhost:3000", 21), ("https://example.com/wiki/Hà_Nội", 23), ("öffi.at", 24), ("\u{202A}https://example.com/aa", 25),
            (String(repeating: "a", count: 476) + " https://developer.example.com/reference/Manager#isReady()", 502),
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
            (String(repeating: "あ", count: 470) + " https://ja.wikipedia.org/wiki/" + String(repeating: "都", count: 15), 494),
            (String(repeating: "a", count: 476) + " https://developer.example.com/reference/Manager#isReady()", 502),
            ("https://foo.music/" + String(repeating: "a", count: 60), 78), ("https://foo_bar.com/" + String(repeating: "a", count: 60), 80),
            ("詳細は https://example.com/aaaをご覧ください。" + String(repeating: "あ", count: 130), 27),
            ("https://example.com/a?name=Müller&q=日本語", 23), ("gemini://example.org/a", 23), ("https://t.co/slug/path", 28),
            ("@alice@example.org:3000", 11), ("@a@b.org@c", 10), ("@ada@example.org://a", 20),
            ("@ada_@example.org", 5), ("@ada.@example.org", 17), ("🏴\u{E0075}\u{E0073}\u{E0074}\u{E0078}\u{E007F}", 1),
        ])
    func graphemes(text: String, length: Int) {
        #expect(TextCounting.graphemes.length(of: text) == length)
    }

    @Test func aServerMaySetTheLengthOfLinks() {
        #expect(TextCounting.graphemes.length(of: "see https://example.com/", urlLength: 30) == 34)
    }

    @Test("What goes before a text counts in full, links and mentions with it", arguments: TextCounting.allCases)
    func lead(counting: TextCounting) {
        let lead = "https://example.com/" + String(repeating: "a", count: 20)
        #expect(counting.length(of: "@ada", after: lead) == 44)
    }

    @Test("What fits ends between two characters and is told in UTF-16 units")
    func fitting() {
        #expect(TextCounting.weighted.fitting("Hello", limit: 280) == 5)
        #expect(TextCounting.weighted.fitting("漢漢漢", limit: 5) == 2)
        #expect(TextCounting.graphemes.fitting("a👨‍👩‍👧‍👦b", limit: 2) == 12)
        #expect(TextCounting.utf8.fitting("aéé", after: "12", limit: 5) == 2)
        #expect(TextCounting.utf16.fitting("👍", limit: 1) == 0)
    }

    @Test(arguments: [("a\r\nb", "a\nb"), ("a\rb\r", "a\nb\n"), ("\r\r\n\n", "\n\n\n"), ("plain\n", "plain\n"), ("", "")])
    func everyLineEndBecomesOne(text: String, result: String) {
        #expect(Array(text.withOneLineEnd.unicodeScalars) == Array(result.unicodeScalars))
    }

    @Test func codeUnitsAndBytesAreCountedAsTheyAre() {
        #expect(TextCounting.utf16.length(of: "aé🐱") == 4)
        #expect(TextCounting.utf8.length(of: "aé🐱") == 7)
    }

    @Test("Counting stays linear in a text full of nested addresses", .timeLimit(.minutes(10)))
    func hostileText() {
        let text = String(repeating: "http://a.co/(", count: 4000)
        #expect(TextCounting.weighted.length(of: text) > 0)
        let dots = String(repeating: "a.", count: 50_000)
        #expect(TextCounting.weighted.length(of: dots) == 100_000)
        #expect(TextCounting.graphemes.length(of: String(repeating: "@a@", count: 20_000)) > 0)
        #expect(TextCounting.graphemes.length(of: String(repeating: "https://a.co/(", count: 4000)) > 0)
        #expect(TextCounting.weighted.length(of: String(repeating: "本_", count: 20_000)) == 60_000)
        #expect(TextCounting.weighted.length(of: String(repeating: "本.", count: 20_000)) == 60_000)
    }

    @Test(
        "Threads counts code points, but emoji by their bytes",
        arguments: [
            ("", 0), ("Hello", 5), ("é", 1), ("e\u{301}", 2), ("漢字", 2), ("a\r\nb", 4), ("😀", 4), ("a😀b", 6), ("👍🏽", 8),
            ("👨\u{200D}👩\u{200D}👧\u{200D}👦", 25), ("🇫🇷", 8), ("1", 1), ("1\u{FE0F}\u{20E3}", 7), ("❤", 1), ("❤\u{FE0F}", 6), ("©", 1),
            ("#tea @ada https://example.com/a", 31), (String(repeating: "😀", count: 125), 500),
        ])
    func emojiBytes(text: String, length: Int) {
        #expect(TextCounting.emojiBytes.length(of: text) == length)
    }

    @Test("What fits ends at the edge of an emoji")
    func emojiBytesFitting() {
        #expect(TextCounting.emojiBytes.fitting("ab😀😀", limit: 9) == 4)
        #expect(TextCounting.emojiBytes.fitting("ab😀😀", limit: 10) == 6)
    }
}
