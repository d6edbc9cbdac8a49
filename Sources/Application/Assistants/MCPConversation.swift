import Domain
import Foundation
import Platforms

/// The little of a client that it takes to find out whether an MCP server answers.
struct MCPConversation: Sendable {
    /// An answer that is not what an MCP server says.
    struct Oddity: Error, Sendable {
        let status: Int
        let detail: String
    }

    let address: String
    let key: String
    let http: any HTTPSender

    private static let revision = "2025-11-25"

    /// What the server calls itself, and how many tools it shows. Throws `TransportFailure` or `Oddity`.
    func greetAndListTools() async throws -> (server: String?, tools: Int) {
        let hello: JSONValue = [
            "protocolVersion": .string(Self.revision), "capabilities": [:], "clientInfo": ["name": "Postiz connection check", "version": "1"],
        ]
        let (welcome, session) = try await ask("initialize", hello, id: 1)
        do {
            try await tell("notifications/initialized", session: session)
            let (list, _) = try await ask("tools/list", [:], id: 2, session: session)
            await leave(session)
            guard let tools = list["tools"]?.array else { throw Oddity(status: 200, detail: "tools/list has no tools") }
            return (welcome["serverInfo"]?["name"]?.string, tools.count)
        } catch {
            await leave(session)
            throw error
        }
    }

    private func ask(_ method: String, _ parameters: JSONValue, id: Int, session: String? = nil) async throws -> (JSONValue, session: String?) {
        let message: JSONValue = ["jsonrpc": "2.0", "id": .number(Double(id)), "method": .string(method), "params": parameters]
        let answer = try await send("POST", message, session: session)
        guard let found = Self.messages(in: answer).first(where: { $0["id"]?.int == id }) else {
            throw Oddity(status: answer.status, detail: "no JSON-RPC answer to \(method)")
        }
        guard let result = found["result"] else {
            throw Oddity(status: answer.status, detail: "\(method): \(found["error"]?["message"]?.string ?? "an error without words")")
        }
        return (result, answer.headers["mcp-session-id"])
    }

    private func tell(_ method: String, session: String?) async throws {
        _ = try await send("POST", ["jsonrpc": "2.0", "method": .string(method)], session: session)
    }

    /// The session would end by itself; a server without sessions does not know the call.
    private func leave(_ session: String?) async {
        if session != nil { _ = try? await send("DELETE", nil, session: session) }
    }

    private func send(_ method: String, _ message: JSONValue?, session: String?) async throws -> HTTPAnswer {
        var headers = [("Authorization", "Bearer \(key)"), ("Accept", "application/json, text/event-stream")]
        if let session { headers += [("Mcp-Session-Id", session)] }
        if message?["method"]?.string != "initialize" { headers.append(("MCP-Protocol-Version", Self.revision)) }
        let call = HTTPCall(method, address, headers: headers.map { (name: $0.0, value: $0.1) }, body: try message.map(HTTPBody.json), secrets: [key])
        let answer = try await http.send(call)
        guard answer.isSuccess else {
            throw Oddity(status: answer.status, detail: answer.headers["location"] ?? "HTTP \(answer.status)")
        }
        return answer
    }

    /// One JSON document, or those of an event stream. What is neither holds none.
    private static func messages(in answer: HTTPAnswer) -> [JSONValue] {
        let isStream = answer.headers["content-type"]?.hasPrefix("text/event-stream") ?? false
        let documents =
            isStream ? answer.text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("data:") }.map { $0.dropFirst(5) } : [answer.text[...]]
        return documents.compactMap { try? JSON.decode(JSONValue.self, from: String($0)) }
    }
}
