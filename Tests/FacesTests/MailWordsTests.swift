import Application
import Domain
import Foundation
import Testing

@testable import WebUI

@Suite("Mails in their reader's words")
struct MailWordsTests {
    private static let noon = Timestamp("2026-11-20T11:00:00Z") ?? .now
    private static let posts = [
        MailKind.Post(
            time: noon, opening: "Wording stays", address: "https://example.com/posts/1",
            problems: [
                "Mastodon Ω: the file \"Ω.png\" is missing among this server's files. The operator restores it from a backup, or choose another "
                    + "file."
            ]),
        MailKind.Post(time: nil, opening: "Wording stays", address: "https://example.com/posts/2"),
    ]

    private static let channels = "https://example.com/channels"
    private static let ending = MailKind.Connection(channel: "Mastodon Ω", end: noon, ended: nil, posts: posts, count: 5)
    private static let ended = MailKind.Connection(
        channel: "Mastodon Ω", end: nil, ended: "Mastodon no longer accepts this connection. Connect the account again.", posts: posts, count: 2)
    private static let alone = MailKind.Connection(channel: "Mastodon Ψ", end: noon, ended: nil, posts: [], count: 0)

    /// A sample of every kind. Whoever adds one is led here by the compiler.
    private static func samples(like kind: MailKind) -> [MailKind] {
        switch kind {
        case .passwordReset: [.passwordReset(address: "ada@example.com", link: "https://example.com/reset", host: "example.com")]
        case .invitation: [.invitation(from: "Ω", into: "Ψ", link: "https://example.com/invitation", host: "example.com")]
        case .connections: [[ending], [ended], [alone], [ended, ending, alone], [ending, alone]].map { .connections($0, page: channels) }
        case .activation: [.activation(address: "Ω", link: "https://example.com/activate", host: "example.com")]
        case .accountDeletion: [.accountDeletion(address: "Ω", end: noon, link: "https://example.com/login", host: "example.com")]
        case .accountDeleted: [.accountDeleted(address: "Ω", host: "example.com")]
        case .overdue: [.overdue(late: .minutes(11), server: "https://example.com")]
        case .preflight: [.preflight(posts: posts, count: 12), .preflight(posts: [posts[0]], count: 1)]
        case .failures:
            [
                .failures(posts: posts, count: 12),
                .failures(
                    posts: [
                        MailKind.Post(
                            time: noon, opening: "Wording stays", address: "https://example.com/posts/3", problems: [FailureMails.inDoubt])
                    ], count: 1),
            ]
        case .reviews:
            [
                .reviews(waiting: posts, sentBack: [], approved: []), .reviews(waiting: [posts[1]], sentBack: [], approved: []),
                .reviews(waiting: [], sentBack: posts, approved: []), .reviews(waiting: [], sentBack: [posts[1]], approved: []),
                .reviews(waiting: [], sentBack: [], approved: posts), .reviews(waiting: [], sentBack: [], approved: [posts[1]]),
                .reviews(waiting: posts, sentBack: posts, approved: posts),
            ]
        case .comment: [.comment(author: "Ω", text: "Wording stays", post: posts[1])]
        case .weekly:
            [
                .weekly(weeks: [
                    MailKind.Week(
                        workspace: "Ω", published: 12, figures: [(.impressions, 1), (.likes, 2), (.comments, 3), (.shares, 4)], best: posts[1],
                        planned: posts, plannedCount: 12),
                    MailKind.Week(workspace: "Ψ", published: 1, figures: [], best: nil, planned: [], plannedCount: 0),
                    MailKind.Week(workspace: "Ψ", published: 0, figures: [], best: nil, planned: [], plannedCount: 0),
                ])
            ]
        case .webhookStopped:
            [
                .webhookStopped(name: "Ω", reason: "The address answered that it is gone (410).", page: "https://example.com/settings"),
                .webhookStopped(name: "Ω", reason: "Nothing was taken for a day. The last answer: 500", page: "https://example.com/settings"),
            ]
        case .test: [.test]
        }
    }

    static let kinds: [MailKind] = [
        .passwordReset(address: "", link: "", host: ""), .invitation(from: "", into: "", link: "", host: ""),
        .activation(address: "", link: "", host: ""),
        .accountDeletion(address: "", end: noon, link: "", host: ""), .accountDeleted(address: "", host: ""),
        .connections([], page: ""), .overdue(late: .zero, server: ""),
        .preflight(posts: [], count: 0), .failures(posts: [], count: 0),
        .reviews(waiting: [], sentBack: [], approved: []), .comment(author: "", text: "", post: posts[1]), .weekly(weeks: []),
        .webhookStopped(name: "", reason: "", page: ""), .test,
    ].flatMap(samples)

    private static func message(_ kind: MailKind, locale: String, zone: String) throws -> MailMessage {
        let speaker = try InterfaceWords(in: WebSources.folder).speaker
        return kind.draft.message(to: MailReader(address: "ada@example.com", locale: locale, timeZone: zone), by: speaker)
    }

    @Test("No mail to a German reader has an English sentence", arguments: kinds)
    func german(_ kind: MailKind) throws {
        let (draft, message) = (kind.draft, try Self.message(kind, locale: "de-AT", zone: "Europe/Vienna"))
        #expect(message.subject != draft.subject)
        let said = message.text.split(separator: "\n", omittingEmptySubsequences: false)
        for case (.said(let english), let german) in zip(draft.lines, said) { #expect(german != english) }
        let english = /\b(the|this|is|and|you|your|not|it|post|posts|must|could|hello|with|for|goes|what|has)\b/.ignoresCase()
        for line in [message.subject] + said.map(String.init) where !line.contains("https://") {
            #expect(line.firstMatch(of: english) == nil, "\(line)")
        }
    }

    @Test("Times in a mail are those of its reader's clocks, in their form")
    func times() throws {
        let ending = MailKind.connections([Self.ending], page: Self.channels)
        let vienna = try Self.message(ending, locale: "de", zone: "Europe/Vienna")
        #expect(vienna.subject == "Mastodon Ω muss vor 20. Nov. 2026, 12:00 neu verbunden werden")
        #expect(vienna.text.contains("- 20. Nov. 2026, 12:00  Wording stays") && vienna.text.contains("und 3 weitere"))
        let york = try Self.message(ending, locale: "en", zone: "America/New_York")
        #expect(york.subject == "Mastodon Ω must be connected again before 20 Nov 2026, 06:00")
        #expect(york.text.contains("- 20 Nov 2026, 06:00  Wording stays"))
    }

    @Test("Several channels are told in one mail, each with its posts")
    func several() throws {
        let both = try Self.message(.connections([Self.ended, Self.ending], page: Self.channels), locale: "de", zone: "Europe/Vienna")
        #expect(both.subject == "2 Kanäle müssen neu verbunden werden")
        #expect(both.text.components(separatedBy: "Wording stays").count == 5)
        let soon = MailKind.connections(Array(repeating: Self.alone, count: 30), page: Self.channels)
        #expect(try Self.message(soon, locale: "de", zone: "Europe/Vienna").subject == "30 Kanäle müssen bald neu verbunden werden")
        let english = try Self.message(soon, locale: "en", zone: "UTC")
        #expect(english.subject == "30 channels must be connected again soon")
        #expect(english.text.components(separatedBy: "Mastodon Ψ").count == 21 && english.text.contains("and 10 more"))
    }

    @Test("What people wrote stays as it is, even where it reads like a sentence of the server")
    func written() throws {
        let post = MailKind.Post(time: nil, opening: "The file is empty. 2026-11-20T11:00:00Z", address: "https://example.com/posts/1")
        let mail = try Self.message(.preflight(posts: [post], count: 1), locale: "de", zone: "Europe/Berlin")
        #expect(mail.text.contains("- The file is empty. 2026-11-20T11:00:00Z\n"))
    }

    @Test("Whose language there is not is spoken to in English")
    func others() throws {
        #expect(try Self.message(.test, locale: "eo", zone: "Nowhere/Land").subject == "Postiz can send mail")
    }
}
