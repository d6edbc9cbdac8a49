import Domain
import Foundation
import Testing

@testable import WebUI

@Suite("What the server says, in another language")
struct SentencesTests {
    private let small = Sentences([
        ("The file is empty.", "Die Datei ist leer."), ("Use at most {0} characters on one line.", "Nimm höchstens {0} Zeichen in einer Zeile."),
        ("{0}: {1}", "{0}: {1}"), ("{0} and {1}", "{0} und {1}"), ("pictures", "Bilder"), ("videos", "Videos"),
        ("{0} has {1}, which {2} does not take together: keep one kind.", "{0} hat {1}; {2} nimmt sie nicht zusammen: Behalte eine Art."),
        ("The time {0} has passed: choose a later one, or publish now.", "Die Zeit {0} ist verstrichen: Wähle eine spätere."),
    ])

    @Test("Sentences are said with their values, wherever they stand")
    func values() {
        #expect(small.say("The file is empty.") == "Die Datei ist leer.")
        #expect(small.say("Use at most 60 characters on one line.") == "Nimm höchstens 60 Zeichen in einer Zeile.")
        #expect(
            small.say("The file is empty. Use at most 5 characters on one line.") == "Die Datei ist leer. Nimm höchstens 5 Zeichen in einer Zeile.")
        #expect(small.say("Mastodon @ada: The file is empty.") == "Mastodon @ada: Die Datei ist leer.")
        #expect(
            small.say("The post has pictures and videos, which X does not take together: keep one kind.")
                == "The post hat Bilder und Videos; X nimmt sie nicht zusammen: Behalte eine Art.")
    }

    @Test("What is not known stays as it is, however much it looks like something known")
    func unknown() {
        for text in ["", ".", "Salt and pepper", "Note: this", "The file is empty", "{0}", String(repeating: "a. ", count: 900)] {
            #expect(small.say(text) == text)
        }
        #expect(small.say("The file is empty. Quite another thing.") == "Die Datei ist leer. Quite another thing.")
    }

    private static let lines: [String] = {
        let file = WebSources.folder.appending(path: "templates/sentences.de.txt")
        return (try? String(contentsOf: file, encoding: .utf8))?.split(separator: "\n").map(String.init) ?? []
    }()

    @Test("The German catalogue is whole: every pattern has its sentence, with no value that is not in it")
    func pairs() {
        let lines = Self.lines
        #expect(lines.count > 1_000 && lines.count.isMultiple(of: 2))
        func places(_ text: String) -> Set<String> { Set(text.matches(of: /\{\d\}/).map { String($0.output) }) }
        for index in stride(from: 0, to: lines.count - 1, by: 2) {
            #expect(places(lines[index + 1]).isSubset(of: places(lines[index])), "\(lines[index])")
        }
    }

    @Test("Each pattern is recognised with any values, and taken for no other")
    func recognised() {
        let lines = Self.lines
        let german = Sentences(text: lines.joined(separator: "\n"))
        for index in stride(from: 0, to: lines.count - 1, by: 2) {
            let fixed = lines[index].replacing(/\{\d\}/, with: "").filter(\.isLetter).count
            guard fixed >= 12 else { continue }
            func filled(_ text: String) -> String {
                text.replacing("⏎", with: "\n").replacing(/\{(\d)\}/) { "Ω\($0.1)" }
            }
            #expect(german.say(filled(lines[index])) == filled(lines[index + 1]))
        }
    }

    private static func informal() throws -> Regex<Substring> {
        // Forms of du, and imperatives; those that are nouns, too, only before their object.
        let verbs = """
            bearbeite beende beginne behalte berichtige beschreibe bestehe brich drücke dupliziere entferne erlaube erneuere ersetze exportiere
            fordere füge fülle gib hole hänge klicke kodiere kopiere kürze lade lass lege lies lösche mache melde nenne nimm prüfe sage schalte
            schneide schreibe sende setze sieh speichere starte tippe trage tu tue verbinde verkleinere verknüpfe veröffentliche wandle warte
            widerrufe wiederhole wähle ändere öffne
            """.split(whereSeparator: \.isWhitespace).joined(separator: "|")
        let forms = #"\b(?:du|dir|dich|dein(?:e[mnrs]?)?|"# + verbs + #")\b|\b(?:Versuche|Frage|Stelle|Teile) (?:es|ihn|sie|den|das|einen|seine)\b"#
        return try Regex(forms, as: Substring.self).ignoresCase()
    }

    @Test("German speaks to people with Sie, everywhere")
    func polite() throws {
        let informal = try Self.informal()
        #expect("Lade sie hoch".contains(informal) && "Das hast du".contains(informal) && "und wähle neu".contains(informal))
        #expect(!"Laden Sie zwei Teile hoch; die Suche steht an erster Stelle.".contains(informal))
        let catalogue = try Catalogue(folder: WebSources.folder.appending(path: "templates"))
        let german = catalogue.words(for: "de")
        let scripts = try JSON.decode([String: String].self, from: german.forScripts)
        let said = Self.lines.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(\.element) + german.pages.values + scripts.values
        #expect(said.count > 1_500)
        // Codes in capitals, such as TU for a day, speak to nobody.
        let codes = /\b[A-Z]{2}\b/
        for text in said where text.replacing(codes, with: "").contains(informal) { Issue.record("\(text)") }
    }

    @Test("Times within sentences stand in the reader's zone and form")
    func times() throws {
        let catalogue = try Catalogue(folder: WebSources.folder.appending(path: "templates"))
        let past = "The time 2026-11-20T10:00:00.000Z has passed: choose a later one, or publish now."
        let german = Voice(words: catalogue.words(for: "de"), time: LocalTime(zone: "Europe/Berlin", locale: "de"))
        #expect(german.say(past).contains("20. Nov. 2026, 11:00"))
        #expect(!german.say(past).contains("passed"))
        let english = Voice(words: catalogue.english, time: LocalTime(zone: "America/New_York", locale: "en"))
        #expect(english.say(past) == "The time 20 Nov 2026, 05:00 has passed: choose a later one, or publish now.")
    }
}
