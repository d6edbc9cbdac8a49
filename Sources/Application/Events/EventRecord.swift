import Domain
import Persistence

/// Something that happened, as the log shows it.
public struct EventRecord: Codable, Sendable, Equatable {
    public let id: Identifier<ProductEvent>
    public let type: EventType
    public let at: Timestamp
    public let postId: PostID?
    public let integrationId: IntegrationID?
    /// One sentence.
    public let message: String
    public let data: JSONValue
}

extension EventRecord {
    /// Those events of one organization, with what they are about named.
    static func list(of events: [ProductEvent], of organization: OrganizationID, in transaction: any Transaction) throws -> [EventRecord] {
        let posts = Array(Set(events.compactMap { $0.id(of: "postId", Post.self) })).sorted()
        let openings = try PostRepository.openings(of: posts, of: organization, in: transaction)
        let channels = try IntegrationRepository.list(of: organization, in: transaction)
        let names = Dictionary(channels.map { ($0.id, $0.displayName) }) { first, _ in first }
        return events.map { EventRecord($0, openings: openings, channels: names) }
    }

    /// `openings` are the beginnings of posts and `channels` the names of channels, as far as they are known.
    init(_ event: ProductEvent, openings: [PostID: String], channels: [IntegrationID: String]) {
        let post = event.id(of: "postId", Post.self)
        let channel = event.id(of: "integrationId", Integration.self)
        let name = channel.flatMap { channels[$0] } ?? event.data["username"]?.string ?? "A channel"
        self.init(
            id: event.id, type: event.type, at: event.at, postId: post, integrationId: channel,
            message: event.type.sentence(post: Self.words(for: post.flatMap { openings[$0] }), channel: name, event.data), data: event.data)
    }

    /// `The post "Launch day…"`.
    private static func words(for opening: String?) -> String {
        let line = (opening ?? "").split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        guard !line.isEmpty else { return "A post" }
        return "The post \"\(line.count > 60 ? line.prefix(60) + "…" : line)\""
    }
}

extension EventType {
    /// Whether the log keeps events of this kind, and webhooks are told them: not the many small steps on the way to a result.
    public var isKept: Bool {
        switch self {
        case .publicationUpdated, .postPublishing, .mediaReady, .mediaUpdated, .mediaDeleted: false
        default: true
        }
    }

    fileprivate func sentence(post: String, channel: String, _ data: JSONValue) -> String {
        switch self {
        case .postCreated: "\(post) was saved."
        case .postUpdated: "\(post) was changed."
        case .postInReview: "\(post) waits for an administrator's approval."
        case .postCommented: "\(post) was commented on."
        case .postScheduled: "\(post) was scheduled."
        case .postAtRisk: "\(post) could not go out on \(channel) as things are: \(data["problem"]?.string ?? "it shows why")"
        case .postReadyAgain: "\(post) can go out on \(channel) again."
        case .postOverdue: "\(post) is late on \(channel): a person has to send it now, choose another time, or cancel it."
        case .postPublishing: "\(post) is being published."
        case .postPublished: "\(post) is public on all of its channels."
        case .postPartiallyPublished: "\(post) is public on some of its channels only; it shows why not on the others."
        case .postFailed: "\(post) could not be published; it shows why."
        case .postCancelled: "\(post) was cancelled."
        case .postDeleted: "\(post) was deleted."
        case .publicationUpdated: "\(post) moved on on \(channel)."
        case .integrationConnected: "\(channel) was connected."
        case .integrationUpdated: "\(channel) was changed: its status is \(data["status"]?.string ?? "unknown")."
        case .integrationEnding:
            "\(channel) must be connected again before \(data["endsAt"]?.string ?? "its end"). \(data["posts"]?.string ?? "")"
        case .integrationNeedsReconnect: "\(channel) must be connected again; its posts wait until then."
        case .integrationRemoved: "\(channel) was removed."
        case .publishingPaused: "Publishing was paused for \(Self.paused(data)): what becomes due waits."
        case .publishingResumed: "Publishing goes on for \(Self.paused(data))."
        case .zoneRulesChanged:
            "The rules of \(data["zones"]?.array?.compactMap(\.string).joined(separator: ", ") ?? "a time zone") changed: "
                + "planned posts were moved so that they keep their time of day there: \(data["posts"]?.int ?? 0)."
        case .webhookStopped: "The webhook \(data["name"]?.string ?? "") was stopped. \(data["reason"]?.string ?? "")"
        case .memberJoined: "A member joined the workspace with the role \(data["role"]?.string ?? "")."
        case .memberChanged: "\(data["name"]?.string ?? "A member") has the role \(data["role"]?.string ?? "") now."
        case .memberLeft: "\(data["name"]?.string ?? "A member") does not belong to the workspace any more."
        case .mediaReady: "A file was added to the media library."
        case .mediaUpdated: "A file of the media library was changed."
        case .mediaDeleted: "A file was deleted from the media library."
        }
    }
}

extension EventType {
    private static func paused(_ data: JSONValue) -> String {
        data["scope"]?.string == PauseScope.instance.rawValue ? "the whole server" : "the workspace"
    }
}

extension ProductEvent {
    /// An id in the event's data.
    func id<Owner>(of key: String, _ owner: Owner.Type) -> Identifier<Owner>? { data[key]?.string.flatMap(Identifier<Owner>.init) }
}
