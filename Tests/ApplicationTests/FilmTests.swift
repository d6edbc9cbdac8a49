import Domain
import Foundation
import Platforms
import Testing

@testable import Application

/// Films as ffmpeg makes them, looked at by the programs that a server has.
@Suite("Films", .enabled(if: MediaInspectionTests.has("ffmpeg") && MediaInspectionTests.has("ffprobe")), .timeLimit(.minutes(10)))
struct FilmTests {
    @Test("What is inside is known: codec, pixels, frame rate, sound, index")
    func facts() async throws {
        try await withFilms { library in
            let film = try await media(library, ["-f", "lavfi", "-i", "testsrc=d=1:s=64x48:r=30", "-f", "lavfi", "-i", "sine=d=1"] + Self.h264)
            #expect(film.kind == .video)
            #expect((film.facts.videoCodec, film.facts.pixelFormat, film.facts.audioCodec) == ("h264", "yuv420p", "aac"))
            #expect((film.facts.frameRate, film.facts.hasSound, film.facts.indexFirst) == (30, true, false))
            let fast = try await media(
                library, ["-f", "lavfi", "-i", "testsrc=d=1:s=64x48:r=60"] + Self.h264 + ["-movflags", "+faststart"])
            #expect((fast.facts.frameRate, fast.facts.hasSound, fast.facts.indexFirst) == (60, false, true))
            let full = try await media(
                library, ["-f", "lavfi", "-i", "testsrc=d=1:s=64x48:r=10", "-c:v", "libx264", "-pix_fmt", "yuv444p"])
            #expect(full.facts.pixelFormat == "yuv444p")
        }
    }

    @Test(
        "Sound without a picture is sound, with the cover of its album too",
        arguments: [("m4a", "audio/mp4"), ("mp4", "audio/mp4"), ("webm", "audio/webm")])
    func sound(_ suffix: String, _ type: String) async throws {
        try await withFilms { library in
            let codec = suffix == "webm" ? ["-c:a", "libopus"] : ["-c:a", "aac"]
            let sound = try await media(library, ["-f", "lavfi", "-i", "sine=d=1"] + codec, suffix: suffix)
            #expect((sound.kind, sound.mimeType, sound.width) == (.audio, type, nil))
            #expect(sound.duration ?? 0 > 0.9)
        }
    }

    @Test("A film is as large as it is shown: pixels that are not square, turned by a quarter")
    func shownSize() async throws {
        try await withFilms { library in
            let wide = try await media(
                library, ["-f", "lavfi", "-i", "testsrc=d=1:s=720x576:r=5", "-vf", "setsar=64/45"] + Self.h264)
            #expect((wide.width, wide.height) == (1024, 576))
        }
    }

    @Test("A film in fragments lasts as long as it plays")
    func fragments() async throws {
        try await withFilms { library in
            let film = try await media(
                library,
                ["-f", "lavfi", "-i", "testsrc=d=4:s=64x48:r=30", "-f", "lavfi", "-i", "sine=d=4"] + Self.h264
                    + ["-movflags", "frag_keyframe+empty_moov"])
            #expect(film.kind == .video)
            #expect(abs((film.duration ?? 0) - 4) <= 0.1)
        }
    }

    @Test("A film that broke off is refused, whichever end its index is at", arguments: [[], ["-movflags", "+faststart"]])
    func cutOff(_ flags: [String]) async throws {
        let whole = try Self.film(["-f", "lavfi", "-i", "testsrc=d=2:s=64x48:r=30"] + Self.h264 + flags)
        try await Library.with { library in
            let problem = await #expect(throws: ProblemReport.self) { try await library.upload(whole.dropLast(whole.count / 2), chunk: 65_536) }
            #expect(problem?.code == .unsupportedMedia)
            #expect(problem?.message.contains("broke off") == true)
            #expect(try library.files.isEmpty)
            _ = try await library.upload(whole, chunk: 65_536)
        }
    }

    @Test("A tool that failed is not a tool that is missing")
    func failedLook() async throws {
        // Boxes in good order, and nothing in them.
        let hollow = SampleFile.film()
        try await Library.with { library in #expect(try await library.upload(hollow).kind == .video) }
        try await withFilms { library in
            let problem = await #expect(throws: ProblemReport.self) { try await library.upload(hollow) }
            #expect(problem?.code == .unsupportedMedia)
        }
    }

    @Test("Brands that browsers play are taken", arguments: ["3gp7", "3g2a", "cmfc", "hvc1", "XAVC", "NDSC", "f4v ", "M4A "])
    func brands(_ brand: String) {
        #expect(FileSignature(SampleFile.box("ftyp", Data(brand.utf8) + Data(count: 4))) == .mp4)
    }

    @Test("QuickTime may begin with room that is left free", arguments: ["free", "skip", "wide", "mdat", "moov"])
    func quickTime(_ type: String) {
        #expect(FileSignature(SampleFile.box(type, Data(count: 8))) == .quickTime)
    }

    @Test("No platform lists a type of file that is refused when it is uploaded")
    func descriptorsListWhatUploadsTake() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let taken = Set(FileSignature.allCases.flatMap { [$0.rawValue, $0.soundType] })
            for descriptor in world.platforms.all.map(\.descriptor) {
                for rule in MediaKind.allCases.compactMap(descriptor.media.rule(for:)) {
                    #expect(taken.isSuperset(of: rule.types), "\(descriptor.name): \(Set(rule.types).subtracting(taken))")
                }
            }
        }
    }

    // MARK: - Making films

    static let h264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]

    /// A film as ffmpeg makes it.
    static func film(_ arguments: [String], suffix: String = "mp4") throws -> Data {
        let path = FileManager.default.temporaryDirectory.appending(path: "postiz-film-\(UUID()).\(suffix)")
        let program = Process()
        program.executableURL = URL(filePath: "/usr/bin/env")
        program.arguments = ["ffmpeg", "-v", "error", "-nostdin"] + arguments + [path.path]
        try program.run()
        program.waitUntilExit()
        let bytes = try Data(contentsOf: path)
        try FileManager.default.removeItem(at: path)
        return bytes
    }

    private func withFilms(_ body: (Library) async throws -> Void) async throws {
        try await Library.with(tools: MediaTools(timeLimit: .minutes(3)), body)
    }

    private func media(_ library: Library, _ arguments: [String], suffix: String = "mp4") async throws -> Media {
        let view = try await library.upload(try Self.film(arguments, suffix: suffix), chunk: 65_536)
        return try #require(try await library.media.items([view.id], of: library.workspace.organization)[view.id])
    }
}
