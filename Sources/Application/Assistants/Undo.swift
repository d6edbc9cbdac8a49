import Domain

/// How to take back what a tool call did. Stored with the call.
public enum Undo: Sendable, Equatable {
    /// Deletes what the call made.
    case deletePosts([PostID])
    /// Takes what the call deleted out of the trash.
    case restorePosts([PostID])
    /// Puts a post back to what it was; the draft's `revision` is the one that the call left, so that nobody's later change is lost.
    case rewrite(PostID, PostDraft)
    /// Keeps a post that the call planned from going out.
    case cancel(PostID)

    /// Takes back the change of a post from `before` to `after`.
    public static func rewrite(_ before: PostView, changedTo after: PostView) -> Undo {
        var draft = PostDraft(before)
        draft.revision = after.revision
        draft.status =
            switch before.status {
            case .scheduled: .scheduled
            case .inReview: .inReview
            default: .draft
            }
        return .rewrite(before.id, draft)
    }
}

extension Undo: Codable {
    private enum Kind: String, Codable { case deletePosts, restorePosts, rewrite, cancel }
    private enum CodingKeys: String, CodingKey { case kind, posts, draft }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let posts = try container.decode([PostID].self, forKey: .posts)
        func single() throws -> PostID {
            guard posts.count == 1 else {
                throw DecodingError.dataCorruptedError(forKey: .posts, in: container, debugDescription: "one post is meant")
            }
            return posts[0]
        }
        switch try container.decode(Kind.self, forKey: .kind) {
        case .deletePosts: self = .deletePosts(posts)
        case .restorePosts: self = .restorePosts(posts)
        case .rewrite: self = .rewrite(try single(), try container.decode(PostDraft.self, forKey: .draft))
        case .cancel: self = .cancel(try single())
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let (kind, posts, draft): (Kind, [PostID], PostDraft?) =
            switch self {
            case .deletePosts(let posts): (.deletePosts, posts, nil)
            case .restorePosts(let posts): (.restorePosts, posts, nil)
            case .rewrite(let post, let draft): (.rewrite, [post], draft)
            case .cancel(let post): (.cancel, [post], nil)
            }
        try container.encode(kind, forKey: .kind)
        try container.encode(posts, forKey: .posts)
        try container.encodeIfPresent(draft, forKey: .draft)
    }
}
