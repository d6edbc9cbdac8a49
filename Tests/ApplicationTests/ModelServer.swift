import Domain
import Foundation

@testable import Application
@testable import Platforms

/// A server of a language model in memory, which says what it was told to.
actor ModelServer: HTTPSender {
    static let base = "http://127.0.0.1:11434/v1"

    struct Asked: Sendable {
        let model: String
        let authorization: String?
        let messages: [JSONValue]
        let members: [String]
        var last: String { messages.last?["content"]?.string ?? messages.last?["content"]?[0]?["text"]?.string ?? "" }
    }

    private(set) var asked: [Asked] = []
    private(set) var listings = 0
    private var answers: [HTTPAnswer] = []
    private var models: JSONValue = ["object": "list", "data": [["id": "small-1", "object": "model"]]]
    private var failure: TransportFailure?

    /// What is answered next, in this order; the last again and again.
    func say(_ texts: String..., tokens: Int? = 100) throws { answers = try texts.map { try Self.completion($0, tokens) } }

    func answer(_ status: Int, _ body: String = "", headers: [String: String] = [:]) {
        answers = [HTTPAnswer(status: status, headers: headers, body: Data(body.utf8))]
    }

    func fail(_ failure: TransportFailure?) { self.failure = failure }
    func offer(_ models: JSONValue) { self.models = models }

    private static func completion(_ text: String, _ tokens: Int?) throws -> HTTPAnswer {
        let message: JSONValue = ["role": "assistant", "content": .string(text)]
        var body: [String: JSONValue] = ["choices": [["index": 0, "message": message, "finish_reason": "stop"]]]
        if let tokens { body["usage"] = ["total_tokens": .number(Double(tokens))] }
        return HTTPAnswer(status: 200, headers: [:], body: try JSON.data(JSONValue.object(body)))
    }

    func send(_ call: HTTPCall) throws -> HTTPAnswer {
        if let failure { throw failure }
        if call.url == "\(Self.base)/models" {
            listings += 1
            return HTTPAnswer(status: 200, headers: [:], body: try JSON.data(models))
        }
        guard call.url == "\(Self.base)/chat/completions", case .bytes(let body)? = call.body?.pieces.first else {
            return HTTPAnswer(status: 404, headers: [:], body: Data())
        }
        let request: JSONValue = try JSON.decode(from: body)
        asked.append(
            Asked(
                model: request["model"]?.string ?? "", authorization: call.headers.first { $0.name == "Authorization" }?.value,
                messages: request["messages"]?.array ?? [], members: (request.object ?? [:]).keys.sorted()))
        return answers.count > 1 ? answers.removeFirst() : answers.first ?? HTTPAnswer(status: 500, headers: [:], body: Data())
    }
}
