import Application
import Domain

struct PublishPostInput: ToolInput {
    let post: String
    let channels: [String]?

    static let descriptions = [
        "post": "The post: its id or web address.",
        "channels": "Only these of its channels, by id or name. Left out: all that have not published it.",
    ]
}

struct CancelPostInput: ToolInput {
    let post: String
    let channels: [String]?

    static let descriptions = [
        "post": "The post: its id or web address.",
        "channels": "Only these of its channels, by id or name. Left out: all that have not published it.",
    ]
}

struct RetryPostInput: ToolInput {
    enum Resolution: String, Codable, Sendable, CaseIterable {
        case sendAgain = "send_again"
        case alreadyPublished = "already_published"
    }

    let post: String
    let channels: [String]?
    let resolution: Resolution?

    static let descriptions = [
        "post": "The post: its id or web address.",
        "channels": "Only these of its channels, by id or name. Left out: all that failed or are in doubt.",
        "resolution":
            "For a channel in doubt (UNCONFIRMED): send_again, or already_published when the post was found there. A person should have looked.",
    ]
}

/// What was tried again, and why it had failed.
struct RetriedPost: ToolOutput {
    struct Retried: Codable, Sendable {
        let channel: String
        let id: IntegrationID
        let code: String?
        let reason: String?
    }

    let message: String
    let url: String
    let post: PostCard
    let retried: [Retried]
}

enum PostSending {
    static func publish(_ input: PublishPostInput, _ call: Invocation) async throws -> WrittenPost {
        let id = try call.postId(input.post)
        call.note(target: id)
        let post = try await call.services.posts.publishNow(id, channels: input.channels, as: call.caller)
        call.note(undo: .cancel(id))
        return try await PostWriting.answer(post, message: PostWriting.told(post, call), call)
    }

    static func cancel(_ input: CancelPostInput, _ call: Invocation) async throws -> WrittenPost {
        let id = try call.postId(input.post)
        call.note(target: id)
        let before = try await call.services.posts.get(id, as: call.caller.reading)
        let post = try await call.services.posts.cancel(id, channels: input.channels, as: call.caller)
        if before.status != post.status { call.note(undo: .rewrite(before, changedTo: post)) }
        let message =
            post.status == .cancelled
            ? "It is out of the schedule and kept; update_post with action schedule plans it again."
            : "It no longer goes out on those channels. \(PostWriting.told(post, call))"
        return try await PostWriting.answer(post, message: message, call)
    }

    /// Repeating what succeeded is no mistake: it is said, and nothing is done.
    static func retry(_ input: RetryPostInput, _ call: Invocation) async throws -> RetriedPost {
        let id = try call.postId(input.post)
        call.note(target: id)
        let before = try await call.services.posts.get(id, as: call.caller.reading)
        let wanted = try await chosen(input.channels, of: before, call)
        let doubtful = wanted.filter { $0.status == .unconfirmed }
        let failed = wanted.filter { $0.status == .failed }
        if !doubtful.isEmpty, input.resolution == nil, failed.isEmpty {
            throw ProblemReport.invalid(
                "resolution",
                "Nobody knows whether the post is on \(doubtful.map(\.channelName).joined(separator: ", ")). Let a person look, then give resolution "
                    + "already_published or send_again.")
        }
        var after = before
        if let resolution = input.resolution {
            for publication in doubtful {
                after = try await call.services.posts.resolve(
                    publication.id, of: id, outcome: resolution == .sendAgain ? .sendAgain : .published, url: nil, as: call.caller)
            }
        }
        if !failed.isEmpty { after = try await call.services.posts.retry(id, channels: failed.map(\.integrationId.text), as: call.caller) }
        let retried = (input.resolution == nil ? [] : doubtful) + failed
        let message =
            retried.isEmpty
            ? "Nothing of this post has failed, so nothing was retried. \(PostWriting.told(before, call))"
            : "Being tried again on \(retried.map(\.channelName).joined(separator: ", ")). get_post tells in a few seconds how that went."
        return RetriedPost(
            message: message, url: call.pages.post(id), post: PostCard(after, in: call),
            retried: retried.map { .init(channel: $0.channel, id: $0.integrationId, code: $0.error?.code, reason: $0.error?.message) })
    }

    private static func chosen(_ names: [String]?, of post: PostView, _ call: Invocation) async throws -> [PublicationView] {
        guard let names else { return post.publications }
        let ids = Set(try await call.services.channels.resolve(names, as: call.caller).map(\.id))
        return post.publications.filter { ids.contains($0.integrationId) }
    }
}

// MARK: - Deleting

struct DeletePostInput: ToolInput {
    let posts: [String]
    let alsoRemoveFromPlatform: Bool?

    static let descriptions = [
        "posts": "The posts to delete, by id or address; at most 20.",
        "also_remove_from_platform":
            "true: what is public already is removed from the platforms as well, where they allow it. Left out: what is public stays public.",
    ]
}

struct DeletedPosts: ToolOutput {
    struct Result: Codable, Sendable {
        struct Removal: Codable, Sendable {
            let channel: String
            let id: IntegrationID
            let removed: Bool
            let message: String
        }

        let post: PostID
        let deleted: Bool
        let message: String
        /// What became of it on the platforms, where that was asked for.
        let platforms: [Removal]?
    }

    let message: String
    let url: String
    let results: [Result]
}

extension PostSending {
    static func delete(_ input: DeletePostInput, _ call: Invocation) async throws -> DeletedPosts {
        let ids = try PostChanging.posts(input.posts, call)
        var results: [DeletedPosts.Result] = []
        for id in ids { results.append(try await delete(id, everywhere: input.alsoRemoveFromPlatform == true, call)) }
        let deleted = results.filter(\.deleted).map(\.post)
        if !deleted.isEmpty { call.note(undo: .restorePosts(deleted)) }
        let message =
            deleted.count == ids.count
            ? "\(deleted.count) post(s) deleted." : "\(deleted.count) of \(ids.count) posts deleted; results tell about the others."
        return DeletedPosts(message: message, url: call.pages.posts, results: results)
    }

    private static func delete(_ id: PostID, everywhere: Bool, _ call: Invocation) async throws -> DeletedPosts.Result {
        var removals: [DeletedPosts.Result.Removal]?
        do {
            if everywhere {
                removals = try await call.services.posts.removeFromPlatforms(id, channels: nil, as: call.caller).map {
                    .init(channel: $0.channel, id: $0.integrationId, removed: $0.removed, message: $0.message)
                }
            }
            try await call.services.posts.remove(id, as: call.caller)
            return .init(post: id, deleted: true, message: "Deleted. What had not gone out does not.", platforms: removals)
        } catch let report as ProblemReport where report.code == .notFound {
            return .init(post: id, deleted: false, message: "There is no such post (any more), so there was nothing to delete.", platforms: nil)
        } catch let report as ProblemReport {
            return .init(post: id, deleted: false, message: report.message, platforms: removals)
        }
    }
}
