/// What was found inside a file beyond its size. Nil: not known, or it has none.
public struct MediaFacts: Codable, Sendable, Equatable {
    /// As FFmpeg calls them: `h264`, `hevc`, `vp9`.
    public var videoCodec: String?
    /// How pixels are stored, as FFmpeg calls it: `yuv420p`.
    public var pixelFormat: String?
    /// Frames a second, on average.
    public var frameRate: Double?
    /// Whether there is sound; nil where nobody looked.
    public var hasSound: Bool?
    public var audioCodec: String?
    /// Whether playing can begin before the whole file is there: the index stands in front ("fast start").
    public var indexFirst: Bool?
    /// Of an animation.
    public var frames: Int?
    /// Of a document.
    public var pages: Int?

    public init(
        videoCodec: String? = nil, pixelFormat: String? = nil, frameRate: Double? = nil, hasSound: Bool? = nil, audioCodec: String? = nil,
        indexFirst: Bool? = nil, frames: Int? = nil, pages: Int? = nil
    ) {
        self.videoCodec = videoCodec
        self.pixelFormat = pixelFormat
        self.frameRate = frameRate
        self.hasSound = hasSound
        self.audioCodec = audioCodec
        self.indexFirst = indexFirst
        self.frames = frames
        self.pages = pages
    }
}

/// From the least to the most, both included; nil is no bound.
public struct Bounds: Codable, Sendable, Equatable {
    public let least: Double?
    public let most: Double?

    public init(_ least: Double? = nil, _ most: Double? = nil) {
        self.least = least
        self.most = most
    }
}

/// What the tracks of a film may be. Codecs and pixel formats by FFmpeg's names; an empty list takes all.
public struct TrackRule: Codable, Sendable, Equatable {
    public enum Sound: String, Codable, Sendable, CaseIterable { case optional = "OPTIONAL", required = "REQUIRED", forbidden = "FORBIDDEN" }

    public let videoCodecs: [String]
    public let pixelFormats: [String]
    public let audioCodecs: [String]
    /// Frames a second.
    public let frameRate: Bounds?
    public let sound: Sound
    /// Whether the index has to stand in front.
    public let indexFirst: Bool

    public init(
        videoCodecs: [String] = [], pixelFormats: [String] = [], audioCodecs: [String] = [], frameRate: Bounds? = nil,
        sound: Sound = .optional, indexFirst: Bool = false
    ) {
        self.videoCodecs = videoCodecs
        self.pixelFormats = pixelFormats
        self.audioCodecs = audioCodecs
        self.frameRate = frameRate
        self.sound = sound
        self.indexFirst = indexFirst
    }
}
