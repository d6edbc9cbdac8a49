import Domain
import Foundation
import HTTPTypes
import Hummingbird

/// Where the public API of Postiz is, for which other programs were written, and how it tells errors.
public enum PostizAPI {
    /// The same calls are at both: programs join the address in their own ways.
    public static let prefixes = ["/public/v1", "/api/public/v1"]

    static func covers(_ path: String) -> Bool {
        guard path.contains("public") else { return false }
        let pieces = path.split(separator: "/").prefix(3)
        return prefixes.contains { pieces.starts(with: $0.split(separator: "/")) }
    }

    /// That API knows fewer statuses: what is wrong with a request is 400.
    static func status(_ code: ProblemReport.Code) -> Int {
        switch code.status {
        case 409, 413, 415, 422: 400
        case 405: 404
        case 502: 500
        case let other: other
        }
    }

    /// The report as that API words it. `unrouted`: nothing is at the address at all.
    static func report(_ report: ProblemReport, unrouted: Bool, _ request: Request) -> ProblemReport {
        switch report.code {
        case .unauthenticated:
            let secret = request.headers[.authorization]
            let oauth = secret.map { $0.hasPrefix("pos_") || request.bearerToken?.hasPrefix("pos_") ?? false } ?? false
            return ProblemReport(
                .unauthenticated, secret == nil ? "No API Key found" : oauth ? "Invalid OAuth token" : "Invalid API key")
        case .methodNotAllowed,
            .notFound where unrouted:
            return ProblemReport(.notFound, "Cannot \(request.method.rawValue) \(request.uri.path)")
        default: return report
        }
    }

    private static let phrases = [
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error",
    ]

    /// How many calls are left, under the names that this API has for it.
    static func renamed(_ headers: HTTPFields) -> HTTPFields {
        var headers = headers
        for name in [HTTPField.Name.rateLimitLimit, .rateLimitRemaining, .rateLimitReset] {
            guard let value = headers[name], let other = HTTPField.Name("X-\(name.rawName)") else { continue }
            headers[name] = nil
            headers[other] = value
        }
        return headers
    }

    /// A list of texts in `details.messages` is told as a list, and `provider` and `name` say which channel refuses a post. Programs look for
    /// `message`; the original sometimes says `msg` instead, so both are there.
    static func body(_ report: ProblemReport) throws -> Data {
        let status = status(report.code)
        var body: [String: JSONValue] = [
            "statusCode": .number(Double(status)), "msg": .string(report.message),
            "message": report.details["messages"] ?? .string(report.message),
        ]
        if let provider = report.details["provider"] {
            body["provider"] = provider
            body["name"] = report.details["name"]
        } else {
            body["error"] = phrases[status].map { .string($0) }
        }
        return try JSON.data(body)
    }
}
