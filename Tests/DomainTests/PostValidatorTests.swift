import Domain
import Testing

/// A platform like a microblog: short text, threads, four pictures or one video.
private let microblog = PlatformDescriptor(
    id: "micro", name: "Micro", mark: "m", connect: ConnectFlow(method: .oauth2), credentials: [],
    text: TextRule(limit: 280, counting: .weighted, forbidden: ["U+FEFF", "U+FFFE"]), thread: ThreadRule(kind: .replies, maxParts: 3),
    media: MediaRule(
        maxImages: 4, maxVideos: 1, maxAnimations: 1, image: FileRule(types: ["image/jpeg"], maxBytes: 5_242_880, maxPixels: 1_000_000),
        animation: FileRule(types: ["image/gif"], maxBytes: 15_000_000),
        video: FileRule(types: ["video/mp4"], maxBytes: 512_000_000, minDuration: 0.5, maxDuration: 140), altTextLimit: 10),
    settings: [
        SettingField(
            name: "reply", kind: .choice, label: "Who can reply",
            options: [.init("everyone", "Everyone"), .init("following", "Following")],
            defaultValue: "everyone"),
        SettingField(name: "ai", kind: .toggle, label: "Made with AI", defaultValue: false),
        SettingField(
            name: "community", kind: .text, label: "Community", help: "the address of a community", defaultValue: "", maxLength: 40,
            pattern: "https://example\\.com/[0-9]+"),
        SettingField(name: "warning", kind: .text, label: "Content warning", defaultValue: "", countsAsText: true),
        SettingField(name: "language", kind: .text, label: "Language", defaultValue: "", format: .languageTag),
    ],
    analytics: [], documentation: "micro")

/// A platform like a gallery: a picture or video is required, pictures and videos mix, comments without media, text in bytes.
private let gallery = PlatformDescriptor(
    id: "gallery", name: "Gallery", mark: "g", connect: ConnectFlow(method: .oauth2), credentials: [],
    text: TextRule(limit: 100, counting: .utf8, optionalWithMedia: false),
    thread: ThreadRule(kind: .comments, maxParts: 2, followUpTextLimit: 10, followUpMedia: false),
    media: MediaRule(
        maxImages: 3, maxVideos: 1, maxAnimations: 0, mixing: true, required: true,
        image: FileRule(types: ["image/jpeg"], maxBytes: 1000), animation: nil,
        video: FileRule(types: ["video/mp4"], maxBytes: 1000), altTextLimit: 0),
    settings: [], analytics: [], documentation: "gallery")

private let diary = PlatformDescriptor(
    id: "diary", name: "Diary", mark: "d", connect: ConnectFlow(method: .oauth2), credentials: [],
    text: TextRule(limit: 10, counting: .graphemes, countingDocumented: false), thread: ThreadRule(kind: .none, maxParts: 1),
    media: MediaRule(maxImages: 0, maxVideos: 0, maxAnimations: 0, image: nil, animation: nil, video: nil, altTextLimit: 0),
    settings: [], analytics: [], documentation: "diary")

private let now = Timestamp(milliseconds: 1_795_420_800_000)
private let organization = OrganizationID(at: now)

private func channel(_ descriptor: PlatformDescriptor, _ change: (inout Integration) -> Void = { _ in }) -> ChannelContext {
    var integration = Integration(
        id: .init(at: now), organizationId: organization, platform: descriptor.id, platformAccountId: "1", username: "ada",
        displayName: "Ada", createdAt: now, updatedAt: now)
    change(&integration)
    return ChannelContext(integration: integration, descriptor: descriptor)
}

private func file(
    _ kind: MediaKind = .image, type: String = "image/jpeg", size: Int = 1000, width: Int? = 100, height: Int? = 100,
    duration: Double? = nil, altText: String? = "A cat"
) -> Media {
    Media(
        id: .init(at: now), organizationId: organization, name: "cat", kind: kind, mimeType: type, size: size, digest: "", width: width,
        height: height, duration: duration, altText: altText, hasThumbnail: false, createdAt: now)
}

private func problems(
    _ texts: [String], files: [Media] = [], on channels: [ChannelContext], at time: Timestamp? = nil,
    change: (inout PostContent) -> Void = { _ in }
) -> [Problem] {
    var content = PostContent(parts: texts.map { PostPart(text: $0) })
    if !files.isEmpty { content.parts[0].mediaIds = files.map(\.id) }
    change(&content)
    let media = Dictionary(files.map { ($0.id, $0) }) { first, _ in first }
    return PostValidator.problems(content: content, channels: channels, media: media, scheduledFor: time, now: now)
}

@Suite struct PostValidatorTests {
    @Test func aGoodPostHasNoProblems() {
        let found = problems(["Hello", "and more"], files: [file()], on: [channel(microblog)], at: now + .hours(1))
        #expect(found == [])
    }

    // MARK: The post as a whole

    @Test func aPostNeedsAChannel() {
        #expect(problems(["Hello"], on: []).map(\.code) == [.noChannels])
    }

    @Test("An empty post is said once for all channels", arguments: [[], [""], [" \n", "\t"]])
    func emptyPost(texts: [String]) {
        let found = problems(texts, on: [channel(microblog), channel(microblog)])
        #expect(found.map(\.code) == [.emptyPost])
        #expect(found.first?.integrationId == nil)
    }

    @Test func anEmptyVersionConcernsItsChannelOnly() {
        let own = channel(microblog)
        let found = problems(["Hello"], on: [own, channel(diary)]) { $0.versions[own.integration.id] = [] }
        #expect(found.map(\.code) == [.emptyPost])
        #expect(found.first?.integrationId == own.integration.id)
    }

    @Test func anEmptySharedTextIsFineWhenEveryChannelHasItsOwn() {
        let own = channel(diary)
        #expect(problems([""], on: [own]) { $0.versions[own.integration.id] = [PostPart(text: "Hi")] } == [])
    }

    @Test(
        "The time is neither past nor too far ahead",
        arguments: [
            (Duration.zero, nil), (.seconds(-60), nil), (.milliseconds(-60_001), .timeInPast), (.days(5 * 365), nil),
            (.days(5 * 366 + 1), .timeTooFar),
        ] as [(Duration, Problem.Code?)])
    func time(offset: Duration, code: Problem.Code?) {
        let found = problems(["Hello"], on: [channel(microblog)], at: now + offset)
        #expect(found.map(\.code) == [code].compactMap(\.self))
        #expect(found.allSatisfy { $0.severity == .error && $0.field == "scheduledFor" })
    }

    // MARK: The connection

    @Test func aChannelThatHoldsThePostBackIsAWarning() {
        let broken = channel(microblog) { $0.reconnectReason = "Access was revoked." }
        let paused = channel(microblog) { $0.pausedAt = now }
        let off = channel(microblog) { $0.active = false }
        let found = problems(["Hello"], on: [broken, paused, off])
        #expect(found.map(\.code) == [.channelNeedsReconnect, .channelPaused, .channelPaused])
        #expect(found.allSatisfy { $0.severity == .warning })
        #expect(found[0].message.hasPrefix("Micro @ada: must be connected again (Access was revoked)"))
    }

    @Test func aTokenThatEndsBeforeThePostIsAWarningUnlessItRenewsItself() {
        let due = now + .days(3)
        let ending = channel(microblog) { $0.tokenExpiresAt = now + .days(2) }
        let lasting = channel(microblog) { $0.tokenExpiresAt = now + .days(4) }
        let renewing = channel(microblog) {
            $0.tokenExpiresAt = now + .days(2)
            $0.refreshable = true
        }
        let found = problems(["Hello"], on: [ending, lasting, renewing], at: due)
        #expect(found.map(\.code) == [.tokenExpiresFirst])
        #expect(found.first?.integrationId == ending.integration.id)
    }

    @Test("What a connection was not granted is said ahead, as far as the post needs it and the platform tells")
    func scopes() {
        let careful = PlatformDescriptor(
            id: "careful", name: "Careful", mark: "c", connect: ConnectFlow(method: .oauth2), credentials: [], text: microblog.text,
            thread: microblog.thread, media: microblog.media, settings: [], analytics: [],
            scopes: [NeededScope("write:posts", "write"), NeededScope("write:files", "write", withFiles: true)], documentation: "")
        let silent = channel(careful), whole = channel(careful) { $0.scopes = ["read", "write"] }
        let reading = channel(careful) { $0.scopes = ["read"] }, words = channel(careful) { $0.scopes = ["write:posts"] }
        let found = problems(["Hello"], on: [silent, whole, reading, words])
        #expect(found.map(\.code) == [.scopeMissing])
        #expect(found.first?.integrationId == reading.integration.id)
        #expect(found.first?.severity == .warning && found.first?.message.contains("write:posts") == true)
        let withFile = problems(["Hello"], files: [file()], on: [whole, words])
        #expect(withFile.filter { $0.code == .scopeMissing }.map(\.integrationId) == [words.integration.id])
    }

    // MARK: Text and parts

    @Test func aLongTextSaysByHowMuchToShortenIt() {
        let found = problems([String(repeating: "a", count: 312)], on: [channel(microblog)])
        #expect(found.map(\.code) == [.textTooLong])
        #expect(found.first?.message == "Micro @ada: the post has 312 of 280 characters: shorten it by 32.")
        #expect(found.first?.part == 0)
    }

    @Test func anAccountsOwnLimitReplacesThePlatforms() {
        let paying = channel(microblog) { $0.limits.textLength = 4000 }
        #expect(problems([String(repeating: "a", count: 312)], on: [paying]) == [])
    }

    @Test func furtherPartsMayHaveALimitOfTheirOwn() {
        let found = problems(["Hello", "漢漢漢漢"], files: [file()], on: [channel(gallery)])
        #expect(found.map(\.code) == [.textTooLong])
        #expect(found.first?.message == "Gallery @ada: part 2 has 12 of 10 bytes: shorten it by 2.")
        #expect(found.first?.part == 1)
    }

    @Test func aSettingThatCountsAsTextCounts() {
        let own = channel(microblog)
        let part = PostPart(text: "Hello")
        let counted = PostValidator.length(
            of: part, descriptor: microblog, limits: .init(), settings: ["warning": "spoiler"], isFollowUp: false)
        #expect(counted == (count: 12, limit: 280))
        let found = problems([String(repeating: "a", count: 275)], on: [own]) { $0.settings[own.integration.id] = ["warning": "spoiler"] }
        #expect(found.map(\.code) == [.textTooLong])
    }

    @Test("A link in a content warning costs its whole length, and every part of a thread has the warning")
    func warningInFull() {
        let own = channel(microblog)
        let warning = "https://example.com/" + String(repeating: "a", count: 80)
        let found = problems([String(repeating: "a", count: 181), "short"], on: [own]) {
            $0.settings[own.integration.id] = ["warning": .string(warning)]
        }
        #expect(found.map(\.message) == ["Micro @ada: part 1 with its content warning has 281 of 280 characters: shorten it by 1."])
        let counts = PostValidator.counts(
            of: PostContent(
                parts: [PostPart(text: "漢漢"), PostPart(text: String(repeating: "漢", count: 100))],
                settings: [own.integration.id: ["warning": .string(warning)]]), on: [own])
        #expect(counts.map(\.length) == [104, 300] && counts.map(\.limit) == [280, 280] && counts.map(\.fitting) == [2, 90])
        #expect(counts.map(\.part) == [0, 1] && counts.allSatisfy { $0.integrationId == own.integration.id })
    }

    @Test("Characters that a platform refuses are named before anything is sent", arguments: ["\u{FEFF}Hello", "Hello\u{FFFE}"])
    func forbidden(text: String) {
        let found = problems([text], on: [channel(microblog), channel(diary)])
        #expect(found.map(\.code) == [.textForbidden] && found[0].severity == .error && found[0].part == 0)
        #expect(found[0].message.contains(text.unicodeScalars.first == "\u{FEFF}" ? "(U+FEFF)" : "(U+FFFE)"))
    }

    @Test(
        "A text of invisible signs alone is empty",
        arguments: ["\u{200B}", "\u{2060}\u{FEFF}", " \u{00AD}\n", "\u{3164}", "\u{200E}\u{202C}", "\u{FE0F}", "\u{0}\u{7F}"])
    func invisible(text: String) {
        #expect(problems([text], on: [channel(diary)]).map(\.code) == [.emptyPost])
    }

    @Test func aTextWithAnInvisibleSignIsNotEmpty() {
        #expect(problems(["a\u{200B}"], on: [channel(diary)]) == [])
    }

    @Test("Where a platform does not say how it counts, a text near the limit is a warning and no promise")
    func undocumented() {
        let found = problems([String(repeating: "a", count: 10)], on: [channel(diary)])
        #expect(found.map(\.code) == [.textNearLimit] && found[0].severity == .warning)
        #expect(problems([String(repeating: "a", count: 9)], on: [channel(diary)]) == [])
        #expect(problems([String(repeating: "a", count: 11)], on: [channel(diary)]).map(\.code) == [.textTooLong])
    }

    @Test func aVersionIsCheckedInPlaceOfTheSharedText() {
        let short = channel(diary)
        let text = "longer than ten"
        #expect(problems([text], on: [short]).map(\.code) == [.textTooLong])
        #expect(problems([text], on: [short]) { $0.versions[short.integration.id] = [PostPart(text: "short")] } == [])
    }

    @Test func anEmptyPartOfAThreadIsFound() {
        let found = problems(["Hello", " ", "end"], on: [channel(microblog)])
        #expect(found.map(\.code) == [.emptyPart])
        #expect(found.first?.part == 1)
    }

    @Test func threadsAreAsLongAsThePlatformAllows() {
        #expect(problems(["1", "2", "3", "4"], on: [channel(microblog)]).map(\.code) == [.tooManyParts])
        #expect(problems(["1", "2"], on: [channel(diary)]).map(\.code) == [.threadNotSupported])
    }

    // MARK: Settings

    @Test(
        "Settings are what the descriptor declares",
        arguments: [
            ("reply", "following", nil), ("reply", "nobody", .settingInvalid), ("reply", true, .settingInvalid), ("reply", nil, nil),
            ("ai", true, nil), ("ai", "yes", .settingInvalid), ("ai", 1, .settingInvalid), ("community", "", nil),
            ("community", "https://example.com/12", nil), ("community", "https://example.com/12?", .settingInvalid),
            ("community", "see https://example.com/12", .settingInvalid), ("community", 12, .settingInvalid),
            ("community", .string("https://example.com/" + String(repeating: "1", count: 30)), .settingInvalid),
            ("mood", "good", .unknownSetting), ("language", "", nil), ("language", "en", nil), ("language", "pt-BR", nil),
            ("language", "zh-TW", nil), ("language", "sr-Latn", nil), ("language", "tok", nil), ("language", "xx", .settingInvalid),
            ("language", "english", .settingInvalid), ("language", "en_US", .settingInvalid), ("language", "en-us", .settingInvalid),
        ] as [(String, JSONValue, Problem.Code?)])
    func settings(name: String, value: JSONValue, code: Problem.Code?) {
        let own = channel(microblog)
        let found = problems(["Hello"], on: [own]) { $0.settings[own.integration.id] = [name: value] }
        #expect(found.map(\.code) == [code].compactMap(\.self))
        #expect(found.allSatisfy { $0.field == name && $0.integrationId == own.integration.id })
    }
}

@Suite struct PostValidatorMediaTests {
    private func codes(_ files: [Media], on channel: ChannelContext, text: String = "Hello") -> [Problem.Code] {
        problems([text], files: files, on: [channel]).map(\.code)
    }

    private let clip = file(.video, type: "video/mp4", duration: 20)

    @Test func countsAndMixtures() {
        let picture = file()
        let micro = channel(microblog)
        #expect(codes([picture, picture, picture, picture], on: micro) == [])
        #expect(codes([picture, picture, picture, picture, picture], on: micro) == [.tooManyMedia])
        #expect(codes([clip, clip], on: micro) == [.tooManyMedia])
        #expect(codes([picture, clip], on: micro) == [.mixedMedia])
        #expect(codes([picture, file(.animation, type: "image/gif")], on: micro) == [.mixedMedia])
        let mixing = channel(gallery)
        #expect(codes([picture, picture, clip], on: mixing) == [])
        #expect(codes([picture, picture, picture, clip], on: mixing) == [.tooManyMedia])
    }

    @Test func aServersOwnLimitsReplaceThePlatforms() {
        let picture = file(type: "image/avif", size: 6_000_000)
        #expect(codes([picture], on: channel(microblog)) == [.mediaFitted])
        let roomy = channel(microblog) { $0.limits = AccountLimits(mediaCount: 6, imageBytes: 16_777_216, mediaTypes: ["image/avif"]) }
        #expect(codes(Array(repeating: picture, count: 6), on: roomy) == [])
        #expect(codes(Array(repeating: picture, count: 7), on: roomy) == [.tooManyMedia])
    }

    @Test func aPictureThatMovesIsOneThatStandsStillWhereItsFormIsKnownForPicturesAlone() {
        let gallery = channel(micro(pictures: ["image/jpeg", "image/png", "image/webp"]))
        let moving = file(.animation, type: "image/webp")
        let still = problems(["Hello"], files: [moving], on: [gallery])
        #expect(still.map(\.code) == [.mediaStill])
        #expect(still.map(\.severity) == [.warning])
        #expect(codes([moving, file()], on: gallery) == [.mediaStill])
        #expect(codes([file(.animation, type: "image/png"), moving], on: gallery) == [.mediaStill, .mediaStill])
        #expect(codes([moving, file(.animation, type: "image/gif")], on: gallery) == [.mixedMedia, .mediaStill])
        #expect(codes([moving], on: channel(microblog)) == [.mediaType])
        #expect(codes([file(.animation, type: "image/gif")], on: gallery) == [])
    }

    private func micro(pictures types: [String]) -> PlatformDescriptor {
        let media = MediaRule(
            maxImages: 4, maxVideos: 1, maxAnimations: 1, image: FileRule(types: types, maxBytes: 5_242_880),
            animation: FileRule(types: ["image/gif"], maxBytes: 15_000_000), video: nil, altTextLimit: 10)
        return PlatformDescriptor(
            id: "micro", name: "Micro", mark: "m", connect: ConnectFlow(method: .oauth2), credentials: [], text: microblog.text,
            thread: microblog.thread, media: media, settings: [], analytics: [], documentation: "docs/platforms/micro.md")
    }

    @Test func aPictureThatCanBeMadeFitIsNoError() {
        let micro = channel(microblog)
        let heavy = problems(["Hello"], files: [file(size: 5_242_881)], on: [micro])
        #expect(heavy.map(\.severity) == [.warning])
        #expect(
            heavy.first?.message
                == "Micro @ada: 'cat' is sent to Micro as a JPEG of at most 5 MB and 1000000 pixels in all. Your file stays as it is.")
        #expect(codes([file(size: 5_242_880)], on: micro) == [])
        #expect(codes([file(width: 1000, height: 1000)], on: micro) == [])
        #expect(codes([file(width: 1001, height: 1000)], on: micro) == [.mediaFitted])
        let foreign = problems(["Hello"], files: [file(type: "image/heic")], on: [micro])
        #expect(foreign.map(\.message) == ["Micro @ada: 'cat' is sent to Micro as a JPEG. Your file stays as it is."])
        #expect(codes([file(type: "image/heic", width: nil, height: nil)], on: micro) == [.mediaType])
        #expect(codes([file()], on: channel(diary)) == [.mediaNotAllowed])
    }

    @Test func aServersOwnPixelsReplaceThePlatforms() {
        let own = { (pixels: Int) in channel(microblog) { $0.limits = AccountLimits(imagePixels: pixels) } }
        #expect(codes([file(width: 2000, height: 1000)], on: own(2_000_000)) == [])
        #expect(codes([file(width: 2000, height: 1000)], on: own(1_999_999)) == [.mediaFitted])
        #expect(codes([file(width: 800, height: 1000)], on: own(799_999)) == [.mediaFitted])
    }

    @Test func kindsThatThePlatformDoesNotTakeAreRefusedByName() {
        #expect(codes([file()], on: channel(diary)) == [.mediaNotAllowed])
        #expect(codes([file(.audio, type: "audio/mpeg")], on: channel(microblog)) == [.mediaNotAllowed])
    }

    @Test func sizePixelsAndDuration() {
        let micro = channel(microblog)
        let heavy = problems(["Hello"], files: [file(.animation, type: "image/gif", size: 15_000_001)], on: [micro])
        #expect(heavy.map(\.code) == [.mediaTooLarge])
        #expect(heavy.first?.message == "Micro @ada: 'cat' has 14.4 of 14.3 MB: make it smaller.")
        #expect(codes([file(.video, type: "video/mp4", duration: 140.2)], on: micro) == [.mediaDuration])
        #expect(codes([file(.video, type: "video/mp4", duration: 0.4)], on: micro) == [.mediaDuration])
        #expect(codes([file(.video, type: "video/mp4", duration: 140)], on: micro) == [])
    }

    @Test func alternativeTexts() {
        let micro = channel(microblog)
        #expect(codes([file(altText: "12345678901")], on: micro) == [.altTextTooLong])
        let missing = problems(["Hello"], files: [file(altText: " ")], on: [micro])
        #expect(missing.map(\.code) == [.altTextMissing])
        #expect(missing.first?.severity == .warning)
        #expect(codes([file(altText: nil)], on: channel(gallery)) == [])
    }

    @Test func captionsThatStayBehindAreTold() {
        var film = file(.video, type: "video/mp4", duration: 10)
        #expect(codes([film], on: channel(microblog)) == [])
        film.captionLanguages = ["de", "en"]
        let found = problems(["Hello"], files: [film], on: [channel(microblog)])
        #expect(found.map(\.code) == [.captionsNotSent] && found.first?.severity == .warning)
        let rule = MediaRule(
            maxImages: 0, maxVideos: 1, maxAnimations: 0, image: nil, animation: nil,
            video: FileRule(types: ["video/mp4"], maxBytes: 1000, captions: true), altTextLimit: 0)
        let cinema = PlatformDescriptor(
            id: "cinema", name: "Cinema", mark: "c", connect: ConnectFlow(method: .oauth2), credentials: [],
            text: TextRule(limit: 280, counting: .utf16), thread: ThreadRule(kind: .none, maxParts: 1), media: rule, settings: [], analytics: [],
            documentation: "cinema")
        #expect(codes([film], on: channel(cinema)) == [])
    }

    @Test func aFileThatIsGoneIsNamed() {
        let gone = MediaID(at: now)
        let found = problems(["Hello"], on: [channel(microblog)]) { $0.parts[0].mediaIds = [gone] }
        #expect(found.map(\.code) == [.mediaMissing])
        #expect(found.first?.mediaId == gone)
    }

    @Test func aPlatformMayNeedMediaAndText() {
        #expect(codes([], on: channel(gallery)) == [.mediaRequired])
        #expect(codes([file()], on: channel(gallery), text: "") == [.emptyPart])
        #expect(codes([file()], on: channel(microblog), text: "") == [])
    }

    @Test func commentsMayBeWithoutMedia() {
        let picture = file()
        let found = problems(["Hello", "More"], files: [picture], on: [channel(gallery)]) { $0.parts[1].mediaIds = [picture.id] }
        #expect(found.map(\.code) == [.mediaNotAllowed])
        #expect(found.first?.part == 1)
    }
}
