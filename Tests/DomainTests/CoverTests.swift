import Domain
import Testing

/// A platform like a cinema: one video, a picture beside it as its cover, keywords, no angle brackets.
private let cinema = PlatformDescriptor(
    id: "cinema", name: "Cinema", mark: "c", connect: ConnectFlow(method: .oauth2), credentials: [],
    text: TextRule(limit: 50, counting: .utf8, forbidden: ["U+003C", "U+003E"]), thread: ThreadRule(kind: .none, maxParts: 1),
    media: MediaRule(
        maxImages: 0, maxVideos: 1, maxAnimations: 0, required: true, image: nil, animation: nil,
        video: FileRule(types: ["video/mp4"], maxBytes: 1_000_000, maxDuration: 3600),
        cover: FileRule(types: ["image/jpeg", "image/png"], maxBytes: 1000), altTextLimit: 0),
    settings: [SettingField(name: "tags", kind: .text, label: "Tags", defaultValue: "", maxLength: 12, format: .keywords)],
    analytics: [], documentation: "cinema")

/// A platform whose pictures share one frame.
private let gallery = PlatformDescriptor(
    id: "gallery", name: "Gallery", mark: "g", connect: ConnectFlow(method: .oauth2), credentials: [],
    text: TextRule(limit: 50, counting: .utf8), thread: ThreadRule(kind: .none, maxParts: 1),
    media: MediaRule(
        maxImages: 5, maxVideos: 0, maxAnimations: 0, uniform: true, image: FileRule(types: ["image/png"], maxBytes: 1000), animation: nil,
        video: nil,
        altTextLimit: 0), settings: [], analytics: [], documentation: "gallery")

private let now = Timestamp(milliseconds: 1_795_420_800_000)

/// A video's cover, and what else a platform of videos asks for.
struct CoverTests {
    private let film = Self.file(.video, "video/mp4", size: 900_000, duration: 60)
    private let picture = Self.file(.image, "image/png", size: 900)

    private static func file(_ kind: MediaKind, _ type: String, size: Int, duration: Double? = nil) -> Media {
        Media(
            id: .init(at: now), organizationId: OrganizationID(at: now), name: "a", kind: kind, mimeType: type, size: size, digest: "",
            width: 100, height: 100, duration: duration, altText: nil, hasThumbnail: false, createdAt: now)
    }

    private func problems(
        _ media: [Media], text: String = "Hello", settings: [String: JSONValue] = [:], limits: AccountLimits = .init(),
        on descriptor: PlatformDescriptor = cinema
    ) -> [Problem] {
        var integration = Integration(
            id: .init(at: now), organizationId: OrganizationID(at: now), platform: descriptor.id, platformAccountId: "1", username: "ada",
            displayName: "Ada", createdAt: now, updatedAt: now)
        integration.limits = limits
        let part = PostPart(text: text, mediaIds: media.map(\.id))
        return PostValidator.problems(
            content: PostContent(parts: [part], settings: [integration.id: settings]),
            channels: [ChannelContext(integration: integration, descriptor: descriptor)],
            media: Dictionary(uniqueKeysWithValues: media.map { ($0.id, $0) }), scheduledFor: nil, now: now)
    }

    @Test("One picture may go with the video, in any order")
    func cover() {
        #expect(problems([film]).isEmpty)
        #expect(problems([film, picture]).isEmpty)
        #expect(problems([picture, film]).isEmpty)
    }

    @Test("Two covers are one too many, and a picture alone is no video")
    func notCovers() {
        #expect(problems([film, picture, Self.file(.image, "image/jpeg", size: 1)]).map(\.code) == [.tooManyMedia])
        #expect(problems([picture]).map(\.code) == [.mediaNotAllowed])
        #expect(problems([film, film.copy, picture]).map(\.code) == [.tooManyMedia])
    }

    @Test("A cover that is too large is made smaller, and one that moves is refused")
    func coverRules() {
        #expect(problems([film, Self.file(.image, "image/png", size: 1001)]).map(\.code) == [.mediaFitted])
        #expect(problems([film, Self.file(.animation, "image/gif", size: 10)]).map(\.code) == [.mediaNotAllowed])
    }

    @Test("An account's own limit for the length of videos holds")
    func duration() {
        let long = Self.file(.video, "video/mp4", size: 900_000, duration: 1000)
        #expect(problems([long]).isEmpty)
        #expect(problems([long], limits: AccountLimits(videoDuration: 900)).map(\.code) == [.mediaDuration])
    }

    @Test("Pictures that have to be alike are named with their sizes when they are not")
    func uniform() {
        func found(_ sizes: [(Int, Int)]) -> [Problem] {
            let files = sizes.map { width, height in
                Media(
                    id: .init(at: now), organizationId: OrganizationID(at: now), name: "a", kind: .image, mimeType: "image/png", size: 900,
                    digest: "", width: width, height: height, duration: nil, altText: nil, hasThumbnail: false, createdAt: now)
            }
            return problems(files, on: gallery)
        }
        #expect(found([(10, 20), (10, 20), (10, 20)]).isEmpty)
        #expect(found([(10, 20), (20, 10)]).map(\.code) == [.mediaShape])
        #expect(found([(10, 20), (20, 10)]).first?.message.contains("10×20, 20×10") == true)
    }

    @Test("Keywords are measured by what they count together")
    func keywords() {
        #expect(problems([film], settings: ["tags": "green tea ,   "]).isEmpty)
        #expect(problems([film], settings: ["tags": "green tea, a"]).map(\.code) == [.settingInvalid])
    }

    @Test("Signs that the platform refuses are named as they are written")
    func forbidden() {
        let found = problems([film], text: "a <b> c")
        #expect(found.map(\.code) == [.textForbidden])
        #expect(found.first?.message.contains("holds < and >, which Cinema refuses") == true)
    }
}

extension Media {
    fileprivate var copy: Media {
        Media(
            id: .init(at: now), organizationId: organizationId, name: name, kind: kind, mimeType: mimeType, size: size, digest: "", width: width,
            height: height, duration: duration, altText: altText, hasThumbnail: false, createdAt: now)
    }
}
