import Application
import Domain
import Hummingbird

/// What is said about a post, on its page.
struct PostCommentsSection {
    let post: PostView
    let comments: [PostComment]
    /// Those to whose people something can be said.
    let customers: [String]
    let visit: Visit

    private func name(of comment: PostComment) -> String { comment.author.isEmpty ? visit.words("comment_nobody") : comment.author }

    var model: Model {
        [
            "audience": customers.isEmpty || !visit.mayWrite
                ? nil
                : [
                    "customers": customers.map { customer -> Model in
                        ["value": customer, "label": visit.words("comment_alsoFor", ["customer": customer])]
                    }
                ] as Model,
            "hasComments": !comments.isEmpty, "longestComment": String(PostComment.longest),
            "comments": comments.map { comment -> Model in
                [
                    "commentId": comment.id.text, "author": name(of: comment), "text": comment.text, "instant": comment.createdAt.description,
                    "when": visit.time.moment(comment.createdAt), "sentBack": comment.kind == .sentBack,
                    "client": comment.byClient ? comment.customer : nil,
                    "seen": comment.byClient ? nil : comment.customer.map { visit.words("comment_seenBy", ["customer": $0]) },
                    "mayRemove": comment.authorId == visit.signedIn.user.id || visit.caller.may(.manage),
                    "removeLabel": visit.words("comment_removeOf", ["author": name(of: comment)]),
                ]
            },
        ]
    }
}

/// Saying something about a post, and taking it back.
struct CommentActions {
    func add(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        let form = try await visit.form()
        return try await visit.orSay("/posts/\(id)#comments") {
            let new = NewPostComment(text: form.text("text"), customer: form.given("customer"))
            _ = try await visit.services.comments.add(new, to: id, as: visit.caller)
            return .seeOther("/posts/\(id)#comments")
        }
    }

    func remove(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        return try await visit.orSay("/posts/\(id)#comments") {
            try await visit.services.comments.remove(try visit.id("comment", in: "comment"), of: id, as: visit.caller)
            return .seeOther("/posts/\(id)#comments")
        }
    }
}
