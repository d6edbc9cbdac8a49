import Application
import Domain
import Foundation

/// How a status is shown: its words, its colour, and whether something is going on.
struct StatusLook: Sendable {
    let label: String
    let tone: String
    let busy: Bool

    init(_ status: PostStatus, _ words: Words) {
        label = words("status_\(status.rawValue)")
        tone =
            switch status {
            case .draft, .cancelled: "neutral"
            case .inReview, .partiallyPublished: "warning"
            case .scheduled, .publishing: "info"
            case .published: "positive"
            case .failed: "danger"
            }
        busy = status == .publishing
    }

    init(_ status: PublicationStatus, _ words: Words) {
        label = words("publication_\(status.rawValue)")
        tone =
            switch status {
            case .draft, .cancelled: "neutral"
            case .scheduled, .queued, .publishing, .processing: "info"
            case .published: "positive"
            case .unconfirmed, .onHold: "warning"
            case .failed: "danger"
            }
        busy = [.queued, .publishing, .processing].contains(status)
    }
}

/// A post in the few words that lists and the calendar have room for.
enum PostWords {
    /// The beginning of a post's text in one line.
    static func opening(of post: PostView, words: Words, length: Int = 140) -> String {
        line(post.content, length: length) ?? words(post.parts.contains { !$0.mediaIds.isEmpty } ? "onlyMedia" : "noText")
    }

    /// The beginning of `text` in one line; nil when there is nothing in it.
    static func line(_ text: String, length: Int) -> String? {
        let line = text.prefix(length * 2).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > length ? line.prefix(length) + "…" : line.unlessEmpty
    }

    /// When it goes or went out; nil for a draft without a time.
    static func instant(of post: PostView) -> Timestamp? { post.scheduledFor ?? post.publishedAt }

    static func isMovable(_ post: PostView) -> Bool {
        [.draft, .inReview, .scheduled].contains(post.status)
            && post.publications.allSatisfy { $0.status.isPending || $0.status == .cancelled }
    }

    /// Whether what it says may still be changed.
    static func isEditable(_ post: PostView) -> Bool {
        post.publications.allSatisfy { $0.status.isPending || [.cancelled, .failed].contains($0.status) }
    }

    /// Whether it failed there while the post is out elsewhere, so that it may be changed for this channel alone.
    static func isAmendable(_ publication: PublicationView, of post: PostView) -> Bool {
        publication.status == .failed && publication.progress.done == 0 && !isEditable(post)
    }

    static func marks(of post: PostView, channels: [IntegrationID: ChannelView]) -> [Model] {
        marks(of: post.platforms.compactMap { channels[$0] })
    }

    /// As many as a row has room for, and how many more there are.
    static func marks(of channels: [ChannelView], room: Int = 5) -> [Model] {
        guard channels.count > room else { return channels.map(\.markModel) }
        let others = channels.dropFirst(room - 1)
        let names = others.map(\.title).joined(separator: ", ")
        return channels.prefix(room - 1).map(\.markModel) + [["platform": "", "mark": "+\(others.count)", "channel": names]]
    }

    /// The one thing that can be done with a post in the trash.
    static func restoring(_ visit: Visit) -> Model {
        ["name": "restore", "icon": "retry", "label": visit.words("action_restore"), "class": ""]
    }

    /// What can be done with a post as it stands, for its menu.
    static func actions(for post: PostView, _ visit: Visit) -> [Model] {
        guard visit.mayWrite else { return [] }
        var actions: [Model] = []
        func offer(_ name: String, _ icon: String, when possible: Bool, tone: String = "") {
            if possible { actions.append(["name": name, "icon": icon, "label": visit.words("action_\(name)"), "class": tone]) }
        }
        let states = Set(post.publications.map(\.status))
        offer("publish", "send", when: [.draft, .scheduled].contains(post.status) && !post.platforms.isEmpty)
        offer("approve", "check", when: post.status == .inReview && visit.mayApprove)
        offer("retry", "retry", when: states.contains(.failed))
        offer("duplicate", "copy", when: true)
        offer("cancel", "close", when: !states.isDisjoint(with: [.scheduled, .queued, .onHold]))
        offer("delete", "trash", when: true, tone: "danger")
        return actions
    }
}

extension ChannelView {
    /// `Mastodon @ada`: the handle tells accounts of one name apart.
    var title: String { "\(platformName) \(handle)" }

    /// `@ada`; a name with spaces is no handle and stands as it is, as does one that says what it is: `@ada`, `u/ada`.
    var handle: String { username.contains(" ") || username.hasPrefix("@") || username.hasPrefix("u/") ? username : "@\(username)" }

    /// Where its account's picture is shown from; nil where there is none.
    var picturePath: String? { pictureUrl == nil ? nil : "/channels/\(id)/picture" }
}

extension [IntegrationID: ChannelView] {
    /// `X Ada`; a removed channel has no name any more.
    func name(of id: IntegrationID, _ words: Words) -> String {
        self[id].map(\.title) ?? words("removedChannel")
    }
}

extension Sequence<ChannelView> {
    var byId: [IntegrationID: ChannelView] { Dictionary(map { ($0.id, $0) }) { first, _ in first } }
}
