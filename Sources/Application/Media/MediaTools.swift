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

    private let turns = Turnstile(places: 2)
    private let searchPath: String
    private let timeLimit: Duration
    private let logger: Logger

    /// `searchPath` lists the folders in which the programs are looked for; `timeLimit` ends one that hangs.
    public init(
        searchPath: String = ProcessInfo.processInfo.environment["PATH"] ?? MediaTools.usualPath,
        timeLimit: Duration = .seconds(30), logger: Logger = Logger(label: "postiz.media")
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

    /// The size, as it is shown, and the duration of a video.
    func probe(_ path: String, type: FileSignature) async -> Picture? {
        let text = await run(
            "ffprobe",
            [
                "-v", "error", "-protocol_whitelist", "file", "-f", type == .webm ? "matroska" : "mov", "-of", "json", "-show_entries",
                "stream=codec_type,width,height:stream_side_data=rotation:format=duration", path,
            ])
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
            output = await run("vipsthumbnail", [path, "--size", "\(size)x\(size)>", "-o", "\(target)[Q=80,strip]"])
        case .video:
            output = await run(
                "ffmpeg",
                [
                    "-v", "error", "-nostdin", "-protocol_whitelist", "file", "-i", path, "-an", "-frames:v", "1", "-vf",
                    "thumbnail=25,scale=\(size):\(size):force_original_aspect_ratio=decrease", "-c:v", "libwebp", target,
                ])
        case .audio, .document: return false
        }
        return output != nil && DiskFile.exists(target)
    }

    /// What the program wrote; nil when it is not installed, failed, or took too long.
    private func run(_ name: String, _ arguments: [String]) async -> String? {
        await turns.pass {
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
    }

    private func output(of name: String, _ arguments: [String]) async -> String? {
        do {
            // Only what a program needs: our own environment holds secrets. Loaders that are not safe with strangers' files stay off.
            let result = try await Subprocess.run(
                .name(name), arguments: Arguments(arguments),
                environment: .custom(["PATH": searchPath, "VIPS_BLOCK_UNTRUSTED": "1", "LC_ALL": "C"]),
                output: .string(limit: 65_536), error: .string(limit: 16_384))
            if result.terminationStatus.isSuccess { return result.standardOutput }
            logger.info("\(name) failed", metadata: ["error": "\(result.standardError.prefix(300))"])
        } catch {
            logger.debug("\(name) could not be run", metadata: ["error": "\(error)"])
        }
        return nil
    }
}

/// Lets a few through at a time; the others wait in order.
final class Turnstile: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: NIOLockedValueBox<State>

    init(places: Int) { state = NIOLockedValueBox(State(free: places)) }

    func pass<Value: Sendable>(_ work: () async -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            let isFree = state.withLockedValue { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        defer { leave() }
        return await work()
    }

    private func leave() {
        let next = state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
