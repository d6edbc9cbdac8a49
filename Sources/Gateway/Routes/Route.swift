import Domain
import Foundation
import Hummingbird

/// One call of the API, declared once: the declaration registers the handler and describes it in the OpenAPI document.
public struct Route: Sendable {
    /// Who may call.
    public enum Access: Sendable, Equatable {
        case everybody
        /// A session or any key.
        case signedIn
        /// A session, or a key with this scope.
        case scope(Scope)
        /// A session: what belongs to a person.
        case person
        /// A session of an administrator of the instance.
        case administrator
    }

    /// What the body is.
    public enum Body: Sendable {
        case none
        case json(any (Decodable & Sendable).Type)
        /// A file: `multipart/form-data` with a part `file`, or the bare bytes.
        case upload
        /// A piece of a file, as bare bytes.
        case piece
    }

    /// One way a call can succeed.
    public struct Success: Sendable {
        let status: HTTPResponse.Status
        let summary: String
        /// Nil for an answer without a body.
        let type: (any (Decodable & Sendable).Type)?
        /// For what is not JSON.
        let mediaType: String?

        public init(
            _ status: HTTPResponse.Status, _ summary: String, type: (any (Decodable & Sendable).Type)? = nil, mediaType: String? = nil
        ) {
            self.status = status
            self.summary = summary
            self.type = type
            self.mediaType = mediaType
        }
    }

    public let method: HTTPRequest.Method
    /// With `{name}` for what varies.
    public let path: String
    public let summary: String
    public let access: Access
    /// What the caller's role must allow; nil where everybody with access may. The refusal comes before anything is read or looked up.
    public let permission: Permission?
    public let rate: RateClass
    public let parameters: [Parameter]
    public let body: Body
    public let successes: [Success]
    /// Errors beyond those that follow from the other declarations.
    public let errors: [ProblemReport.Code]
    /// Whether the answer holds a secret that is shown only once: a repeated request does not get it again.
    public let secret: Bool
    let answer: @Sendable (Call) async throws -> Response

    /// A call that answers in a way of its own: a redirect, a file, a stream. `needs` names what the role must allow beyond what the scope
    /// stands for.
    public init(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, access: Access, needs: Permission? = nil, rate: RateClass = .calls,
        parameters: [Parameter] = [], body: Body = .none, successes: [Success], errors: [ProblemReport.Code] = [], secret: Bool = false,
        answer: @escaping @Sendable (Call) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.access = access
        if case .scope(let scope) = access { permission = needs ?? scope.permission } else { permission = needs }
        self.rate = rate
        self.parameters = parameters
        self.body = body
        self.successes = successes
        self.errors = errors
        self.secret = secret
        self.answer = answer
    }

    /// A call without body that answers JSON.
    public init<Output: Codable & Sendable>(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, access: Access, needs: Permission? = nil, rate: RateClass = .calls,
        parameters: [Parameter] = [], status: HTTPResponse.Status = .ok, errors: [ProblemReport.Code] = [],
        handle: @escaping @Sendable (Call) async throws -> Output
    ) {
        self.init(
            method, path, summary, access: access, needs: needs, rate: rate, parameters: parameters,
            successes: [Success(status, returning: Output.self)],
            errors: errors
        ) { call in try Response.json(try await handle(call), status: status) }
    }

    /// A call that reads JSON and answers JSON.
    public init<Input: Decodable & Sendable, Output: Codable & Sendable>(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, access: Access, needs: Permission? = nil, rate: RateClass = .calls,
        parameters: [Parameter] = [], status: HTTPResponse.Status = .ok, errors: [ProblemReport.Code] = [],
        handle: @escaping @Sendable (Input, Call) async throws -> Output
    ) {
        self.init(
            method, path, summary, access: access, needs: needs, rate: rate, parameters: parameters, body: .json(Input.self),
            successes: [Success(status, returning: Output.self)], errors: errors
        ) { call in
            let input = try await call.read(Input.self)
            return try Response.json(try await handle(input, call), status: status)
        }
    }
}

extension Route.Success {
    fileprivate init<Output: Codable & Sendable>(_ status: HTTPResponse.Status, returning type: Output.Type) {
        self.init(status, status.reasonPhrase, type: type == Nothing.self ? nil : type)
    }
}

/// What a call returns whose answer has no body.
public struct Nothing: Codable, Sendable {
    public init() {}
}

extension Response {
    /// `value` as JSON; nothing at all for `Nothing`.
    public static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        if value is Nothing { return Response(status: status, headers: [.cacheControl: "no-store"]) }
        return Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: try JSON.withBytes(of: value) { ByteBuffer(bytes: $0) }))
    }
}
