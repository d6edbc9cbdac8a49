import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// One request as a platform's operation sees it.
struct Call: Sendable {
    let request: Request
    /// The operation that answers, e.g. `x.createPost`.
    let operation: String
    /// `http://host:port` as the client addressed it.
    let origin: String
    /// The platform's path prefix, e.g. `/x`.
    let prefix: String
    /// Decoded values of the path template's placeholders.
    let parameters: [String: String]
    /// Decoded query in the order sent.
    let query: [(String, String)]
    let now: Date
    /// The whole body, empty for operations that stream it.
    var body = ByteBuffer()

    /// The platform's base address as the product was configured with it.
    var base: String { origin + prefix }
    /// Path without query, still percent-encoded.
    var path: String { request.uri.path }
    /// Absolute address without query.
    var address: String { origin + path }
    var contentType: String { request.headers[.contentType] ?? "" }
    var isForm: Bool { contentType.lowercased().hasPrefix("application/x-www-form-urlencoded") }
    var isMultipart: Bool { contentType.lowercased().hasPrefix("multipart/form-data") }
    var form: [(String, String)] { isForm ? Encoding.pairs(String(buffer: body)) : [] }

    func parameter(_ name: String) -> String { parameters[name] ?? "" }
    func query(_ name: String) -> String? { query.first { $0.0 == name }?.1 }
    func form(_ name: String) -> String? { form.first { $0.0 == name }?.1 }

    /// A query value as sent, not decoded: for platforms that give meaning to what is encoded and what is not.
    func rawQuery(_ name: String) -> String? {
        request.uri.query?.split(separator: "&").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }

    /// The token of `Authorization: Bearer …`.
    var bearer: String? {
        guard let value = request.headers[.authorization], value.lowercased().hasPrefix("bearer ") else { return nil }
        return value.dropFirst(7).trimmingCharacters(in: .whitespaces)
    }

    /// User and password of `Authorization: Basic …`, percent-decoded as OAuth 2 wants.
    var basic: (user: String, password: String)? {
        guard let value = request.headers[.authorization], value.lowercased().hasPrefix("basic "),
            let data = Data(base64Encoded: String(value.dropFirst(6))), let text = String(data: data, encoding: .utf8),
            let colon = text.firstIndex(of: ":")
        else { return nil }
        return (Encoding.decode(text[..<colon]), Encoding.decode(text[text.index(after: colon)...]))
    }

    /// The body as JSON, or nil when it is not JSON.
    var json: JSON? { try? JSON.parse(body) }  // every caller turns nil into its platform's own 400
}

/// An operation's answer.
struct Reply: Sendable {
    var status: Int
    var headers: [(String, String)] = []
    var body = ByteBuffer()
    /// Id of what the call made public, for the log.
    var created: String?

    static func json(_ value: JSON, status: Int = 200, headers: [(String, String)] = []) -> Reply {
        Reply(
            status: status, headers: headers + [("content-type", "application/json; charset=utf-8")], body: ByteBuffer(string: value.text))
    }

    static func html(_ text: String, status: Int = 200) -> Reply {
        Reply(status: status, headers: [("content-type", "text/html; charset=utf-8")], body: ByteBuffer(string: text))
    }

    static func form(_ pairs: [(String, String)]) -> Reply {
        Reply(status: 200, headers: [("content-type", "application/x-www-form-urlencoded")], body: ByteBuffer(string: Encoding.form(pairs)))
    }

    static func empty(_ status: Int, headers: [(String, String)] = []) -> Reply { Reply(status: status, headers: headers) }
    static func redirect(_ address: String) -> Reply {
        Reply(status: 302, headers: [("location", address), ("cache-control", "no-store")])
    }

    func creating(_ id: String) -> Reply {
        var copy = self
        copy.created = id
        return copy
    }
}

/// Thrown by an operation to answer with a platform's error.
struct Refusal: Error {
    let reply: Reply
    init(_ reply: Reply) { self.reply = reply }
    init(_ body: JSON, status: Int) { self.reply = .json(body, status: status) }
}
