import Domain

// Mails that sum up: what happened to posts in review, and a week.

extension MailKind {
    /// A week of one workspace.
    public struct Week: Sendable {
        public let workspace: String
        /// How many publications went out.
        public let published: Int
        /// Those that are known.
        public let figures: [(metric: Metric, sum: Int)]
        /// The post that did best.
        public let best: Post?
        /// What goes out in the next seven days; `plannedCount` is of all of it.
        public let planned: [Post]
        public let plannedCount: Int

        public init(workspace: String, published: Int, figures: [(metric: Metric, sum: Int)], best: Post?, planned: [Post], plannedCount: Int) {
            self.workspace = workspace
            self.published = published
            self.figures = figures
            self.best = best
            self.planned = planned
            self.plannedCount = plannedCount
        }
    }

    /// What a mail of this kind may be done without for; nil for those that have to be.
    public var topic: MailTopic? {
        switch self {
        case .failures: .failures
        case .connections: .connections
        case .reviews, .comment: .reviews
        case .weekly: .weekly
        case .passwordReset, .invitation, .activation, .accountDeletion, .accountDeleted, .overdue, .preflight, .webhookStopped, .test: nil
        }
    }

    /// How many posts in review a mail tells of.
    var reviewed: Int {
        guard case .reviews(let waiting, let sentBack, let approved) = self else { return 0 }
        return waiting.count + sentBack.count + approved.count
    }

    private static let mostInMail = 10

    static func reviews(_ waiting: [Post], _ sentBack: [Post], _ approved: [Post]) -> MailDraft {
        let subject =
            switch (waiting.count, sentBack.count, approved.count) {
            case (1, 0, 0): "A post waits for your approval"
            case (let count, 0, 0): "\(count) posts wait for your approval"
            case (0, 1, 0): "A post of yours was sent back"
            case (0, let count, 0): "\(count) posts of yours were sent back"
            case (0, 0, 1): "A post of yours was approved"
            case (0, 0, let count): "\(count) posts of yours were approved"
            default: "What became of posts in review"
            }
        let parts = [
            ("These wait for your approval:", waiting), ("These were sent back to you as drafts:", sentBack), ("These were approved:", approved),
        ].filter { !$0.1.isEmpty }
        return MailDraft(
            subject: subject,
            lines: parts.flatMap { heading, posts in
                [.said(heading)] + lines(Array(posts.prefix(mostInMail)), of: posts.count) + [.written("")]
            } + [.clocks])
    }

    static func comment(_ author: String, _ text: String, _ post: Post) -> MailDraft {
        MailDraft(
            subject: "\(author) commented on a post",
            lines: [.said("\(author) said about this post:"), .post(at: nil, opening: post.opening), .written(""), .written(text), .written("")]
                + [.said("Answer on the post's page:"), .written(post.address)])
    }

    static func weekly(_ weeks: [Week]) -> MailDraft {
        MailDraft(
            subject: "Your week in posts",
            lines: weeks.flatMap { week -> [MailDraft.Line] in
                let known = week.figures.map { MailDraft.Line.said("\(word(of: $0.metric)): \($0.sum)") }
                let best = week.best.map { post in
                    [MailDraft.Line.said("It did best:"), .post(at: nil, opening: post.opening), .written("  \(post.address)")]
                }
                let planned: [MailDraft.Line] =
                    week.planned.isEmpty
                    ? [.said("Nothing is planned for the next seven days.")]
                    : [.said("Planned for the next seven days:")] + lines(week.planned, of: week.plannedCount)
                return [.written(week.workspace), .said(sent(week.published))] + known + (best ?? []) + [.written("")] + planned + [.written("")]
            } + [.clocks])
    }

    private static func sent(_ count: Int) -> String {
        switch count {
        case 0: "Nothing went out in the last seven days."
        case 1: "One post went out in the last seven days."
        default: "\(count) posts went out in the last seven days."
        }
    }

    private static func word(of metric: Metric) -> String {
        switch metric {
        case .impressions: "Seen"
        case .likes: "Likes"
        case .comments: "Comments"
        case .shares: "Shares"
        default: metric.rawValue
        }
    }
}
