import Domain
import Persistence

/// What a list of channels is narrowed to; nil means everything.
public struct ChannelQuery: Sendable, Equatable {
    /// In the name or username.
    public var search: String?
    /// Id or name of the platform.
    public var platform: String?
    /// The label that groups channels.
    public var customer: String?
    /// Those that are switched off as well.
    public var includesDisabled = true
    /// The `nextCursor` of the page before.
    public var cursor: String?
    /// 1 to 200.
    public var limit = 200

    public init() {}
}

extension Channels {
    /// Channels in the order in which they were connected, page by page, with how many posts wait on each.
    public func page(_ query: ChannelQuery, as caller: Caller) async throws -> Page<ChannelView> {
        try caller.require(.postsRead)
        guard (1...200).contains(query.limit) else { throw ProblemReport.invalid("limit", "limit is a number from 1 to 200.") }
        let (organization, position) = (caller.organizationId, try query.cursor.map(PageCursor<Integration>.init))
        let all = try await database.read { try IntegrationRepository.list(of: organization, in: $0) }
        let rest = all.filter { channel in position.map { ($0.createdAt, $0.id) < (channel.createdAt, channel.id) } ?? true }.map {
            view($0, scheduledCount: nil)
        }.filter(query.fits)
        let page = Array(rest.prefix(query.limit))
        let (shown, integrations) = (page.map(\.id), all)
        let (counts, risks) = try await database.read { transaction in
            (
                try IntegrationRepository.scheduledCounts(of: shown, in: transaction),
                try integrations.filter { shown.contains($0.id) }.reduce(into: [IntegrationID: PostsAtRisk]()) {
                    $0[$1.id] = try PostsAtRisk(of: $1, in: transaction)
                }
            )
        }
        return Page(
            items: page.map { $0.waiting(counts[$0.id] ?? 0, atRisk: risks[$0.id]) },
            nextCursor: rest.count > page.count ? page.last.map { PageCursor($0.createdAt, $0.id).text } : nil)
    }
}

extension ChannelQuery {
    fileprivate func fits(_ channel: ChannelView) -> Bool {
        func same(_ left: String?, _ right: String) -> Bool { left?.lowercased() == right.lowercased() }
        if channel.status == .disabled, !includesDisabled { return false }
        if let platform, !same(platform, channel.platform.rawValue), !same(platform, channel.platformName) { return false }
        if let customer, !same(channel.customer, customer) { return false }
        guard let search = search?.precomposedStringWithCanonicalMapping.lowercased() else { return true }
        return "\(channel.displayName) \(channel.username)".precomposedStringWithCanonicalMapping.lowercased().contains(search)
    }
}
