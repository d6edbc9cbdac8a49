import Domain
import Testing

@Suite("Templates, signatures, hashtags")
struct TemplateTests {
    @Test("a template's places are found once each, in order, also with blanks and letters of any script")
    func places() {
        let texts = ["{{name}} and {{ Preis }} {{name}}", "{{größe_2}} {{}} {{a b}} {name} {{9lives}}"]
        #expect(TemplateText.variables(in: texts) == ["name", "Preis", "größe_2"])
    }

    @Test("what a value says is never read as a place; what has no value stays")
    func filling() {
        let text = TemplateText.filled("{{a}} {{b}} {{ c }}", with: ["a": "{{b}}", "b": "$1 \\1"])
        #expect(text == "{{b}} $1 \\1 {{ c }}")
    }

    @Test("a changed template knows its new places")
    func variablesFollow() {
        let now = Timestamp(milliseconds: 0)
        var template = PostTemplate(
            id: PostTemplateID(at: now), name: "T", parts: ["{{a}}"], integrationIds: [], settings: [:], tags: [], createdAt: now, updatedAt: now)
        template.parts = ["{{b}}"]
        #expect(template.variables == ["b"])
    }

    @Test("a signature stands below the text, once")
    func signing() {
        let now = Timestamp(milliseconds: 0)
        let signature = Signature(id: SignatureID(at: now), name: "S", text: "— Ada", automatic: true, createdAt: now)
        #expect(signature.signing("Hello \n") == "Hello\n\n— Ada")
        #expect(signature.signing("Hello\n\n— Ada") == "Hello\n\n— Ada")
        #expect(signature.signing(" ") == "— Ada")
    }

    @Test("hashtags are taken with and without their sign, each once", arguments: [(["a", "#b", "##A", " c "], ["#a", "#b", "#c"])])
    func hashtags(_ given: [String], _ wanted: [String]) throws {
        #expect(try HashtagGroup.hashtags(given) == wanted)
    }

    @Test("what is no hashtag is refused", arguments: [[], ["#"], ["two words"], ["a#b"], [String(repeating: "x", count: 101)]])
    func noHashtags(_ given: [String]) {
        #expect(throws: ProblemReport.self) { try HashtagGroup.hashtags(given) }
    }
}
