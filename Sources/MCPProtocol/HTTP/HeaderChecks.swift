import Domain
import Foundation
import HTTPTypes
import Hummingbird

/// In the stateless era headers repeat what the body says, for proxies to read. They must agree.
struct HeaderChecks {
    let headers: HTTPFields

    /// Throws −32020 for the first header that is missing, doubled, undecodable or different.
    func agree(with request: Message.Request, _ claims: RequestClaims) throws(RPCError) {
        try require(.protocolVersion, claims.claimed)
        try require(.mcpMethod, request.method)
        switch request.method {
        case "tools/call", "prompts/get": if let name = request.params["name"]?.string { try require(.mcpName, name) }
        case "resources/read": if let uri = request.params["uri"]?.string { try require(.mcpName, uri) }
        default: break
        }
    }

    /// The same for arguments that a tool's schema wants mirrored (`x-mcp-header`).
    func agree(with arguments: JSONValue, of tool: Tool) throws(RPCError) {
        for (property, schema) in tool.inputSchema["properties"]?.object ?? [:] {
            guard let label = schema["x-mcp-header"]?.string, let name = HTTPField.Name("Mcp-Param-" + label) else { continue }
            switch arguments[property] {
            case .string(let text): try require(name, text)
            case .number(let number): try require(name, JSONWriter.numeral(number))
            case .bool(let flag): try require(name, flag ? "true" : "false")
            case nil, .null:
                guard headers[values: name].isEmpty else { throw mismatch(name, "is sent, but the argument is not") }
            case .array, .object: throw mismatch(name, "cannot repeat an argument of this type")
            }
        }
    }

    private func require(_ name: HTTPField.Name, _ expected: String) throws(RPCError) {
        let values = headers[values: name]
        guard let value = values.first else { throw mismatch(name, "is missing") }
        guard values.count == 1 else { throw mismatch(name, "is sent more than once") }
        guard let decoded = Self.decode(value.trimmingBlanks) else { throw mismatch(name, "cannot be decoded") }
        guard decoded == expected else { throw mismatch(name, "does not say what the body says") }
    }

    private func mismatch(_ name: HTTPField.Name, _ what: String) -> RPCError {
        RPCError(.headerMismatch, "The header \(name.rawName) \(what). It repeats what the body says.")
    }

    /// Values that are not plain ASCII travel as `=?base64?…?=`.
    private static func decode(_ value: String) -> String? {
        guard value.hasPrefix("=?base64?"), value.hasSuffix("?="), value.utf8.count >= 11 else {
            return value.utf8.allSatisfy { (0x20...0x7E).contains($0) } ? value : nil
        }
        return Data(base64Encoded: String(value.dropFirst(9).dropLast(2))).flatMap { String(data: $0, encoding: .utf8) }
    }
}
