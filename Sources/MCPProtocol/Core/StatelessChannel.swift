import Domain
import NIOConcurrencyHelpers

/// Speaks to the client while a request of the stateless era is under way. Questions end the request: it is run again with the answers.
final class StatelessChannel: ExchangeChannel {
    /// Ends the run in which a question has no answer yet.
    struct Unanswered: Error {}

    private let claims: RequestClaims
    private let progress: ProgressReport
    private let answers: [String: JSONValue]
    private let mayAsk: Bool
    private let speak: (@Sendable (String) async -> Void)?
    private let asked = NIOLockedValueBox<[String: Question]>([:])

    init(
        _ request: Message.Request, _ claims: RequestClaims, answers: [String: JSONValue], mayAsk: Bool,
        speak: (@Sendable (String) async -> Void)?
    ) {
        self.claims = claims
        progress = ProgressReport(params: request.params, revision: claims.revision)
        self.answers = answers
        self.mayAsk = mayAsk
        self.speak = speak
    }

    /// What the client has to be asked before the request can be answered; nil when nothing.
    var unanswered: [String: Question]? { asked.withLockedValue { $0.isEmpty ? nil : $0 } }

    func progress(_ done: Double, of total: Double?, _ message: String?) async {
        if let text = progress.text(done, of: total, message) { await speak?(text) }
    }

    func log(_ level: LogLevel, logger: String?, _ data: JSONValue) async {
        guard let least = claims.leastLevel, level >= least else { return }
        await speak?(Message.log(level, logger: logger, data))
    }

    func ask(_ question: Question, key: String) async throws -> JSONValue {
        try claims.capabilities.require(question)
        guard mayAsk else { throw UnsupportedByClient(capability: question.method.capability) }
        if let answer = answers[key], question.method.accepts(answer) { return answer }
        asked.withLockedValue { $0[key] = question }
        throw Unanswered()
    }

    func closeStream() async {}
}

extension Question.Method {
    /// Whether `answer` has the shape of an answer; what has not is asked for again.
    func accepts(_ answer: JSONValue) -> Bool {
        switch self {
        case .elicitation:
            switch answer["action"]?.string {
            case "accept": answer["content"] == nil || answer["content"]?.object != nil
            case "decline", "cancel": true
            default: false
            }
        case .sampling: answer["role"]?.string != nil && answer["content"] != nil
        case .roots: answer["roots"]?.array != nil
        }
    }
}
