import Foundation
import Mustache

/// The pages' templates, read once. Indentation is dropped, and `@icon(name)` stands for a symbol of the sprite.
struct Templates: Sendable {
    private let library: MustacheLibrary

    struct Unreadable: Error, CustomStringConvertible {
        let name: String
        let reason: String
        var description: String { "The template \(name) cannot be read: \(reason)" }
    }

    /// Throws `Unreadable` for a template with a mistake in it.
    init(folder: URL) throws {
        var library = MustacheLibrary()
        for (path, data) in try Folder.files(in: folder) where path.hasSuffix(".mustache") {
            let name = String(path.dropLast(".mustache".count))
            do {
                try library.register(Self.prepared(String(decoding: data, as: UTF8.self)), named: name)
            } catch let error as MustacheTemplate.ParserError {
                throw Unreadable(name: name, reason: "\(error.error) in line \(error.context.lineNumber)")
            }
        }
        self.library = library
    }

    /// The text of `name` filled with `model`. Throws `Unreadable` when there is no such template.
    func render(_ name: String, _ model: Model) throws -> String {
        guard let text = library.render(model, withTemplate: name) else { throw Unreadable(name: name, reason: "there is none") }
        return text
    }

    static func prepared(_ source: String) -> String {
        source.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.drop { $0 == " " } }
            .joined(separator: "\n")
            .replacing(/@icon\(([^)]+)\)/) { match in
                #"<svg class="icon" aria-hidden="true"><use href="{{assets}}/icons.svg#\#(match.1)"/></svg>"#
            }
    }
}

/// Files below a folder, by their path in it.
enum Folder {
    static func files(in folder: URL) throws -> [String: Data] {
        let manager = FileManager.default
        var files: [String: Data] = [:]
        for path in try manager.subpathsOfDirectory(atPath: folder.path) {
            let file = folder.appending(path: path)
            var isFolder: ObjCBool = false
            guard manager.fileExists(atPath: file.path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
            files[path] = try Data(contentsOf: file)
        }
        return files
    }
}
