import Domain
import Foundation
import Persistence

/// Removing files, bringing them back, and putting one in the place of another.
extension MediaLibrary {
    private var audit: AuditLog { AuditLog(database: database, time: time) }
    /// Of the posts that use a file.
    private static let mostUses = 50

    /// Where a file is used.
    public struct Use: Sendable, Equatable {
        public let post: PostID
        public let status: PostStatus
        /// How its text begins.
        public let opening: String
    }

    /// The posts that use a file, those that come or came last first, at most 50.
    public func uses(of id: MediaID, as caller: Caller) async throws -> [Use] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.readDelayed { transaction in
            let posts = try MediaRepository.posts(using: id, of: organization, limit: Self.mostUses, in: transaction)
            let openings = try PostRepository.openings(of: posts.map(\.id), of: organization, in: transaction)
            return posts.map { Use(post: $0.id, status: $0.status, opening: openings[$0.id] ?? "") }
        }
    }

    /// Puts a file into the trash, from which `restore` brings it back until it is emptied; `forGood` removes it at once, from the trash too.
    /// Throws `MEDIA_IN_USE`, naming the posts, while a draft or a post that has not gone out needs the file.
    public func remove(_ id: MediaID, forGood: Bool = false, as caller: Caller) async throws {
        try caller.require(.mediaWrite)
        if forGood { try caller.requireApproved(to: "remove files for good") }
        let (now, organization) = (time.now, caller.organizationId)
        let digest = try await database.write { transaction -> String? in
            guard let media = try MediaRepository.find(id, of: organization, lock: true, orInTrash: forGood, in: transaction) else {
                throw ProblemReport.notFound("file")
            }
            let posts = try MediaRepository.postsNeeding(id, of: organization, in: transaction)
            guard posts.isEmpty else { throw Self.inUse(posts) }
            try audit.record(
                forGood ? "media.purged" : "media.trashed", target: id.text, detail: ["name": .string(media.name)], as: caller, in: transaction)
            guard forGood else {
                try MediaRepository.remove(id, of: organization, now: now, in: transaction)
                return nil
            }
            let digest = try TrashRepository.purgeMedia(id, of: organization, now: now, in: transaction)
            if let digest { try MediaHoldRepository.leave(digest, now: now, in: transaction) }
            return digest
        }
        if let digest { await tidyUp(digest) }
        await send(.mediaDeleted, id, of: organization)
    }

    private static func inUse(_ posts: [PostID]) -> ProblemReport {
        ProblemReport(
            .mediaInUse,
            "\(posts.count == 1 ? "A post that is still to go out uses" : "\(posts.count) posts still to go out use") this file. Change them first.",
            details: ["posts": .array(posts.prefix(20).map { .string($0.text) })])
    }

    /// Takes a file out of the trash. Throws `NOT_FOUND` when it is not there any more.
    public func restore(_ id: MediaID, as caller: Caller) async throws -> MediaView {
        try caller.require(.mediaWrite)
        let organization = caller.organizationId
        let media = try await database.write { transaction -> Media? in
            guard try TrashRepository.restoreMedia(id, of: organization, in: transaction) else { return nil }
            try audit.record("media.restored", target: id.text, as: caller, in: transaction)
            return try MediaRepository.find(id, of: organization, in: transaction)
        }
        guard let media else { throw ProblemReport.notFound("file") }
        await send(.mediaUpdated, id, of: organization)
        return MediaView(media)
    }

    /// Puts the file `new` in the place of `id` in every post that has not begun to go out, with the alternative text, where the new one has none,
    /// and the folder. The old one goes to the trash unless other posts use it: what went out keeps what it went out with. Throws `CONFLICT` while
    /// one of the posts is being sent, `VALIDATION_FAILED` for a file of another kind, and what `update` throws about planned posts.
    public func replace(_ id: MediaID, with new: MediaID, as caller: Caller) async throws -> MediaView {
        try caller.require(.mediaWrite)
        let (now, organization) = (time.now, caller.organizationId)
        let (media, changed) = try await database.write { transaction -> (Media, [PostID]) in
            guard let old = try MediaRepository.find(id, of: organization, lock: true, in: transaction),
                var media = try MediaRepository.find(new, of: organization, lock: true, in: transaction)
            else { throw ProblemReport.notFound("file") }
            guard id != new, old.kind == media.kind else {
                throw ProblemReport.invalid("with", "Give another file of the same kind, so that the posts that use it stay as they are meant.")
            }
            let users = try MediaRepository.posts(stillUsing: id, of: organization, in: transaction)
            guard !users.contains(where: { $0.status == .publishing }) else {
                throw ProblemReport(.conflict, "A post with this file is being sent at this moment. Try again in a few seconds.")
            }
            let waiting = users.filter { $0.status.isProposal || $0.status == .scheduled }
            try Self.requirePostChange(of: waiting, by: caller, in: transaction)
            (media.altText, media.folder) = (media.altText ?? old.altText, old.folder)
            try MediaRepository.update(media, in: transaction)
            let changed = try waiting.map(\.id).filter { post in
                guard var one = try PostRepository.find(post, of: organization, lock: true, in: transaction) else { return false }
                (one.content, one.updatedAt) = (one.content.replacing(id, with: new), now)
                return try PostRepository.update(one, basedOn: one.revision, in: transaction)
            }
            try PreflightRepository.lookAgain(of: organization, now: now, in: transaction)
            if try MediaRepository.posts(using: id, of: organization, limit: 1, in: transaction).isEmpty {
                try MediaRepository.remove(id, of: organization, now: now, in: transaction)
            }
            try audit.record(
                "media.replaced", target: id.text, detail: ["with": .string(new.text), "posts": .number(Double(changed.count))], as: caller,
                in: transaction)
            return (media, changed)
        }
        for file in [id, new] { await send(.mediaUpdated, file, of: organization) }
        for post in changed {
            await events.publish(ProductEvent(.postUpdated, organizationId: organization, at: now, data: ["postId": .string(post.text)]))
        }
        return MediaView(media)
    }
}
