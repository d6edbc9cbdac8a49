/// A file on its way up in pieces.
public struct PartialUpload: Sendable, Equatable {
    public let id: PartialUploadID
    public let organizationId: OrganizationID
    public let name: String
    public let altText: String?
    /// Bytes of the whole file, as announced.
    public let size: Int
    /// Bytes that are on the disk, counted from the beginning.
    public let received: Int
    /// The file it became; nil until it is whole.
    public let mediaId: MediaID?
    public let createdAt: Timestamp
    /// When it is forgotten, unless another piece arrives.
    public let expiresAt: Timestamp

    public init(
        id: PartialUploadID, organizationId: OrganizationID, name: String, altText: String?, size: Int, received: Int, mediaId: MediaID?,
        createdAt: Timestamp, expiresAt: Timestamp
    ) {
        self.id = id
        self.organizationId = organizationId
        self.name = name
        self.altText = altText
        self.size = size
        self.received = received
        self.mediaId = mediaId
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

public typealias PartialUploadID = Identifier<PartialUpload>
