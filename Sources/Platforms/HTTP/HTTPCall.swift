import Domain
import Foundation

/// One request to the outside world.
public struct HTTPCall: Sendable {
    public enum Effect: Sendable {
        /// May be repeated: reads, uploads, token exchanges.
        case harmless
        /// Makes something public: sent on a connection of its own, and a failure on the way is an unknown outcome.
        case creates
    }

    public var method: String
    /// Absolute and percent-encoded; sent exactly as it stands.
    public var url: String
    public var headers: [(name: String, value: String)]
    public var body: HTTPBody?
    public var effect: Effect
    /// Values that must never appear in an error or a log, though the platform may echo them.
    public var secrets: [String]
    /// How long the exchange may take in all; nil: as the transport is set.
    public var deadline: Duration?
    /// Bytes of the answer, where it may be longer than others; nil: as the transport is set.
    public var maximumAnswer: Int?

    public init(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: HTTPBody? = nil, effect: Effect = .harmless,
        secrets: [String] = [], deadline: Duration? = nil, maximumAnswer: Int? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.effect = effect
        self.secrets = secrets
        self.deadline = deadline
        self.maximumAnswer = maximumAnswer
    }

    /// With a bearer token (RFC 6750 §2.1), which never appears in an error.
    static func bearer(
        _ token: String, _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: HTTPBody? = nil,
        effect: Effect = .harmless
    ) -> HTTPCall {
        HTTPCall(method, url, headers: [("Authorization", "Bearer \(token)")] + headers, body: body, effect: effect, secrets: [token])
    }
}

/// What came back, whatever the status.
public struct HTTPAnswer: Sendable {
    public let status: Int
    /// Names are lower-case; of a repeated header the last value counts.
    public let headers: [String: String]
    public let body: Data

    public init(status: Int, headers: [String: String], body: Data) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public var isSuccess: Bool { (200..<300).contains(status) }
    public var text: String { String(decoding: body, as: UTF8.self) }
    /// The body as JSON; nil where it is none, as error pages often are.
    public var document: JSONValue? { try? JSON.decode(JSONValue.self, from: body) }
}

/// The request got no whole answer.
public struct TransportFailure: Error, Sendable, Equatable {
    /// Whether the other side may have acted: false only when it certainly never had the whole request.
    public let mayHaveArrived: Bool
    /// In words, without addresses or secrets.
    public let reason: String

    public init(mayHaveArrived: Bool, reason: String) {
        self.mayHaveArrived = mayHaveArrived
        self.reason = reason
    }
}

/// Sends requests. Throws `TransportFailure`, `ProblemReport` for a refused address, or `CancellationError`.
public protocol HTTPSender: Sendable {
    func send(_ call: HTTPCall) async throws -> HTTPAnswer
}
