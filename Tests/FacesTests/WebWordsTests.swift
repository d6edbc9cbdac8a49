import Foundation
import Testing

@testable import WebUI

@Suite("The words of the pages")
struct WebWordsTests {
    private let catalogue: Catalogue
    private let templates: [String: String]

    init() throws {
        let folder = WebSources.folder.appending(path: "templates")
        catalogue = try Catalogue(folder: folder)
        templates = try Folder.files(in: folder).filter { $0.key.hasSuffix(".mustache") }.mapValues { String(decoding: $0, as: UTF8.self) }
    }

    @Test("every text that a template asks for exists")
    func templatesFindTheirWords() {
        let asked = templates.values.flatMap { $0.matches(of: /\{\{t\.(\w+)\}\}/).map { String($0.1) } }
        #expect(asked.count > 100)
        #expect(Set(asked).subtracting(catalogue.english.pages.keys).sorted() == [])
    }

    @Test("every text that a script asks for exists")
    func scriptsFindTheirWords() throws {
        let scripts = try Folder.files(in: WebSources.folder.appending(path: "static/js")).values.map {
            String(decoding: $0, as: UTF8.self)
        }
        let asked = scripts.flatMap { $0.matches(of: /\bsay\("(\w+)"/).map { String($0.1) } }.filter {
            !["reorder", "describe"].contains($0)
        }
        let known = try #require(try JSONSerialization.jsonObject(with: Data(catalogue.english.forScripts.utf8)) as? [String: String])
        #expect(asked.count > 20)
        #expect(Set(asked).subtracting(known.keys).sorted() == [])
    }

    @Test("German says everything that English says, with the same values in it")
    func languagesAgree() throws {
        let german = catalogue.words(for: "de-AT")
        #expect(german.language == "de")
        #expect(Set(german.pages.keys) == Set(catalogue.english.pages.keys))
        func values(_ text: String) -> Set<String> { Set(text.matches(of: /\{(\w+)\}/).map { String($0.1) }) }
        for (key, text) in catalogue.english.pages { #expect(values(text) == values(german(key)), "\(key)") }
    }

    @Test("a browser's languages are tried in their order, and English is the last resort")
    func languageOfABrowser() {
        #expect(catalogue.words(accepting: "fr-FR, de;q=0.8, en;q=0.5").language == "de")
        #expect(catalogue.words(accepting: "fr").language == "en")
        #expect(catalogue.words(accepting: "").language == "en")
    }

    @Test("no template holds inline script or style: the content security policy would refuse them")
    func nothingInline() {
        for (name, text) in templates {
            #expect(text.firstMatch(of: /<script(?![^>]*(?:src=|application\/json))/) == nil, "\(name)")
            #expect(text.firstMatch(of: /\s(?:style|on\w+)="/) == nil, "\(name)")
        }
    }

    @Test("every form that changes something carries the token against forgery, or is open to anybody")
    func formsCarryTheirToken() {
        let open: Set<String> = [
            "pages/login.mustache", "pages/login-code.mustache", "pages/register.mustache", "pages/forgot.mustache", "pages/reset.mustache",
            "partials/providers.mustache",
        ]
        for (name, text) in templates where !open.contains(name) {
            for form in text.matches(of: /<form[^>]*method="post"[\s\S]*?<\/form>/) {
                #expect(
                    form.output.contains("partials/csrf") || form.output.contains("name=\"_csrf\""), "\(name): \(form.output.prefix(90))")
            }
        }
    }
}
