import Application
import Domain
import Gateway
import Hummingbird

/// The order in which what is planned goes out: posts exchange their times.
struct QueueRoutes: Sendable {
    let services: Services
    private var posts: Posts { services.posts }

    private static let refusals: [ProblemReport.Code] = [.conflict, .forbidden, .notFound]

    var routes: [Route] {
        [
            Route(
                .post, "/api/queue/order", "Have posts go out in this order: they exchange their times, on all of their channels",
                access: .scope(.postsWrite), errors: Self.refusals
            ) { (sequence: QueueSequence, call) in try await posts.arrange(sequence, as: try call.caller) },
            Route(
                .post, "/api/queue/move", "Move a post among those that wait on a channel: they exchange their times",
                access: .scope(.postsWrite), errors: Self.refusals + [.unknownChannel, .ambiguousChannel]
            ) { (step: QueueStep, call) in try await posts.move(step, as: try call.caller) },
            Route(
                .post, "/api/queue/shuffle", "Have the posts of a channel, or some of your choice, exchange their times by chance",
                access: .scope(.postsWrite), errors: Self.refusals + [.unknownChannel, .ambiguousChannel]
            ) { (shuffle: QueueShuffle, call) in try await posts.shuffle(shuffle, as: try call.caller) },
            Route(
                .post, "/api/queue/arrangements/{id}/undo", "Give all posts of an arrangement the times back that they had",
                access: .scope(.postsWrite), errors: [.conflict, .forbidden]
            ) { call in try await posts.undo(try call.id(of: "arrangement"), as: try call.caller) },
        ]
    }
}
