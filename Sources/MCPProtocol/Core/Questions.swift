import Domain
import NIOConcurrencyHelpers

/// What was asked of clients and is not answered yet (handshake era).
final class Questions: Sendable {
    private struct Key: Hashable {
        let session: String
        let id: String
    }

    private let time: any TimeSource
    private let limit: Duration
    private let open = NIOLockedValueBox<[Key: Promise<Result<JSONValue, RefusedByClient>>]>([:])

    init(time: any TimeSource, limit: Duration) {
        self.time = time
        self.limit = limit
    }

    /// Sends the question with `speak` and waits for the answer. Throws `RefusedByClient` when it is an error or does not come in time.
    func ask(_ question: Question, of session: String, _ speak: @Sendable (String) async -> Void) async throws -> JSONValue {
        // The client must not be able to answer what was asked in another session.
        let key = Key(session: session, id: "ask-" + RandomName.make())
        let answer = Promise<Result<JSONValue, RefusedByClient>>()
        open.withLockedValue { $0[key] = answer }
        defer { open.withLockedValue { $0[key] = nil } }
        let alarm = Task { [time, limit] in
            try await time.sleep(until: time.now + limit)
            answer.fulfil(.failure(RefusedByClient(message: "it did not answer in time")))
        }
        defer { alarm.cancel() }
        await speak(Message.request(question.method.rawValue, question.params, id: .string(key.id)))
        guard let answer = await answer.value() else { throw CancellationError() }
        return try answer.get()
    }

    /// Tells whether the answer was waited for in this process.
    func resolve(_ id: RequestID, in session: String, _ answer: Result<JSONValue, RefusedByClient>) -> Bool {
        guard case .string(let id) = id else { return false }
        return open.withLockedValue { $0[Key(session: session, id: id)] }?.fulfil(answer) ?? false
    }
}

enum RandomName {
    /// 128 random bits in hexadecimal digits: nobody guesses it.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let half = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - half.count) + half
        }.joined()
    }
}
