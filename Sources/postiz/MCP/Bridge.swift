import AsyncHTTPClient
import Domain
import Foundation
import Logging
import NIOConcurrencyHelpers

/// Carries messages between a client that speaks over standard input and output and a server's Streamable HTTP endpoint, unchanged.
///
/// A client that begins with `initialize` gets a session at the server, which is begun again without its notice when the server has
/// forgotten it. Requests of the stateless era carry their own headers. Every request gets an answer, if only that the server is gone.
struct Bridge: Sendable {
    /// How long calls under way may take to end after the end of the input.
    private static let patience = Duration.seconds(5)
    private static let shortestPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(30)
    /// How often a broken answer is asked for again.
    private static let resumptions = 5

    private let wire: BridgeWire
    private let pipes: LinePipes
    private let logger: Logger
    private let session: BridgeSession
    private let calls = CallsUnderWay()

    init(wire: BridgeWire, pipes: LinePipes, logger: Logger) {
        self.wire = wire
        self.pipes = pipes
        self.logger = logger
        session = BridgeSession(wire: wire, logger: logger)
    }

    /// Returns after the end of the input, or when cancelled.
    func run() async {
        var listening: Task<Void, Never>?
        for await line in pipes.input {
            let message = BridgedMessage(line)
            switch message.kind {
            case .request where message.isHandshake: await exchange(message)
            case .request: calls.start(message) { await exchange(message) }
            default: await pass(message)
            }
            if message.method == "notifications/initialized", listening == nil { listening = Task { await listen() } }
        }
        await calls.end(within: Task.isCancelled ? .zero : Self.patience)
        listening?.cancel()
        await Task { await farewell() }.value  // also when this one is cancelled
    }

    private func farewell() async {
        do {
            try await wire.end(await session.place)
        } catch {
            logger.debug("the session could not be ended", metadata: ["error": "\(error)"])
        }
        do {
            try await wire.shutdown()
        } catch {
            logger.warning("the connections could not be closed", metadata: ["error": "\(error)"])
        }
    }

    // MARK: What needs no answer

    private func pass(_ message: BridgedMessage) async {
        // In the stateless era a closed stream is the cancellation, and nothing else is told.
        if let id = message.cancels, calls.cancel(id) { return }
        do {
            let place = await session.place
            let response = try await wire.post(message.text, headers: place.headers)
            if response.status == .notFound, place.session != nil {
                try await session.renew(from: place)
                try await forward(ServerMessages(try await wire.post(message.text, headers: await session.place.headers)))
            } else {
                try await forward(ServerMessages(response))
            }
        } catch {
            logger.warning("a message did not reach the server", metadata: ["method": "\(message.method ?? "-")", "reason": "\(words(error))"])
        }
    }

    /// Passes on what is a message; an error page is not.
    private func forward(_ messages: ServerMessages) async throws {
        for try await text in messages where BridgedMessage(text).kind != .unreadable { await pipes.output.send(text) }
    }

    // MARK: Requests

    private func exchange(_ message: BridgedMessage) async {
        do {
            try await answer(message)
        } catch {
            guard !Task.isCancelled, !calls.isCancelled(message.id) else { return }
            await refuse(message, error)
        }
    }

    private func answer(_ message: BridgedMessage) async throws {
        var place = message.isHandshake || message.statelessRevision != nil ? BridgeWire.Place() : await session.place
        var response = try await wire.post(message.text, headers: place.headers + message.statelessHeaders)
        if response.status == .notFound, place.session != nil {
            try await session.renew(from: place)
            place = await session.place
            response = try await wire.post(message.text, headers: place.headers)
        }
        if message.isHandshake, response.status == .ok { place.session = response.headers.first(name: "Mcp-Session-Id") }
        let isAnswered = try await relay(response, of: message, at: place)
        if response.status == .ok, isAnswered { await session.note(message) }
    }

    /// Passes on what the server says until the answer has come; asks for the rest of a stream that broke.
    private func relay(_ response: HTTPClientResponse, of message: BridgedMessage, at place: BridgeWire.Place) async throws -> Bool {
        var progress = StreamProgress()
        if try await relay(response, of: message, at: place, &progress) { return true }
        guard response.status == .ok || response.status == .accepted else { throw BridgeRefusal(response, said: progress.errorWords) }
        for _ in 0..<Self.resumptions {
            guard let event = progress.lastEvent, !calls.isCancelled(message.id) else { break }
            try await Task.sleep(for: progress.pause ?? Self.shortestPause)
            let rest: HTTPClientResponse
            do { rest = try await wire.listen(at: place, after: event) } catch is HTTPClientError { continue }
            guard rest.status == .ok else { break }
            if try await relay(rest, of: message, at: place, &progress) { return true }
        }
        throw BridgeRefusal(words: "The connection broke before the answer came. It may have been carried out: look before you repeat it.")
    }

    private func relay(
        _ response: HTTPClientResponse, of message: BridgedMessage, at place: BridgeWire.Place, _ progress: inout StreamProgress
    ) async throws -> Bool {
        let seen = NIOLockedValueBox(progress)
        defer { progress = seen.withLockedValue { $0 } }
        do {
            for try await text in ServerMessages(response, noting: { event in seen.withLockedValue { $0.note(event) } }) {
                let said = BridgedMessage(text)
                let isAnswer = said.kind == .response && said.id == message.id
                if let words = said.errorWords { seen.withLockedValue { $0.errorWords = words } }
                guard isAnswer || said.kind == .request || said.kind == .notification else { continue }
                if isAnswer, message.isHandshake, response.status == .ok {
                    await session.opened(by: message, at: .init(session: place.session, revision: said.negotiatedRevision))
                }
                await pipes.output.send(text)
                if isAnswer { return true }
            }
        } catch  where seen.withLockedValue({ $0.lastEvent }) != nil && !Task.isCancelled {
            logger.debug("a stream broke", metadata: ["error": "\(error)"])
        }
        return false
    }

    private func refuse(_ message: BridgedMessage, _ error: any Error) async {
        var data: [String: JSONValue] = [:]
        if let refusal = error as? BridgeRefusal {
            if refusal.status != 0 { data["status"] = .number(Double(refusal.status)) }
            if let seconds = refusal.retryAfter { data["retryAfterSeconds"] = .number(Double(seconds)) }
        }
        let answer: JSONValue = [
            "jsonrpc": "2.0", "id": message.id ?? .null,
            "error": ["code": -32000, "message": .string(words(error)), "data": .object(data)],
        ]
        logger.warning("a request was not answered", metadata: ["method": "\(message.method ?? "-")", "reason": "\(words(error))"])
        if let text = try? JSON.text(answer) { await pipes.output.send(text) }  // made of finite values only
    }

    private func words(_ error: any Error) -> String {
        if let refusal = error as? BridgeRefusal { return refusal.words }
        return "The server at \(wire.endpoint.prefix { $0 != "?" }) cannot be reached: \(error). Is it running?"
    }

    // MARK: What the server says by itself

    private func listen() async {
        var (progress, pause) = (StreamProgress(), Self.shortestPause)
        while !Task.isCancelled {
            let place = await session.place
            do {
                let response = try await wire.listen(at: place, after: progress.lastEvent)
                switch response.status.code {
                case 200:
                    pause = Self.shortestPause
                    progress = try await follow(response, from: progress)
                case 404 where place.session != nil:
                    try await session.renew(from: place)
                    progress = StreamProgress()
                    continue
                case 400..<500: return logger.info("the server offers no stream of its own", metadata: ["status": "\(response.status.code)"])
                default: break
                }
            } catch {
                logger.debug("the server's stream broke", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: progress.pause ?? pause) } catch { return }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func follow(_ response: HTTPClientResponse, from progress: StreamProgress) async throws -> StreamProgress {
        let seen = NIOLockedValueBox(progress)
        try await forward(ServerMessages(response) { event in seen.withLockedValue { $0.note(event) } })
        return seen.withLockedValue { $0 }
    }
}

/// How far a stream was read, for asking for the rest of it.
private struct StreamProgress {
    var lastEvent: String?
    var pause: Duration?
    /// What an error without the request's id says.
    var errorWords: String?

    mutating func note(_ event: ServerEvents.Event) {
        if let id = event.id, !id.isEmpty { lastEvent = id }
        if let retry = event.retry { pause = .milliseconds(retry) }
    }
}

/// The requests that wait for their answers.
private struct CallsUnderWay: Sendable {
    private struct Call {
        let task: Task<Void, Never>
        let isStateless: Bool
        var isCancelled = false
    }

    private let calls = NIOLockedValueBox<[JSONValue: Call]>([:])

    func start(_ message: BridgedMessage, _ work: @escaping @Sendable () async -> Void) {
        guard let id = message.id else { return }
        // Under the lock, so that work that ends at once does not end before it is noted.
        calls.withLockedValue { running in
            let task = Task {
                await work()
                _ = calls.withLockedValue { $0.removeValue(forKey: id) }
            }
            running[id] = Call(task: task, isStateless: message.statelessRevision != nil)
        }
    }

    /// True when nothing is left to tell the server.
    func cancel(_ id: JSONValue) -> Bool {
        calls.withLockedValue { running in
            guard let call = running[id] else { return false }
            running[id]?.isCancelled = true
            if call.isStateless { call.task.cancel() }
            return call.isStateless
        }
    }

    func isCancelled(_ id: JSONValue?) -> Bool {
        guard let id else { return false }
        return calls.withLockedValue { $0[id]?.isCancelled ?? false }
    }

    /// Waits for what is under way, and cancels it after `patience`.
    func end(within patience: Duration) async {
        let tasks = calls.withLockedValue { $0.values.map(\.task) }
        await withTaskGroup { group in
            group.addTask {
                try? await Task.sleep(for: patience)  // woken early when all have ended
                tasks.forEach { $0.cancel() }
            }
            for task in tasks { group.addTask { await task.value } }
            for _ in tasks { await group.next() }
            group.cancelAll()
        }
    }
}
