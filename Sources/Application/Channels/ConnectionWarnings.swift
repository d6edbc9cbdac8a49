import Domain
import Foundation
import Messaging
import Persistence

/// Tells people that a connection ends which only they can renew, a week and a day ahead and when it is over, and which posts depend on it.
/// Nobody gets more than one mail about it in a quarter of an hour: what breaks meanwhile is told together.
public struct ConnectionWarnings: Sendable {
    /// How long before the end the first warning goes out.
    public static let notice = Duration.days(7)
    private static let lastNotice = Duration.days(1)
    /// How long after a mail the next one to the same person goes out at the earliest.
    private static let silence = Duration.minutes(15)
    /// The warning that it is over.
    private static let over = 3

    private let mainURL: URL
    private let database: any Database
    private let channels: Channels
    private let mail: Mail
    private let time: any TimeSource

    public init(mainURL: URL, database: any Database, channels: Channels, mail: Mail, time: any TimeSource) {
        self.mainURL = mainURL
        self.database = database
        self.channels = channels
        self.mail = mail
        self.time = time
    }

    /// Sends the warnings whose time has come, each once whoever sends them; returns how many. Run by the worker.
    @discardableResult
    public func send(limit: Int) async throws -> Int {
        let now = time.now
        let due = try await database.read {
            try IntegrationRepository.toBeWarnedOf(week: now + Self.notice, day: now + Self.lastNotice, now: now, limit: limit, in: $0)
        }
        var sent = 0
        for (channel, stage) in due where try await warn(of: channel, stage: stage) { sent += 1 }
        try await mailWhatWaits(limit: limit)
        return sent
    }

    private func warn(of channel: Integration, stage: Int) async throws -> Bool {
        var channel = channel
        if stage == Self.over, !channel.needsReconnect { channel.reconnectReason = try await channels.ended(channel).message }
        let warned = channel
        let posts = try await database.write { transaction -> String? in
            guard try IntegrationRepository.noteWarning(stage, of: warned.id, in: transaction) else { return nil }
            let zone = try OrganizationRepository.find(warned.organizationId, in: transaction).map { try Schedule.timeZone($0.timeZone) } ?? .utc
            let risk = try PostsAtRisk(of: warned, in: transaction)
            if mail.configured {
                for reader in try Self.readers(of: warned.organizationId, in: transaction) {
                    try ConnectionNoticeRepository.insert(warned.id, for: reader.id, in: transaction)
                }
            }
            return risk?.sentence(in: zone, ended: warned.needsReconnect) ?? ""
        }
        guard let posts else { return false }
        // That it is over was told when it was noticed.
        if !channel.needsReconnect, let end = channel.endsAt {
            await channels.send(.integrationEnding, channel, ["endsAt": .string(end.description), "posts": .string(posts)])
        }
        return true
    }

    private static func readers(of organization: OrganizationID, in transaction: any Transaction) throws -> [User] {
        try MailChoiceRepository.readers(of: organization, wanting: .connections, in: transaction).filter { $0.role.may(.manage) }.map(\.user)
    }

    // MARK: Mails

    private func mailWhatWaits(limit: Int) async throws {
        guard mail.configured else { return }
        let start = time.now - Self.silence
        let waiting = try await database.read { try ConnectionNoticeRepository.waiting(unlessToldSince: start, limit: limit, in: $0) }
        for person in waiting {
            try await database.write { try tell(person, in: $0) }
        }
    }

    /// One mail with what is so still: who has connected a channel again meanwhile need not be told.
    private func tell(_ person: UserID, in transaction: any Transaction) throws {
        let soon = time.now + Self.notice
        let noticed = try ConnectionNoticeRepository.take(of: person, in: transaction).filter { channel in
            channel.needsReconnect || channel.endsAt.map { $0 <= soon } ?? false
        }
        var readers: [OrganizationID: User] = [:]
        for organization in Set(noticed.map(\.organizationId)) {
            readers[organization] = try Self.readers(of: organization, in: transaction).first { $0.id == person }
        }
        let told = try noticed.filter { readers[$0.organizationId] != nil }.map { try connection($0, in: transaction) }
        guard let reader = readers.values.first, !told.isEmpty else { return }
        try mail.queue(
            .connections(told, page: mainURL.appending(path: "channels").absoluteString), to: [MailReader(reader)], in: transaction)
    }

    private func connection(_ channel: Integration, in transaction: any Transaction) throws -> MailKind.Connection {
        let risk = try PostsAtRisk(of: channel, in: transaction)
        let posts = (risk?.posts ?? []).map { post in
            MailKind.Post(
                time: post.dueAt, opening: post.opening, address: mainURL.appending(path: "posts/\(post.postId)").absoluteString)
        }
        return MailKind.Connection(
            channel: "\(channels.registry[channel.platform]?.descriptor.name ?? channel.platform.rawValue) \(channel.displayName)",
            end: channel.endsAt, ended: channel.reconnectReason, posts: posts, count: risk?.count ?? 0)
    }
}
