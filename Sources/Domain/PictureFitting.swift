/// How a picture is made into one that a platform takes: an upright JPEG in sRGB, no larger than this.
public struct PictureFitting: Codable, Sendable, Hashable {
    public static let type = "image/jpeg"

    /// Width times height.
    public let maxPixels: Int?
    public let maxBytes: Int

    public init(maxPixels: Int?, maxBytes: Int) {
        self.maxPixels = maxPixels
        self.maxBytes = maxBytes
    }
}

extension MediaRule {
    /// What has to be done to a picture before it goes out; nil when it goes as it is, or when nothing would help. What moves is left alone.
    public func fitting(of media: Media, limits: AccountLimits) -> PictureFitting? {
        guard media.kind == .image, maxImages > 0, let image, let width = media.width, let height = media.height else { return nil }
        let types = limits.mediaTypes ?? image.types
        guard types.contains(PictureFitting.type) else { return nil }
        let fitting = PictureFitting(maxPixels: limits.imagePixels ?? image.maxPixels, maxBytes: limits.imageBytes ?? image.maxBytes)
        let fits = types.contains(media.mimeType) && media.size <= fitting.maxBytes && width * height <= fitting.maxPixels ?? .max
        return fits ? nil : fitting
    }
}
