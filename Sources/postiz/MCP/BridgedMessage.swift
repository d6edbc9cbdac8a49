import Domain
import Foundation

/// What the bridge must know of a message. The message itself is carried as it came.
struct BridgedMessage: Sendable {
    enum Kind: Equatable { case request, notification, response, unreadable }

    let text: String
    let kind: Kind
    let id: JSONValue?
    let method: String?
    /// The revision that a request of the stateless era names.
    let statelessRevision: String?
    /// The request that a cancellation means.
    let cancels: JSONValue?
    /// What a resource's request names.
    let uri: String?
    private let name: String?
    /// The revision that the answer to `initialize` names.
    let negotiatedRevision: String?
    /// What an error says, be it of JSON-RPC or of the server's other interfaces.
    let errorWords: String?

    init(_ text: String) {
        let envelope = try? JSON.decode(Envelope.self, from: text)  // what is no message is the server's to refuse
        self.text = text
        (id, method) = (envelope?.id, envelope?.method)
        kind = envelope.map { $0.method == nil ? .response : $0.id == nil ? .notification : .request } ?? .unreadable
        statelessRevision = envelope?.params?.meta?.protocolVersion
        cancels = envelope?.method == "notifications/cancelled" ? envelope?.params?.requestId : nil
        (name, uri) = (envelope?.params?.name, envelope?.params?.uri)
        negotiatedRevision = envelope?.result?.protocolVersion
        errorWords = envelope?.error?.message
    }

    var isHandshake: Bool { method == "initialize" && statelessRevision == nil }

    /// What the headers repeat of a request of the stateless era.
    var statelessHeaders: [(String, String)] {
        guard let statelessRevision, let method else { return [] }
        var headers = [("MCP-Protocol-Version", statelessRevision), ("Mcp-Method", Self.headerValue(method))]
        let names = ["tools/call": name, "prompts/get": name, "resources/read": uri]
        if let name = names[method] ?? nil { headers.append(("Mcp-Name", Self.headerValue(name))) }
        return headers
    }

    /// Header values are plain ASCII; everything else travels wrapped.
    private static func headerValue(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { 0x20...0x7E ~= $0 } && !text.hasPrefix(" ") && !text.hasSuffix(" ") && !text.hasPrefix("=?base64?")
        return isPlain && !text.isEmpty ? text : "=?base64?\(Data(text.utf8).base64EncodedString())?="
    }
}

/// The members of a message that matter here; what has another type than expected counts as absent.
private struct Envelope: Decodable {
    struct Params: Decodable {
        let requestId: JSONValue?
        let name: String?
        let uri: String?
        let meta: Meta?

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Key.self)
            requestId = members.lenient("requestId")
            (name, uri) = (members.lenient("name"), members.lenient("uri"))
            meta = members.lenient("_meta")
        }
    }

    struct Meta: Decodable {
        let protocolVersion: String?

        init(from decoder: any Decoder) throws {
            protocolVersion = try decoder.container(keyedBy: Key.self).lenient("io.modelcontextprotocol/protocolVersion")
        }
    }

    struct Outcome: Decodable {
        let protocolVersion: String?

        init(from decoder: any Decoder) throws { protocolVersion = try decoder.container(keyedBy: Key.self).lenient("protocolVersion") }
    }

    struct Failure: Decodable { let message: String }

    let id: JSONValue?
    let method: String?
    let params: Params?
    let result: Outcome?
    let error: Failure?

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        id = members.lenient("id")
        method = members.lenient("method")
        (params, result, error) = (members.lenient("params"), members.lenient("result"), members.lenient("error"))
    }
}

private struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer<Key> {
    fileprivate func lenient<Value: Decodable>(_ name: String) -> Value? {
        (try? decodeIfPresent(Value.self, forKey: Key(stringValue: name))) ?? nil
    }
}
