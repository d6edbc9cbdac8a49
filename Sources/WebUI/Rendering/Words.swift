import Domain
import Foundation
import Mustache

/// Every text of the interface in one language. `{name}` in a text is replaced by a value.
struct Words: Sendable, MustacheParent {
    /// `en`, `de`.
    let language: String
    let pages: [String: String]
    /// What scripts say, as JSON that may stand inside a script element.
    let forScripts: String
    /// What rooms below say in English, in this language; nil in English.
    let sentences: Sentences?

    struct Source: Decodable {
        let page: [String: String]
        let script: [String: String]
    }

    init(language: String, json: Data, sentences: Data? = nil) throws {
        let source = try JSON.decode(Source.self, from: json)
        self.language = language
        pages = source.page
        self.sentences = sentences.map { Sentences(text: String(decoding: $0, as: UTF8.self)) }
        forScripts = try JSON.text(source.script).replacing("<", with: "\\u003c")
    }

    /// The text for `key`; the key itself where a text is missing, so that the gap is seen.
    func callAsFunction(_ key: String, _ values: [String: String] = [:]) -> String {
        values.reduce(pages[key] ?? key) { text, value in text.replacing("{\(value.key)}", with: value.value) }
    }

    /// `key_one` for 1, else `key_other`, with `{count}` filled in.
    func count(_ key: String, _ number: Int) -> String {
        self("\(key)_\(number == 1 ? "one" : "other")", ["count": String(number)])
    }

    func child(named name: String) -> Any? { self(name) }
}

/// The languages there are. English is the one that is always complete.
struct Catalogue: Sendable {
    private let languages: [String: Words]
    let english: Words

    init(folder: URL) throws {
        let files = try Folder.files(in: folder)
        var languages: [String: Words] = [:]
        for (path, data) in files where path.hasPrefix("strings.") && path.hasSuffix(".json") {
            let language = String(path.dropFirst("strings.".count).dropLast(".json".count))
            languages[language] = try Words(language: language, json: data, sentences: files["sentences.\(language).txt"])
        }
        self.languages = languages
        english = try languages["en"] ?? Words(language: "en", json: Data(#"{"page":{},"script":{}}"#.utf8))
    }

    /// Each language's code and its name in itself.
    var choices: [(code: String, name: String)] { languages.keys.sorted().map { ($0, languages[$0]?("languageName") ?? $0) } }

    /// The words for a locale such as `de` or `de-AT`; English when there are none.
    func words(for locale: String) -> Words {
        languages[locale.lowercased().prefix { $0 != "-" && $0 != "_" }.description] ?? english
    }

    /// The first language of an `Accept-Language` header that there is.
    func words(accepting header: String) -> Words {
        let wanted = header.split(separator: ",").map { $0.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces) }
        return wanted.lazy.compactMap { languages[$0.lowercased().prefix { $0 != "-" }.description] }.first ?? english
    }
}
