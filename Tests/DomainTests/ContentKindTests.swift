import Domain
import Testing

private let picture = FileRule(types: ["image/jpeg"], maxBytes: 1000)
private let film = FileRule(types: ["video/mp4"], maxBytes: 1000, maxDuration: 60)

/// A platform of three kinds: long posts, short films with a text of ten characters, stories without text rules of their own.
private let kinds = PlatformDescriptor(
    id: "kinds", name: "Kinds", mark: "k", connect: ConnectFlow(method: .oauth2), credentials: [],
    text: TextRule(limit: 100, counting: .utf8), thread: ThreadRule(kind: .replies, maxParts: 3),
    media: MediaRule(maxImages: 4, maxVideos: 0, maxAnimations: 0, image: picture, animation: nil, video: nil, altTextLimit: 0),
    settings: [
        SettingField(name: "title", kind: .text, label: "Title", defaultValue: "", required: true),
        SettingField(name: "trial", kind: .toggle, label: "Trial", defaultValue: false),
    ],
    kinds: [
        ContentKind("post", "Post", suits: [.text, .picture, .several], settings: []),
        ContentKind(
            "reel", "Reel", suits: [.video], text: TextRule(limit: 10, counting: .utf8), thread: ThreadRule(kind: .none, maxParts: 1),
            media: MediaRule(maxImages: 0, maxVideos: 1, maxAnimations: 0, required: true, image: nil, animation: nil, video: film, altTextLimit: 0)
        ),
    ], analytics: [], documentation: "kinds")

private let now = Timestamp(milliseconds: 1_795_420_800_000)
private let organization = OrganizationID(at: now)
private let integration = Integration(
    id: .init(at: now), organizationId: organization, platform: "kinds", platformAccountId: "1", username: "ada", displayName: "Ada",
    createdAt: now, updatedAt: now)

@Suite struct ContentKindTests {
    private func file(_ kind: MediaKind, _ type: String) -> Media {
        Media(
            id: .init(at: now), organizationId: organization, name: "cat", kind: kind, mimeType: type, size: 100, digest: "", width: 10,
            height: 10, duration: nil, altText: "A cat", hasThumbnail: false, createdAt: now)
    }

    private func problems(
        _ texts: [String], media: [Media] = [], settings: [String: JSONValue] = [:], reachable: Bool = true, of descriptor: PlatformDescriptor = kinds
    ) -> [Problem.Code] {
        let parts = texts.enumerated().map { PostPart(text: $1, mediaIds: $0 == 0 ? media.map(\.id) : []) }
        let content = PostContent(parts: parts, versions: [:], settings: [integration.id: settings])
        let context = ChannelContext(integration: integration, descriptor: descriptor, filesReachable: reachable)
        return PostValidator.problems(
            content: content, channels: [context], media: Dictionary(media.map { ($0.id, $0) }) { $1 }, scheduledFor: nil, now: now
        ).map(\.code)
    }

    @Test func theFirstSettingChoosesAmongKinds() {
        #expect(kinds.settings.first?.name == "post_type")
        #expect(kinds.settings.first?.options.map(\.value) == ["auto", "post", "reel"])
        #expect(problems(["Hello"], settings: ["post_type": "opera"]) == [.settingInvalid])
    }

    @Test(
        arguments: [
            ([], "post"), ([MediaKind.image], "post"), ([.video], "reel"), ([.image, .video], "post"), ([.document], "post"), ([.audio], "post"),
        ] as [([MediaKind], String)])
    func anOpenChoiceFollowsTheFiles(_ files: [MediaKind], _ expected: String) {
        #expect(kinds.kind([:], files: files)?.name == expected)
        #expect(kinds.kind(["post_type": "auto"], files: files)?.name == expected)
    }

    @Test func aChoiceIsKeptWhateverTheFilesAre() {
        #expect(kinds.kind(["post_type": "post"], files: [.video])?.name == "post")
    }

    @Test func theChosenKindsRulesCount() {
        let video = file(.video, "video/mp4")
        let title: [String: JSONValue] = ["title": "Cats"]
        #expect(problems(["A text of more than ten bytes"]) == [])
        #expect(problems(["A text of more than ten bytes"], media: [video], settings: title) == [.textTooLong])
        #expect(problems(["Short"], media: [video], settings: title) == [])
        #expect(problems(["One", "Two"]) == [])
        #expect(problems(["One", "Two"], media: [video], settings: title) == [.threadNotSupported])
        #expect(problems(["Short"], settings: title.merging(["post_type": "reel"]) { $1 }) == [.mediaRequired])
        #expect(problems(["Short"], media: [video], settings: ["post_type": "post"]) == [.mediaNotAllowed])
    }

    @Test func aNeededSettingIsAskedForWhereItApplies() {
        let video = file(.video, "video/mp4")
        #expect(problems(["Short"], media: [video]) == [.settingInvalid])
        #expect(problems(["Short"], media: [video], settings: ["title": " "]) == [.settingInvalid])
        #expect(problems(["Short"]) == [])
    }

    @Test func settingsOfAnotherKindAreKeptButDoNotApply() {
        #expect(problems(["Short"], settings: ["title": "Cats", "trial": true]) == [])
        #expect(kinds.narrowed(to: kinds.kinds.first).settings.map(\.name) == ["post_type"])
        #expect(kinds.narrowed(to: kinds.kinds.last).settings.map(\.name) == ["post_type", "title", "trial"])
    }

    @Test func aPlatformOfOneKindHasNoSuchSetting() {
        let plain = PlatformDescriptor(
            id: "plain", name: "Plain", mark: "p", connect: ConnectFlow(method: .oauth2), credentials: [],
            text: TextRule(limit: 100, counting: .utf8), thread: ThreadRule(kind: .none, maxParts: 1), media: kinds.media, settings: [],
            pullsMedia: true, analytics: [], documentation: "plain")
        #expect(plain.settings.isEmpty)
        #expect(plain.kind([:], files: []) == nil)
        let image = file(.image, "image/jpeg")
        #expect(problems(["Hi"], media: [image], reachable: false, of: plain) == [.mediaUnreachable])
        #expect(problems(["Hi"], reachable: false, of: plain) == [])
        #expect(problems(["Hi"], media: [image], of: plain) == [])
    }
}

@Suite struct ConnectFormTests {
    private let flow = ConnectFlow(
        method: .form,
        fields: [
            ConnectField(name: "server", kind: .url, label: "Server", required: false, defaultValue: "https://pds.example.com"),
            ConnectField(name: "password", kind: .secret, label: "App password", help: "Make one under Settings.", maxLength: 19, pattern: "[a-z-]+"),
        ])

    @Test func blanksAtTheEndsGoAndDefaultsAreFilledIn() throws {
        #expect(try flow.checked(["password": " abcd-efgh\n"]) == ["server": "https://pds.example.com", "password": "abcd-efgh"])
    }

    @Test(
        arguments: [
            ([:], "password"), (["password": "   "], "password"), (["password": "ABCD"], "password"),
            (["password": "abcd-abcd-abcd-abcd-abcd"], "password"), (["password": "abcd", "server": "pds.example.com"], "server"),
            (["password": "abcd", "server": "file:///tmp/file"], "server"), (["password": "abcd", "server": "https://me:pw@example.com"], "server"),
            (["password": "abcd", "colour": "red"], "fields"),
        ] as [([String: String], String)])
    func aWrongFieldIsNamedAndNeverRepeated(_ form: [String: String], _ field: String) {
        let report = #expect(throws: ProblemReport.self) { try flow.checked(form) }
        #expect(report?.code == .validationFailed)
        #expect(report?.details["field"] == .string(field))
        #expect(form[field].map { $0.allSatisfy(\.isWhitespace) || report?.message.contains($0) == false } ?? true)
    }
}
