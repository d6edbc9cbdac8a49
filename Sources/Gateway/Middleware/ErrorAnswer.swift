import Domain
import Foundation
import Hummingbird
import NIOCore
import NIOHTTP1

/// The one shape of every error: `{"error": {"code": …, "message": …, "details": …, "timestamp": …, "requestId": …}}`.
public struct ErrorAnswer: Codable, Sendable, Equatable {
    public struct Content: Codable, Sendable, Equatable {
        public let code: ProblemReport.Code
        /// What is wrong and what to do about it.
        public let message: String
        public let details: [String: JSONValue]
        public let timestamp: Timestamp
        public let requestId: String
    }

    public let error: Content

    init(_ report: ProblemReport, at timestamp: Timestamp, requestId: String) {
        error = Content(
            code: report.code, message: report.message, details: report.details, timestamp: timestamp, requestId: requestId)
    }
}

/// A problem together with headers that belong to its answer: `Allow`, `RateLimit-Remaining`, `Content-Range`.
public struct AnsweredProblem: Error, Sendable {
    public let report: ProblemReport
    public let headers: HTTPFields

    public init(_ report: ProblemReport, headers: HTTPFields) {
        self.report = report
        self.headers = headers
    }
}

extension ProblemReport {
    /// What a caller is told about `error`. What is nobody's business but the operator's becomes `INTERNAL_ERROR`.
    public init(answering error: any Error) {
        if let unavailable = ProblemReport(unavailable: error) {
            self = unavailable
            return
        }
        switch error {
        case let report as ProblemReport: self = report
        case let answered as AnsweredProblem: self = answered.report
        case is NIOTooManyBytesError: self = .bodyTooLarge()
        case let error as HTTPError: self.init(error)
        case let error as DecodingError: self.init(error)
        default:
            self.init(.internalError, "Something went wrong on our side. Try again; if it stays, look for this request's id in the server's log.")
        }
    }

    private init(_ error: HTTPError) {
        switch error.status {
        case .notFound: self.init(.notFound, "There is nothing at this address. The calls are listed in /api/openapi.json.")
        case .contentTooLarge: self = .bodyTooLarge()
        case .unsupportedMediaType: self.init(.unsupportedMedia, error.body ?? "This kind of content is not supported.")
        case .internalServerError: self.init(.internalError, "Something went wrong on our side. Try again.")
        default: self.init(.badRequest, error.body ?? "The request cannot be understood.")
        }
    }

    /// `limit` is in bytes.
    static func bodyTooLarge(_ limit: Int = Call.largestBody) -> ProblemReport {
        let words = limit >= 1_048_576 ? "\(limit / 1_048_576) MB" : "\(limit / 1024) KB"
        return ProblemReport(
            .tooLarge, "The body is longer than \(words). Send files to POST /api/media instead.", details: ["limit": .number(Double(limit))])
    }
}

/// Turns whatever a handler throws into the one error shape.
struct ErrorAnswers: RouterMiddleware {
    typealias Context = AppRequestContext
    let now: @Sendable () -> Timestamp

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            var response = try await next(request, context)
            if PostizAPI.covers(request.uri.path) { response.headers = PostizAPI.renamed(response.headers) }
            return response
        } catch let error as HTTPParserError {
            // The bytes of the connection make no sense any more: only the server can end it properly.
            throw error
        } catch {
            let report = ProblemReport(answering: error)
            if report.code == .internalError { context.logger.error("unexpected error", metadata: ["error": "\(error)"]) }
            let headers = (error as? AnsweredProblem)?.headers ?? [:]
            guard PostizAPI.covers(request.uri.path) else { return try response(report, headers: headers, context) }
            let told = PostizAPI.report(report, unrouted: error is HTTPError, request)
            return try response(told, status: PostizAPI.status(told.code), try PostizAPI.body(told), headers: PostizAPI.renamed(headers))
        }
    }

    private func response(_ report: ProblemReport, headers: HTTPFields, _ context: AppRequestContext) throws -> Response {
        let body = try JSON.data(ErrorAnswer(report, at: now(), requestId: context.requestId))
        return try response(report, status: report.code.status, body, headers: headers)
    }

    private func response(_ report: ProblemReport, status: Int, _ body: Data, headers: HTTPFields) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        headers[.cacheControl] = "no-store"
        if let wait = report.retryAfter { headers[.retryAfter] = "\(wait.secondsToWait)" }
        if report.code == .unauthenticated, !headers.contains(.wwwAuthenticate) { headers[.wwwAuthenticate] = "Bearer" }
        return Response(
            status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
