import Domain
import Persistence

/// What was deleted stays in the trash for a while and comes back from there: posts (`Posts.restore`), files (`MediaLibrary.restore`), channels
/// (`Channels.restore`). Then it is gone for good.
public struct Trash: Sendable {
    private static let batch = 500

    private let database: any Database
    private let channels: Channels?
    private let media: MediaLibrary
    private let audit: AuditLog
    private let time: any TimeSource
    /// How long what was deleted can come back.
    public let keeps: Duration

    /// Without `channels` it holds posts and files only.
    public init(
        database: any Database, channels: Channels? = nil, media: MediaLibrary, audit: AuditLog, time: any TimeSource, keeps: Duration
    ) {
        self.database = database
        self.channels = channels
        self.media = media
        self.audit = audit
        self.time = time
        self.keeps = keeps
    }

    /// How much left the trash for good.
    public struct Emptied: Codable, Sendable, Equatable {
        public let posts: Int
        public let files: Int
        public let channels: Int

        public init(posts: Int, files: Int, channels: Int = 0) {
            self.posts = posts
            self.files = files
            self.channels = channels
        }
    }

    /// Removes what is in the workspace's trash for good. What a platform may still be working on stays, and channels
    /// where the caller may not change any. For administrators.
    public func empty(as caller: Caller) async throws -> Emptied {
        try caller.require(.postsWrite)
        try caller.require(.mediaWrite)
        try caller.requireApproved(to: "empty the trash")
        try caller.require(.manage)
        let emptied = try await purge(
            deletedBefore: time.now + .milliseconds(1), of: caller.organizationId, withChannels: caller.may(Scope.channelsWrite))
        let counts = [("posts", emptied.posts), ("files", emptied.files), ("channels", emptied.channels)]
        try await audit.record(
            "trash.emptied", detail: Dictionary(uniqueKeysWithValues: counts.map { ($0, .number(Double($1))) }), as: caller)
        return emptied
    }

    /// Removes what was in the trash long enough, of all workspaces. For the regular clean-up.
    @discardableResult
    public func removeOld() async throws -> Emptied { try await purge(deletedBefore: time.now - keeps, of: nil, withChannels: true) }

    private func purge(deletedBefore end: Timestamp, of organization: OrganizationID?, withChannels: Bool) async throws -> Emptied {
        let now = time.now
        var (posts, files) = (0, 0)
        while true {
            let count = try await database.write {
                try TrashRepository.purgePosts(deletedBefore: end, of: organization, limit: Self.batch, in: $0)
            }
            posts += count
            if count < Self.batch { break }
        }
        while true {
            let digests = try await database.write { transaction in
                let digests = try TrashRepository.purgeMedia(
                    deletedBefore: end, of: organization, limit: Self.batch, now: now, in: transaction)
                for digest in Set(digests) { try MediaHoldRepository.leave(digest, now: now, in: transaction) }
                return digests
            }
            files += digests.count
            for digest in Set(digests) { await media.tidyUp(digest) }
            if digests.count < Self.batch { break }
        }
        let removed = withChannels ? try await channels?.purge(deletedBefore: end, of: organization) ?? 0 : 0
        return Emptied(posts: posts, files: files, channels: removed)
    }
}
