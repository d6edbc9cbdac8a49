import Domain
import Observability
import Persistence
import Tracing

/// The trace of a post, from the request that made it to the answers of the platforms. Its id is the post's, so any process continues it.
enum PostTrace {
    /// Called in the request that makes or changes the post: each of the two traces names the other.
    static func wrote(_ post: PostID, isNew: Bool) {
        let request = ServiceContext.current
        withSpan(isNew ? "make post" : "change post", context: .trace(of: post.text, beginning: isNew), ofKind: .producer) { own in
            own.attributes["postiz.post.id"] = post.text
            guard let request else { return }
            own.addLink(SpanLink(context: request, attributes: [:]))
            withSpan("post", context: request) { theirs in
                theirs.attributes["postiz.post.id"] = post.text
                theirs.addLink(SpanLink(context: own.context, attributes: [:]))
            }
        }
    }

    /// One attempt to publish; `body` tells the span how it ended.
    static func attempt<Value>(_ claim: PublishingRepository.Claim, _ body: (any Span) async throws -> Value) async rethrows -> Value {
        let publication = claim.publication
        return try await withSpan("publish", context: .trace(of: publication.postId.text), ofKind: .consumer) { span in
            span.attributes["postiz.post.id"] = publication.postId.text
            span.attributes["postiz.publication.id"] = publication.id.text
            span.attributes["postiz.attempt"] = claim.fence
            return try await body(span)
        }
    }

    static func note(_ result: PublishingRepository.Result?, on span: any Span) {
        span.attributes["postiz.outcome"] = result?.status.rawValue ?? "LOST"
        span.attributes["error.type"] = result?.error?.code
        if result?.error != nil { span.setStatus(.init(code: .error)) }
    }
}
