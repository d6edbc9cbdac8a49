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
        var data = Data()
        for try await buffer in try await file.bytes(0..<file.size) { data.append(contentsOf: buffer.readableBytesView) }
        return data
    }
}

// MARK: - Making thumbnails

extension MediaLibrary {
    /// How many are made at a time.
    private static let thumbnailPlaces = 2
    /// How long one that was begun is left to its process: longer than its programs may run, and a film takes to be fetched.
    private var thumbnailLease: Duration { store is FolderStore ? .minutes(2) : .minutes(10) }

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
        let (now, end, previous) = (time.now, time.now + thumbnailLease, last.withLockedValue { $0 })
        let taken = try await database.write {
            try MediaRepository.takeForThumbnail(after: previous, now: now, until: end, in: $0)
        }
        guard let media = taken else { return false }
        last.withLockedValue { $0 = media.organizationId }
        try await storing { try await makeThumbnail(of: media) }
        return true
    }

    private func makeThumbnail(of media: Media) async throws {
        try await folder.withIncoming(".webp") { target in
            let made = try await madeThumbnail(of: media, at: target)
            if !made, Task.isCancelled {
                let now = time.now
                try await database.write { try MediaRepository.putBackForThumbnail(media.id, now: now, in: $0) }
                throw CancellationError()
            }
            let end: @Sendable (any Transaction) throws -> [(id: MediaID, organization: OrganizationID)] = {
                try MediaRepository.endThumbnail(ofDigest: media.digest, made: made, in: $0)
            }
            let shown = made ? try await keep(target, as: MediaKey.thumbnail(media.digest), of: media.digest, end) : try await database.write(end)
            for (id, organization) in shown ?? [] { await send(.mediaUpdated, id, of: organization) }
        }
    }

    private func madeThumbnail(of media: Media, at target: String) async throws -> Bool {
        do {
            return try await withLocalFile(MediaKey.file(media.digest)) { await tools.makeThumbnail(of: $0, kind: media.kind, at: target) }
        } catch is MissingFile {
            return false
        }
    }
}
