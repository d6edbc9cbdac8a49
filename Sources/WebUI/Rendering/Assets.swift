import Foundation
import Hummingbird

/// Styles, scripts and pictures, held in memory. One fingerprint of them all is part of their address, so a browser keeps them for a
/// year, and modules and style sheets refer to each other by relative paths.
struct Assets: Sendable {
    struct File: Sendable {
        let type: String
        let body: ByteBuffer
    }

    let fingerprint: String
    private let files: [String: File]
    private let imports: [String: [String]]

    init(folder: URL) throws {
        let sources = try Folder.files(in: folder)
        var files: [String: File] = [:]
        var imports: [String: [String]] = [:]
        var hash = Fingerprint()
        for (path, data) in sources.sorted(by: { $0.key < $1.key }) {
            guard let type = Self.types[(path as NSString).pathExtension] else { continue }
            hash.add(Data(path.utf8))
            hash.add(data)
            let text = String(decoding: data, as: UTF8.self)
            if path.hasSuffix(".js") { imports[path] = Self.imports(of: text, at: path) }
            let body =
                switch path {
                case "css/index.css": Data(Self.withoutComments(Self.inlined(text, from: sources)).utf8)
                case _ where path.hasSuffix(".js"): Data(Self.withoutComments(text).utf8)
                default: data
                }
            files[path] = File(type: type, body: ByteBuffer(bytes: body))
        }
        self.files = files
        self.imports = imports
        fingerprint = hash.text
    }

    /// What pages put in front of a path.
    var base: String { "/assets/\(fingerprint)" }

    func file(_ path: String) -> File? { files[path] }

    /// Scripts and everything they import, each once: what a browser may fetch at once.
    func modules(of scripts: [String]) -> [String] {
        var found: [String] = []
        var waiting = scripts.reversed().map { "js/\($0)" }
        while let next = waiting.popLast() {
            guard !found.contains(next), files[next] != nil else { continue }
            found.append(next)
            waiting += imports[next] ?? []
        }
        return found.map { String($0.dropFirst("js/".count)) }
    }

    private static let types = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml", "json": "application/json",
        "webmanifest": "application/manifest+json",
    ]

    /// The style sheets that `index.css` imports, in their order, as one.
    private static func inlined(_ index: String, from sources: [String: Data]) -> String {
        index.replacing(/@import "([^"]+)";/) { match in String(decoding: sources["css/\(match.1)"] ?? Data(), as: UTF8.self) }
    }

    /// Comments that begin a line are for those who read the sources; browsers get empty lines, so that the numbers of lines stay right.
    static func withoutComments(_ text: String) -> String {
        var isInside = false
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> Substring in
            let start = line.drop { $0 == " " || $0 == "\t" }
            if !isInside {
                if start.hasPrefix("//") { return "" }
                guard start.hasPrefix("/*") else { return line }
            }
            let end = line.range(of: "*/")
            isInside = end == nil
            return end.map { line[$0.upperBound...] } ?? ""
        }
        return lines.joined(separator: "\n")
    }

    private static func imports(of script: String, at path: String) -> [String] {
        script.matches(of: /^import [^;]*?"(\.[^"]+)";/.anchorsMatchLineEndings()).map { resolved(String($0.1), from: path) }
    }

    /// `../dom.js` in `js/elements/a.js` is `js/dom.js`.
    private static func resolved(_ reference: String, from path: String) -> String {
        var folders = path.split(separator: "/").dropLast()
        for part in reference.split(separator: "/") where part != "." {
            if part == ".." { folders = folders.dropLast() } else { folders.append(part) }
        }
        return folders.joined(separator: "/")
    }
}

/// FNV-1a, 64 bits: tells one set of files from another. Not for secrets.
struct Fingerprint {
    private var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ data: Data) {
        for byte in data { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    }

    var text: String { String(value, radix: 36) }
}
