/// How a film is made into one that a platform takes: H.264 and AAC in an MP4 with its index in front, within these bounds.
public struct FilmFitting: Codable, Sendable, Hashable {
    public static let type = "video/mp4"
    /// Bits a second below which a film is not worth seeing.
    static let leastRate = 250_000.0

    /// Pixels, as it is shown.
    public let maxWidth: Int?
    public let maxHeight: Int?
    /// Width times height.
    public let maxPixels: Int?
    /// Frames a second.
    public let leastFrameRate: Double?
    public let mostFrameRate: Double?
    public let maxBytes: Int
    public let sound: TrackRule.Sound

    public init(
        maxWidth: Int? = nil, maxHeight: Int? = nil, maxPixels: Int? = nil, leastFrameRate: Double? = nil, mostFrameRate: Double? = nil,
        maxBytes: Int, sound: TrackRule.Sound = .optional
    ) {
        self.maxWidth = maxWidth
        self.maxHeight = maxHeight
        self.maxPixels = maxPixels
        self.leastFrameRate = leastFrameRate
        self.mostFrameRate = mostFrameRate
        self.maxBytes = maxBytes
        self.sound = sound
    }
}

/// A version of a film that somebody asked for.
public struct FilmConversion: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable, CaseIterable { case waiting = "WAITING", ready = "READY", failed = "FAILED" }

    public let fitting: FilmFitting
    public var state: State
    /// Why it failed, for a person.
    public var reason: String?

    public init(_ fitting: FilmFitting, state: State = .waiting, reason: String? = nil) {
        self.fitting = fitting
        self.state = state
        self.reason = reason
    }
}

extension Media {
    public func conversion(to fitting: FilmFitting) -> FilmConversion? { conversions.first { $0.fitting == fitting } }
}

extension MediaRule {
    /// Into what a film would have to be converted for the platform to take it; nil when it goes as it is, or when converting does not mend
    /// what is wrong: its length or shape, too few pixels, or too few bytes for so long a film.
    public func conversion(of media: Media, limits: AccountLimits) -> FilmFitting? {
        guard media.kind == .video, kind(of: media) == .video, maxVideos > 0, let rule = video else { return nil }
        let types = limits.mediaTypes ?? rule.types
        let codecs = (rule.tracks?.videoCodecs ?? [], rule.tracks?.audioCodecs ?? [])
        guard types.contains(FilmFitting.type), codecs.0.isEmpty || codecs.0.contains("h264"), codecs.1.isEmpty || codecs.1.contains("aac")
        else { return nil }
        let inspection = FileInspection(file: media, rule: rule, limits: limits)
        guard !types.contains(media.mimeType) || !inspection.findings.isEmpty, inspection.findingsAfterConversion.isEmpty else { return nil }
        let fitting = FilmFitting(
            maxWidth: rule.width?.most.map { Int($0) }, maxHeight: rule.height?.most.map { Int($0) },
            maxPixels: limits.videoPixels ?? rule.maxPixels, leastFrameRate: rule.tracks?.frameRate?.least,
            mostFrameRate: limits.videoFrameRate.map(Double.init) ?? rule.tracks?.frameRate?.most, maxBytes: limits.videoBytes ?? rule.maxBytes,
            sound: rule.tracks?.sound ?? .optional)
        guard let duration = media.duration, duration > 0, Double(fitting.maxBytes) * 8 / duration >= FilmFitting.leastRate else { return nil }
        return fitting
    }
}
