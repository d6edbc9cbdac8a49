import Domain
import Foundation
import Persistence

/// One mail on Monday mornings, by the person's clocks: what went out in each of their workspaces, how it did, and what is planned.
public struct WeeklyMails: Sendable {
    /// Eight in the morning.
    private static let minute: Int = 8 * 60
    /// A mail that could not go out for longer is left out.
    private static let patience = Duration.days(2)
    private static let mostWorkspaces = 10
    private static let mostPlanned = 10
    private static let figures: [Metric] = [.impressions, .likes, .comments, .shares]

    let mainURL: URL
    let database: any Database
    let analytics: Analytics
    let mail: Mail
    let time: any TimeSource

    /// The next Monday morning there.
    static func next(after now: Timestamp, in zoneName: String) -> Timestamp {
        let zone = ZoneData.inForce.zone(named: zoneName) ?? .utc
        let today = WallTime(now, in: zone)
        let monday = today.day - (today.weekday - 1)
        let thisWeek = WallTime(day: monday, minute: minute).instant(in: zone)
        return thisWeek > now ? thisWeek : WallTime(day: monday + 7, minute: minute).instant(in: zone)
    }

    /// Puts the mails that are due into the outbox, each once whoever asks; returns how many people were looked at. Run by the worker.
    @discardableResult
    public func queue(limit: Int) async throws -> Int {
        guard mail.configured else { return 0 }
        let now = time.now
        let due = try await database.read { try MailChoiceRepository.dueForWeekly(at: now, limit: limit, in: $0) }
        for (person, due) in due {
            let next = Self.next(after: now, in: person.timeZone)
            // Who lives by other clocks now gets it when it is Monday there.
            let isMonday = Self.next(after: due - .milliseconds(1), in: person.timeZone) == due
            let weeks = isMonday && now - due <= Self.patience ? try await weeks(of: person, until: now) : []
            try await database.write { transaction in
                guard try MailChoiceRepository.claimWeekly(of: person.id, due: due, next: next, in: transaction), !weeks.isEmpty else { return }
                try mail.queue(.weekly(weeks: weeks), to: [MailReader(person)], in: transaction)
            }
        }
        return due.count
    }

    private func weeks(of person: User, until now: Timestamp) async throws -> [MailKind.Week] {
        let memberships = try await database.read { try OrganizationRepository.of(person.id, in: $0) }
        var weeks: [MailKind.Week] = []
        for membership in memberships.prefix(Self.mostWorkspaces) where membership.role.may(.view) {
            weeks.append(try await week(of: membership.organization, role: membership.role, person, until: now))
        }
        return weeks
    }

    private func week(of organization: Organization, role: Role, _ person: User, until now: Timestamp) async throws -> MailKind.Week {
        let reader = Caller(
            organizationId: organization.id, identity: .system, role: role, scopes: [.postsRead, .analyticsRead], origin: .web,
            timeZone: person.timeZone)
        // What another program sent last week, before it was brought here, is no news.
        let overview = try await analytics.overview(
            channel: nil, from: now - .days(7), to: now, comparePrevious: false, topPosts: 1, sentHere: true, as: reader)
        let planned = try await database.read {
            try PublicationRepository.waiting(of: organization.id, since: now, before: now + .days(7), limit: 1000, in: $0)
        }
        let posts = planned.distinct(by: \.publication.postId)
        return MailKind.Week(
            workspace: organization.name, published: overview.summary.published,
            figures: Self.figures.compactMap { metric in overview.summary.totals[metric.rawValue].map { (metric, $0) } },
            best: overview.topPosts.first.map { post in
                MailKind.Post(
                    time: nil, opening: PostsAtRisk.opening(of: post.content),
                    address: mainURL.appending(path: "posts/\(post.postId)").absoluteString)
            },
            planned: posts.prefix(Self.mostPlanned).map { waiting in
                MailKind.Post(
                    time: waiting.publication.dueAt,
                    opening: PostsAtRisk.opening(of: waiting.content.parts(for: waiting.publication.integrationId).first?.text ?? ""),
                    address: mainURL.appending(path: "posts/\(waiting.publication.postId)").absoluteString)
            },
            plannedCount: posts.count)
    }
}
