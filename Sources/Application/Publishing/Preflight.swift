import Domain
import Foundation
import Logging
import Persistence
import Platforms

/// Looks ahead: what would keep a planned post from going out is told while there is time to mend it. Each publication is looked at soon after
/// it was planned and a day and an hour before its time; one with something wrong every few minutes, until it is mended.
public struct Preflight: Sendable {
    /// How soon what is wrong is looked at again.
    static let patience = Duration.minutes(5)

    let mainURL: URL
    let database: any Database
    let platforms: PlatformRegistry
    let media: MediaLibrary
    let mail: Mail
    let links: LinkPlans
    let events: PublishingEvents
    let time: any TimeSource

    public init(
        mainURL: URL, database: any Database, platforms: PlatformRegistry, media: MediaLibrary, mail: Mail, publishing: Publishing,
        time: any TimeSource
    ) {
        self.mainURL = mainURL
        self.database = database
        self.platforms = platforms
        self.media = media
        self.mail = mail
        events = publishing.events
        links = publishing.links
        self.time = time
    }

    /// Looks at what is due for a look, at most `limit` publications; returns how many. Run by the worker, several at once at most waste a look.
    @discardableResult
    public func run(limit: Int) async throws -> Int {
        let now = time.now
        let due = try await database.read { try PreflightRepository.due(at: now, again: now - Self.patience, limit: limit, in: $0) }
        var told: [Finding] = []
        for (organization, planned) in Dictionary(grouping: due, by: \.publication.organizationId) {
            told += try await look(at: planned, of: organization)
        }
        for (organization, findings) in Dictionary(grouping: told, by: \.publication.organizationId) {
            try await mail(findings, of: organization)
        }
        return due.count
    }

    /// Something that was found wrong and is to be told.
    private struct Finding: Sendable {
        let publication: Publication
        let post: Post
        let channel: Integration
        let problems: [Problem]
    }

    /// What is known of a workspace while its publications are looked at.
    private struct Surroundings: Sendable {
        let posts: [PostID: Post]
        let channels: [IntegrationID: Integration]
        let files: [MediaID: Media]
        let pause: PauseState
        let links: LinkPlan
    }

    /// Returns what is wrong that was not wrong before.
    private func look(at planned: [PreflightRepository.Planned], of organization: OrganizationID) async throws -> [Finding] {
        let around = try await database.read { transaction in
            let ids = Array(Set(planned.map(\.publication.postId)))
            let posts = try ids.compactMap { try PostRepository.find($0, of: organization, in: transaction) }
            let channels = try IntegrationRepository.list(
                Array(Set(planned.map(\.publication.integrationId))), of: organization, in: transaction)
            let files = try MediaRepository.find(Set(posts.flatMap(\.content.mediaIds)), of: organization, in: transaction)
            return Surroundings(
                posts: Dictionary(uniqueKeysWithValues: posts.map { ($0.id, $0) }),
                channels: Dictionary(uniqueKeysWithValues: channels.map { ($0.id, $0) }),
                files: Dictionary(uniqueKeysWithValues: files.map { ($0.id, $0) }), pause: try Pausing.state(of: organization, in: transaction),
                links: try links.plan(of: organization, in: transaction))
        }
        var faults: [MediaID: String] = [:]
        for file in around.files.values { faults[file.id] = try await media.fault(of: file) }
        let looks = planned.map { one -> (planned: PreflightRepository.Planned, problems: [Problem]) in
            guard let post = around.posts[one.publication.postId], let channel = around.channels[one.publication.integrationId] else {
                return (one, [])
            }
            return (one, problems(of: one.publication, post, on: channel, around, faults))
        }
        let now = time.now
        let noted = try await database.write { transaction in
            try looks.filter { try PreflightRepository.note($0.problems, of: $0.planned, now: now, in: transaction) }
        }
        var findings: [Finding] = []
        for (one, problems) in noted {
            let publication = one.publication
            let known = Set(publication.problems.map(\.code))
            if problems.contains(where: { !known.contains($0.code) }) {
                await events.atRisk(publication, problems)
                guard let post = around.posts[publication.postId], let channel = around.channels[publication.integrationId] else { continue }
                findings.append(Finding(publication: publication, post: post, channel: channel, problems: problems))
            } else if problems.isEmpty, !known.isEmpty {
                await events.readyAgain(publication)
            }
        }
        return findings
    }

    /// What holds a post back although its content is right.
    private static let holds: Set<Problem.Code> = [
        .channelNeedsReconnect, .channelPaused, .tokenExpiresFirst, .scopeMissing, .mediaUnreachable,
    ]

    private func problems(
        of publication: Publication, _ post: Post, on channel: Integration, _ around: Surroundings, _ faults: [MediaID: String]
    ) -> [Problem] {
        guard let platform = platforms[channel.platform], let due = publication.dueAt else { return [] }
        let facts = LinkPlaceholder.facts(channel: channel, tags: post.tags, due: due, timeZone: post.timeZone, post: post.id)
        let context = ChannelContext(
            integration: channel, descriptor: platform.descriptor, filesReachable: mainURL.mayBePublic,
            links: around.links.links(of: post.content, facts: facts, counting: platform.descriptor.text.counting))
        var problems = PostValidator.problems(
            content: post.content, channels: [context], media: around.files, scheduledFor: due, now: time.now
        ).filter { ($0.severity == .error || Self.holds.contains($0.code)) && ($0.integrationId ?? channel.id) == channel.id }
        if around.pause.isPaused {
            let what = around.pause.instancePausedAt == nil ? "the workspace" : "this server"
            problems.append(
                Problem(
                    .publishingPaused, "\(channel.displayName): \(what) is paused: the post waits until an administrator resumes it.",
                    severity: .warning, integrationId: channel.id))
        }
        if channel.refreshable, !channel.needsReconnect, let end = channel.tokenExpiresAt, end <= time.now {
            problems.append(
                Problem(
                    .tokenExpiresFirst,
                    "\(channel.displayName): the connection ended at \(end) and could not be renewed yet; it is tried again. Connect the channel "
                        + "again if this lasts.", severity: .warning, integrationId: channel.id))
        }
        for (part, content) in post.content.parts(for: channel.id).enumerated() {
            for id in content.mediaIds {
                guard let fault = faults[id], let file = around.files[id] else { continue }
                problems.append(
                    Problem(
                        .mediaMissing,
                        "\(channel.displayName): the file \"\(file.name)\" \(fault). The operator restores it from a backup, or choose another file.",
                        integrationId: channel.id, part: part, mediaId: id))
            }
        }
        return problems
    }

    // MARK: Mail

    /// What a connection's own warning has told, with the posts that depend on it.
    private static let toldElsewhere: Set<Problem.Code> = [.channelNeedsReconnect, .tokenExpiresFirst]
    private static let mostInMail = 10

    /// One mail to each administrator, however many posts it is about.
    private func mail(_ findings: [Finding], of organization: OrganizationID) async throws {
        let findings = findings.filter { !$0.problems.allSatisfy { Self.toldElsewhere.contains($0.code) } }.sorted {
            ($0.publication.dueAt ?? .now, $0.publication.id) < ($1.publication.dueAt ?? .now, $1.publication.id)
        }
        guard mail.configured, !findings.isEmpty else { return }
        try await database.write { transaction in
            let readers = try OrganizationRepository.administrators(of: organization, in: transaction)
            try mail.queue(
                .preflight(posts: findings.prefix(Self.mostInMail).map(told), count: findings.count), to: readers.map(MailReader.init),
                in: transaction)
        }
    }

    private func told(of finding: Finding) -> MailKind.Post {
        MailKind.Post(
            time: finding.publication.dueAt,
            opening: PostsAtRisk.opening(of: finding.post.content.parts(for: finding.channel.id).first?.text ?? ""),
            address: mainURL.appending(path: "posts/\(finding.post.id)").absoluteString, problems: finding.problems.map(\.message))
    }
}
