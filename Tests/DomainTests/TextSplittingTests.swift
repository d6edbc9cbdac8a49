import Domain
import Testing

@Suite("Breaking a long text into parts")
struct TextSplittingTests {
    private static func parts(_ text: String, limit: Int, numbered: Bool = false) -> [String] {
        TextSplitting.parts(of: text, numbered: numbered) { piece, _ in TextCounting.graphemes.fitting(piece, limit: limit) }
    }

    @Test("what fits stays whole")
    func whole() {
        #expect(Self.parts("Short. Enough.", limit: 20) == ["Short. Enough."])
        #expect(Self.parts("", limit: 20) == [""])
    }

    @Test("parts end at sentences, in every writing")
    func sentences() {
        #expect(Self.parts("One is here. Two is there! Three?", limit: 20) == ["One is here.", "Two is there! Three?"])
        #expect(Self.parts("“Is it so?” It is so. Good.", limit: 22) == ["“Is it so?” It is so.", "Good."])
    }

    @Test("a paragraph's end is better than a sentence's")
    func paragraphs() {
        #expect(Self.parts("A tea. From a hill.\n\nIt is green. And warm.", limit: 33) == ["A tea. From a hill.", "It is green. And warm."])
    }

    @Test("short forms, numbers and what goes on in small letters end no sentence")
    func noSentences() {
        #expect(Self.parts("Tee und Ähnliches, z. B. Kaffee und Kakao", limit: 27) == ["Tee und Ähnliches, z. B.", "Kaffee und Kakao"])
        #expect(Self.parts("We meet there. On the 3. May it be sunny", limit: 26) == ["We meet there.", "On the 3. May it be sunny"])
        #expect(Self.parts("Tea etc. and more tea", limit: 15) == ["Tea etc. and", "more tea"])
    }

    @Test("only what has no blank is broken in its middle, and no character is")
    func unbreakable() {
        #expect(Self.parts("abcdefghij", limit: 4) == ["abcd", "efgh", "ij"])
        #expect(Self.parts("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", limit: 2) == ["👨‍👩‍👧👨‍👩‍👧", "👨‍👩‍👧"])
    }

    @Test("numbers take room of their own, also when there are ten")
    func numbers() {
        #expect(Self.parts("One is here. Two is there.", limit: 18, numbered: true) == ["One is here. 1/2", "Two is there. 2/2"])
        let many = Self.parts(Array(repeating: "Some words here.", count: 12).joined(separator: " "), limit: 22, numbered: true)
        #expect(many.count == 12)
        #expect(many.allSatisfy { $0.count <= 22 })
        #expect(many.last == "Some words here. 12/12")
    }

    @Test("nothing is lost but blanks, whatever the text and the limit", arguments: 1...40)
    func nothingLost(seed: Int) {
        var random = Numbers(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15)
        let pieces = ["Tea ", "z. B. ", "end. ", "日本。 ", "👍🏽", "\n\n", "https://example.com/a ", "so! ", "naïve "]
        let text = (0..<200).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
        let limit = 5 + seed
        let parts = Self.parts(text, limit: limit)
        #expect(parts.allSatisfy { $0.count <= limit && !$0.isEmpty })
        #expect(parts.joined().filter { !$0.isWhitespace } == text.filter { !$0.isWhitespace })
    }

    private struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 17
        }
    }
}
