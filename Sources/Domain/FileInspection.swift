/// Compares what is known of one file with what a platform says it may be. Each finding says what is, what may be, and what to do; what is not
/// known is no finding.
struct FileInspection {
    let file: Media
    let rule: FileRule
    let limits: AccountLimits

    typealias Finding = (code: Problem.Code, message: String)

    /// In the order in which one would mend them.
    var findings: [Finding] { [bytes, pixels, sides, ratio, frames, pages, duration].compactMap(\.self) + tracks }

    /// Of a picture that is going to be fitted: what scaling down and compressing do not mend.
    var findingsAfterFitting: [Finding] { [sides, ratio].compactMap(\.self) }

    /// Of a film that is going to be converted: what scaling down and encoding anew do not mend.
    var findingsAfterConversion: [Finding] {
        let isSmall = sides.map { $0.code == .mediaTooSmall } == true
        let isShort = rule.minBytes.map { file.size < $0 } == true
        return [ratio, duration, isSmall ? sides : nil, isShort ? bytes : nil].compactMap(\.self)
    }

    // MARK: - Size

    private var bytes: Finding? {
        let most =
            ([.video, .audio].contains(file.kind) ? limits.videoBytes : [.image, .animation].contains(file.kind) ? limits.imageBytes : nil)
            ?? rule.maxBytes
        if file.size > most {
            return (.mediaTooLarge, "has \(Self.megabytes(file.size, up: true)) of \(Self.megabytes(most, up: false)) MB: make it smaller.")
        }
        guard let least = rule.minBytes, file.size < least else { return nil }
        return (.mediaTooSmall, "has \(file.size) bytes, at least \(least): use a longer or better one.")
    }

    private var pixels: Finding? {
        guard let width = file.width, let height = file.height else { return nil }
        let most = (file.kind == .video ? limits.videoPixels : [.image, .animation].contains(file.kind) ? limits.imagePixels : nil) ?? rule.maxPixels
        guard let most, width.multipliedReportingOverflow(by: height).overflow || width * height > most else { return nil }
        return (.mediaTooLarge, "has \(width)×\(height) pixels, at most \(most) in all: scale it down.")
    }

    private var sides: Finding? {
        let sides = [("wide", file.width, rule.width), ("high", file.height, rule.height)]
        for case (let word, let side?, let bounds?) in sides {
            if let most = bounds.most, Double(side) > most {
                return (.mediaTooLarge, "is \(side) pixels \(word), at most \(Self.exact(most)): scale it down.")
            }
            if let least = bounds.least, Double(side) < least {
                return (.mediaTooSmall, "is \(side) pixels \(word), at least \(Self.exact(least)): use a larger one.")
            }
        }
        return nil
    }

    private var ratio: Finding? {
        guard let bounds = rule.ratio, let width = file.width, let height = file.height, width > 0, height > 0 else { return nil }
        let ratio = Double(width) / Double(height)
        // A platform's 1.91 or 0.8 is a rounded number, and pixels are whole.
        let slack = 0.005
        guard ratio > (bounds.most ?? .infinity) + slack || ratio < (bounds.least ?? 0) - slack else { return nil }
        let allowed = [bounds.least.map { "at least \(proportion($0))" }, bounds.most.map { "at most \(proportion($0))" }].compactMap(\.self)
        return (.mediaShape, "is \(width)×\(height), width to height \(proportion(ratio)); \(allowed.joined(separator: ", ")): crop it.")
    }

    private var frames: Finding? {
        guard let frames = file.facts.frames else { return nil }
        if let most = rule.maxFrames, frames > most {
            return (.mediaTooLarge, "has \(frames) frames, at most \(most): shorten it or use a video.")
        }
        guard let most = rule.maxPixelsOfAllFrames, let width = file.width, let height = file.height,
            Double(width) * Double(height) * Double(frames) > Double(most)
        else { return nil }
        return (
            .mediaTooLarge,
            "has \(frames) frames of \(width)×\(height) pixels, at most \(most) pixels in all frames: shorten it or scale it down."
        )
    }

    private var pages: Finding? {
        guard let most = rule.maxPages, let pages = file.facts.pages, pages > most else { return nil }
        return (.mediaTooLarge, "has \(pages) pages, at most \(most): split it.")
    }

    // MARK: - Time

    private var duration: Finding? {
        guard let duration = file.duration else { return nil }
        let most = (file.kind == .video ? limits.videoDuration : nil) ?? rule.maxDuration
        if let most, duration > most + allowance {
            return (.mediaDuration, "lasts \(seconds(duration, up: true)) s, at most \(Self.exact(most)) s: cut it.")
        }
        guard let least = rule.minDuration, duration < least else { return nil }
        return (.mediaDuration, "lasts \(seconds(duration, up: false)) s, at least \(Self.exact(least)) s: use a longer one.")
    }

    /// How much longer than it plays a file may say it lasts: two frames, and the silence that encoders put in front of the sound (2,112 samples
    /// of AAC, some 50 ms).
    private var allowance: Double { 0.05 + 2 / max(file.facts.frameRate ?? 25, 10) }

    // MARK: - Tracks

    private var tracks: [Finding] {
        guard let tracks = rule.tracks else { return limits.videoFrameRate.flatMap { rate(Bounds(nil, Double($0))) }.map { [$0] } ?? [] }
        let most = limits.videoFrameRate.map(Double.init) ?? tracks.frameRate?.most
        return [
            codec(file.facts.videoCodec, of: "picture", tracks.videoCodecs), pixelFormat(tracks),
            rate(Bounds(tracks.frameRate?.least, most)), sound(tracks),
            tracks.sound == .forbidden ? nil : codec(file.facts.audioCodec, of: "sound", tracks.audioCodecs),
            index(tracks),
        ].compactMap(\.self)
    }

    private func index(_ rule: TrackRule) -> Finding? {
        guard rule.indexFirst, file.facts.indexFirst == false else { return nil }
        return (.mediaFormat, "has its index at the end: save it again with \"fast start\" (ffmpeg -movflags +faststart).")
    }

    private func codec(_ found: String?, of what: String, _ allowed: [String]) -> Finding? {
        guard let found, !allowed.isEmpty, !allowed.contains(found) else { return nil }
        let names = allowed.map(Self.name).joined(separator: " or ")
        return (.mediaFormat, "has its \(what) in \(Self.name(found)); save it again with \(names).")
    }

    private func pixelFormat(_ rule: TrackRule) -> Finding? {
        guard let found = file.facts.pixelFormat, !rule.pixelFormats.isEmpty, !rule.pixelFormats.contains(found) else { return nil }
        return (
            .mediaFormat, "stores its pixels as \(found); save it again with \(rule.pixelFormats.joined(separator: " or ")) (8 bits, 4:2:0)."
        )
    }

    private func rate(_ bounds: Bounds) -> Finding? {
        guard let rate = file.facts.frameRate else { return nil }
        // 60 is called 59.94 and measured as 60.02.
        let slack = 1.005
        if let most = bounds.most, rate > most * slack {
            return (.mediaFormat, "has \(seconds(rate, up: true)) frames a second, at most \(Self.exact(most)): save it again with fewer.")
        }
        guard let least = bounds.least, rate * slack < least else { return nil }
        return (.mediaFormat, "has \(seconds(rate, up: false)) frames a second, at least \(Self.exact(least)): save it again with more.")
    }

    private func sound(_ rule: TrackRule) -> Finding? {
        switch (rule.sound, file.facts.hasSound) {
        case (.required, false?): (.mediaFormat, "has no sound track: add one, a silent one will do.")
        case (.forbidden, true?): (.mediaFormat, "has sound, which is not taken here: save it again without.")
        default: nil
        }
    }

    /// As people know them; FFmpeg's name where it has no other.
    private static func name(_ codec: String) -> String {
        let names = [
            "h264": "H.264", "hevc": "H.265 (HEVC)", "av1": "AV1", "vp8": "VP8", "vp9": "VP9", "mpeg4": "MPEG-4 Part 2", "prores": "ProRes",
            "aac": "AAC", "mp3": "MP3", "opus": "Opus", "vorbis": "Vorbis",
        ]
        return names[codec] ?? codec
    }

    // MARK: - Numbers, rounded so that what is beyond a limit never reads like the limit itself

    static func megabytes(_ bytes: Int, up: Bool) -> String {
        Self.exact((Double(bytes) / 104_857.6).rounded(up ? .up : .down) / 10)
    }

    private func seconds(_ value: Double, up: Bool) -> String {
        let scale: Double = value < 1 ? 1_000 : 10
        return Self.exact((value * scale).rounded(up ? .up : .down) / scale)
    }

    private func proportion(_ value: Double) -> String { Self.exact((value * 100).rounded() / 100) + ":1" }

    private static func exact(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? String(value) }
}
