import Domain
import Foundation

/// Talks to one platform: sends calls and turns everything that is not success into a classified `PlatformError`.
struct PlatformAPI: Sendable {
    /// As people know it: `X`.
    let name: String
    /// In front of every error code: `X`.
    let prefix: String
    let sender: any HTTPSender
    /// Looked through in order; the first that fits an answer decides.
    let rules: [ErrorRule]
    var time: any TimeSource = SystemTime()
    /// How far our clock may be from the platform's where calls are signed with the time; nil where they are not.
    var clockTolerance: Duration?
    /// When the platform wants us back, from headers of its own. `Retry-After` need not be looked at: it goes before them.
    let retryAfter: @Sendable (HTTPAnswer) -> Duration?
    /// What is done about a post of which nobody knows whether it is public, as the person reads it.
    var afterUnknown = "It is being looked up before anything is sent again."
    /// For platforms that say within a success (200) that they refused: the answer with the status that it stands for.
    var restated: @Sendable (HTTPAnswer) -> HTTPAnswer = { $0 }
    /// Asked about a call that was refused for no reason that can be read: whether it is the token that the platform refuses.
    var refusesToken: @Sendable (HTTPCall) async -> Bool = { _ in false }

    /// The answer to `call`, when its status is a success or among `accepting`.
    func send(_ call: HTTPCall, accepting: Set<Int> = []) async throws -> HTTPAnswer {
        let answer: HTTPAnswer
        do {
            answer = restated(try await sender.send(call))
        } catch let failure as TransportFailure {
            throw error(for: failure, of: call).asOutage
        } catch let refusal as ProblemReport {
            throw PlatformError(.transient, code: refusal.code.rawValue, message: refusal.message)
        }
        if answer.isSuccess || accepting.contains(answer.status) { return answer }
        let refusal = error(for: answer, to: call)
        let error = answer.status == 408 || answer.status >= 500 ? refusal.asOutage : refusal
        let isUnexplained = [400, 403].contains(answer.status) && error.code == "\(prefix)_REFUSED"
        if isUnexplained, await refusesToken(call) { throw tokenRejected(answer, call) }
        throw error
    }

    /// The answer to `call`, decoded.
    func value<Value: Decodable>(_ call: HTTPCall, as type: Value.Type = Value.self) async throws -> Value {
        try decode(try await send(call), to: call)
    }

    func decode<Value: Decodable>(_ answer: HTTPAnswer, to call: HTTPCall, as type: Value.Type = Value.self) throws -> Value {
        do {
            return try JSON.decode(type, from: answer.body)
        } catch {
            throw unreadable(answer, to: call)
        }
    }

    /// What `call` made: the text at `path` in the answer, which is its id. A success without one is as unreadable as any other.
    func made(_ call: HTTPCall, at path: String...) async throws -> (id: String, answer: JSONValue) {
        let answer = try await send(call)
        let document: JSONValue = try decode(answer, to: call)
        guard let id = path.reduce(document, { $0?[$1] })?.string, !id.isEmpty else { throw unreadable(answer, to: call) }
        return (id, document)
    }

    /// A success that does not say what it should. After a create nobody knows what that means.
    func unreadable(_ answer: HTTPAnswer, to call: HTTPCall) -> PlatformError {
        if call.effect == .creates { return unknown("answered in a way that could not be read", answer: redacted(answer, call)) }
        return PlatformError(
            .transient, code: "\(prefix)_UNREADABLE_ANSWER", message: "\(name) answered in a way that could not be read.",
            platformAnswer: redacted(answer, call))
    }

    private func error(for failure: TransportFailure, of call: HTTPCall) -> PlatformError {
        if call.effect == .creates, failure.mayHaveArrived { return unknown("did not answer (\(failure.reason))", answer: nil) }
        return PlatformError(.transient, code: "\(prefix)_UNREACHABLE", message: "\(name) could not be reached: \(failure.reason).")
    }

    private func error(for answer: HTTPAnswer, to call: HTTPCall) -> PlatformError {
        let platformAnswer = redacted(answer, call)
        let told = answer.retryAfter(now: time.now)
        if answer.status == 401, let wrong = wrongClock(answer, platformAnswer) { return wrong }
        if let rule = rules.first(where: { $0.fits(answer) }) {
            let wait = told ?? rule.retryAfter ?? retryAfter(answer)
            let mayHaveActed = rule.kind == .unknownOutcome
            if mayHaveActed, call.effect == .creates { return unknown("had a fault of its own", answer: platformAnswer, retryAfter: wait) }
            return PlatformError(
                mayHaveActed ? .transient : rule.kind, code: "\(prefix)_\(rule.code)", message: rule.message, platformAnswer: platformAnswer,
                retryAfter: wait, patience: rule.patience)
        }
        switch answer.status {
        case 429:
            return PlatformError(
                .rateLimited, code: "\(prefix)_RATE_LIMITED", message: "\(name) allows no more requests for now.",
                platformAnswer: platformAnswer, retryAfter: told ?? retryAfter(answer) ?? .minutes(15))
        case 408, 500...:
            if call.effect == .creates {
                return unknown("answered with status \(answer.status)", answer: platformAnswer, retryAfter: told)
            }
            return PlatformError(
                .transient, code: "\(prefix)_UNAVAILABLE", message: "\(name) is not available just now (status \(answer.status)).",
                platformAnswer: platformAnswer, retryAfter: told ?? retryAfter(answer))
        case 401: return tokenRejected(answer, call)
        default:
            let detail = answer.detail.map { Redaction.remove(call.secrets, from: $0) } ?? "status \(answer.status)"
            return PlatformError(
                .invalidContent, code: "\(prefix)_REFUSED", message: "\(name) refused it: \(detail)", platformAnswer: platformAnswer)
        }
    }

    private func tokenRejected(_ answer: HTTPAnswer, _ call: HTTPCall) -> PlatformError {
        PlatformError(
            .authentication, code: "\(prefix)_TOKEN_REJECTED",
            message: "\(name) no longer accepts this connection. Connect the account again.", platformAnswer: redacted(answer, call))
    }

    /// The request may have been acted on.
    func unknown(_ what: String, answer: String?, decidable: Bool = true, retryAfter: Duration? = nil) -> PlatformError {
        PlatformError(
            .unknownOutcome, code: "\(prefix)_OUTCOME_UNKNOWN",
            message: "\(name) \(what): it may or may not have been published. \(afterUnknown)",
            platformAnswer: answer, retryAfter: retryAfter, decidable: decidable)
    }

    /// A signature whose time the platform does not believe says nothing of the token.
    private func wrongClock(_ answer: HTTPAnswer, _ platformAnswer: String) -> PlatformError? {
        guard let clockTolerance, let date = answer.date else { return nil }
        let ahead = time.now - date
        guard ahead > clockTolerance || ahead < .zero - clockTolerance else { return nil }
        let minutes = max(1, abs(ahead.milliseconds) / 60_000)
        return PlatformError(
            .transient, code: "\(prefix)_CLOCK_WRONG",
            message: """
                This server's clock is \(minutes) minutes \(ahead > .zero ? "ahead of" : "behind") \(name)'s, so \(name) refuses its \
                signatures. The operator sets the clock right (NTP); it goes on by itself then. The connection is not lost.
                """, platformAnswer: platformAnswer, retryAfter: .minutes(1))
    }

    private func redacted(_ answer: HTTPAnswer, _ call: HTTPCall) -> String {
        Redaction.platformAnswer("HTTP \(answer.status) \(answer.text)", secrets: call.secrets)
    }
}

/// One line of a platform's table of errors.
struct ErrorRule: Sendable {
    /// Empty: any.
    let statuses: Set<Int>
    /// Any of these in the answer's body, in any case; empty: any body.
    let contains: [String]
    /// What else must be so; nil: nothing.
    let condition: (@Sendable (HTTPAnswer) -> Bool)?
    /// `.unknownOutcome` says that the platform may have acted all the same: it is passing where a call may be repeated.
    let kind: PublishingErrorKind
    /// Without the platform's prefix.
    let code: String
    let message: String
    let retryAfter: Duration?
    /// See `PlatformError.patience`.
    let patience: Duration?

    /// What was made a moment ago is visible everywhere within this time on every platform.
    static let visibility = Duration.minutes(10)

    init(
        _ statuses: Set<Int> = [], _ contains: String..., is kind: PublishingErrorKind, _ code: String, _ message: String,
        retryAfter: Duration? = nil, patience: Duration? = nil, where condition: (@Sendable (HTTPAnswer) -> Bool)? = nil
    ) {
        self.init(statuses, anyOf: contains, is: kind, code, message, retryAfter: retryAfter, patience: patience, where: condition)
    }

    init(
        _ statuses: Set<Int> = [], anyOf contains: [String], is kind: PublishingErrorKind, _ code: String, _ message: String,
        retryAfter: Duration? = nil, patience: Duration? = nil, where condition: (@Sendable (HTTPAnswer) -> Bool)? = nil
    ) {
        self.condition = condition
        self.statuses = statuses
        self.contains = contains.map { $0.lowercased() }
        self.kind = kind
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.patience = patience
    }

    func fits(_ answer: HTTPAnswer) -> Bool {
        guard statuses.isEmpty || statuses.contains(answer.status), condition?(answer) ?? true else { return false }
        if contains.isEmpty { return true }
        let body = answer.text.lowercased()
        return contains.contains { body.contains($0) }
    }
}

extension HTTPAnswer {
    /// The sentence in which a platform says what was wrong, wherever it puts it.
    var detail: String? {
        // An error page need not be JSON: then there is no sentence to show.
        guard let document else { return nil }
        // Where several faults are told one by one, what stands above them only says that there are some.
        let faults = (document["errors"]?.array ?? []).compactMap { $0["message"]?.string }.filter { !$0.isEmpty }
        if !faults.isEmpty { return String(faults.joined(separator: " ").prefix(500)) }
        let places = [document, document["errors"]?[0], document["error"]].compactMap { $0 }
        for name in ["error_user_msg", "error_description", "detail", "message", "error", "title"] {
            if let text = places.lazy.compactMap({ $0[name]?.string }).first(where: { !$0.isEmpty }) { return String(text.prefix(500)) }
        }
        return nil
    }
}

/// Keeps secrets out of what is stored and shown.
enum Redaction {
    static let limit = 2000
    private static let mark = "[removed]"

    static func platformAnswer(_ text: String, secrets: [String]) -> String {
        String(remove(secrets, from: text).prefix(limit))
    }

    /// Without `secrets`, in their plain and percent-encoded forms, and without the values of fields that are named like secrets.
    static func remove(_ secrets: [String], from text: String) -> String {
        var result = text
        for secret in secrets where secret.count >= 4 {
            result = result.replacing(secret, with: mark).replacing(FormEncoding.escape(secret), with: mark)
        }
        let field = /("?(?:access_token|refresh_token|client_secret|oauth_token|oauth_token_secret|id_token)"?\s*[:=]\s*"?)[^"&\s,}]+/
        return result.replacing(field.ignoresCase()) { "\($0.output.1)\(mark)" }
    }
}
