import Domain

/// How posts look on a platform, as far as the composer's preview shows it: what stands where, what is cut and what is hidden.
///
/// The numbers are what the platforms' own pages show; no platform documents them, and none of them keeps a post from going out.
struct PreviewLook: Encodable, Sendable {
    enum Block: String, Encodable { case head, title, warning, text, media, poll, card, deeds }
    enum Card: String, Encodable { case large, small }
    enum Several: String, Encodable { case grid, row }
    enum Deed: String, Encodable { case reply, repost, like, share = "upload", save }

    /// How much is shown before "see more".
    struct Cut: Encodable { let characters, lines: Int }

    /// From top to bottom.
    let blocks: [Block]
    let deeds: [Deed]
    /// Whether everything stands beside the account's picture, not below it.
    var beside = false
    /// Whether the account's picture is square.
    var square = false
    var handle = true
    var cut: Cut?
    /// Width divided by height of a picture that stands alone: the least and the most that is shown; what is beyond is cut off.
    var picture = [0.5, 3.0]
    /// The same of a film, which is always shown so; nil where it keeps its own.
    var film: Double?
    var several = Several.grid
    /// Whether pictures with a description carry a mark.
    var altMark = false
    /// Whether addresses, names and tags in the text can be followed.
    var links = true
    /// How the first address is shown below a text without files; nil where it is not.
    var card: Card?
    /// The settings that are shown: a headline, a warning before the text, answers of a poll.
    var title: String?
    var warning: String?
    var poll: [String] = []
    /// Shapes to which pictures are cut for it: width and height.
    var crops = ["1:1", "4:5", "16:9"]
    /// The setting for the moment of a film that stands for it, and how many of its units a second has.
    var coverSetting: String?
    var coverUnits: Int?

    static func of(_ platform: PlatformID) -> PreviewLook { looks[platform.rawValue] ?? plain }

    private static let plain = PreviewLook(blocks: [.head, .text, .media, .card], deeds: [])
    private static let talk: [Deed] = [.reply, .repost, .like, .share]

    private static let looks: [String: PreviewLook] = [
        "x": PreviewLook(
            blocks: [.head, .text, .media, .card, .deeds], deeds: [.reply, .repost, .like, .save, .share], beside: true,
            cut: Cut(characters: 280, lines: 25), picture: [0.75, 2], altMark: true, card: .large),
        "bluesky": PreviewLook(
            blocks: [.head, .text, .media, .card, .deeds], deeds: talk, beside: true, altMark: true, card: .large),
        "mastodon": PreviewLook(
            blocks: [.head, .warning, .text, .media, .card, .deeds], deeds: [.reply, .repost, .like, .save], square: true,
            cut: Cut(characters: 1200, lines: 20), altMark: true, card: .small, warning: "spoiler_text"),
        "threads": PreviewLook(
            blocks: [.head, .text, .poll, .media, .card, .deeds], deeds: [.like, .reply, .repost, .share], beside: true, picture: [0.75, 1.91],
            several: .row, card: .large, poll: ["poll_option_a", "poll_option_b", "poll_option_c", "poll_option_d"]),
        "linkedin": linkedIn, "linkedin-page": linkedIn,
        "facebook": PreviewLook(
            blocks: [.head, .text, .media, .card, .deeds], deeds: [.like, .reply, .share], handle: false, cut: Cut(characters: 480, lines: 5),
            picture: [0.8, 1.91], card: .large),
        "instagram": instagram, "instagram-standalone": instagram,
        "pinterest": PreviewLook(
            blocks: [.media, .title, .text, .head], deeds: [], handle: false, cut: Cut(characters: 100, lines: 2), picture: [0.48, 1.5],
            several: .row, links: false, title: "title", crops: ["2:3", "1:1", "4:5"], coverSetting: "cover_time", coverUnits: 1),
        "tiktok": PreviewLook(
            blocks: [.media, .head, .title, .text, .deeds], deeds: [.like, .reply, .save, .share], cut: Cut(characters: 90, lines: 2),
            picture: [0.5625, 0.5625], film: 0.5625, several: .row, title: "title", crops: ["9:16", "1:1"],
            coverSetting: "video_cover_timestamp_ms", coverUnits: 1000),
        "youtube": PreviewLook(
            blocks: [.media, .title, .head, .text], deeds: [], handle: false, cut: Cut(characters: 150, lines: 3), film: 16 / 9, title: "title",
            crops: ["16:9"]),
        "reddit": PreviewLook(
            blocks: [.head, .title, .text, .poll, .media, .card, .deeds], deeds: [.like, .reply, .share], handle: false, picture: [0.6, 2.5],
            several: .row, card: .small, title: "title", poll: ["poll_options"]),
        "discord": PreviewLook(
            blocks: [.head, .text, .poll, .media, .card], deeds: [], beside: true, handle: false, card: .small, poll: ["poll_answers"]),
        "slack": PreviewLook(blocks: [.head, .text, .media, .card], deeds: [], beside: true, square: true, handle: false, card: .small),
    ]

    private static let linkedIn = PreviewLook(
        blocks: [.head, .text, .media, .card, .deeds], deeds: [.like, .reply, .repost, .share], handle: false,
        cut: Cut(characters: 210, lines: 3), picture: [0.8, 1.91], card: .small, crops: ["1:1", "4:5", "1.91:1"])
    private static let instagram = PreviewLook(
        blocks: [.head, .media, .deeds, .text], deeds: [.like, .reply, .share, .save], cut: Cut(characters: 125, lines: 2), picture: [0.8, 1.91],
        film: 0.5625, several: .row, links: false, crops: ["4:5", "1:1", "1.91:1", "9:16"], coverSetting: "thumb_offset", coverUnits: 1000)
}
