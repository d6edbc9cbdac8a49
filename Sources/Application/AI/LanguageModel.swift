import Domain
import Foundation
import Platforms

/// What a server of a language model is asked, and what it answers: OpenAI's Chat Completions, as Ollama, vLLM, llama.cpp and others speak it too.
///
/// Only what all of them take is sent: a model, and messages of persons. No limit of tokens, because OpenAI's newer models refuse `max_tokens` and
/// others know nothing of `max_completion_tokens`; no temperature, which some models refuse; no `n`, which Ollama leaves out.
struct LanguageModel: Sendable {
    private static let patience = Duration.seconds(60)
    /// A person is told to wait so long at most.
    private static let longestWait = Duration.hours(1)
    /// So much of what a server says is repeated.
    private static let longestReason = 200
    /// What one request can have used: a server that says more is not believed.
    private static let mostTokens = 10_000_000

    let settings: AISettings
    let http: any HTTPSender
    let directory: ModelDirectory
    let time: any TimeSource

    init(settings: AISettings, http: any HTTPSender, time: any TimeSource) {
        self.settings = settings
        self.http = http
        self.time = time
        directory = ModelDirectory(time: time)
    }

    struct Message: Sendable {
        enum Role: String, Sendable { case user, assistant }
        let role: Role
        let text: String
        /// A JPEG.
        var picture: Data?
    }

    struct Answer: Sendable {
        let text: String
        /// Nil when the server does not say.
        let tokens: Int?
    }

    /// Why there is no answer.
    struct Fault: Error {
        let report: ProblemReport
        /// Whether the model may have worked all the same.
        let mayHaveWorked: Bool
    }

    /// The one to ask, where that is known without asking.
    var knownName: String? {
        get async { if let name = settings.model { name } else { await directory.known } }
    }

    /// The one to ask. Throws `Fault`.
    func name() async throws -> String {
        if let name = await knownName { return name }
        let answer = try await send("GET", "/models", nil, of: nil)
        guard let name = ModelDirectory.choice(in: answer) else {
            throw Fault("The language model's server offers no model that writes. The operator sets OPENAI_MODEL.", "model")
        }
        await directory.note(name)
        return name
    }

    /// Throws `Fault`.
    func answer(to messages: [Message], by model: String) async throws -> Answer {
        let body: JSONValue = ["model": .string(model), "messages": .array(messages.map(Self.json)), "stream": false]
        let answer = try await send("POST", "/chat/completions", try .json(body), of: model, picture: messages.contains { $0.picture != nil })
        let tokens = answer["usage"]?["total_tokens"]?.int.map { min(max($0, 0), Self.mostTokens) }
        guard let text = answer["choices"]?[0]?["message"]?["content"]?.string, !text.allSatisfy(\.isWhitespace) else {
            throw Fault.empty
        }
        return Answer(text: text, tokens: tokens)
    }

    private static func json(_ message: Message) -> JSONValue {
        guard let picture = message.picture else { return ["role": .string(message.role.rawValue), "content": .string(message.text)] }
        let address = "data:\(PictureFitting.type);base64,\(picture.base64EncodedString())"
        return [
            "role": .string(message.role.rawValue),
            "content": [
                ["type": "text", "text": .string(message.text)],
                ["type": "image_url", "image_url": ["url": .string(address)]],
            ],
        ]
    }

    // MARK: The wire

    private func send(_ method: String, _ path: String, _ body: HTTPBody?, of model: String?, picture: Bool = false) async throws -> JSONValue {
        var headers = [("Accept", "application/json")]
        if let key = settings.key { headers.append(("Authorization", "Bearer \(key)")) }
        let call = HTTPCall(
            method, settings.base.absoluteString + path, headers: headers, body: body, secrets: settings.key.map { [$0] } ?? [],
            deadline: Self.patience)
        let answer: HTTPAnswer
        do {
            answer = try await http.send(call)
        } catch let failure as TransportFailure {
            throw Fault(
                "The language model's server does not answer: \(failure.reason). Try again; if it stays, the operator checks OPENAI_BASE_URL.",
                "unreachable", mayHaveWorked: failure.mayHaveArrived && body != nil)
        }
        guard answer.isSuccess else { throw refusal(answer, of: model, picture: picture) }
        guard let document = answer.document, document.object != nil else {
            throw Fault(
                "What answers at OPENAI_BASE_URL is no server of a language model. The operator checks the address: it ends before /chat/completions.",
                "answer", mayHaveWorked: body != nil)
        }
        return document
    }

    private func refusal(_ answer: HTTPAnswer, of model: String?, picture: Bool) -> Fault {
        switch answer.status {
        case 401, 403: return Fault("The language model's server does not take the key. The operator checks OPENAI_API_KEY.", "key")
        case 404, 405:
            guard let model else {
                return Fault("The language model's server does not tell which models it has. The operator sets OPENAI_MODEL.", "model")
            }
            return Fault(
                "The language model's server knows nothing of the model \(model). The operator checks OPENAI_MODEL and OPENAI_BASE_URL.", "model")
        case 429:
            let wait = answer.retryAfter(now: time.now).map { min($0, Self.longestWait) }
            return Fault(
                "The language model is asked too often, or its account has nothing left. Try again later.", "busy", retryAfter: wait)
        case 400..<500:
            let words = reason(answer)
            return picture
                ? Fault(
                    "The language model takes no pictures, or not this one: \(words). The operator sets OPENAI_MODEL to one that does.", "picture")
                : Fault("The language model's server refuses this: \(words).", "refused")
        default: return Fault("The language model's server failed with status \(answer.status). Try again later.", "server")
        }
    }

    /// In the server's words, without the key, on one line.
    private func reason(_ answer: HTTPAnswer) -> String {
        let said = answer.document
        let words = said?["error"]?["message"]?.string ?? said?["error"]?.string ?? said?["message"]?.string ?? ""
        let open = settings.key.map { words.replacing($0, with: "•••") } ?? words
        let line = open.split { $0.isWhitespace || $0.isNewline }.joined(separator: " ").filter { character in
            character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        }
        guard !line.isEmpty else { return "status \(answer.status)" }
        return (line.hasSuffix(".") ? String(line.dropLast()) : line).shortened(to: Self.longestReason)
    }
}

extension LanguageModel.Fault {
    static let empty = Self("The language model answered with nothing. Try again, or in other words.", "empty", mayHaveWorked: true)

    fileprivate init(_ words: String, _ reason: String, mayHaveWorked: Bool = false, retryAfter: Duration? = nil) {
        report = ProblemReport(.aiFailed, words, details: ["reason": .string(reason)], retryAfter: retryAfter)
        self.mayHaveWorked = mayHaveWorked
    }
}
