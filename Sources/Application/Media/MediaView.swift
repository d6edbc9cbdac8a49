import Domain

/// An uploaded file as the API and the pages show it.
public struct MediaView: Codable, Sendable, Equatable {
    public let id: MediaID
    public let name: String
    public let kind: MediaKind
    public let mimeType: String
    /// Bytes.
    public let size: Int
    public let width: Int?
    public let height: Int?
    /// Seconds.
    public let duration: Double?
    public let altText: String?
    /// Relative to the instance's address.
    public let url: String
    public let thumbnailUrl: String?
    /// Of a film, the versions that were asked for.
    public let conversions: [FilmConversion]
    /// Where it lies in the library; null when in no folder.
    public let folder: String?
    /// Of a film, the languages in which it has captions.
    public let captions: [String]
    public let createdAt: Timestamp
    /// When it was put into the trash; null unless it is there.
    public let deletedAt: Timestamp?

    init(_ media: Media) {
        id = media.id
        name = media.name
        kind = media.kind
        mimeType = media.mimeType
        size = media.size
        width = media.width
        height = media.height
        duration = media.duration
        altText = media.altText
        url = "/api/media/\(media.id)/file"
        thumbnailUrl = media.hasThumbnail ? "/api/media/\(media.id)/thumbnail" : nil
        conversions = media.conversions
        folder = media.folder
        captions = media.captionLanguages
        createdAt = media.createdAt
        deletedAt = media.deletedAt
    }
}

/// A stored file, ready to be served.
public struct MediaFile: Sendable {
    let store: any MediaStore
    let key: String
    public let mimeType: String
    /// Bytes.
    public let size: Int
    /// An entity tag: changes whenever the bytes do. A thumbnail's is that of its original.
    public let tag: String
    /// For display only: it was never part of a path.
    public let name: String

    /// The bytes of `range` as they are read. Throws `STORAGE_UNAVAILABLE` when they cannot be had.
    public func bytes(_ range: Range<Int>) async throws -> StoredBytes {
        do {
            return try await StoredBytes(store, key, range)
        } catch let error as DiskError {
            throw error.problem
        } catch let error as StoreError {
            throw error.problem
        }
    }
}
