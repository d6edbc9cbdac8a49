import Domain

/// Every mail there is, in English. Each sentence is a line of its own, which the catalogue knows.
public enum MailKind: Sendable {
    /// A post that a mail is about.
    public struct Post: Sendable {
        public let time: Timestamp?
        public let opening: String
        public let address: String
        /// What is wrong with it.
        public let problems: [String]
        /// What a person said about it.
        public let said: String?

        public init(time: Timestamp?, opening: String, address: String, problems: [String] = [], said: String? = nil) {
            self.time = time
            self.opening = opening
            self.address = address
            self.problems = problems
            self.said = said
        }
    }

    case passwordReset(address: String, link: String, host: String)
    case invitation(from: String, into: String, link: String, host: String)
    /// Channels that end or have ended, and where they are connected again.
    case connections([Connection], page: String)
    /// The oldest due post has waited for so long.
    case overdue(late: Duration, server: String)
    /// Planned posts that could not go out as things are; `count` is of them all.
    case preflight(posts: [Post], count: Int)
    /// Publications that failed, or of which it is not known whether they are out; `count` is of them all.
    case failures(posts: [Post], count: Int)
    /// What became of posts in review: those that wait for the reader, and the reader's own.
    case reviews(waiting: [Post], sentBack: [Post], approved: [Post])
    /// What somebody said about a post that concerns the reader.
    case comment(author: String, text: String, post: Post)
    /// A week in each of the reader's workspaces.
    case weekly(weeks: [Week])
    case webhookStopped(name: String, reason: String, page: String)
    case activation(address: String, link: String, host: String)
    /// An account goes at a time unless its person signs in before.
    case accountDeletion(address: String, end: Timestamp, link: String, host: String)
    case accountDeleted(address: String, host: String)
    case test

    public var draft: MailDraft {
        switch self {
        case .passwordReset(let address, let link, let host): Self.passwordReset(address, link, host)
        case .invitation(let inviter, let workspace, let link, let host): Self.invitation(inviter, workspace, link, host)
        case .connections(let connections, let page): Self.connections(connections, page)
        case .overdue(let late, let server): Self.overdue(late, server)
        case .preflight(let posts, let count):
            MailDraft(
                subject: count == 1
                    ? "A planned post could not go out as things are" : "\(count) planned posts could not go out as things are",
                lines: [.said("There is still time to mend this:"), .written("")] + Self.lines(posts, of: count) + Self.clocks)
        case .failures(let posts, let count):
            MailDraft(
                subject: count == 1 ? "A post did not go out" : "\(count) posts did not go out",
                lines: [.said("Nothing more is tried by itself. See what helps, and try again, on the post's page:"), .written("")]
                    + Self.lines(posts, of: count) + Self.clocks)
        case .reviews(let waiting, let sentBack, let approved): Self.reviews(waiting, sentBack, approved)
        case .comment(let author, let text, let post): Self.comment(author, text, post)
        case .weekly(let weeks): Self.weekly(weeks)
        case .webhookStopped(let name, let reason, let page):
            MailDraft(
                subject: "The webhook \(name) was stopped",
                lines: [
                    .said("The webhook \(name) is told nothing any more."), .said(reason), .written(""),
                    .said("See what it was sent, and start it again:"), .written(page),
                ])
        case .activation(let address, let link, let host):
            MailDraft(
                subject: "Activate your account at \(host)",
                lines: [
                    .said("Hello,"), .written(""), .said("somebody, hopefully you, has registered at \(host) with the address \(address)."),
                    .said("Open this link within two days to show that the address is yours:"), .written(""), .written(link), .written(""),
                    .said("If it was not you, do nothing: the account can do nothing without it."),
                ])
        case .accountDeletion(let address, let end, let link, let host): Self.accountDeletion(address, end, link, host)
        case .accountDeleted(let address, let host):
            MailDraft(
                subject: "Your account at \(host) is deleted",
                lines: [
                    .said("Hello,"), .written(""), .said("the account \(address) and what belonged to it alone are gone."),
                    .said("What was published stays on the platforms."),
                ])
        case .test:
            MailDraft(
                subject: "Postiz can send mail", lines: [.said("This is the test you asked for: mail from this instance arrives.")])
        }
    }

    private static func passwordReset(_ address: String, _ link: String, _ host: String) -> MailDraft {
        MailDraft(
            subject: "Set a new password for \(host)",
            lines: [
                .said("Hello,"), .written(""),
                .said("somebody, hopefully you, asked for a new password for \(address)."),
                .said("Open this link within an hour to set one:"), .written(""), .written(link), .written(""),
                .said("If it was not you, do nothing: your password stays as it is."),
            ])
    }

    private static func accountDeletion(_ address: String, _ end: Timestamp, _ link: String, _ host: String) -> MailDraft {
        MailDraft(
            subject: "Your account at \(host) will be deleted",
            lines: [
                .said("Hello,"), .written(""), .said("the account \(address) will be deleted at \(end.description)."),
                .said("All devices are signed out, keys and assistants have ended, and nothing goes out of your own workspaces any more."),
                .written(""), .said("To keep the account, sign in before then:"), .written(link), .written(""),
                .said("If it was not you who asked for it, sign in and choose another password."), .clocks,
            ])
    }

    private static func invitation(_ inviter: String, _ workspace: String, _ link: String, _ host: String) -> MailDraft {
        MailDraft(
            subject: "\(inviter) invites you to \(workspace)",
            lines: [
                .said("Hello,"), .written(""),
                .said("\(inviter) invites you to plan and publish posts together on \(host), in this workspace:"), .written(workspace), .written(""),
                .said("Open this link within seven days to join. It works once:"), .written(""), .written(link), .written(""),
                .said("If you do not know what this is about, do nothing."),
            ])
    }

    static let clocks: [MailDraft.Line] = [.written(""), .clocks]

    private static func overdue(_ late: Duration, _ server: String) -> MailDraft {
        MailDraft(
            subject: "Posts do not go out",
            lines: [
                .said(OverdueWatch.words(late)), .written(""), .said("This is the server at \(server)."),
                .said("'postiz doctor' and its log say more."),
                .said("What is due goes out by itself once this is mended, as far as it is not later than the late-posting limit."),
            ])
    }

    static func lines(_ posts: [Post], of count: Int) -> [MailDraft.Line] {
        posts.flatMap { post in
            [.post(at: post.time, opening: post.opening), .written("  \(post.address)")] + post.problems.map { .said($0) }
                + (post.said.map { [.written("  \"\($0)\"")] } ?? [])
        } + (count > posts.count ? [.said("and \(count - posts.count) more")] : [])
    }
}
