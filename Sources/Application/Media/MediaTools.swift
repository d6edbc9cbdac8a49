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
        public var facts = MediaFacts()
        /// A film or sound alone, where somebody looked.
        public var kind: MediaKind?
    }

    /// How a program ended.
    enum Outcome: Sendable {
        case output(String)
        case notInstalled
        /// It was there and could not do it; why, for the log.
        case failed(String)

        var text: String? { if case .output(let text) = self { text } else { nil } }
    }

    /// Where programs are where no path is set.
    public static let usualPath = "/usr/local/bin:/usr/bin:/bin"
    /// Pixels of a thumbnail's longer side.
    static let thumbnailSize = 640
    /// What thumbnails are made of.
    static let pictured: Set<MediaKind> = [.image, .animation, .video]
    /// What a program may use.
    struct Allowance: Sendable {
        /// Enough memory for a picture of 64 million pixels that has to be decoded as a whole. Bytes.
        var memory = 768 * 1_048_576
        /// Bytes of a file that it writes.
        var written = 64 * 1_048_576
        /// Nil: as long as any program.
        var time: Duration?
        var cores = 1
    }

    /// For programs whose answer somebody waits for.
    let turns = Turnstile<OrganizationID>(places: 2)
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
        let line = await run(program, [question]).text?.split(whereSeparator: \.isNewline).first.map(String.init)
        return line?.components(separatedBy: " Copyright").first
    }

    /// Makes a WebP thumbnail at `target`; false when it could not be made.
    func makeThumbnail(of path: String, kind: MediaKind, at target: String) async -> Bool {
        let size = Self.thumbnailSize
        let output: Outcome
        switch kind {
        case .image, .animation:
            let made = await shrink(path, to: (size, size), at: target, "[Q=80,strip]")
            // Moving AVIF is a film to libheif, which libvips asks.
            output = if made.text == nil, kind == .animation { await filmThumbnail(of: path, at: target) } else { made }
        case .video: output = await filmThumbnail(of: path, at: target)
        case .audio, .document: return false
        }
        return output.text != nil && DiskFile.exists(target)
    }

    /// An upright picture in sRGB of at most these pixels.
    func shrink(_ path: String, to size: (Int, Int), at target: String, _ options: String) async -> Outcome {
        let common = [path, "--size", "\(size.0)x\(size.1)>", "-o", target + options]
        let profile = target + ".icc"
        do {
            let hasOwn = try await DiskFile.onThread { try Self.writeGammaProfile(of: path, at: profile) }
            let colours = hasOwn ? ["--import-profile", profile] : []
            let made = await run("vipsthumbnail", common + colours + ["--export-profile", "srgb"])
            if hasOwn { try await DiskFile.onThread { try DiskFile.remove(profile) } }
            // A profile that is none of this picture's kind stops it. Then the colours are taken as they are.
            guard case .failed(let reason) = made, reason.contains("profile") else { return made }
            return await run("vipsthumbnail", common)
        } catch {
            logger.info("no picture made", metadata: ["error": "\(error)"])
            return .failed("\(error)")
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

    private func filmThumbnail(of path: String, at target: String) async -> Outcome {
        // Scaled before frames are compared: twenty-five of them are kept for that.
        await run(
            "ffmpeg",
            [
                "-v", "fatal", "-nostdin", "-threads", "1", "-filter_threads", "1", "-protocol_whitelist", "file", "-i", path, "-an",
                "-frames:v", "1", "-vf", "\(Self.filmScale),thumbnail=25", "-threads", "1", "-c:v", "libwebp", target,
            ])
    }

    /// As it is shown, pixels that are not square made so, and never larger than it is.
    private static let filmScale =
        "scale=iw*max(1\\,sar):ih*max(1\\,1/sar),setsar=1,scale=min(\(thumbnailSize)\\,iw):min(\(thumbnailSize)\\,ih)"
        + ":force_original_aspect_ratio=decrease"

    /// Runs a program to its end or to the time limit.
    func run(_ name: String, _ arguments: [String], within allowance: Allowance = Allowance()) async -> Outcome {
        let timeLimit = allowance.time ?? timeLimit
        return await withTaskGroup(of: Outcome.self) { group in
            group.addTask { await output(of: name, arguments, limits(allowance, timeLimit)) }
            group.addTask {
                try? await Task.sleep(for: timeLimit)  // Cancelled when the program was faster.
                return .failed("took longer than \(timeLimit)")
            }
            let first = await group.next() ?? .failed("did not begin")
            group.cancelAll()
            return first
        }
    }

    private func output(of name: String, _ arguments: [String], _ limits: [String]) async -> Outcome {
        do {
            // Only what a program needs: our own environment holds secrets. Loaders that are not safe with strangers' files stay off.
            let result = try await Subprocess.run(
                .name("prlimit"), arguments: Arguments(limits + ["--", name] + arguments),
                environment: .custom(["PATH": searchPath, "VIPS_BLOCK_UNTRUSTED": "1", "VIPS_CONCURRENCY": "1", "LC_ALL": "C"]),
                platformOptions: Self.group, output: .string(limit: 65_536), error: .string(limit: 16_384))
            if result.terminationStatus.isSuccess { return .output(result.standardOutput) }
            let reason = String(result.standardError.prefix(300))
            if result.terminationStatus == .exited(Self.notFound) {
                logger.debug("\(name) is not installed", metadata: ["error": "\(reason)"])
                return .notInstalled
            }
            logger.info("\(name) failed", metadata: ["error": "\(reason)"])
            return .failed(reason)
        } catch let error as SubprocessError where error.code == .executableNotFound {
            logger.debug("\(name) could not be run", metadata: ["error": "\(error)"])
            return .notInstalled
        } catch {
            logger.info("\(name) failed", metadata: ["error": "\(error)"])
            return .failed("\(error)")
        }
    }

    /// What `prlimit` ends with where there is no such program.
    private static let notFound: Int32 = 127

    /// Of `prlimit` (util-linux), which becomes the program.
    private func limits(_ allowance: Allowance, _ timeLimit: Duration) -> [String] {
        [
            "--as=\(allowance.memory)", "--fsize=\(allowance.written)",
            "--cpu=\(max(1, Int(timeLimit.components.seconds) * allowance.cores))", "--nofile=256", "--core=0",
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
