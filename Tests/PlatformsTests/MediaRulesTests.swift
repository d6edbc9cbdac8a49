import Domain
import Testing

@testable import Platforms

/// The figures of the platforms' own documents, at, below and above: with the descriptors that the product has.
@Suite("Files on each platform") struct MediaRulesTests {
    private static let h264 = MediaFacts(
        videoCodec: "h264", pixelFormat: "yuv420p", frameRate: 30, hasSound: true, audioCodec: "aac", indexFirst: true)

    private func codes(
        _ descriptor: PlatformDescriptor, _ kind: MediaKind = .video, _ type: String = "video/mp4", size: Int = 1_000_000,
        _ width: Int? = 1280, _ height: Int? = 720, seconds: Double? = 10, limits: AccountLimits = AccountLimits(),
        _ change: (inout MediaFacts) -> Void = { _ in }
    ) -> [Problem.Code] {
        problems(descriptor, kind, type, size: size, width, height, seconds: seconds, limits: limits, change).filter { $0.severity == .error }
            .map(\.code)
    }

    private func problems(
        _ descriptor: PlatformDescriptor, _ kind: MediaKind = .video, _ type: String = "video/mp4", size: Int = 1_000_000,
        _ width: Int? = 1280, _ height: Int? = 720, seconds: Double? = 10, limits: AccountLimits = AccountLimits(),
        conversions: [FilmConversion] = [], _ change: (inout MediaFacts) -> Void = { _ in }
    ) -> [Problem] {
        var facts = kind == .video ? Self.h264 : MediaFacts()
        change(&facts)
        let now = Timestamp(milliseconds: 1_795_420_800_000)
        let file = Media(
            id: MediaID(at: now), organizationId: OrganizationID(at: now), name: "file", kind: kind, mimeType: type, size: size, digest: "",
            width: width, height: height, duration: seconds, facts: facts, altText: "What is seen", hasThumbnail: false,
            conversions: conversions, createdAt: now)
        var integration = Integration(
            id: .init(at: now), organizationId: file.organizationId, platform: descriptor.id, platformAccountId: "1", username: "ada",
            displayName: "Ada", createdAt: now, updatedAt: now)
        integration.limits = limits
        var content = PostContent(parts: [PostPart(text: "Look")])
        content.parts[0].mediaIds = [file.id]
        return PostValidator.problems(
            content: content, channels: [ChannelContext(integration: integration, descriptor: descriptor)], media: [file.id: file],
            scheduledFor: nil, now: now)
    }

    /// A film of that size.
    private func codes(
        _ descriptor: PlatformDescriptor, _ width: Int, _ height: Int, limits: AccountLimits = AccountLimits(),
        _ change: (inout MediaFacts) -> Void = { _ in }
    ) -> [Problem.Code] {
        codes(descriptor, .video, "video/mp4", width, height, limits: limits, change)
    }

    @Test("X takes H.264 with AAC, 8 bits and 4:2:0, up to 60 frames a second, 1:3 to 3:1, half a second to 140")
    func x() {
        let x = X.descriptor
        #expect(codes(x) == [])
        #expect(codes(x, 1920, 1080) == [])
        for codec in ["hevc", "av1", "vp9"] { #expect(codes(x) { $0.videoCodec = codec } == [.mediaFormat]) }
        for format in ["yuv444p", "yuv422p", "yuv420p10le"] { #expect(codes(x) { $0.pixelFormat = format } == [.mediaFormat]) }
        #expect(codes(x) { $0.audioCodec = "opus" } == [.mediaFormat])
        #expect(
            codes(x) {
                $0.hasSound = false; $0.audioCodec = nil
            } == [])
        #expect(codes(x) { $0.frameRate = 60 } == [])
        #expect(codes(x) { $0.frameRate = 61 } == [.mediaFormat])
        #expect(codes(x, 64, 192) == [])
        #expect(codes(x, 192, 64) == [])
        #expect(codes(x, 64, 2048) == [.mediaShape])
        #expect(codes(x, 31, 32) == [.mediaTooSmall])
        #expect(codes(x, seconds: 0.5) == [])
        #expect(codes(x, seconds: 0.4) == [.mediaDuration])
        #expect(codes(x, seconds: 140.023) == [])
        #expect(codes(x, seconds: 141) == [.mediaDuration])
        #expect(codes(x, .audio, "audio/mp4", nil, nil) == [.mediaNotAllowed])
        #expect(codes(x, .animation, "image/gif", 100, 100, seconds: nil) { $0.frames = 350 } == [])
        #expect(codes(x, .animation, "image/gif", 100, 100, seconds: nil) { $0.frames = 351 } == [.mediaTooLarge])
        #expect(codes(x, .animation, "image/gif", 1000, 1000, seconds: nil) { $0.frames = 300 } == [])
        #expect(codes(x, .animation, "image/gif", 1000, 1000, seconds: nil) { $0.frames = 301 } == [.mediaTooLarge])
    }

    @Test(
        "LinkedIn takes films from 75 KB, GIFs of 250 frames, documents of 300 pages, Word and PowerPoint", arguments: [LinkedIn.Kind.member, .page])
    func linkedIn(_ kind: LinkedIn.Kind) {
        let linkedIn = LinkedIn.descriptor(kind)
        #expect(codes(linkedIn, size: 75_000) == [])
        #expect(codes(linkedIn, size: 74_999) == [.mediaTooSmall])
        #expect(codes(linkedIn, .audio, "audio/mp4", nil, nil) == [.mediaNotAllowed])
        #expect(codes(linkedIn, .animation, "image/gif", 100, 100, seconds: nil) { $0.frames = 250 } == [])
        #expect(codes(linkedIn, .animation, "image/gif", 100, 100, seconds: nil) { $0.frames = 251 } == [.mediaTooLarge])
        #expect(codes(linkedIn, .document, "application/pdf", nil, nil, seconds: nil) { $0.pages = 300 } == [])
        #expect(codes(linkedIn, .document, "application/pdf", nil, nil, seconds: nil) { $0.pages = 301 } == [.mediaTooLarge])
        #expect(codes(linkedIn, .document, "application/msword", nil, nil, seconds: nil) == [])
    }

    @Test("Mastodon takes 8,294,400 pixels and 120 frames a second, or what its server says, and sound")
    func mastodon() {
        let mastodon = Mastodon.descriptor
        #expect(codes(mastodon, 3840, 2160) { $0.videoCodec = "hevc" } == [])
        #expect(codes(mastodon, 4096, 2304) == [.mediaTooLarge])
        #expect(codes(mastodon) { $0.frameRate = 120 } == [])
        #expect(codes(mastodon) { $0.frameRate = 240 } == [.mediaFormat])
        let small = AccountLimits(videoPixels: 1280 * 720, videoFrameRate: 60)
        #expect(codes(mastodon, limits: small) { $0.frameRate = 60 } == [])
        #expect(codes(mastodon, 1281, 720, limits: small) == [.mediaTooLarge])
        #expect(codes(mastodon, limits: small) { $0.frameRate = 61 } == [.mediaFormat])
        #expect(codes(mastodon, .audio, "audio/mp4", nil, nil) == [])
    }

    @Test("A film that X would take in another form can be converted; then it is said that it is on its way, that it goes out, or why not")
    func convertible() throws {
        func found(_ conversions: [FilmConversion]) -> [Problem] { problems(X.descriptor, conversions: conversions) { $0.videoCodec = "hevc" } }
        let offered = found([])
        #expect(offered.map(\.code) == [.mediaFormat])
        #expect(offered.map(\.mend) == [.convert])
        let film = Media(
            id: MediaID(), organizationId: OrganizationID(), name: "file", kind: .video, mimeType: "video/mp4", size: 1_000_000, digest: "",
            width: 1280, height: 720, duration: 10, facts: MediaFacts(videoCodec: "hevc"), altText: nil, hasThumbnail: false, createdAt: .now)
        let fitting = try #require(X.descriptor.media.conversion(of: film, limits: AccountLimits()))
        for (state, code, severity) in [
            (FilmConversion.State.waiting, Problem.Code.mediaConverting, Problem.Severity.warning), (.ready, .mediaFitted, .warning),
            (.failed, .mediaFormat, .error),
        ] {
            let told = found([FilmConversion(fitting, state: state, reason: "ffmpeg cannot read it")])
            #expect(told.map(\.code) == [code])
            #expect(told.map(\.severity) == [severity])
            #expect(told.map(\.mend) == [nil])
        }
        #expect(problems(X.descriptor, seconds: 141) { $0.videoCodec = "hevc" }.allSatisfy { $0.mend == nil })
    }
}
