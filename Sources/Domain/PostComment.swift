public typealias PostCommentID = Identifier<PostComment>

/// What somebody in the workspace, or a client by their link, says about a post. It never goes out.
public struct PostComment: Codable, Sendable, Equatable {
    public static let longest = 2000

    public enum Kind: String, Codable, Sendable, CaseIterable {
        case comment = "COMMENT"
        /// What the author is to change, said by who sent the post back from review.
        case sentBack = "SENT_BACK"
    }

    public let id: PostCommentID
    public let postId: PostID
    public let kind: Kind
    public let text: String
    /// Who said it, also by a key or an assistant of theirs; null when their account is gone.
    public let authorId: UserID?
    /// As they were called when they said it; empty for people whose account is gone.
    public let author: String
    /// The members whom the text names by `@` and their name or the first part of their address.
    public let mentions: [UserID]
    /// The customer whose people see it by their links; null for what the workspace says among itself.
    public let customer: String?
    /// Whether one of these people said it.
    public let byClient: Bool
    public let createdAt: Timestamp

    public init(
        id: PostCommentID, postId: PostID, kind: Kind, text: String, authorId: UserID?, author: String, mentions: [UserID],
        customer: String? = nil, byClient: Bool = false, createdAt: Timestamp
    ) {
        self.id = id
        self.postId = postId
        self.kind = kind
        self.text = text
        self.authorId = authorId
        self.author = author
        self.mentions = mentions
        self.customer = customer
        self.byClient = byClient
        self.createdAt = createdAt
    }

    /// Whom `text` names, each once. Of two names that both fit, the longer one is meant: `@Ada Example` and not `@Ada`.
    public static func mentions(in text: String, of members: [(id: UserID, names: [String])]) -> [UserID] {
        let known = members.flatMap { member in member.names.filter { !$0.isEmpty }.map { (id: member.id, name: $0.lowercased()) } }
            .sorted { $0.name.count > $1.name.count }
        let text = text.lowercased()
        var found: [UserID] = []
        for at in text.indices where text[at] == "@" {
            // The at-sign of an address names nobody.
            if at > text.startIndex, isPartOfName(text[text.index(before: at)]) { continue }
            let rest = text[text.index(after: at)...]
            let meant = known.first { candidate in
                rest.hasPrefix(candidate.name) && !(rest.dropFirst(candidate.name.count).first.map(isPartOfName) ?? false)
            }
            if let meant, !found.contains(meant.id) { found.append(meant.id) }
        }
        return found
    }

    private static func isPartOfName(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }
}
