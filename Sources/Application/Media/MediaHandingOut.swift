import Domain
import Persistence

extension MediaLibrary {
    /// A file, to be served. Throws `NOT_FOUND`, also for a thumbnail that does not exist.
    public func file(_ id: MediaID, thumbnail: Bool, as caller: Caller) async throws -> MediaFile {
        try caller.require(.postsRead)
        let media = try await media(id, of: caller.organizationId, orInTrash: true)
        guard !thumbnail || media.hasThumbnail else { throw ProblemReport.notFound("thumbnail") }
        return try await served(media, thumbnail: thumbnail)
    }

    func served(_ media: Media, thumbnail: Bool) async throws -> MediaFile {
        let key = thumbnail ? MediaKey.thumbnail(media.digest) : MediaKey.file(media.digest)
        return try await storing {
            MediaFile(
                store: store, key: key, mimeType: thumbnail ? "image/webp" : media.mimeType, size: try await size(of: key), tag: media.digest,
                name: media.name)
        }
    }

    /// Of what has to be there.
    func size(of key: String) async throws -> Int {
        guard let size = try await store.size(of: key) else { throw MissingFile(place: store.place) }
        return size
    }

    /// Those of `ids` that the organization has.
    public func items(_ ids: Set<MediaID>, of organization: OrganizationID) async throws -> [MediaID: Media] {
        guard !ids.isEmpty else { return [:] }
        let found = try await database.read { try MediaRepository.find(ids, of: organization, in: $0) }
        return Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
    }

    func media(_ id: MediaID, of organization: OrganizationID, orInTrash: Bool = false) async throws -> Media {
        guard let media = try await database.read({ try MediaRepository.find(id, of: organization, orInTrash: orInTrash, in: $0) }) else {
            throw ProblemReport.notFound("file")
        }
        return media
    }
}
