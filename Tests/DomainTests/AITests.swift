import Domain
import Testing

@Suite("What a language model is asked, and what becomes of its answers")
struct AITests {
    @Test("A prompt's places are filled once: what fills them is not looked at again, and other braces stay")
    func places() {
        let prompt: AIPrompt = "At most {limit} for {platform}: {text} {other} {"
        #expect(prompt.filled([.limit: "280", .platform: "X"], about: "{limit} {text}") == "At most 280 for X: {limit} {text} {other} {")
        #expect(AIPrompt("Shorter!").filled([:], about: "A text") == "Shorter!\n\nA text", "nobody is asked about nothing")
    }

    @Test("Every task has a prompt that names its text, unless it is about a picture", arguments: AITask.allCases)
    func standard(_ task: AITask) {
        #expect(task.standardPrompt.has(.text) == (task != .altText))
        #expect(task.standardPrompt.words.unicodeScalars.count <= AIPrompt.longest && task.standardPrompt.has(.limit))
    }

    @Test(
        "An answer becomes plain text: without what wraps it, and without what no post needs",
        arguments: [
            ("  Hello \n", "Hello"), ("\"Hello, Ada\"", "Hello, Ada"), ("“Hello”", "Hello"), ("\"One\" and \"two\"", "\"One\" and \"two\""),
            ("```text\nHello\n```", "Hello"), ("<think>Hm. \"---\"</think>\n\nHello", "Hello"), ("a\r\nb", "a\nb"),
            ("a\u{0}\u{7}\u{202E}b\u{2066}", "ab"), ("<b>bold</b>", "<b>bold</b>"), ("\"", "\""), ("👩‍👩‍👧 — ✓", "👩‍👩‍👧 — ✓"),
        ])
    func plain(answer: String, text: String) {
        #expect(AIAnswer.texts(in: answer, most: 1) == [text])
    }

    @Test("Nothing is no text, and a long one is cut to bounds")
    func bounds() {
        for nothing in ["", " \n ", "<think>only</think>", "\u{0}"] { #expect(AIAnswer.texts(in: nothing, most: 1) == []) }
        #expect(AIAnswer.texts(in: String(repeating: "x", count: 50_000), most: 1).map(\.count) == [AIAnswer.longest])
    }

    @Test("Ideas are parted at lines of marks, and no more are taken than were asked for")
    func ideas() {
        #expect(AIAnswer.texts(in: "One\n---\nTwo - 2\nmore\n\n***\n\"Three\"\n---\nFour", most: 3) == ["One", "Two - 2\nmore", "Three"])
        #expect(AIAnswer.texts(in: "---\nOnly one\n---\n", most: 3) == ["Only one"])
    }
}
