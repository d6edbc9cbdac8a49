import Domain
import Foundation
import Messaging
import Persistence

/// Tells people that a connection ends which only they can renew, a week and a day ahead and when it is over, and which posts depend on it.
public struct ConnectionWarnings: Sendable {
    /// How long before the end the first warning goes out.
    public static let notice = Duration.days(7)
    private static let lastNotice = Duration.days(1)
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
                let readers = try MailChoiceRepository.readers(of: warned.organizationId, wanting: .connections, in: transaction)
                    .filter { $0.role.may(.manage) }
                try mail.queue(told(of: warned, risk), to: readers.map { MailReader($0.user) }, in: transaction)
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

    private func told(of channel: Integration, _ risk: PostsAtRisk?) -> MailKind {
        let posts = (risk?.posts ?? []).map { post in
            MailKind.Post(
                time: post.dueAt, opening: post.opening, address: mainURL.appending(path: "posts/\(post.postId)").absoluteString)
        }
        return .connection(
            channel: "\(channels.registry[channel.platform]?.descriptor.name ?? channel.platform.rawValue) \(channel.displayName)",
            end: channel.endsAt, ended: channel.reconnectReason, posts: posts, count: risk?.count ?? 0,
            page: mainURL.appending(path: "channels").absoluteString)
    }
}
