import Application
import Domain

struct WorkspaceCard: ToolOutput {
    struct Count: Codable, Sendable {
        let status: PostStatus
        let posts: Int
    }

    struct Limits: Codable, Sendable {
        let callsPerMinute: Int?
        let postsPerMinute: Int?
        let postsPerHour: Int?
        let largestUploadBytes: Int
    }

    let message: String
    let url: String
    /// Since when nothing goes out; absent while it publishes.
    let pausedSince: Timestamp?
    let id: OrganizationID
    let name: String
    let timeZone: String
    let now: Timestamp
    /// `now` as the clocks of `timeZone` show it.
    let nowLocal: String
    let weekday: String
    let channels: [ChannelCard]
    let posts: [Count]
    /// What this key may do.
    let scopes: [Scope]
    /// Whether a person approves what this key schedules or publishes.
    let needsApproval: Bool
    let limits: Limits
    /// What the server can do beyond posting.
    let features: [String]
}

struct ListChannelsInput: ToolInput {
    let search: String?
    let platform: String?
    let group: String?
    let includeInactive: Bool?
    let limit: Int?
    let cursor: String?

    static let descriptions = [
        "search": "Only channels whose name or username contains this.",
        "platform": "Only channels of this platform, such as x, linkedin, linkedin-page or mastodon.",
        "group": "Only channels with this label.",
        "include_inactive": "true: channels that are switched off as well.",
        "limit": "How many at most, 1 to 200; the standard is 100.",
        "cursor": "Continues a list: next_cursor of the page before.",
    ]
}

struct ChannelList: ToolOutput {
    let message: String
    let url: String
    let channels: [ChannelCard]
    let nextCursor: String?
}

enum WorkspaceTools {
    static func workspace(_ input: NoInput, _ call: Invocation) async throws -> WorkspaceCard {
        let services = call.services
        let overview = try await services.workspace.overview(as: call.caller)
        let waiting = overview.countsByStatus[.scheduled] ?? 0
        let broken = overview.channels.count { $0.status == .needsReconnect }
        let configuration = services.configuration
        func positive(_ number: Int) -> Int? { number > 0 ? number : nil }
        return WorkspaceCard(
            message: "\(overview.name): \(overview.channels.count) channel(s), \(waiting) post(s) scheduled"
                + "\(broken > 0 ? ", \(broken) channel(s) must be connected again" : "")."
                + (overview.publishing.isPaused ? " Publishing is paused: what becomes due waits until an administrator resumes it." : ""),
            url: call.pages.start, pausedSince: overview.publishing.instancePausedAt ?? overview.publishing.pausedAt, id: overview.id,
            name: overview.name, timeZone: overview.timeZone, now: overview.now,
            nowLocal: overview.local, weekday: overview.weekday,
            channels: overview.channels.map { ChannelCard($0, nextSlot: nil, in: call) },
            posts: PostStatus.allCases.compactMap { status in overview.countsByStatus[status].map { .init(status: status, posts: $0) } },
            scopes: overview.scopes, needsApproval: overview.draftOnly,
            limits: .init(
                callsPerMinute: positive(configuration.rateLimitPerMinute), postsPerMinute: positive(configuration.createLimitPerMinute),
                postsPerHour: positive(configuration.createLimitPerHour), largestUploadBytes: configuration.maxUploadBytes),
            features: ["threads", "per-channel versions", "media library", "next free slot", "analytics", "events"])
    }

    static func channels(_ input: ListChannelsInput, _ call: Invocation) async throws -> ChannelList {
        var query = ChannelQuery()
        (query.search, query.platform, query.customer) = (input.search, input.platform, input.group)
        (query.includesDisabled, query.limit, query.cursor) = (input.includeInactive == true, input.limit ?? 100, input.cursor)
        let page = try await call.services.channels.page(query, as: call.caller)
        let slots = try await nextSlots(page.items, call)
        let more = page.nextCursor == nil ? "" : " There are more: call again with cursor."
        return ChannelList(
            message: page.items.isEmpty ? try await nothing(call) : "\(page.items.count) channel(s).\(more)" + reconnectHint(page.items),
            url: call.pages.channels, channels: page.items.map { ChannelCard($0, nextSlot: slots[$0.id], in: call) },
            nextCursor: page.nextCursor)
    }

    private static func nothing(_ call: Invocation) async throws -> String {
        let all = try await call.services.channels.list(as: call.caller)
        return all.isEmpty
            ? "No channel is connected yet. A person connects accounts in the web interface under Channels."
            : "No channel fits. There are: \(all.prefix(20).map(\.displayName).joined(separator: ", "))."
    }

    private static func reconnectHint(_ channels: [ChannelView]) -> String {
        let broken = channels.filter { $0.status == .needsReconnect }.map(\.displayName)
        return broken.isEmpty ? "" : " A person has to connect \(broken.joined(separator: ", ")) again in the web interface under Channels."
    }

    /// The first free posting time of each of these that publishes: none is computed for others.
    private static func nextSlots(_ channels: [ChannelView], _ call: Invocation) async throws -> [IntegrationID: Timestamp] {
        let shown = channels.filter { $0.status == .active }.map(\.id.text)
        guard !shown.isEmpty else { return [:] }
        let free = try await call.services.posts.freeSlots(
            channels: shown, count: 1, from: nil, to: nil, basis: .queue, tags: [], as: call.caller)
        return Dictionary(free.map { ($0.integrationId, $0.at) }) { first, _ in first }
    }
}
