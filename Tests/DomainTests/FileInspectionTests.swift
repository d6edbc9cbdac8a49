import Domain
import Testing

/// Everything that a platform may ask of a film, with limits that are easy to read.
private let strict = FileRule(
    types: ["video/mp4"], minBytes: 75_000, maxBytes: 1_000_000, maxPixels: 2_000_000, width: Bounds(32, 1920), height: Bounds(32, 1920),
    ratio: Bounds(1.0 / 3, 3), minDuration: 3, maxDuration: 140,
    tracks: TrackRule(
        videoCodecs: ["h264"], pixelFormats: ["yuv420p"], audioCodecs: ["aac"], frameRate: Bounds(23, 60), sound: .required,
        indexFirst: true))

private let good = MediaFacts(
    videoCodec: "h264", pixelFormat: "yuv420p", frameRate: 30, hasSound: true, audioCodec: "aac", indexFirst: true)

private func platform(_ video: FileRule, animation: FileRule? = nil, document: FileRule? = nil, audio: FileRule? = nil) -> PlatformDescriptor {
    PlatformDescriptor(
        id: "films", name: "Films", mark: "f", connect: ConnectFlow(method: .oauth2), credentials: [],
        text: TextRule(limit: 280, counting: .graphemes), thread: ThreadRule(kind: .none, maxParts: 1),
        media: MediaRule(
            maxImages: 0, maxVideos: 1, maxAnimations: animation == nil ? 0 : 1, maxDocuments: document == nil ? 0 : 1,
            maxAudios: audio == nil ? 0 : 1, image: nil, animation: animation, video: video, document: document, audio: audio, altTextLimit: 0),
        settings: [], analytics: [], documentation: "films")
}

private func problems(
    _ platform: PlatformDescriptor, _ kind: MediaKind = .video, type: String = "video/mp4", size: Int = 500_000, width: Int? = 1280,
    height: Int? = 720, duration: Double? = 10, facts: MediaFacts = good, limits: AccountLimits = AccountLimits()
) -> [Problem] {
    let now = Timestamp(milliseconds: 1_795_420_800_000)
    let file = Media(
        id: MediaID(at: now), organizationId: OrganizationID(at: now), name: "film", kind: kind, mimeType: type, size: size, digest: "",
        width: width, height: height, duration: duration, facts: facts, altText: nil, hasThumbnail: false, createdAt: now)
    var integration = Integration(
        id: .init(at: now), organizationId: file.organizationId, platform: platform.id, platformAccountId: "1", username: "ada",
        displayName: "Ada", createdAt: now, updatedAt: now)
    integration.limits = limits
    var content = PostContent(parts: [PostPart(text: "Look")])
    content.parts[0].mediaIds = [file.id]
    return PostValidator.problems(
        content: content, channels: [ChannelContext(integration: integration, descriptor: platform)], media: [file.id: file],
        scheduledFor: nil, now: now)
}

@Suite("What a file may be") struct FileInspectionTests {
    private let films = platform(strict)

    private func facts(_ change: (inout MediaFacts) -> Void) -> MediaFacts {
        var facts = good
        change(&facts)
        return facts
    }

    @Test(
        "Below, at and above every limit of size",
        arguments: [
            (74_999, Problem.Code.mediaTooSmall), (75_000, nil), (1_000_000, nil), (1_000_001, .mediaTooLarge),
        ])
    func bytes(_ size: Int, _ code: Problem.Code?) {
        #expect(problems(films, size: size).map(\.code) == [code].compactMap(\.self))
    }

    @Test(
        "Below, at and above every limit of shape",
        arguments: [
            (31, 32, Problem.Code.mediaTooSmall), (32, 31, .mediaTooSmall), (32, 32, nil), (1920, 1000, nil), (1921, 1000, .mediaTooLarge),
            (1000, 1921, .mediaTooLarge), (1920, 1042, .mediaTooLarge), (900, 300, nil), (300, 900, nil), (920, 300, .mediaShape),
            (300, 920, .mediaShape),
        ])
    func shape(_ width: Int, _ height: Int, _ code: Problem.Code?) {
        #expect(problems(films, width: width, height: height).map(\.code) == [code].compactMap(\.self))
    }

    @Test(
        "A film that says it lasts a few frames longer than the limit is not over it",
        arguments: [
            (2.9, Problem.Code.mediaDuration), (3, nil), (140, nil), (140.023, nil), (140.067, nil), (140.5, .mediaDuration),
        ])
    func duration(_ seconds: Double, _ code: Problem.Code?) {
        let found = problems(films, duration: seconds)
        #expect(found.map(\.code) == [code].compactMap(\.self))
        #expect(found.allSatisfy { !$0.message.contains("lasts 140 s") && !$0.message.contains("lasts 3 s") })
    }

    @Test("Something that is too short never seems to last nothing")
    func veryShort() {
        #expect(problems(films, duration: 0.04).first?.message.contains("lasts 0.04 s, at least 3 s") == true)
    }

    @Test(
        "Below, at and above every limit of frame rate",
        arguments: [(22.0, false), (23, true), (23.976, true), (59.94, true), (60, true), (60.02, true), (61, false), (120, false)])
    func frameRate(_ rate: Double, _ fits: Bool) {
        #expect(problems(films, facts: facts { $0.frameRate = rate }).map(\.code) == (fits ? [] : [.mediaFormat]))
    }

    @Test("Codecs, pixels, sound and index are told by their names")
    func tracks() {
        #expect(problems(films) == [])
        let findings: [((inout MediaFacts) -> Void, String)] = [
            ({ $0.videoCodec = "hevc" }, "picture in H.265 (HEVC); save it again with H.264"), ({ $0.videoCodec = "av1" }, "AV1"),
            ({ $0.pixelFormat = "yuv444p" }, "yuv444p"), ({ $0.pixelFormat = "yuv420p10le" }, "yuv420p10le"),
            ({ $0.audioCodec = "opus" }, "sound in Opus; save it again with AAC"),
            (
                {
                    $0.hasSound = false; $0.audioCodec = nil
                }, "no sound track"
            ), ({ $0.indexFirst = false }, "fast start"),
        ]
        for (change, words) in findings {
            let found = problems(films, facts: facts(change))
            #expect(found.map(\.code) == [.mediaFormat], "\(words)")
            #expect(found.first?.message.contains(words) == true, "\(found.map(\.message))")
        }
    }

    @Test("What is not known is no problem: nobody could look")
    func unknown() {
        #expect(problems(films, width: nil, height: nil, duration: nil, facts: MediaFacts()) == [])
    }

    @Test("Sound where none may be is a problem, and its codec is not one more")
    func forbidden() {
        let silent = platform(FileRule(types: ["video/mp4"], maxBytes: 1_000_000, tracks: TrackRule(audioCodecs: ["aac"], sound: .forbidden)))
        #expect(problems(silent, facts: facts { $0.audioCodec = "opus" }).map(\.code) == [.mediaFormat])
        #expect(
            problems(
                silent,
                facts: facts {
                    $0.hasSound = false; $0.audioCodec = nil
                }) == [])
    }

    @Test("Frames of an animation and pages of a document, at the limit and one beyond")
    func counts() {
        let all = platform(
            strict, animation: FileRule(types: ["image/gif"], maxBytes: 1_000_000, maxFrames: 350, maxPixelsOfAllFrames: 3_500_000),
            document: FileRule(types: ["application/pdf"], maxBytes: 1_000_000, maxPages: 300))
        for (frames, codes) in [(350, []), (351, [Problem.Code.mediaTooLarge])] {
            let found = problems(all, .animation, type: "image/gif", width: 100, height: 100, duration: nil, facts: MediaFacts(frames: frames))
            #expect(found.map(\.code).filter { $0 != .altTextMissing } == codes)
        }
        let wide = problems(all, .animation, type: "image/gif", width: 101, height: 100, duration: nil, facts: MediaFacts(frames: 350))
        #expect(wide.map(\.code).contains(.mediaTooLarge))
        for (pages, codes) in [(300, []), (301, [Problem.Code.mediaTooLarge])] {
            let found = problems(
                all, .document, type: "application/pdf", width: nil, height: nil, duration: nil, facts: MediaFacts(pages: pages))
            #expect(found.map(\.code) == codes)
        }
    }

    @Test("A server's own limits of films count, at the limit and one beyond")
    func accountLimits() {
        let limits = AccountLimits(videoPixels: 1_000_000, videoFrameRate: 25)
        #expect(problems(films, width: 1000, height: 1000, facts: facts { $0.frameRate = 25 }, limits: limits) == [])
        #expect(problems(films, width: 1001, height: 1000, facts: facts { $0.frameRate = 25 }, limits: limits).map(\.code) == [.mediaTooLarge])
        #expect(problems(films, width: 1000, height: 1000, facts: facts { $0.frameRate = 26 }, limits: limits).map(\.code) == [.mediaFormat])
    }

    @Test("Sound alone goes where sound is taken, and nowhere else")
    func sound() {
        let facts = MediaFacts(hasSound: true, audioCodec: "aac")
        let file = { problems($0, .audio, type: "audio/mp4", width: nil, height: nil, facts: facts) }
        #expect(file(films).map(\.code) == [.mediaNotAllowed])
        #expect(file(platform(strict, audio: FileRule(types: ["audio/mp4"], maxBytes: 500_000))) == [])
        #expect(file(platform(strict, audio: FileRule(types: ["audio/mp4"], maxBytes: 499_999))).map(\.code) == [.mediaTooLarge])
    }
}
