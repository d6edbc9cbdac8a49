import Domain
import Foundation

/// `{"error": {message, type, code, error_subcode, …}}`, the same from every host of Meta.
struct GraphError: Decodable, Sendable {
    let message: String?
    let code: Int?
    let subcode: Int?
    let isTransient: Bool?
    /// In words for a person, in the language of the token's owner.
    let userMessage: String?

    enum CodingKeys: String, CodingKey {
        case message, code
        case subcode = "error_subcode"
        case isTransient = "is_transient"
        case userMessage = "error_user_msg"
    }
}

extension HTTPAnswer {
    var graphError: GraphError? {
        struct Envelope: Decodable { let error: GraphError }
        // An error page of a proxy is no envelope: then its status decides.
        return (try? JSON.decode(Envelope.self, from: body))?.error
    }

    /// What the hosts for uploads say instead: `{"debug_info": {retriable, type, message}}`.
    fileprivate var uploadFault: UploadFault? {
        struct Envelope: Decodable {
            let fault: UploadFault

            enum CodingKeys: String, CodingKey { case fault = "debug_info" }
        }
        return (try? JSON.decode(Envelope.self, from: body))?.fault  // Most answers say nothing of the kind.
    }

    fileprivate struct UploadFault: Decodable {
        let retriable: Bool?
    }

    /// How long Meta wants us to wait after a rate limit: it tells in minutes and in headers of its own. A quarter of an hour where it does not.
    var graphWait: Duration? {
        guard let error = graphError, let code = error.code, ErrorRule.graphRateLimits.contains(where: { $0.contains(code) }) else { return nil }
        // {"<id>": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 12}, …]}
        let usage = headers["x-business-use-case-usage"].flatMap { try? JSON.decode(JSONValue.self, from: $0) }
        let waits = (usage?.object ?? [:]).values.flatMap { $0.array ?? [] }.compactMap { $0["estimated_time_to_regain_access"]?.int }
        guard let minutes = waits.max(), minutes > 0 else { return .minutes(15) }
        return min(.minutes(Int64(clamping: minutes)), Self.longestWait)
    }
}

extension ErrorRule {
    /// By `error_subcode` or by `code`; never by words, which are in the language of whoever the token is of.
    static func graph(
        _ codes: [ClosedRange<Int>] = [], subcodes: Set<Int> = [], is kind: PublishingErrorKind, _ code: String, _ message: String,
        retryAfter: Duration? = nil, patience: Duration? = nil
    ) -> ErrorRule {
        ErrorRule(is: kind, code, message, retryAfter: retryAfter, patience: patience) { answer in
            guard let error = answer.graphError else { return false }
            if let subcode = error.subcode, subcodes.contains(subcode) { return true }
            return error.code.map { code in codes.contains { $0.contains(code) } } ?? false
        }
    }

    static let graphRateLimits: [ClosedRange<Int>] = [4...4, 17...17, 32...32, 341...341, 613...613, 80_000...80_099]

    /// What every host of Meta may answer. A platform's own rules go before these.
    static func graphRules(_ name: String) -> [ErrorRule] {
        [
            .graph(
                subcodes: [458], is: .authentication, "APP_REMOVED",
                "This app was removed at \(name). Connect the account again, and allow everything."),
            .graph(
                subcodes: [459, 464], is: .authentication, "CHECKPOINT",
                "\(name) wants the person to sign in there and confirm the account. Do that first, then connect the account again."),
            .graph(
                subcodes: [460], is: .authentication, "PASSWORD_CHANGED",
                "The person's password was changed, which ended this connection. Connect the account again."),
            .graph(
                subcodes: [492], is: .authentication, "ROLE_LOST",
                "The person has no role any more that may post there. Get the role back, then connect the account again."),
            .graph(
                [102...102, 190...190], subcodes: [463, 467], is: .authentication, "TOKEN_REJECTED",
                "\(name) no longer accepts this connection. Connect the account again."),
            .graph(
                subcodes: [1_390_008], is: .rateLimited, "TOO_FAST",
                "\(name) finds that the account posts too fast. It is tried again in some hours; post less often.", retryAfter: .hours(3)),
            .graph(
                [368...368], subcodes: [1_404_112], is: .rateLimited, "BLOCKED",
                "\(name) has blocked the account from posting for a time. Look at the account's status there; it is tried again in some hours.",
                retryAfter: .hours(6)),
            .graph(graphRateLimits, is: .rateLimited, "RATE_LIMITED", "\(name) allows no more requests for now."),
            .graph(
                [3...3, 10...10, 200...299], is: .authentication, "PERMISSION_MISSING",
                "\(name) does not allow this with the permissions given. Connect the account again and allow everything that is asked for."),
            .graph(
                [-1 ... -1, 1...2], subcodes: [1_363_047, 1_609_010], is: .unknownOutcome, "UNAVAILABLE", "\(name) is not available just now."),
            ErrorRule(is: .unknownOutcome, "UNAVAILABLE", "\(name) is not available just now.") { $0.graphError?.isTransient == true },
            ErrorRule(is: .transient, "UPLOAD_BROKEN", "\(name) did not get the whole video; the rest is sent again.") {
                $0.uploadFault?.retriable == true
            },
            ErrorRule(
                is: .invalidContent, "UPLOAD_REFUSED", "\(name) does not take the video. Encode it again (MP4, H.264, AAC)."
            ) { $0.uploadFault != nil },
        ]
    }
}
