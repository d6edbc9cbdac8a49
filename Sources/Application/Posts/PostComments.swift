import Domain
import Foundation
import Persistence

/// A comment to be said about a post.
public struct NewPostComment: Codable, Sendable, Equatable {
    public var text: String
    /// A customer of one of the post's channels, whose people are to see it by their links; nil: the workspace alone.
    public var customer: String?

    public init(text: String, customer: String? = nil) { (self.text, self.customer) = (text, customer) }
}

/// What a workspace says about its posts, and to whom.
public struct PostComments: Sendable {
    /// How many a post may have.
    static let most = 500

    let database: any Database
    let events: PublishingEvents
    let audit: AuditLog
    let mail: Mail
    let mainURL: URL
    let time: any TimeSource

    /// The oldest first. Throws `NOT_FOUND`.
    public func list(of post: PostID, as caller: Caller) async throws -> [PostComment] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.read { transaction in
            guard try PostRepository.find(post, of: organization, in: transaction) != nil else { throw ProblemReport.notFound("post") }
            return try PostCommentRepository.list(of: post, in: organization, in: transaction)
        }
    }

    /// Says something about a post: also whoever only looks may, as clients do. Whom it names, and the post's author, get a mail if they want
    /// mails of reviews. Throws `VALIDATION_FAILED`, `NOT_FOUND`, also for a customer of none of the post's channels, and `CONFLICT` where there
    /// is too much.
    public func add(_ new: NewPostComment, to post: PostID, as caller: Caller) async throws -> PostComment {
        try caller.require(.postsRead)
        if case .user = caller.identity {} else { try caller.require(.postsWrite) }
        if new.customer != nil { try caller.require(.draft) }
        guard let text = try Self.said(new.text) else { throw ProblemReport.invalid("text", "Say something.") }
        let (organization, now) = (caller.organizationId, time.now)
        let comment = try await database.write { transaction in
            guard let known = try PostRepository.find(post, of: organization, in: transaction) else { throw ProblemReport.notFound("post") }
            guard try PostCommentRepository.count(of: post, in: organization, in: transaction) < Self.most else {
                throw ProblemReport(.conflict, "A post has at most \(Self.most) comments.")
            }
            if let customer = new.customer {
                let channels = try IntegrationRepository.list(known.channels, of: organization, in: transaction)
                guard channels.contains(where: { $0.customer == customer }) else {
                    throw ProblemReport(.notFound, "None of the post's channels belongs to this customer.", details: ["field": "customer"])
                }
            }
            let comment = try Self.insert(
                text, .comment, about: post, in: organization, by: CommentAuthor(caller), for: new.customer, at: now, in: transaction)
            try tell(comment, about: known, besides: caller.portal?.createdBy, in: transaction)
            return comment
        }
        await events.post(.postCommented, post, of: organization, comment.told)
        return comment
    }

    /// Takes back what one has said; who manages the workspace, what anybody has. Throws `NOT_FOUND` and `FORBIDDEN`.
    public func remove(_ id: PostCommentID, of post: PostID, as caller: Caller) async throws {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        try await database.write { transaction in
            guard let comment = try PostCommentRepository.find(id, of: post, in: organization, in: transaction) else {
                throw ProblemReport.notFound("comment")
            }
            if comment.authorId == nil || comment.authorId != caller.userId { try caller.require(Permission.manage) }
            try PostCommentRepository.remove(id, of: organization, in: transaction)
            try audit.record("comment.removed", target: post.text, as: caller, in: transaction)
        }
        await events.post(.postCommented, post, of: organization)
    }

    // MARK: Storing

    /// `text` without blanks around it; nil where there is nothing to be seen. Throws `VALIDATION_FAILED` for what is too long.
    static func said(_ text: String) throws -> String? {
        let isSeen = text.unicodeScalars.contains { !$0.properties.isWhitespace && $0.properties.generalCategory != .control && $0 != "\u{200B}" }
        guard isSeen else { return nil }
        guard text.unicodeScalars.count <= PostComment.longest else {
            throw ProblemReport.invalid("text", "A comment has at most \(PostComment.longest) characters.")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Stores what `said` gave.
    static func insert(
        _ text: String, _ kind: PostComment.Kind, about post: PostID, in organization: OrganizationID, by author: CommentAuthor,
        for customer: String? = nil, at now: Timestamp, in transaction: any Transaction
    ) throws -> PostComment {
        let members = try TeamRepository.members(of: organization, in: transaction)
        let names = members.map { (id: $0.userId, names: [$0.name, $0.email.map { String($0.prefix { $0 != "@" }) } ?? ""]) }
        let mentions = PostComment.mentions(in: text, of: names)
        let comment =
            switch author {
            case .member(let user):
                PostComment(
                    id: PostCommentID(at: now), postId: post, kind: kind, text: text, authorId: user,
                    author: try user.flatMap { try UserRepository.find($0, in: transaction)?.name } ?? "", mentions: mentions, customer: customer,
                    createdAt: now)
            case .client(let link):
                PostComment(
                    id: PostCommentID(at: now), postId: post, kind: kind, text: text, authorId: nil, author: link.person, mentions: mentions,
                    customer: link.customer, byClient: true, createdAt: now)
            }
        try PostCommentRepository.insert(comment, of: organization, in: transaction)
        return comment
    }

    /// `maker` is who made the link of the client that says it.
    private func tell(_ comment: PostComment, about post: Post, besides maker: UserID?, in transaction: any Transaction) throws {
        guard mail.configured else { return }
        let concerned = Set(comment.mentions + [post.createdBy, maker].compactMap(\.self)).subtracting(comment.authorId.map { [$0] } ?? [])
        let opening = PostsAtRisk.opening(of: post.content.parts.first?.text ?? "")
        for reader in try MailChoiceRepository.readers(of: post.organizationId, wanting: .reviews, in: transaction)
        where concerned.contains(reader.user.id) {
            let kind = MailKind.comment(
                author: comment.author, text: comment.text,
                post: MailKind.Post(time: nil, opening: opening, address: mainURL.appending(path: "posts/\(post.id)").absoluteString))
            try mail.queue(kind, to: [MailReader(reader.user)], in: transaction)
        }
    }
}

extension PostComment {
    /// What an event says of it.
    fileprivate var told: [String: JSONValue] {
        ["commentId": .string(id.text)].merging(authorId.map { ["by": .string($0.text)] } ?? [:]) { $1 }
    }
}

/// Who says something about a post.
enum CommentAuthor: Equatable, Sendable {
    /// Also by a key or an assistant of theirs.
    case member(UserID?)
    case client(PortalLink)

    init(_ caller: Caller) { self = caller.portal.map { .client($0) } ?? .member(caller.userId) }
}
