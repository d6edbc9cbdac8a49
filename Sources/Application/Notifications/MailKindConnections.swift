import Domain

// Mails about channels that end or have ended.

extension MailKind {
    /// A connection that ends at a time, or has ended for a reason, and the posts that wait or would wait; `count` is of them all.
    public struct Connection: Sendable {
        public let channel: String
        public let end: Timestamp?
        public let ended: String?
        public let posts: [Post]
        public let count: Int

        public init(channel: String, end: Timestamp?, ended: String?, posts: [Post], count: Int) {
            self.channel = channel
            self.end = end
            self.ended = ended
            self.posts = posts
            self.count = count
        }

        var opening: [MailDraft.Line] {
            guard let ended else {
                return [.said("The connection to \(channel) ends at \(end?.description ?? ""), and only a person can renew it.")]
            }
            return [.said("The connection to \(channel) has ended."), .said(ended)]
        }

        var waiting: [MailDraft.Line] {
            guard !posts.isEmpty else { return [.said("No planned post depends on it.")] }
            let heading = ended == nil ? "These planned posts would wait:" : "These planned posts wait until that is done:"
            return [.said(heading)] + MailKind.lines(posts, of: count)
        }
    }

    private static let mostChannelsInMail = 20

    static func connections(_ connections: [Connection], _ page: String) -> MailDraft {
        guard connections.count == 1, let only = connections.first else { return several(connections, page) }
        let subject =
            only.ended == nil
            ? "\(only.channel) must be connected again before \(only.end?.description ?? "")" : "\(only.channel) must be connected again"
        return MailDraft(
            subject: subject,
            lines: only.opening + [.written(""), .said("Connect it again:"), .written(page), .written("")] + only.waiting + clocks)
    }

    private static func several(_ connections: [Connection], _ page: String) -> MailDraft {
        let told = connections.prefix(mostChannelsInMail)
        let more = connections.count - told.count
        let soon = connections.allSatisfy { $0.ended == nil } ? " soon" : ""
        var lines: [MailDraft.Line] = [.said("Connect them again:"), .written(page), .written("")]
        for connection in told { lines += connection.opening + connection.waiting + [.written("")] }
        if more > 0 { lines += [.said("and \(more) more"), .written("")] }
        return MailDraft(subject: "\(connections.count) channels must be connected again\(soon)", lines: lines + [.clocks])
    }
}
