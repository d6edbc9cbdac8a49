import Domain
import Foundation
import Logging
import NIOConcurrencyHelpers
import Subprocess

/// The programs that look into videos and make small pictures: `ffprobe`, `ffmpeg`, `vipsthumbnail`. Where one is not installed, that
/// detail is simply not known.
public struct MediaTools: Sendable {
    /// What is known of a picture or film.
    public struct Picture: Sendable, Equatable {
        public var width: Int?
        public var height: Int?
        /// Seconds.
        public var duration: Double?
    }

    /// Where programs are where no path is set.
    public static let usualPath = "/usr/local/bin:/usr/bin:/bin"
    /// Pixels of a thumbnail's longer side.
    static let thumbnailSize = 640
    /// What thumbnails are made of.
    static let pictured: Set<MediaKind> = [.image, .animation, .video]
    /// Bytes of memory that a program may take: enough for a picture of 64 million pixels that has to be decoded as a whole.
    private static let mostMemory = 768 * 1_048_576
    /// Bytes of a file that a program may write.
    private static let mostWritten = 64 * 1_048_576

    /// For programs whose answer somebody waits for.
    private let turns = Turnstile<OrganizationID>(places: 2)
    private let searchPath: String
    private let timeLimit: Duration
    private let logger: Logger

    /// `searchPath` lists the folders in which the programs are looked for; `timeLimit` ends one that hangs.
    public init(
        searchPath: String = ProcessInfo.processInfo.environment["PATH"] ?? MediaTools.usualPath,
        timeLimit: Duration = .seconds(20), logger: Logger = Logger(label: "postiz.media")
    ) {
        self.searchPath = searchPath
        self.timeLimit = timeLimit
        self.logger = logger
    }

    /// What a program says of its version, shortened to its first words; nil when it cannot be run.
    func version(of program: String, _ question: String) async -> String? {
        let line = await run(program, [question])?.split(whereSeparator: \.isNewline).first.map(String.init)
        return line?.components(separatedBy: " Copyright").first
    }

    /// The size, as it is shown, and the duration of a video. Workspaces take turns.
    func probe(_ path: String, type: FileSignature, for organization: OrganizationID) async -> Picture? {
        let text = await turns.pass(organization) {
            await run(
                "ffprobe",
                [
                    "-v", "error", "-threads", "1", "-protocol_whitelist", "file", "-f", type == .webm ? "matroska" : "mov", "-of", "json",
                    "-show_entries", "stream=codec_type,width,height:stream_side_data=rotation:format=duration", path,
                ])
        }
        guard let text, let answer: JSONValue = try? JSON.decode(from: text) else { return nil }  // Not JSON: nothing is known.
        let video = answer["streams"]?.array?.first { $0["codec_type"]?.string == "video" }
        let rotation = video?["side_data_list"]?.array?.lazy.compactMap { $0["rotation"]?.int }.first ?? 0
        let (width, height) = (video?["width"]?.int, video?["height"]?.int)
        let isTurned = rotation % 180 != 0
        return Picture(
            width: isTurned ? height : width, height: isTurned ? width : height,
            duration: answer["format"]?["duration"]?.string.flatMap(Double.init))
    }

    /// Makes a WebP thumbnail at `target`; false when it could not be made.
    func makeThumbnail(of path: String, kind: MediaKind, at target: String) async -> Bool {
        let size = Self.thumbnailSize
        let output: String?
        switch kind {
        case .image, .animation:
            let made = await shrink(path, to: (size, size), at: target, "[Q=80,strip]")
            // Moving AVIF is a film to libheif, which libvips asks.
            output = if made == nil, kind == .animation { await filmThumbnail(of: path, at: target) } else { made }
        case .video: output = await filmThumbnail(of: path, at: target)
        case .audio, .document: return false
        }
        return output != nil && DiskFile.exists(target)
    }

    /// An upright picture in sRGB of at most these pixels; nil when it could not be made.
    func shrink(_ path: String, to size: (Int, Int), at target: String, _ options: String) async -> String? {
        let common = [path, "--size", "\(size.0)x\(size.1)>", "-o", target + options]
        let profile = target + ".icc"
        do {
            let hasOwn = try await DiskFile.onThread { try Self.writeGammaProfile(of: path, at: profile) }
            let colours = hasOwn ? ["--import-profile", profile] : []
            let made = await run("vipsthumbnail", common + colours + ["--export-profile", "srgb"])
            if hasOwn { try await DiskFile.onThread { try DiskFile.remove(profile) } }
            // A profile that is none of this picture's kind stops it. Then the colours are taken as they are.
            return if let made { made } else { await run("vipsthumbnail", common) }
        } catch {
            logger.info("no picture made", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private static func writeGammaProfile(of path: String, at target: String) throws -> Bool {
        let file = try DiskFile.reading(path)
        defer { file.close() }
        guard let profile = try GammaProfile.of(FileBytes(file: file, size: try DiskFile.size(path))) else { return false }
        let written = try DiskFile.creating(target)
        defer { written.close() }
        try profile.withUnsafeBytes { try written.write($0, at: 0) }
        return true
    }

    /// Not enlarged, and as wide as it is shown.
    private func filmThumbnail(of path: String, at target: String) async -> String? {
        let size = Self.thumbnailSize
        // Scaled before frames are compared: twenty-five of them are kept for that.
        let filter =
            "scale=iw*sar:ih,setsar=1,scale='min(\(size),iw)':'min(\(size),ih)':force_original_aspect_ratio=decrease,thumbnail=25"
        return await run(
            "ffmpeg",
            [
                "-v", "error", "-nostdin", "-threads", "1", "-filter_threads", "1", "-protocol_whitelist", "file", "-i", path, "-an",
                "-frames:v", "1", "-vf", filter, "-threads", "1", "-c:v", "libwebp", target,
            ])
    }

    /// What the program wrote; nil when it is not installed, failed, or took too long.
    func run(_ name: String, _ arguments: [String]) async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask { await output(of: name, arguments) }
            group.addTask {
                try? await Task.sleep(for: timeLimit)  // Cancelled when the program was faster.
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func output(of name: String, _ arguments: [String]) async -> String? {
        do {
            // Only what a program needs: our own environment holds secrets. Loaders that are not safe with strangers' files stay off.
            let result = try await Subprocess.run(
                .name("prlimit"), arguments: Arguments(limits + ["--", name] + arguments),
                environment: .custom(["PATH": searchPath, "VIPS_BLOCK_UNTRUSTED": "1", "VIPS_CONCURRENCY": "1", "LC_ALL": "C"]),
                platformOptions: Self.group, output: .string(limit: 65_536), error: .string(limit: 16_384))
            if result.terminationStatus.isSuccess { return result.standardOutput }
            logger.info("\(name) failed", metadata: ["error": "\(result.standardError.prefix(300))"])
        } catch {
            logger.debug("\(name) could not be run", metadata: ["error": "\(error)"])
        }
        return nil
    }

    /// Of `prlimit` (util-linux), which becomes the program.
    private var limits: [String] {
        [
            "--as=\(Self.mostMemory)", "--fsize=\(Self.mostWritten)", "--cpu=\(max(1, timeLimit.components.seconds))", "--nofile=256",
            "--core=0",
        ]
    }

    /// A session of its own: what a program may have started ends with it.
    private static let group: PlatformOptions = {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
        return options
    }()
}
