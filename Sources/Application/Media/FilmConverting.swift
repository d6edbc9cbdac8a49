import Crypto
import Domain
import Foundation
import Messaging
import Persistence

/// A version of a film is not ready: the post comes back later.
struct StillConverting: Error {
    static let checkAfter = Duration.seconds(15)
}

/// What was made of a file for a platform.
enum MediaVersion: Sendable, Hashable {
    case picture(PictureFitting)
    case film(FilmFitting)

    var picture: PictureFitting? { if case .picture(let fitting) = self { fitting } else { nil } }
    var film: FilmFitting? { if case .film(let fitting) = self { fitting } else { nil } }
}

extension Services {
    /// Has a film converted into one that a channel takes; the original stays. `channel` is named as in `Channels.resolve`, `kind` what it is to
    /// become there (nil: what the channel makes of a film). Asking again changes nothing, and begins anew after a failure.
    ///
    /// Throws `NOT_FOUND`, `UNKNOWN_CHANNEL`, `AMBIGUOUS_CHANNEL`, and `VALIDATION_FAILED` when the file goes there as it is or converting would not
    /// help.
    public func convert(_ id: MediaID, for channel: String, kind: String? = nil, as caller: Caller) async throws -> MediaView {
        try caller.require(.postsWrite)
        _ = try await media.get(id, as: caller)
        guard let integration = try await channels.resolve([channel], as: caller).first,
            let descriptor = platforms[integration.platform]?.descriptor
        else { throw ProblemReport.notFound("channel") }
        if let kind, !descriptor.kinds.contains(where: { $0.name == kind }) {
            let names = descriptor.kinds.map(\.name).joined(separator: ", ")
            throw ProblemReport.invalid("kind", "\(descriptor.name) has no kind \"\(kind)\". \(names.isEmpty ? "It has one only." : "Use \(names).")")
        }
        let chosen = kind.map { integration.settings.merging([ContentKind.settingName: .string($0)]) { $1 } } ?? integration.settings
        let rules = descriptor.narrowed(to: descriptor.kind(chosen, files: [.video]))
        // Of a kind without films it can only be in a part that follows.
        let rule = rules.media(ofPart: rules.media.video == nil ? 1 : 0)
        return try await media.convert(id, for: rule, integration.limits, named: descriptor.name, as: caller)
    }
}

extension MediaLibrary {
    func convert(
        _ id: MediaID, for rule: MediaRule, _ limits: AccountLimits, named name: String, as caller: Caller
    ) async throws -> MediaView {
        let (organization, now, queue) = (caller.organizationId, time.now, queue)
        guard let file = try await items([id], of: organization)[id] else { throw ProblemReport.notFound("file") }
        guard let fitting = rule.conversion(of: file, limits: limits) else {
            let reason = file.kind == .video ? "goes to \(name) as it is, or is wrong in a way that converting does not mend" : "is no film"
            throw ProblemReport.invalid("id", "\"\(file.name)\" \(reason). Check the post: it says what to do.")
        }
        let asked = try await database.write { transaction -> Media? in
            let media = try MediaRepository.ask(for: fitting, of: id, of: organization, now: now, in: transaction)
            try queue?.enqueue([Chore.convertFilms.job(at: now)], in: transaction)
            return media
        }
        guard let asked else { throw ProblemReport.notFound("file") }
        await queue?.announce([Chore.jobKind])
        await send(.mediaUpdated, id, of: organization)
        return MediaView(asked)
    }

    /// The version of a film that was asked for, and its key. Throws `StillConverting`, and `UNSUPPORTED_MEDIA` when it could not be made.
    func converted(_ media: Media, _ fitting: FilmFitting) async throws -> (media: Media, key: String) {
        switch media.conversion(to: fitting)?.state {
        case .waiting: throw StillConverting()
        case .ready: break
        default:
            throw ProblemReport(
                .unsupportedMedia,
                "\"\(media.name)\" could not be converted: \(media.conversion(to: fitting)?.reason ?? "nobody asked for it"). Nothing was sent.",
                details: ["mediaId": .string(media.id.text)])
        }
        let key = MediaKey.version(media.digest, fitting)
        let size = try await size(of: key)
        let name = (media.name as NSString).deletingPathExtension + ".mp4"
        return (
            Media(
                id: media.id, organizationId: media.organizationId, name: name, kind: .video, mimeType: FilmFitting.type, size: size,
                digest: media.digest, width: nil, height: nil, duration: media.duration, altText: media.altText,
                hasThumbnail: media.hasThumbnail, createdAt: media.createdAt), key
        )
    }
}

// MARK: - Making versions

extension MediaLibrary {
    /// How long a film that was begun is left to its process, which says again and again that it still works on it.
    private static let conversionLease = Duration.minutes(2)

    /// Makes the versions that wait, one after the other: each uses the whole machine. For the chore.
    public func convertFilms() async throws {
        while true {
            try Task.checkCancellation()
            let now = time.now
            let taken = try await database.write {
                try MediaRepository.takeForConversion(now: now, until: now + Self.conversionLease, in: $0)
            }
            guard let media = taken else { return }
            // Others that wait with it have their own turn, and their own tries.
            guard let conversion = media.conversions.first(where: { $0.state == .waiting }) else { continue }
            try await storing { try await convert(media, conversion.fitting) }
        }
    }

    private func convert(_ media: Media, _ fitting: FilmFitting) async throws {
        let (digest, key) = (media.digest, MediaKey.version(media.digest, fitting))
        try await folder.withIncoming(".mp4") { target in
            let isThere = try await store.size(of: key) != nil
            let failure = isThere ? nil : try await failure(ofMaking: media, fitting, at: target)
            let now = time.now
            if failure != nil, Task.isCancelled {
                try await putBack(media, due: now)
                throw CancellationError()
            }
            let end: @Sendable (any Transaction) throws -> [Media] = {
                try MediaRepository.endConversion(to: fitting, ofDigest: digest, failure: failure, now: now, in: $0)
            }
            let isMade = !isThere && failure == nil
            let ended = isMade ? try await keep(target, as: key, of: digest, end) : try await database.write(end)
            for item in ended ?? [] { await send(.mediaUpdated, item.id, of: item.organizationId) }
        }
    }

    /// Why a version could not be made, in words; nil when it is there. Throws `DiskError` where there is no room for it.
    private func failure(ofMaking media: Media, _ fitting: FilmFitting, at target: String) async throws -> String? {
        guard try await !database.read({ try MediaRepository.isTriedOut(media.id, in: $0) }) else { return "this server stopped twice over it" }
        do {
            return try await working(on: media) {
                try await withLocalFile(MediaKey.file(media.digest)) { try await tools.convert(media, at: $0, fitting, to: target) }
            }
        } catch let error as DiskError {
            // No fault of the film: there may be room later. What was begun has taken the room that the note needs.
            try await DiskFile.onThread { try DiskFile.remove(target) }
            try await putBack(media, due: time.now + StillConverting.checkAfter)
            throw error
        }
    }

    private func putBack(_ media: Media, due: Timestamp) async throws {
        try await database.write { try MediaRepository.putBackForConversion(media.id, due: due, in: $0) }
    }

    /// Runs `work` and keeps the film taken until it ends. Gives what `work` gave.
    private func working(on media: Media, _ work: @Sendable () async throws -> String?) async throws -> String? {
        async let _: Void = keep(media)
        let result = try await work()
        // Leaving ends the keeping, which has nothing to say.
        return result
    }

    private func keep(_ media: Media) async {
        while !Task.isCancelled {
            // Cancelled, or the database is away: the lease decides then.
            try? await time.sleep(until: time.now + .seconds(30))
            guard !Task.isCancelled else { return }
            let until = time.now + Self.conversionLease
            try? await database.write { try MediaRepository.keepForConversion(media.id, until: until, in: $0) }
        }
    }
}

extension MediaTools {
    /// Makes an H.264 and AAC version at `target`: upright, square pixels, eight bits, in the colours of ordinary screens. Nil when it is there;
    /// else why not, for a person. Throws `DiskError` when there is no room for it.
    func convert(_ media: Media, at path: String, _ fitting: FilmFitting, to target: String) async throws -> String? {
        let look = await run(
            "ffprobe", ["-v", "fatal", "-protocol_whitelist", "file", "-of", "json", "-show_entries", "stream=codec_type,color_transfer", path])
        guard let text = look.text, let answer: JSONValue = try? JSON.decode(from: text) else { return Self.words(look) }
        let streams = answer["streams"]?.array ?? []
        let isBright = streams.contains { ["smpte2084", "arib-std-b67"].contains($0["color_transfer"]?.string) }
        let hasSound = streams.contains { $0["codec_type"]?.string == "audio" }
        // Two tries: an encoder meets a rate only roughly.
        for share in [0.92, 0.75] {
            let arguments = Self.arguments(media, path, fitting, share: share, isBright: isBright, hasSound: hasSound) + [target]
            // Sixteen times as long as it plays, an hour at most: then it is too much for this machine.
            let time = Duration.seconds(min(3600, max(120, 16 * Int64(media.duration ?? 0))))
            let made = await run(
                "nice", ["-n", "10", "ffmpeg"] + arguments,  // Posts that are due go first.
                within: Allowance(memory: 3 << 30, written: fitting.maxBytes + (64 << 20), time: time, cores: Self.threads))
            if case .failed(let reason) = made, reason.contains("No space left on device") { throw DiskError(number: ENOSPC) }
            guard made.text != nil else { return Self.words(made) }
            let size = try? await DiskFile.onThread { try DiskFile.size(target) }  // Not there: it could not be made.
            if let size, size > 0, size <= fitting.maxBytes { return nil }
        }
        return "it cannot be made small enough without spoiling it"
    }

    private static let threads = 2

    private static func words(_ outcome: Outcome) -> String {
        switch outcome {
        case .notInstalled: "the operator has not installed ffmpeg"
        case .failed(let reason) where reason.hasPrefix("took longer"): "it takes this server too long"
        case .failed, .output: "ffmpeg cannot read it"
        }
    }

    private static func arguments(
        _ media: Media, _ path: String, _ fitting: FilmFitting, share: Double, isBright: Bool, hasSound: Bool
    ) -> [String] {
        let soundRate = 128_000.0
        let rate = min(12_000_000, Double(fitting.maxBytes) * 8 * share / max(media.duration ?? 1, 1) - soundRate)
        var input = ["-v", "error", "-nostdin", "-threads", "\(threads)", "-protocol_whitelist", "file", "-i", path]
        var sound = ["-map", "0:a:0?", "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000"]
        if fitting.sound == .forbidden { sound = ["-an"] }
        if fitting.sound == .required, !hasSound {
            input += ["-f", "lavfi", "-i", "anullsrc=channel_layout=stereo:sample_rate=48000"]
            sound = ["-map", "1:a:0", "-shortest", "-c:a", "aac", "-b:a", "128k"]
        }
        return input + ["-map", "0:v:0"] + sound + ["-vf", filters(media, fitting, isBright: isBright)] + [
            "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-maxrate", "\(Int(rate))", "-bufsize", "\(Int(rate * 2))",
            "-pix_fmt", "yuv420p", "-threads", "\(threads)", "-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", "-f", "mp4",
            "-y",
        ]
    }

    private static func filters(_ media: Media, _ fitting: FilmFitting, isBright: Bool) -> String {
        var filters = ["scale=iw*max(1\\,sar):ih*max(1\\,1/sar)"]
        if let width = media.width, let height = media.height {
            let (width, height) = (Double(width), Double(height))
            let scale =
                [
                    fitting.maxWidth.map { Double($0) / width }, fitting.maxHeight.map { Double($0) / height },
                    fitting.maxPixels.map { (Double($0) / (width * height)).squareRoot() }, 1,
                ].compactMap(\.self).min() ?? 1
            // H.264 in 4:2:0 has even sides.
            let sides = [width, height].map { max(2, Int($0 * scale / 2) * 2) }
            filters.append("scale=\(sides[0]):\(sides[1])")
        }
        if let rate = media.facts.frameRate {
            if let most = fitting.mostFrameRate, rate > most { filters.append("fps=\(most)") }
            if let least = fitting.leastFrameRate, rate < least { filters.append("fps=\(max(least, min(30, fitting.mostFrameRate ?? 30)))") }
        }
        // From the brightness of HDR to that of ordinary screens.
        if isBright {
            filters += [
                "zscale=t=linear:npl=100", "format=gbrpf32le", "zscale=p=bt709", "tonemap=tonemap=hable:desat=0",
                "zscale=t=bt709:m=bt709:r=tv",
            ]
        }
        return (filters + ["setsar=1", "format=yuv420p"]).joined(separator: ",")
    }
}
