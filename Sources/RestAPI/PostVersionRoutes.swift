import Application
import Domain
import Gateway
import Hummingbird

/// What posts said before: each version that was saved, what differs between two, and the way back.
struct PostVersionRoutes: Sendable {
    let services: Services
    private var posts: Posts { services.posts }

    private static let since = number("since", "The earlier version to compare with; the one before when absent")
    private static let revision = number("revision", "The revision of the post that was looked at: refused when it was changed since")

    var routes: [Route] {
        [
            Route(
                .get, "/api/posts/{id}/versions", "What a post says and said, the present version first: the last 50 that were saved",
                access: .scope(.postsRead)
            ) { call in
                Page(items: try await posts.versions(try call.id(of: "post"), as: try call.caller), nextCursor: nil)
            },
            Route(
                .get, "/api/posts/{id}/versions/{version}/changes", "What a version changed, word by word", access: .scope(.postsRead),
                parameters: [Self.since.parameter]
            ) { call in
                try await posts.comparison(
                    of: try call.id(of: "post"), from: try call[Self.since], to: try version(call), as: try call.caller)
            },
            Route(
                .post, "/api/posts/{id}/versions/{version}/restore", "Have a post say again what it said; what it says now stays a version",
                access: .scope(.postsWrite), parameters: [Self.revision.parameter], errors: [.conflict, .postInvalid, .timeInPast, .forbidden]
            ) { call in
                try await posts.restore(
                    try call.id(of: "post"), version: try version(call), basedOn: try call[Self.revision], as: try call.caller)
            },
        ]
    }

    private func version(_ call: Call) throws -> Int {
        guard let number = Int(try call.path("version")) else { throw ProblemReport.notFound("version") }
        return number
    }

    private static func number(_ name: String, _ words: String) -> QueryField<Int> {
        QueryField<Int>(name, words, schema: ["type": "integer", "minimum": 1, "maximum": 2_147_483_647]) { values in
            guard let number = Int(values[0]), number > 0 else { throw ProblemReport.invalid(name, "\(name) is a number from a post.") }
            return number
        }
    }
}
