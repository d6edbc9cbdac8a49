import Domain
import HTTPTypes

/// A failure as JSON-RPC writes it.
struct RPCError: Error, Sendable, Equatable {
    enum Code: Int, Sendable {
        case notJSON = -32700
        case invalidRequest = -32600
        case unknownMethod = -32601
        case invalidParams = -32602
        case internalError = -32603
        /// Ours, from the range that is free: the peer has reached a limit.
        case tooMuch = -32000
        /// Up to 2025-11-25.
        case resourceNotFound = -32002
        case headerMismatch = -32020
        case missingClientCapability = -32021
        case unsupportedRevision = -32022
    }

    let code: Code
    let message: String
    var data: JSONValue?

    init(_ code: Code, _ message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    var json: JSONValue { ["code": .number(Double(code.rawValue)), "message": .string(message), "data": data ?? .null] }

    /// The status of an answer that is this error. In the handshake era 404 would mean that the session is gone.
    func status(stateless: Bool) -> HTTPResponse.Status {
        switch code {
        case .notJSON, .invalidRequest, .headerMismatch, .missingClientCapability, .unsupportedRevision: .badRequest
        case .unknownMethod: stateless ? .notFound : .ok
        case .tooMuch: .tooManyRequests
        case .invalidParams, .internalError, .resourceNotFound: .ok
        }
    }

    static func unknownMethod(_ method: String) -> RPCError { RPCError(.unknownMethod, "This server has no method \(method.quoted).") }
    static func invalidParams(_ message: String) -> RPCError { RPCError(.invalidParams, message) }
    static let internalError = RPCError(.internalError, "Something went wrong here. The server's log says what; trying again may help.")
}

extension String {
    /// In quotes and of a bounded length, to be told back to whoever sent it.
    var quoted: String { count > 100 ? "\"\(prefix(100))…\"" : "\"\(self)\"" }
}
