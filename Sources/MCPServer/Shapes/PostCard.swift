import Application
import Domain

/// A post as tools show it: the same everywhere, in lists without what only a single post needs.
struct PostCard: Codable, Sendable {
    enum Detail: String, Codable, Sendable, CaseIterable { case concise, full }

    struct Part: Codable, Sendable {
        let text: String
        let media: [MediaID]?
    }

    /// The post on one of its channels.
    struct OnChannel: Codable, Sendable {
        let id: IntegrationID
        let name: String
        let platform: PlatformID
        let status: PublicationStatus
        let url: String?
        let publishedAt: Timestamp?
        let nextAttemptAt: Timestamp?
        let partsPublished: Int?
        let error: Trouble?
    }

    struct Trouble: Codable, Sendable {
        let code: String
        let message: String
        let whatToDo: String
        let platformAnswer: String?
    }

    struct Version: Codable, Sendable {
        let channel: IntegrationID
        let parts: [Part]
    }

    struct Settings: Codable, Sendable {
        let channel: IntegrationID
        let values: [SettingValue]
    }

    let id: PostID
    let url: String
    let status: PostStatus
    /// The text of the first part; in lists its beginning.
    let text: String
    let partCount: Int
    let parts: [Part]?
    let channels: [OnChannel]
    let versions: [Version]?
    let channelSettings: [Settings]?
    let scheduledFor: Timestamp?
    /// The same as the clocks of `timeZone` show it.
    let scheduledLocal: String?
    let timeZone: String?
    let publishedAt: Timestamp?
    let tags: [String]
    let origin: Origin?
    let createdAt: Timestamp?
    let updatedAt: Timestamp
}

extension PostCard {
    private static let textInLists = 140

    init(_ view: PostView, _ detail: Detail = .full, in call: Invocation) {
        let full = detail == .full
        let settings = view.settings.filter { !$0.value.isEmpty }
        self.init(
            id: view.id, url: call.pages.post(view.id), status: view.status,
            text: full ? view.content : view.content.shortened(to: Self.textInLists), partCount: view.parts.count,
            parts: full ? view.parts.map(Part.init) : nil, channels: view.publications.map { OnChannel($0, full: full) },
            versions: full && !view.versions.isEmpty
                ? view.versions.sorted { $0.key < $1.key }.map { Version(channel: $0.key, parts: $0.value.map(Part.init)) } : nil,
            channelSettings: full && !settings.isEmpty
                ? settings.sorted { $0.key < $1.key }.map { Settings(channel: $0.key, values: SettingValue.list($0.value)) } : nil,
            scheduledFor: view.scheduledFor, scheduledLocal: view.scheduledFor.map(call.local.text), timeZone: full ? call.zone : nil,
            publishedAt: view.publishedAt, tags: view.tags, origin: full ? view.origin : nil, createdAt: full ? view.createdAt : nil,
            updatedAt: view.updatedAt)
    }

    /// `X Ada, LinkedIn Acme`.
    static func names(_ view: PostView) -> String {
        view.publications.isEmpty ? "no channel yet" : view.publications.map(\.channelName).joined(separator: ", ")
    }
}

extension PostCard.Part {
    fileprivate init(_ part: PostPart) { self.init(text: part.text, media: part.mediaIds.isEmpty ? nil : part.mediaIds) }
}

extension PostCard.OnChannel {
    fileprivate init(_ view: PublicationView, full: Bool) {
        self.init(
            id: view.integrationId, name: view.channel, platform: view.platform, status: view.status, url: view.url,
            publishedAt: view.publishedAt, nextAttemptAt: view.nextAttemptAt, partsPublished: full ? view.progress.done : nil,
            error: view.error.map { PostCard.Trouble($0, view, full: full) })
    }
}

extension PostCard.Trouble {
    fileprivate init(_ error: PublicationError, _ view: PublicationView, full: Bool) {
        self.init(
            code: error.code, message: error.message, whatToDo: Self.advice(error, view),
            platformAnswer: full ? error.platformAnswer : nil)
    }

    private static func advice(_ error: PublicationError, _ view: PublicationView) -> String {
        if view.status == .unconfirmed, view.nextAttemptAt == nil {
            return "Look at the channel whether the post is there, then call retry_post with resolution already_published or send_again."
        }
        return switch error.kind {
        case .authentication: "A person has to connect the channel again in the web interface under Channels; then it goes out by itself."
        case .transient where view.status == .failed: "Call retry_post."
        case .transient, .rateLimited: "Nothing: it is tried again by itself."
        case .invalidContent: "Change the post with update_post, or make a corrected one with create_post; then retry_post."
        case .unknownOutcome: "Nothing yet: it is being looked up whether the platform has it."
        }
    }
}

extension PublicationView {
    /// `X Ada`.
    var channelName: String { "\(channel) (\(platform))" }
}

extension String {
    /// The beginning, with an ellipsis where something is missing.
    func shortened(to length: Int) -> String { count <= length ? self : prefix(length - 1) + "…" }
}
