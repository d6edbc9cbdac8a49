/// What files a part may carry.
public struct MediaRule: Codable, Sendable, Equatable {
    public let maxImages: Int
    public let maxVideos: Int
    public let maxAnimations: Int
    public let maxDocuments: Int
    public let maxAudios: Int
    /// Whether images may stand beside a video or animation.
    public let mixing: Bool
    public let required: Bool
    /// Whether several pictures must have the same width and height.
    public let uniform: Bool
    public let image: FileRule?
    public let animation: FileRule?
    public let video: FileRule?
    public let document: FileRule?
    public let audio: FileRule?
    /// What one picture beside a video may be: it becomes the video's cover. Nil where a video takes no cover.
    public let cover: FileRule?
    /// Characters; 0 when the platform has no alternative text.
    public let altTextLimit: Int

    public init(
        maxImages: Int, maxVideos: Int, maxAnimations: Int, maxDocuments: Int = 0, maxAudios: Int = 0, mixing: Bool = false, required: Bool = false,
        uniform: Bool = false, image: FileRule?, animation: FileRule?, video: FileRule?, document: FileRule? = nil, audio: FileRule? = nil,
        cover: FileRule? = nil, altTextLimit: Int
    ) {
        self.maxImages = maxImages
        self.maxVideos = maxVideos
        self.maxAnimations = maxAnimations
        self.maxDocuments = maxDocuments
        self.maxAudios = maxAudios
        self.mixing = mixing
        self.required = required
        self.uniform = uniform
        self.image = image
        self.animation = animation
        self.video = video
        self.document = document
        self.audio = audio
        self.cover = cover
        self.altTextLimit = altTextLimit
    }

    /// No files at all.
    public static let nothing = MediaRule(maxImages: 0, maxVideos: 0, maxAnimations: 0, image: nil, animation: nil, video: nil, altTextLimit: 0)

    public func rule(for kind: MediaKind) -> FileRule? {
        switch kind {
        case .image: image
        case .animation: animation
        case .video: video
        case .document: document
        case .audio: audio
        }
    }

    /// What the platform takes a file for: a picture that moves in a form that it knows only from pictures is one to it.
    public func kind(of media: Media) -> MediaKind {
        guard media.kind == .animation, animation?.types.contains(media.mimeType) != true, image?.types.contains(media.mimeType) == true
        else { return media.kind }
        return .image
    }

    /// The rule for `file` beside `files`: a picture that goes with a video is its cover.
    public func applying(to file: Media, among files: [Media]) -> MediaRule {
        guard let cover, kind(of: file) == .image, files.contains(where: { kind(of: $0) == .video }) else { return self }
        return MediaRule(maxImages: 1, maxVideos: 0, maxAnimations: 0, image: cover, animation: nil, video: nil, altTextLimit: 0)
    }

    public func maximum(of kind: MediaKind) -> Int {
        switch kind {
        case .image: maxImages
        case .animation: maxAnimations
        case .video: maxVideos
        case .document: maxDocuments
        case .audio: maxAudios
        }
    }
}

/// What one file may be.
public struct FileRule: Codable, Sendable, Equatable {
    public let types: [String]
    public let minBytes: Int?
    public let maxBytes: Int
    /// Width times height.
    public let maxPixels: Int?
    /// Pixels, as it is shown.
    public let width: Bounds?
    public let height: Bounds?
    /// Width divided by height.
    public let ratio: Bounds?
    /// Seconds.
    public let minDuration: Double?
    public let maxDuration: Double?
    /// Of an animation.
    public let maxFrames: Int?
    public let maxPixelsOfAllFrames: Int?
    /// Of a document.
    public let maxPages: Int?
    /// Of a film or of sound.
    public let tracks: TrackRule?
    /// Whether a film's captions go along.
    public let captions: Bool

    public init(
        types: [String], minBytes: Int? = nil, maxBytes: Int, maxPixels: Int? = nil, width: Bounds? = nil, height: Bounds? = nil,
        ratio: Bounds? = nil, minDuration: Double? = nil, maxDuration: Double? = nil, maxFrames: Int? = nil,
        maxPixelsOfAllFrames: Int? = nil, maxPages: Int? = nil, tracks: TrackRule? = nil, captions: Bool = false
    ) {
        self.types = types
        self.minBytes = minBytes
        self.maxBytes = maxBytes
        self.maxPixels = maxPixels
        self.width = width
        self.height = height
        self.ratio = ratio
        self.minDuration = minDuration
        self.maxDuration = maxDuration
        self.maxFrames = maxFrames
        self.maxPixelsOfAllFrames = maxPixelsOfAllFrames
        self.maxPages = maxPages
        self.tracks = tracks
        self.captions = captions
    }
}
