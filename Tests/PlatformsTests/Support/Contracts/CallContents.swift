import Domain
import Foundation

@testable import Platforms

/// A call taken apart.
struct CallContents {
    enum Field {
        case text(String)
        case file
    }

    enum Body {
        case none
        case json(JSONValue)
        /// A form of either kind, in its order.
        case fields([(name: String, value: Field)])
        case bytes
    }

    /// What a call cannot be read for.
    struct Unreadable: Error { let why: String }

    let method: String
    let segments: [String]
    let query: [(name: String, value: Field)]
    /// Without parameters such as the boundary.
    let contentType: String?
    let body: Body

    init(_ call: HTTPCall) throws {
        guard let url = URLComponents(string: call.url) else { throw Unreadable(why: "no address") }
        method = call.method
        segments = url.percentEncodedPath.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
        query = Self.fields(url.percentEncodedQuery ?? "")
        let given = call.body.flatMap { $0.length > 0 ? $0 : nil }
        let type = given?.contentType.split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
        contentType = type
        body = try given.map { try Self.read($0, type ?? "") } ?? .none
    }

    private static func fields(_ text: String) -> [(name: String, value: Field)] {
        FormEncoding.pairs(text).map { (name: $0.0, value: .text($0.1)) }
    }

    private static func read(_ body: HTTPBody, _ contentType: String) throws -> Body {
        // Files are of no matter here, only where they stand.
        let bytes = body.pieces.reduce(Data()) { whole, piece in if case .bytes(let data) = piece { whole + data } else { whole + Data("file".utf8) }
        }
        switch contentType {
        case "application/json": return .json(try JSON.decode(JSONValue.self, from: bytes))
        case "application/x-www-form-urlencoded": return .fields(fields(String(decoding: bytes, as: UTF8.self)))
        case "multipart/form-data":
            guard let boundary = body.contentType.firstMatch(of: /boundary="?([^";]+)"?/)?.output.1 else {
                throw Unreadable(why: "no boundary")
            }
            return .fields(try parts(String(decoding: bytes, as: UTF8.self), boundary: String(boundary)))
        default: return .bytes
        }
    }

    /// RFC 7578. What `payload_json` holds stands beside the files (Discord, "Uploading Files").
    private static func parts(_ text: String, boundary: String) throws -> [(name: String, value: Field)] {
        let pieces = text.components(separatedBy: "--\(boundary)")
        guard pieces.count > 1, pieces.last?.hasPrefix("--") == true else { throw Unreadable(why: "a form without an end") }
        return try pieces.dropFirst().dropLast().map { piece in
            let halves = piece.components(separatedBy: "\r\n\r\n")
            guard halves.count > 1, let name = halves[0].firstMatch(of: /[; ]name="([^"]*)"/)?.output.1 else {
                throw Unreadable(why: "a part without a name")
            }
            if halves[0].contains("filename=") { return (name: String(name), value: .file) }
            let content = halves.dropFirst().joined(separator: "\r\n\r\n")
            return (name: String(name), value: .text(content.hasSuffix("\r\n") ? String(content.dropLast(1)) : content))
        }
    }
}
