import Testing

@testable import Domain

/// Keywords as YouTube counts them: characters, the commas between them, and quotation marks around phrases.
struct KeywordsTests {
    @Test(
        "The length of keywords",
        arguments: [
            ("", 0), ("tea", 3), ("tea, jam", 7), ("green tea", 11), ("green tea,jam", 15), ("tea,tea", 3), (" , ,", 0), ("tea\njam", 7),
            ("ünï", 3), ("👩‍💻", 3),
        ])
    func length(text: String, length: Int) { #expect(Keywords.length(of: Keywords.list(text)) == length) }

    @Test("Each is there once, without blanks around it, in its order")
    func list() { #expect(Keywords.list(" green tea , jam,green tea,, Jam ") == ["green tea", "jam", "Jam"]) }
}
