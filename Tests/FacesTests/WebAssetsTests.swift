import Foundation
import Testing

@testable import WebUI

@Suite("Static files of the pages")
struct WebAssetsTests {
    private let assets: Assets

    init() throws { assets = try Assets(folder: WebSources.folder.appending(path: "static")) }

    @Test("the style sheet holds everything it imports")
    func oneSheet() throws {
        let body = try #require(assets.file("css/index.css")).body
        let text = String(buffer: body)
        #expect(!text.contains("@import"))
        #expect(
            text.contains("--surface-0") && text.contains(".composer") && text.hasPrefix("@layer reset, tokens, base, components, pages;"))
        // Each imported file closes what it opens: a missing brace would swallow the rest of the sheet.
        #expect(text.filter { $0 == "{" }.count == text.filter { $0 == "}" }.count)
    }

    @Test(
        "every module that a script imports is there and is preloaded with it",
        arguments: ["app.js", "elements/post-composer.js", "elements/post-calendar.js"])
    func modules(script: String) throws {
        let modules = assets.modules(of: [script])
        #expect(modules.first == script && modules.count > 3)
        for module in modules { #expect(assets.file("js/\(module)") != nil, "\(module)") }
        if script.contains("composer") { #expect(modules.contains("composer/counting.js") && modules.contains("api.js")) }
    }

    @Test("comments that begin a line are left out, and nothing else is: lines keep their numbers")
    func comments() {
        let source = """
            // First
            const a = 1; // stays
              /** @type {number} */
            const b = /** @type {any} */ ("// no comment /* neither */");
            /**
             * Long
             */ const c = 2;
            /* one */ const d = 3;
            """
        let wanted = [
            "", "const a = 1; // stays", "", #"const b = /** @type {any} */ ("// no comment /* neither */");"#, "", "", " const c = 2;",
            " const d = 3;",
        ]
        #expect(Assets.withoutComments(source).split(separator: "\n", omittingEmptySubsequences: false).map(String.init) == wanted)
    }

    @Test("the heaviest page needs little enough script and style that compression, to a third at worst, brings it below 88 KB")
    func weight() throws {
        let scripts = assets.modules(of: ["app.js", "elements/post-composer.js"]).map { "js/\($0)" }
        let bytes = (scripts + ["css/index.css", "icons.svg"]).compactMap { assets.file($0)?.body.readableBytes }.reduce(0, +)
        #expect(bytes < 264_000)
    }

    @Test("every icon that a template or script shows is in the sprite")
    func icons() throws {
        let sprite = String(buffer: try #require(assets.file("icons.svg")).body)
        let known = Set(sprite.matches(of: /symbol id="(\w+)"/).map { String($0.1) })
        let templates = try Folder.files(in: WebSources.folder.appending(path: "templates")).values.map {
            String(decoding: $0, as: UTF8.self)
        }
        let scripts = try Folder.files(in: WebSources.folder.appending(path: "static/js")).values.map {
            String(decoding: $0, as: UTF8.self)
        }
        let shown =
            templates.flatMap { $0.matches(of: /@icon\((\w+)\)/).map { String($0.1) } }
            + scripts.flatMap { $0.matches(of: /icon\("(\w+)"\)/).map { String($0.1) } }
        #expect(Set(shown).subtracting(known).sorted() == [])
    }

    @Test("the fingerprint changes with the content")
    func fingerprint() {
        var one = Fingerprint()
        var other = Fingerprint()
        one.add(Data("a".utf8))
        other.add(Data("b".utf8))
        #expect(one.text != other.text)
    }
}
