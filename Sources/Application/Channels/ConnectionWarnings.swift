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
                for recipient in try OrganizationRepository.administrators(of: warned.organizationId, in: transaction) {
                    try mail.queue(message(to: recipient, about: warned, risk, zone), in: transaction)
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

    private func message(to recipient: String, about channel: Integration, _ risk: PostsAtRisk?, _ zone: Zone) -> MailMessage {
        let name = "\(channels.registry[channel.platform]?.descriptor.name ?? channel.platform.rawValue) \(channel.displayName)"
        let page = mainURL.appending(path: "channels").absoluteString
        let end = channel.endsAt.map { "\(PostsAtRisk.words($0, in: zone)) (\(zone.name))" } ?? ""
        let (subject, opening): (String, String) =
            if let reason = channel.reconnectReason {
                ("\(name) must be connected again", "The connection to \(name) has ended. \(reason)")
            } else {
                (
                    "\(name) must be connected again before \(end)",
                    "The connection to \(name) ends at \(end), and only a person can renew it."
                )
            }
        return MailMessage(
            to: recipient, subject: subject,
            text: "\(opening)\n\nConnect it again: \(page)\n\n\(posts(risk, ended: channel.needsReconnect, zone))\n")
    }

    private func posts(_ risk: PostsAtRisk?, ended: Bool, _ zone: Zone) -> String {
        guard let risk else { return "No planned post depends on it." }
        let lines = risk.posts.map { post in
            let time = post.dueAt.map { PostsAtRisk.words($0, in: zone) + "  " } ?? ""
            return "- \(time)\(post.opening)\n  \(mainURL.appending(path: "posts/\(post.postId)").absoluteString)"
        }
        let rest = risk.count > risk.posts.count ? ["and \(risk.count - risk.posts.count) more"] : []
        return (["These planned posts \(ended ? "wait until that is done" : "would wait"):"] + lines + rest).joined(separator: "\n")
    }
}
