import Domain
import Foundation

extension MediaTools {
    /// What `ffprobe` found out about a film.
    enum Look: Sendable, Equatable {
        case found(Picture)
        /// Nobody could look: the program is not there.
        case notInstalled
        /// It looked, and this is no film that can be played.
        case failed
    }

    /// Looks into a film or sound. Workspaces take turns.
    func probe(_ path: String, type: FileSignature, for organization: OrganizationID) async -> Look {
        let outcome = await turns.pass(organization) {
            await run(
                "ffprobe",
                [
                    "-v", "fatal", "-threads", "1", "-protocol_whitelist", "file", "-f", type == .webm ? "matroska" : "mov", "-of", "json",
                    "-show_entries",
                    "stream=codec_type,codec_name,width,height,pix_fmt,avg_frame_rate,sample_aspect_ratio,duration"
                        + ":stream_disposition=attached_pic:stream_side_data=rotation:format=duration", path,
                ])
        }
        switch outcome {
        case .notInstalled: return .notInstalled
        case .failed: return .failed
        case .output(let text):
            // Not JSON, or nothing to see or hear: it is no film.
            guard let answer: JSONValue = try? JSON.decode(from: text), let picture = Picture(answer) else { return .failed }
            return .found(picture)
        }
    }

    /// How many pages a PDF has; nil when that is not known: `pdfinfo` is not there, or cannot read it (it may be encrypted).
    func pages(_ path: String, for organization: OrganizationID) async -> Int? {
        let text = await turns.pass(organization) { await run("pdfinfo", [path]) }.text
        let line = text?.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Pages:") }
        return line?.split(separator: ":").last.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    }
}

extension MediaTools.Picture {
    /// From `ffprobe`'s answer. Nil when there is neither a picture nor sound in it.
    init?(_ answer: JSONValue) {
        let streams = answer["streams"]?.array ?? []
        // The cover of an album is a picture too, and no film.
        let video = streams.first { $0["codec_type"]?.string == "video" && $0["disposition"]?["attached_pic"]?.int != 1 }
        let audio = streams.first { $0["codec_type"]?.string == "audio" }
        guard video != nil || audio != nil else { return nil }
        kind = video == nil ? .audio : .video
        facts.hasSound = audio != nil
        facts.audioCodec = audio?["codec_name"]?.string
        duration = Self.duration(of: video, in: answer)
        guard let video else { return }
        (width, height) = Self.shownSize(of: video)
        facts.videoCodec = video["codec_name"]?.string
        facts.pixelFormat = video["pix_fmt"]?.string
        facts.frameRate = Self.quotient(video["avg_frame_rate"]?.string, "/")
    }

    /// With square pixels and turned as it is played.
    private static func shownSize(of video: JSONValue) -> (width: Int?, height: Int?) {
        guard let width = video["width"]?.int, let height = video["height"]?.int, width > 0, height > 0 else { return (nil, nil) }
        let aspect = quotient(video["sample_aspect_ratio"]?.string, ":") ?? 1
        // The longer side grows, as players do it.
        let scale = { (side: Int, factor: Double) in Int(min((Double(side) * factor).rounded(), Double(Int32.max))) }
        let shown = aspect >= 1 ? (scale(width, aspect), height) : (width, scale(height, 1 / aspect))
        let rotation = video["side_data_list"]?.array?.lazy.compactMap { $0["rotation"]?.int }.first ?? 0
        return rotation % 180 != 0 ? (shown.1, shown.0) : shown
    }

    /// The whole file's, which may count the silence that encoders put in front of the sound: the picture's own where they differ by no more.
    private static func duration(of video: JSONValue?, in answer: JSONValue) -> Double? {
        let whole = answer["format"]?["duration"]?.string.flatMap(Double.init)
        guard let own = video?["duration"]?.string.flatMap(Double.init), own > 0, let whole, abs(whole - own) < 0.2 else { return whole }
        return own
    }

    /// `30000/1001` or `64:45`; nil when it is none, or nothing is known (`0/0`, `0:1`).
    private static func quotient(_ text: String?, _ sign: Character) -> Double? {
        let parts = (text ?? "").split(separator: sign).compactMap { Double($0) }
        guard parts.count == 2, parts[0] > 0, parts[1] > 0 else { return nil }
        return parts[0] / parts[1]
    }
}
