import Application
import Domain
import Gateway

/// What the workspace says about a post. It never goes out.
struct CommentRoutes: Sendable {
    let services: Services

    var routes: [Route] {
        let comments = services.comments
        return [
            Route(
                .get, "/api/posts/{id}/comments", "What is said about a post, within the workspace and with clients, the oldest first",
                access: .scope(.postsRead)
            ) { call in
                Page(items: try await comments.list(of: try call.id(of: "post"), as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/posts/{id}/comments", "Say something about a post; `@` and a member's name tells them by mail",
                access: .scope(.postsRead), rate: .creations, status: .created, errors: [.conflict, .forbidden, .forbiddenScope, .notFound]
            ) { (new: NewPostComment, call) in try await comments.add(new, to: try call.id(of: "post"), as: try call.caller) },
            Route(
                .delete, "/api/posts/{id}/comments/{comment}", "Take back a comment: one's own, or anybody's for who manages the workspace",
                access: .scope(.postsRead), status: .noContent, errors: [.forbidden]
            ) { call in
                try await comments.remove(try call.id("comment", of: "comment"), of: try call.id(of: "post"), as: try call.caller)
                return Nothing()
            },
        ]
    }
}

/// How a post in review is sent back.
struct SendBack: Codable, Sendable {
    /// What its author is to change; absent or empty: nothing is said.
    var note: String?
    /// That of the post as one looked at it.
    var revision: Int?
}

extension SendBack: Ruled {
    static var rules: [String: JSONValue] { ["note": Rule.text(0...PostComment.longest), "revision": Rule.revision] }
}

extension NewPostComment: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "text": [
                "minLength": 1, "maxLength": .number(Double(PostComment.longest)),
                "pattern": #"^[^\u0000]*[^\s\u0000-\u001f\u007f-\u009f\u200b][^\u0000]*$"#,
            ], "customer": Rule.line(PortalLinks.longestName),
        ]
    }
}

extension PostComment.Kind: Named {}
