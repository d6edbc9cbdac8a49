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
    public let createdAt: Timestamp

    public init(_ media: Media) {
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
        createdAt = media.createdAt
    }
}

/// A file on disk, ready to be served.
public struct MediaFile: Sendable, Equatable {
    public let path: String
    public let mimeType: String
    /// Bytes.
    public let size: Int
    /// SHA-256, lower-case hex: an entity tag. A thumbnail's is that of its original.
    public let digest: String
    /// For display only: it was never part of a path.
    public let name: String

    public init(path: String, mimeType: String, size: Int, digest: String, name: String) {
        self.path = path
        self.mimeType = mimeType
        self.size = size
        self.digest = digest
        self.name = name
    }
}
