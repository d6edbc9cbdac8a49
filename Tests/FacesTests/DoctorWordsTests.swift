import Domain
import Foundation
import Testing

@testable import WebUI

@Suite("The doctor's findings in another language")
struct DoctorWordsTests {
    /// What the doctor's files say, and that of advice about mail servers, each value a `Ω`; what stands within a value is said by itself.
    private static func said() throws -> [String] {
        let room = WebSources.folder.deletingLastPathComponent().deletingLastPathComponent().appending(path: "Application")
        let names = try FileManager.default.contentsOfDirectory(atPath: room.appending(path: "Doctor").path)
            .filter { $0.hasSuffix(".swift") && $0 != "Subjects.swift" }
        let files = names.sorted().map { "Doctor/\($0)" } + ["Notifications/SMTPAdvice.swift"]
        return try files.flatMap { file in
            var reading = Literals(text: Array(try String(contentsOf: room.appending(path: file), encoding: .utf8)))
            return reading.all()
        }
    }

    /// The texts between quotes of a Swift file.
    private struct Literals {
        let text: [Character]
        var place = 0
        var found: [String] = []

        init(text: [Character]) { self.text = text }

        private func begins(_ mark: String) -> Bool { text[place...].starts(with: mark) }

        mutating func all() -> [String] {
            while place < text.count {
                if begins("//") {
                    while place < text.count, text[place] != "\n" { place += 1 }
                } else if begins("\"\"\"") {
                    literal(end: "\"\"\"")
                } else if text[place] == "\"" {
                    literal(end: "\"")
                } else {
                    place += 1
                }
            }
            return found
        }

        private mutating func literal(end: String) {
            place += end.count
            var said = ""
            while place < text.count, !begins(end) {
                if begins("\\(") {
                    place += 2
                    var depth = 1
                    while depth > 0, place < text.count {
                        if text[place] == "\"" {
                            literal(end: "\"")
                            continue
                        }
                        depth += text[place] == "(" ? 1 : text[place] == ")" ? -1 : 0
                        place += 1
                    }
                    said += "Ω"
                } else if begins("\\\n") {
                    place += 2
                    while text[place] == " " { place += 1 }
                } else {
                    said.append(text[place])
                    place += 1
                }
            }
            place += end.count
            found.append(said.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    /// What nobody is shown: names of subjects, statements, what a vector of a test says, and what joins two sayings.
    private static let unsaid: Set = ["way in", "S3 store of backups", "what do ya want for nothing?", ", and"]

    @Test("No finding and no advice is English on a German page")
    func german() throws {
        let catalogue = try Catalogue(folder: WebSources.folder.appending(path: "templates"))
        let sentences = try #require(catalogue.words(for: "de").sentences)
        let english = /\b(the|this|is|are|and|not|it|for|with|that|what|has|have|can|cannot|will|answers|give|set|look|check|use|runs)\b/
            .ignoresCase()
        let all = try Self.said()
        #expect(all.count > 150)
        for text in all where text.contains(" ") && !text.contains("SELECT") && !Self.unsaid.contains(text) {
            guard text.firstMatch(of: english) != nil, !text.hasPrefix("Only an administrator") else { continue }
            // A value after the last sentence is a sentence of its own, or nothing.
            let told = sentences.say(text.replacing(/\.\s?Ω$/, with: ".").replacing(/^Ω (?=[A-Z])/, with: ""))
            let plain = told.replacing(/'[^']*'|[A-Z_]{4,}|docs\/[a-z-]+/, with: "")
            #expect(plain.firstMatch(of: english) == nil, "\(text) → \(told)")
        }
    }

    @Test("Findings of several sentences are said whole")
    func several() throws {
        let catalogue = try Catalogue(folder: WebSources.folder.appending(path: "templates"))
        let german = Voice(words: catalogue.words(for: "de"), time: LocalTime(zone: "Europe/Berlin", locale: "de"))
        let ends = "The connection to Mastodon ada ends at 2026-11-20T10:00:00.000Z. 2 planned posts would wait: \"A\", \"B\"."
        #expect(
            german.say(ends) == "Die Verbindung zu Mastodon ada endet 20. Nov. 2026, 11:00. 2 geplante Beiträge würden warten: \"A\", \"B\".")
        #expect(
            german.say(
                "The mail was not taken. The server does not know this recipient: check the address. The server said: 550 5.1.1 No. See a.example"
            )
            .hasSuffix("Der Server kennt diesen Empfänger nicht: Prüfen Sie die Adresse. Der Server sagte: 550 5.1.1 No. See a.example"))
        #expect(german.say("The connection to X ada has ended. 1 planned post waits: \"A\".").hasSuffix("1 geplanter Beitrag wartet: \"A\"."))
        #expect(
            german.say("Everything is paused since 2026-11-20T10:00:00.000Z. 3 due posts wait.")
                == "Seit 20. Nov. 2026, 11:00 ist alles angehalten. 3 fällige Beiträge warten.")
        #expect(
            german.say("Paused: 1 of the workspaces, 2 of the channels. 3 due posts wait.")
                == "Angehalten: 1 der Arbeitsbereiche, 2 der Kanäle. 3 fällige Beiträge warten.")
    }
}
