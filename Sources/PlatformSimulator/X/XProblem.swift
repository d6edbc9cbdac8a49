/// X's error answers: problem documents of API v2, and the older `errors` list of OAuth and v1.1.
struct XProblem {
    var status: Int
    var title: String
    var detail: String?
    /// Last part of `https://api.x.com/2/problems/…`; nil is `about:blank`.
    var kind: String?
    var more: [String: JSON] = [:]

    var reply: Reply {
        var body: [String: JSON] = [
            "title": .string(title), "detail": .string(detail ?? title), "status": .int(status),
            "type": .string(kind.map { "https://api.x.com/2/problems/" + $0 } ?? "about:blank"),
        ]
        body.merge(more) { $1 }
        return .json(.object(body), status: status)
    }

    var refusal: Refusal { Refusal(reply) }

    static let unauthorized = XProblem(status: 401, title: "Unauthorized")
    static let tooManyRequests = XProblem(status: 429, title: "Too Many Requests")

    static func forbidden(_ detail: String) -> XProblem { XProblem(status: 403, title: "Forbidden", detail: detail) }

    static let notPermitted = forbidden("You are not permitted to perform this action.")
    static let duplicate = forbidden("You are not allowed to create a Tweet with duplicate content.")
    static let replyNotAllowed = forbidden(
        "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to."
    )

    /// 400 with the parameter that is wrong.
    static func invalid(_ parameter: String, _ value: String, _ message: String) -> XProblem {
        XProblem(
            status: 400, title: "Invalid Request", detail: "One or more parameters to your request was invalid.", kind: "invalid-request",
            more: ["errors": [["parameters": .object([parameter: [.string(value)]]), "message": .string(message)]]])
    }

    static let creditsDepleted = XProblem(
        status: 402, title: "CreditsDepleted", detail: "Your enrolled account does not have any credits to fulfill this request.",
        kind: "credits")

    static let readOnlyApp = XProblem(
        status: 403, title: "Client Forbidden",
        detail: "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.",
        kind: "client-forbidden",
        more: [
            "reason": "oauth1-permissions",
            "errors": [["code": 453, "message": "You currently have access to a subset of X API V2 endpoints only."]],
        ])

    static let quoteNotAllowed = XProblem(
        status: 403, title: "Client Forbidden", detail: "Quote posts are not available on your access tier.", kind: "client-forbidden",
        more: ["reason": "client-not-enrolled"])

    /// An entry of `errors` in a 200 answer that lacks what was asked for.
    static func notFound(_ resource: String, _ parameter: String, _ value: String) -> JSON {
        [
            "value": .string(value), "detail": "Could not find \(resource) with \(parameter): [\(value)].", "title": "Not Found Error",
            "resource_type": .string(resource), "parameter": .string(parameter), "resource_id": .string(value),
            "type": "https://api.x.com/2/problems/resource-not-found",
        ]
    }

    /// `{"errors":[{code,message}]}` of OAuth and v1.1.
    static func legacy(_ code: Int, _ message: String, status: Int) -> Refusal {
        Refusal(["errors": [["code": .int(code), "message": .string(message)]]], status: status)
    }
}
