import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@testable import Application

/// Films are made into what a channel takes, when somebody asks for it. What came out is looked at by ffprobe.
@Suite(
    "Films converted", .enabled(if: MediaInspectionTests.has("ffmpeg") && MediaInspectionTests.has("ffprobe")), .timeLimit(.minutes(10)))
struct FilmConvertingTests {
    private static let seen = ["-f", "lavfi", "-i", "testsrc=d=2:s=320x240:r=60"]
    private static let heard = ["-f", "lavfi", "-i", "sine=d=2"]

    private static func rule(
        width: Double? = nil, pixels: Int? = nil, rate: Double? = 30, bytes: Int = 5_000_000, sound: TrackRule.Sound = .optional
    ) -> MediaRule {
        MediaRule(
            maxImages: 0, maxVideos: 1, maxAnimations: 0, image: nil, animation: nil,
            video: FileRule(
                types: ["video/mp4"], maxBytes: bytes, maxPixels: pixels, width: Bounds(nil, width), ratio: Bounds(0.5, 2), maxDuration: 60,
                tracks: TrackRule(
                    videoCodecs: ["h264"], pixelFormats: ["yuv420p"], audioCodecs: ["aac"], frameRate: Bounds(nil, rate), sound: sound,
                    indexFirst: true)), altTextLimit: 0)
    }

    /// What is known of the version of a film that `arguments` make, after it was asked for and made.
    private func converted(
        _ arguments: [String], suffix: String = "mov", for rule: MediaRule, _ database: TestDatabase = .sqlite,
        _ body: (Media, Library) async throws -> Void
    ) async throws {
        let film = try FilmTests.film(arguments, suffix: suffix)
        try await Library.with(database, tools: MediaTools(timeLimit: .minutes(3))) { library in
            let view = try await library.upload(film, name: "holiday.\(suffix)", chunk: 65_536)
            let asked = try await library.media.convert(view.id, for: rule, AccountLimits(), named: "Example", as: library.person)
            #expect(asked.conversions.map(\.state) == [.waiting])
            await #expect(throws: StillConverting.self) { try await sent(view.id, for: rule, library) }
            try await library.media.convertFilms()
            let ready = try await library.media.get(view.id, as: library.person)
            #expect(ready.conversions.map(\.state) == [.ready], "\(ready.conversions)")
            try await body(try await sent(view.id, for: rule, library), library)
        }
    }

    /// The file as it goes out, looked at as an upload is.
    private func sent(_ id: MediaID, for rule: MediaRule, _ library: Library) async throws -> Media {
        let organization = library.workspace.organization
        let outgoing = try #require(try await library.media.outgoing([id], of: organization, for: rule, limits: AccountLimits()).first)
        let bytes = try await outgoing.read(0, outgoing.media.size + 1)
        #expect(bytes.count == outgoing.media.size)
        let again = try await library.upload(bytes, name: outgoing.media.name, chunk: 65_536)
        let found = try await library.media.items([again.id], of: organization)
        return try #require(found[again.id])
    }

    @Test("An HEVC film of ten bits in a MOV becomes H.264 of eight bits in an MP4, its index in front", arguments: TestDatabase.all)
    func codec(database: TestDatabase) async throws {
        let hevc = Self.seen + Self.heard + ["-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1", "-c:a", "aac", "-shortest"]
        try await converted(hevc, for: Self.rule(), database) { film, _ in
            #expect(film.mimeType == "video/mp4")
            #expect((film.facts.videoCodec, film.facts.pixelFormat, film.facts.audioCodec) == ("h264", "yuv420p", "aac"))
            #expect((film.facts.indexFirst, film.width, film.height) == (true, 320, 240))
            #expect(film.facts.frameRate.map { abs($0 - 30) < 0.1 } == true)
            #expect(film.duration.map { abs($0 - 2) < 0.2 } == true)
            #expect(Self.rule().conversion(of: film, limits: AccountLimits()) == nil)
        }
    }

    @Test("A film that is too wide is scaled down to even sides and keeps its shape")
    func wide() async throws {
        try await converted(Self.seen + FilmTests.h264, for: Self.rule(width: 101)) { film, _ in
            #expect((film.width, film.height) == (100, 74))
            #expect(film.facts.hasSound == false)
        }
    }

    @Test("Bright films get the colours of ordinary screens, sound is added where it must be and removed where it may not be")
    func brightAndSound() async throws {
        let bright = [
            "-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc", "arib-std-b67", "-colorspace", "bt2020nc",
            "-x265-params", "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc",
        ]
        try await converted(Self.seen + bright, for: Self.rule(sound: .required)) { film, _ in
            #expect((film.facts.videoCodec, film.facts.pixelFormat, film.facts.hasSound) == ("h264", "yuv420p", true))
        }
        try await converted(Self.seen + Self.heard + FilmTests.h264, for: Self.rule(sound: .forbidden)) { film, _ in
            #expect(film.facts.hasSound == false)
        }
    }

    @Test("A film with too many bytes is made small enough, or it is said that it cannot be")
    func bytes() async throws {
        let noisy = [
            "-f", "lavfi", "-i", "nullsrc=d=2:s=320x240:r=24,geq=random(1)*255:128:128", "-c:v", "libx264", "-crf", "5", "-pix_fmt", "yuv420p",
        ]
        try await converted(noisy, suffix: "mp4", for: Self.rule(bytes: 400_000)) { film, _ in #expect(film.size <= 400_000) }
        let film = Media(
            id: MediaID(), organizationId: OrganizationID(), name: "long.mp4", kind: .video, mimeType: "video/mp4", size: 9_000_000, digest: "",
            width: 320, height: 240, duration: 50, altText: nil, hasThumbnail: false, createdAt: .now)
        #expect(Self.rule(bytes: 1_000_000).conversion(of: film, limits: AccountLimits()) == nil)
    }

    @Test("What converting does not mend is not offered: its length, its shape")
    func notOffered() throws {
        func film(_ width: Int, _ height: Int, seconds: Double) -> Media {
            Media(
                id: MediaID(), organizationId: OrganizationID(), name: "film.mov", kind: .video, mimeType: "video/quicktime", size: 9_000, digest: "",
                width: width, height: height, duration: seconds, altText: nil, hasThumbnail: false, createdAt: .now)
        }
        #expect(Self.rule().conversion(of: film(320, 240, seconds: 50), limits: AccountLimits()) != nil)
        #expect(Self.rule().conversion(of: film(320, 240, seconds: 70), limits: AccountLimits()) == nil)
        #expect(Self.rule().conversion(of: film(320, 100, seconds: 50), limits: AccountLimits()) == nil)
    }

    @Test("A version is made once, serves the same bytes in other files too, and goes with its file")
    func life() async throws {
        try await converted(Self.seen + FilmTests.h264, for: Self.rule(width: 100)) { _, library in
            #expect(try library.files.count { $0.hasSuffix(".mp4") } == 1)
            let first = try #require(try await library.media.list(as: library.person).items.first { $0.name == "holiday.mov" })
            let again = try await library.media.convert(first.id, for: Self.rule(width: 100), AccountLimits(), named: "Example", as: library.person)
            #expect(again.conversions.map(\.state) == [.ready])
            let twin = try await library.upload(try await library.stored(first.id), name: "twin.mov", chunk: 65_536)
            _ = try await library.media.convert(twin.id, for: Self.rule(width: 100), AccountLimits(), named: "Example", as: library.person)
            try await library.media.convertFilms()
            #expect(try await library.media.get(twin.id, as: library.person).conversions.map(\.state) == [.ready])
            #expect(try library.files.count { $0.hasSuffix(".mp4") } == 1)
            for id in [first.id, twin.id] { try await library.media.remove(id, forGood: true, as: library.person) }
            #expect(try library.files.count { $0.hasSuffix(".mp4") } == 0)
        }
    }

    @Test("Without the programs it is said so, and asking again begins anew")
    func withoutPrograms() async throws {
        let film = try FilmTests.film(Self.seen + FilmTests.h264, suffix: "mov")
        try await Library.with(tools: MediaTools(timeLimit: .minutes(3))) { library in
            let view = try await library.upload(film, name: "film.mov", chunk: 65_536)
            let poor = MediaLibrary(
                directory: library.folder, maximumBytes: 10_000_000, database: library.workspace.database, guarded: library.media.guarded,
                events: library.workspace.events, time: library.workspace.time, publicFiles: library.media.publicFiles, tools: .none)
            _ = try await poor.convert(view.id, for: Self.rule(), AccountLimits(), named: "Example", as: library.person)
            try await poor.convertFilms()
            let failed = try await poor.get(view.id, as: library.person).conversions
            #expect(failed.map(\.state) == [.failed])
            #expect(failed.first?.reason?.contains("ffmpeg") == true)
            let problem = await #expect(throws: ProblemReport.self) { try await sent(view.id, for: Self.rule(), library) }
            #expect(problem?.code == .unsupportedMedia)
            _ = try await library.media.convert(view.id, for: Self.rule(), AccountLimits(), named: "Example", as: library.person)
            try await library.media.convertFilms()
            #expect(try await library.media.get(view.id, as: library.person).conversions.map(\.state) == [.ready])
        }
    }

    @Test("A server that has to stop gives the film back: it is not ready, and counts as never begun")
    func stopping() async throws {
        let film = try FilmTests.film(Self.seen + FilmTests.h264, suffix: "mov")
        let programs = FileManager.default.temporaryDirectory.appending(path: "postiz-programs-\(UUID())")
        try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: programs) }  // in the temporary folder
        let slow = programs.appending(path: "ffmpeg")
        try Data("#!/bin/sh\nfor last; do :; done\necho half >\"$last\"\nexec sleep 300\n".utf8).write(to: slow)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: slow.path)
        let tools = MediaTools(searchPath: "\(programs.path):\(MediaTools.usualPath)", timeLimit: .minutes(3))
        try await Library.with(tools: tools) { library in
            let view = try await library.upload(film, name: "film.mov", chunk: 65_536)
            _ = try await library.media.convert(view.id, for: Self.rule(), AccountLimits(), named: "Example", as: library.person)
            let work = Task { try await library.media.convertFilms() }
            try await eventually("ffmpeg has begun") { try library.files.contains { $0.hasSuffix(".mp4") } }
            work.cancel()
            await #expect(throws: CancellationError.self) { try await work.value }
            #expect(try await library.media.get(view.id, as: library.person).conversions.map(\.state) == [.waiting])
            let now = library.workspace.time.now
            let again = try await library.workspace.database.write { try MediaRepository.takeForConversion(now: now, until: now, in: $0) }
            #expect(again?.id == view.id)
            let tries = try await library.workspace.database.read {
                try $0.query("SELECT conversion_tries FROM media").map { try $0.int("conversion_tries") }
            }
            #expect(tries == [1])
        }
    }

    @Test("A film over which processes died twice is given up, in words", arguments: TestDatabase.all)
    func deaths(database: TestDatabase) async throws {
        let film = try FilmTests.film(Self.seen + FilmTests.h264, suffix: "mov")
        try await Library.with(database, tools: MediaTools(timeLimit: .minutes(3))) { library in
            let (time, store) = (library.workspace.time, library.workspace.database)
            let view = try await library.upload(film, name: "film.mov", chunk: 65_536)
            _ = try await library.media.convert(view.id, for: Self.rule(), AccountLimits(), named: "Example", as: library.person)
            for _ in 0..<2 {
                let now = time.now
                let taken = try await store.write { try MediaRepository.takeForConversion(now: now, until: now + .minutes(2), in: $0) }
                #expect(taken?.id == view.id)
                let other = try await store.write { try MediaRepository.takeForConversion(now: now, until: now + .minutes(2), in: $0) }
                #expect(other == nil)
                time.advance(by: .minutes(3))
            }
            try await library.media.convertFilms()
            let ended = try await library.media.get(view.id, as: library.person).conversions
            #expect(ended.map(\.state) == [.failed])
            #expect(ended.first?.reason?.contains("twice") == true)
        }
    }
}
