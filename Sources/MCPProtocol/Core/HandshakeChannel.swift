import Domain

/// Speaks to the client while a request of the handshake era is under way.
struct HandshakeChannel: ExchangeChannel {
    let session: MCPSession
    let progress: ProgressReport
    let questions: Questions
    /// Nil where nothing can be said before the answer.
    let speak: (@Sendable (String) async -> Void)?
    var close: @Sendable () async -> Void = {}

    init(
        _ request: Message.Request, in session: MCPSession, _ questions: Questions, speak: (@Sendable (String) async -> Void)?,
        close: @escaping @Sendable () async -> Void = {}
    ) {
        self.session = session
        progress = ProgressReport(params: request.params, revision: session.spoken)
        self.questions = questions
        self.speak = speak
        self.close = close
    }

    func progress(_ done: Double, of total: Double?, _ message: String?) async {
        if let text = progress.text(done, of: total, message) { await speak?(text) }
    }

    func log(_ level: LogLevel, logger: String?, _ data: JSONValue) async {
        if level >= session.leastLevel(unasked: .info) { await speak?(Message.log(level, logger: logger, data)) }
    }

    func ask(_ question: Question, key: String) async throws -> JSONValue {
        try ClientCapabilities(session.capabilities).require(question)
        guard let speak else { throw UnsupportedByClient(capability: question.method.capability) }
        return try await questions.ask(question, of: session.id, speak)
    }

    func closeStream() async {
        if speak != nil, session.spoken >= .november2025 { await close() }
    }
}
