import Domain
import Foundation
import Persistence

/// Tells by mail of posts in review: those who approve that something waits, and the author what was decided. What happens within a minute is
/// one mail.
public struct ReviewMails: Sendable {
    let mainURL: URL
    let database: any Database
    let mail: Mail
    let links: ReviewLinks
    let time: any TimeSource

    /// Puts the mails into the outbox; returns how much happened. Run by the worker.
    @discardableResult
    public func queue(limit: Int) async throws -> Int {
        try await database.write { transaction in
            let notices = try ReviewNoticeRepository.take(limit: limit, in: transaction)
            // Where there is no mail, what happened is seen in the interface.
            guard mail.configured else { return notices.count }
            for (organization, notices) in Dictionary(grouping: notices.filter { !$0.isGone }, by: \.organization) {
                for reader in try MailChoiceRepository.readers(of: organization, wanting: .reviews, in: transaction) {
                    let approves = reader.role.may(.approve)
                    let waiting = approves ? posts(notices, .waiting, for: reader.user) { $0.status == .inReview && $0.by != reader.user.id } : []
                    let own = notices.filter { $0.author == reader.user.id && $0.by != reader.user.id && reader.role.may(.view) }
                    let kind = MailKind.reviews(
                        waiting: waiting, sentBack: posts(own, .sentBack, for: reader.user),
                        approved: posts(own, .approved, for: reader.user))
                    if kind.reviewed > 0 { try mail.queue(kind, to: [MailReader(reader.user)], in: transaction) }
                }
            }
            return notices.count
        }
    }

    /// Each post once, however often it happened.
    private func posts(
        _ notices: [ReviewNoticeRepository.Notice], _ kind: ReviewNoticeRepository.Kind, for user: User,
        where isMeant: (ReviewNoticeRepository.Notice) -> Bool = { _ in true }
    ) -> [MailKind.Post] {
        notices.filter { $0.kind == kind && isMeant($0) }.distinct(by: \.post).map { notice in
            MailKind.Post(
                time: notice.dueAt, opening: PostsAtRisk.opening(of: notice.opening), address: address(of: notice, for: user).absoluteString,
                said: notice.note)
        }
    }

    /// Where the reader goes on: what waits is decided about from the mail, where the workspace opens without a second factor.
    private func address(of notice: ReviewNoticeRepository.Notice, for user: User) -> URL {
        notice.kind == .waiting && !notice.needsSecondFactor
            ? links.address(for: user.id, post: notice.post, revision: notice.revision, now: time.now)
            : mainURL.appending(path: "posts/\(notice.post)")
    }
}
