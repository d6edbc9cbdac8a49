import Domain
import Persistence

/// A post as the API shows it.
public struct PostView: Codable, Sendable, Equatable {
    public let id: PostID
    /// The text of the first part.
    public let content: String
    public let parts: [PostPart]
    /// Addresses of the first part's media.
    public let mediaUrls: [String]
    public let status: PostStatus
    public let scheduledFor: Timestamp?
    public let timeZone: String?
    /// What the clocks of `timeZone` show at that time, which stays when their rules change; null when an instant was chosen.
    public let wallTime: WallTime?
    /// What to know about its time, that the clocks skip it, or show it twice; and what would keep it from going out as things are.
    public let warnings: [Problem]
    public let publishedAt: Timestamp?
    public let platforms: [IntegrationID]
    /// Channel id to the platform's own id of the post.
    public let platformPostIds: [IntegrationID: String]
    /// The first reason why something failed or waits.
    public let errorMessage: String?
    public let versions: [IntegrationID: [PostPart]]
    public let settings: [IntegrationID: [String: JSONValue]]
    public let tags: [String]
    /// Whether its links go out as they are written, whatever the workspace's rules for links say.
    public let linksAsWritten: Bool
    /// How it repeats, as a rule of RFC 5545; null when it does not.
    public let recurrence: String?
    /// The series that it belongs to, when it repeats.
    public let seriesId: SeriesID?
    /// The day that the rule names for it: `2026-11-24`; null when it does not repeat.
    public let seriesDay: String?
    public let origin: Origin
    public let revision: Int
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
    /// When it was put into the trash; null unless it is there.
    public let deletedAt: Timestamp?
    public let publications: [PublicationView]
}

/// A post on one channel as the API shows it.
public struct PublicationView: Codable, Sendable, Equatable {
    public let id: PublicationID
    public let integrationId: IntegrationID
    public let platform: PlatformID
    /// The channel's name.
    public let channel: String
    public let status: PublicationStatus
    public let dueAt: Timestamp?
    public let attempts: Int
    public let nextAttemptAt: Timestamp?
    public let platformPostId: String?
    public let url: String?
    public let publishedAt: Timestamp?
    /// When it was taken away from the platform again.
    public let removedAt: Timestamp?
    /// What the platform made otherwise than was asked, in words.
    public let notes: [String]
    public let error: PublicationError?
    public let progress: PublicationProgress
}

/// How many parts of a thread are out.
public struct PublicationProgress: Codable, Sendable, Equatable {
    public let done: Int
    public let total: Int
}

/// One try to publish, as the API shows it.
public struct AttemptView: Codable, Sendable, Equatable {
    public let publicationId: PublicationID
    public let number: Int
    public let startedAt: Timestamp
    public let finishedAt: Timestamp?
    public let outcome: PublicationStatus?
    public let errorCode: String?
    public let errorMessage: String?
    /// What the platform answered, secrets removed.
    public let platformAnswer: String?
}

extension PostView {
    init(
        _ post: Post, publications: [Publication], channels: [IntegrationID: ChannelName], progress: [PublicationID: Int], rule: String? = nil
    ) {
        let first = post.content.parts.first
        let views = publications.map { publication in
            PublicationView(
                publication, channel: channels[publication.integrationId], parts: post.content.parts(for: publication.integrationId).count,
                done: progress[publication.id] ?? 0)
        }
        self.init(
            id: post.id, content: first?.text ?? "", parts: post.content.parts,
            mediaUrls: (first?.mediaIds ?? []).map { "/api/media/\($0)/file" }, status: post.status, scheduledFor: post.scheduledFor,
            timeZone: post.timeZone, wallTime: post.wallTime, warnings: post.clockWarnings + publications.planned.flatMap(\.problems),
            publishedAt: views.compactMap(\.publishedAt).max(),
            platforms: post.channels,
            platformPostIds: Dictionary(
                views.compactMap { view in view.platformPostId.map { (view.integrationId, $0) } }, uniquingKeysWith: { _, last in last }),
            errorMessage: views.lazy.compactMap { $0.error?.message }.first, versions: post.content.versions, settings: post.content.settings,
            tags: post.tags, linksAsWritten: post.content.linksAsWritten ?? false, recurrence: rule,
            seriesId: post.series?.id, seriesDay: post.series?.day, origin: post.origin, revision: post.revision,
            createdAt: post.createdAt, updatedAt: post.updatedAt,
            deletedAt: post.deletedAt, publications: views)
    }
}

extension PostView {
    /// Its time as a draft gives it: the wall time where one was chosen, else the instant.
    public var plannedFor: String? { wallTime?.description ?? scheduledFor?.description }
}

extension [Publication] {
    fileprivate var planned: [Publication] { filter { $0.status == .scheduled } }
}

extension Post {
    fileprivate var clockWarnings: [Problem] {
        guard let wallTime, [.draft, .inReview, .scheduled].contains(status), let zone = timeZone.flatMap(ZoneData.inForce.zone(named:)) else {
            return []
        }
        return [Problem(wallTime, in: zone)].compactMap { $0 }
    }
}

extension PublicationView {
    init(_ publication: Publication, channel: ChannelName?, parts: Int, done: Int) {
        self.init(
            id: publication.id, integrationId: publication.integrationId, platform: channel?.platform ?? "removed",
            channel: channel?.name ?? "Removed channel", status: publication.status, dueAt: publication.dueAt,
            attempts: publication.attempts, nextAttemptAt: publication.nextAttemptAt, platformPostId: publication.platformPostId,
            url: publication.url, publishedAt: publication.publishedAt, removedAt: publication.removedAt, notes: publication.notes,
            error: publication.error,
            progress: PublicationProgress(done: publication.status == .published ? parts : min(done, parts), total: parts))
    }
}

// What the API always shows is there when it is empty, too: as null.

extension PostView {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(content, forKey: .content)
        try container.encode(parts, forKey: .parts)
        try container.encode(mediaUrls, forKey: .mediaUrls)
        try container.encode(status, forKey: .status)
        try container.encode(scheduledFor, forKey: .scheduledFor)
        try container.encode(timeZone, forKey: .timeZone)
        try container.encode(wallTime, forKey: .wallTime)
        try container.encode(warnings, forKey: .warnings)
        try container.encode(publishedAt, forKey: .publishedAt)
        try container.encode(platforms, forKey: .platforms)
        try container.encode(platformPostIds, forKey: .platformPostIds)
        try container.encode(errorMessage, forKey: .errorMessage)
        try container.encode(versions, forKey: .versions)
        try container.encode(settings, forKey: .settings)
        try container.encode(tags, forKey: .tags)
        try container.encode(linksAsWritten, forKey: .linksAsWritten)
        try container.encode(recurrence, forKey: .recurrence)
        try container.encode(seriesId, forKey: .seriesId)
        try container.encode(seriesDay, forKey: .seriesDay)
        try container.encode(origin, forKey: .origin)
        try container.encode(revision, forKey: .revision)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(updatedAt, forKey: .updatedAt)
        try container.encode(publications, forKey: .publications)
    }
}

extension PublicationView {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(integrationId, forKey: .integrationId)
        try container.encode(platform, forKey: .platform)
        try container.encode(channel, forKey: .channel)
        try container.encode(status, forKey: .status)
        try container.encode(dueAt, forKey: .dueAt)
        try container.encode(attempts, forKey: .attempts)
        try container.encode(nextAttemptAt, forKey: .nextAttemptAt)
        try container.encode(platformPostId, forKey: .platformPostId)
        try container.encode(url, forKey: .url)
        try container.encode(publishedAt, forKey: .publishedAt)
        try container.encode(removedAt, forKey: .removedAt)
        try container.encode(notes, forKey: .notes)
        try container.encode(error, forKey: .error)
        try container.encode(progress, forKey: .progress)
    }
}
