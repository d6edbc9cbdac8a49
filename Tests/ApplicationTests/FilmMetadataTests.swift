import Domain
import Foundation
import Testing

@testable import Application

/// Films of ffmpeg, with places and names in every corner that it can write to; ffmpeg judges what is left.
@Suite("Metadata of films", .enabled(if: MediaInspectionTests.has("ffmpeg") && MediaInspectionTests.has("ffprobe")), .timeLimit(.minutes(10)))
struct FilmMetadataTests {
    private static let source = ["-f", "lavfi", "-i", "testsrc=d=2:s=64x48:r=10", "-f", "lavfi", "-i", "sine=d=2"]
    private static let tags = [
        "-metadata", "title=\(SampleFile.secret)", "-metadata", "comment=\(SampleFile.secret)", "-metadata", "location=+48.8584+002.2945/",
        "-metadata", "creation_time=2026-05-04T03:02:01Z", "-metadata:s:v", "handler_name=Camera",
    ]

    @Test("Tags, places and dates are gone, and every frame is as it was", arguments: ["mp4", "mov", "webm"])
    func tags(_ suffix: String) async throws {
        let codecs = suffix == "webm" ? ["-c:v", "libvpx", "-c:a", "libopus"] : FilmTests.h264
        let film = try FilmTests.film(Self.source + codecs + Self.tags, suffix: suffix)
        #expect(film.firstRange(of: Data(SampleFile.secret.utf8)) != nil)
        let stored = try await stored(film)
        #expect(stored.firstRange(of: Data(SampleFile.secret.utf8)) == nil)
        #expect(stored.firstRange(of: Data("48.8584".utf8)) == nil)
        let told = try Self.ask("ffprobe", ["-show_entries", "format_tags:stream_tags"], stored, suffix: suffix)
        #expect(!told.contains("2026-05-04") && !told.contains("title"), "\(told)")
        #expect(try Self.frames(stored, suffix) == Self.frames(film, suffix))
    }

    @Test("A track of subtitles in which a drone writes where it is goes, and picture and sound stay")
    func droneTrack() async throws {
        let words = FileManager.default.temporaryDirectory.appending(path: "postiz-words-\(UUID()).srt")
        try Data("1\n00:00:00,000 --> 00:00:01,500\n\(SampleFile.secret)\n\n".utf8).write(to: words)
        defer { try? FileManager.default.removeItem(at: words) }  // Nothing else of the test depends on it.
        let film = try FilmTests.film(
            Self.source + ["-i", words.path, "-map", "0", "-map", "1", "-map", "2", "-c:s", "mov_text"] + FilmTests.h264)
        #expect(film.firstRange(of: Data(SampleFile.secret.utf8)) != nil)
        let stored = try await stored(film)
        #expect(stored.firstRange(of: Data(SampleFile.secret.utf8)) == nil)
        #expect(try Self.ask("ffprobe", ["-show_entries", "stream=codec_type"], stored).split(separator: "\n") == ["video", "audio"])
        #expect(try Self.frames(stored, "mp4") == Self.frames(film, "mp4"))
    }

    @Test("A WebM that broke off is refused; one that was never told how long it gets is not")
    func cutWebM() async throws {
        let codecs = ["-c:v", "libvpx", "-c:a", "libopus"]
        let film = try FilmTests.film(Self.source + codecs, suffix: "webm")
        try await Library.with { library in
            let problem = await #expect(throws: ProblemReport.self) { try await library.upload(film.dropLast(1_000), chunk: 65_536) }
            #expect(problem?.message.contains("cut off") == true)
            let live = try FilmTests.film(Self.source + codecs + ["-live", "1"] + Self.tags, suffix: "webm")
            let view = try await library.upload(live, chunk: 65_536)
            #expect(try await library.stored(view.id).firstRange(of: Data(SampleFile.secret.utf8)) == nil)
        }
    }

    private func stored(_ film: Data) async throws -> Data {
        var stored = Data()
        try await Library.with { library in stored = try await library.stored(try await library.upload(film, chunk: 65_536).id) }
        #expect(stored.count == film.count)
        return stored
    }

    /// A checksum of every frame and packet of sound, decoded.
    private static func frames(_ film: Data, _ suffix: String) throws -> String {
        try ask("ffmpeg", ["-i"], film, suffix: suffix, after: ["-map", "0:v", "-map", "0:a", "-f", "framemd5", "-"])
    }

    private static func ask(_ program: String, _ arguments: [String], _ film: Data, suffix: String = "mp4", after: [String] = []) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "postiz-film-\(UUID()).\(suffix)")
        try film.write(to: path)
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        let form = program == "ffprobe" ? ["-of", "default=nw=1:nk=\(arguments.contains { $0.contains("tags") } ? 0 : 1)"] : ["-nostdin"]
        process.arguments = [program, "-v", "error"] + form + arguments + [path.path] + after
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try FileManager.default.removeItem(at: path)
        #expect(process.terminationStatus == 0)
        return text
    }
}
