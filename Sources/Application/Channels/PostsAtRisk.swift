import Domain
import Persistence

/// The posts that wait, or would wait, because a channel's connection has ended or ends and only a person can renew it.
public struct PostsAtRisk: Codable, Sendable, Equatable {
    public struct Post: Codable, Sendable, Equatable {
        public let postId: PostID
        /// The beginning of its text on this channel, at most 60 characters.
        public let opening: String
        public let dueAt: Timestamp?
    }

    public let count: Int
    /// The first ten by time.
    public let posts: [Post]

    private static let most = 10

    /// Nil where there are none.
    init?(of channel: Integration, in transaction: any Transaction) throws {
        guard channel.needsReconnect || channel.endsAt != nil else { return nil }
        let start = channel.needsReconnect ? nil : channel.endsAt
        let waiting = try PublicationRepository.waiting(on: channel.id, from: start, limit: Self.most, in: transaction)
        guard waiting.count > 0 else { return nil }
        count = waiting.count
        posts = waiting.first.map { post, dueAt, content in
            Post(postId: post, opening: Self.opening(of: content.parts(for: channel.id).first?.text ?? ""), dueAt: dueAt)
        }
    }

    static func opening(of text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count > 60 ? line.prefix(59) + "…" : line
    }

    /// `2 planned posts would wait: "Launch day" (2026-11-24 09:00), "Thanks" (…).`
    func sentence(in zone: Zone, ended: Bool) -> String {
        let named = posts.map { post in
            "\"\(post.opening)\"" + (post.dueAt.map { " (\(Self.words($0, in: zone)))" } ?? "")
        }.joined(separator: ", ")
        let verb = ended ? (count == 1 ? "waits" : "wait") : "would wait"
        let rest = count > posts.count ? " and \(count - posts.count) more" : ""
        return "\(count) planned \(count == 1 ? "post" : "posts") \(verb): \(named)\(rest)."
    }

    static func words(_ time: Timestamp, in zone: Zone) -> String { WallTime(time, in: zone).minuteText.replacing("T", with: " ") }
}
