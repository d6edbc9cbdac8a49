import Domain

/// What is to be done, once, with a post that is out.
public struct FollowUpRequest: Sendable {
    public let action: FollowUpAction
    /// The platform's own id of the post, and its public address.
    public let postId: String
    public let postURL: String?
    /// Who does it; of a comment, its one part is what it says. Its id is stable over all attempts.
    public let publication: PublishRequest

    public init(_ action: FollowUpAction, postId: String, postURL: String?, publication: PublishRequest) {
        self.action = action
        self.postId = postId
        self.postURL = postURL
        self.publication = publication
    }

    var account: ConnectedAccount { publication.account }
    var text: String { publication.parts.first?.text ?? "" }
    /// The post that it is about, as a part that is live.
    var post: PublishedPart { PublishedPart(id: postId, url: postURL) }
    /// The step that makes it public.
    static let step = "part-0"
}

extension Platform {
    public func followUp(_ request: FollowUpRequest, journal: any StepJournal) async throws -> PublishOutcome {
        do {
            let part = try await follow(request, journal)
            return .published(platformPostId: part.id, url: part.url ?? request.postURL, notes: part.notes ?? [])
        } catch let wait as StillProcessing {
            return .processing(checkAfter: wait.checkAfter)
        }
    }

    private func follow(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        guard let platform = self as? any FollowingUp, descriptor.followUps.contains(where: { $0.action == request.action }) else {
            throw PlatformError(
                .invalidContent, code: "CANNOT_FOLLOW_UP", message: "\(descriptor.name) does not let apps do this with a post that is out.")
        }
        switch request.action {
        case .comment: return try await platform.comment(request, journal)
        case .repost: return try await platform.repost(request, journal)
        }
    }
}

/// A platform that lets apps do something with posts that are out: what its descriptor's `followUps` name.
protocol FollowingUp: Platform {
    func comment(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart
    /// Only called where the descriptor names it.
    func repost(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart
}

extension FollowingUp {
    func repost(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        throw PlatformError(.invalidContent, code: "CANNOT_REPOST", message: "\(descriptor.name) does not let apps repost.")
    }
}
