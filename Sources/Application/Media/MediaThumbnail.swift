import Domain
import Foundation
import NIOConcurrencyHelpers
import Persistence

extension MediaLibrary {
    /// The small picture of a file itself, a WebP; nil when there is none, or it is larger than `limit` bytes. Throws `NOT_FOUND`.
    public func thumbnail(_ id: MediaID, atMost limit: Int, as caller: Caller) async throws -> Data? {
        let file: MediaFile
        do {
            file = try await self.file(id, thumbnail: true, as: caller)
        } catch let problem as ProblemReport where problem.code == .notFound {
            _ = try await get(id, as: caller)
            return nil
        }
        guard file.size <= limit else { return nil }
        do {
            return try await DiskFile.onThread {
                let open = try DiskFile.reading(file.path)
                defer { open.close() }
                return try open.read(at: 0, count: file.size)
            }
        } catch let error as DiskError {
            throw error.problem
        }
    }
}

// MARK: - Making thumbnails

extension MediaLibrary {
    /// How many are made at a time.
    private static let thumbnailPlaces = 2
    /// How long one that was begun is left to its process: longer than its programs may run.
    private static let thumbnailLease = Duration.minutes(2)

    /// Makes the thumbnails that are still to be made, one workspace after the other. For the chore.
    public func makeThumbnails() async throws {
        let last = NIOLockedValueBox<OrganizationID?>(nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.thumbnailPlaces {
                group.addTask { while try await makeThumbnail(afterTurnOf: last) {} }
            }
            try await group.waitForAll()
        }
    }

    /// False when none is left.
    private func makeThumbnail(afterTurnOf last: NIOLockedValueBox<OrganizationID?>) async throws -> Bool {
        try Task.checkCancellation()
        let (now, previous) = (time.now, last.withLockedValue { $0 })
        let taken = try await database.write {
            try MediaRepository.takeForThumbnail(after: previous, now: now, until: now + Self.thumbnailLease, in: $0)
        }
        guard let media = taken else { return false }
        last.withLockedValue { $0 = media.organizationId }
        try await storing { try await makeThumbnail(of: media) }
        return true
    }

    private func makeThumbnail(of media: Media) async throws {
        let (folder, now) = (folder, time.now)
        let source = folder.file(media.digest)
        let target = try await folder.newIncoming() + ".webp"
        let made = await tools.makeThumbnail(of: source, kind: media.kind, at: target)
        if !made, Task.isCancelled {
            try await database.write { try MediaRepository.putBackForThumbnail(media.id, now: now, in: $0) }
            throw CancellationError()
        }
        let shown = try await database.write { transaction -> [(id: MediaID, organization: OrganizationID)] in
            // Removed meanwhile: nothing is left to be shown.
            guard try MediaRepository.isReferenced(lockingDigest: media.digest, in: transaction) else { return [] }
            if made { try folder.place(thumbnail: target, digest: media.digest) }
            return try MediaRepository.endThumbnail(ofDigest: media.digest, made: made, in: transaction)
        }
        try await DiskFile.onThread { try DiskFile.remove(target) }
        for (id, organization) in shown { await send(.mediaUpdated, id, of: organization) }
    }
}
