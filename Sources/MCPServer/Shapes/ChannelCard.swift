import Application
import Domain

/// A channel as tools show it.
struct ChannelCard: Codable, Sendable {
    let id: IntegrationID
    let name: String
    let username: String
    let platform: PlatformID
    let platformName: String
    /// The label that groups channels.
    let group: String?
    let status: ChannelView.Status
    let needsReconnect: Bool
    /// Why it must be connected again.
    let reason: String?
    /// When the connection ends unless a person connects the channel again; absent where it renews itself.
    let connectionEnds: Timestamp?
    /// The posts that wait, or would wait, because of it: the first ten, each with its id, time and beginning.
    let postsAtRisk: [String]?
    /// What keeps posts with files from going out here although the connection works.
    let warning: String?
    let nextSlot: Timestamp?
    let nextSlotLocal: String?
    /// Characters of a text, as the platform counts them.
    let characterLimit: Int?
    /// Posts that wait to go out here.
    let scheduledCount: Int
    /// The account on its platform.
    let profileUrl: String?
}

extension ChannelCard {
    init(_ view: ChannelView, nextSlot: Timestamp?, in call: Invocation) {
        self.init(
            id: view.id, name: view.displayName, username: view.username, platform: view.platform, platformName: view.platformName,
            group: view.customer, status: view.status, needsReconnect: view.status == .needsReconnect, reason: view.reconnectReason,
            connectionEnds: view.tokenExpiresAt,
            postsAtRisk: view.postsAtRisk?.posts.map { post in
                [post.postId.text, post.dueAt.map(call.local.text), post.opening].compactMap(\.self).joined(separator: " ")
            }, warning: view.warning,
            nextSlot: nextSlot, nextSlotLocal: nextSlot.map(call.local.text),
            characterLimit: view.limits.textLength ?? call.services.platforms[view.platform]?.descriptor.text.limit,
            scheduledCount: view.scheduledCount ?? 0, profileUrl: view.profileUrl)
    }
}

extension Invocation {
    /// The one channel meant by `name`.
    func channel(_ name: String) async throws -> ChannelView {
        guard let channel = try await services.channels.resolve([name], as: caller).first else { throw ProblemReport.notFound("channel") }
        return try await services.channels.get(channel.id, as: caller)
    }

    /// The post meant by an id, or by an address that holds one.
    func postId(_ text: String, field: String = "post") throws -> PostID {
        let words = text.split { !$0.isHexDigit && $0 != "-" }.map(String.init)
        guard let id = PostID(text.trimmingCharacters(in: .whitespaces)) ?? words.lazy.compactMap({ PostID($0) }).first else {
            throw ProblemReport.invalid(
                field, "\"\(text.prefix(80))\" names no post. Give a post's id or its address in the web interface; list_posts shows them.")
        }
        return id
    }

    func post(_ text: String) async throws -> PostView {
        let id = try postId(text)
        note(target: id)
        return try await services.posts.get(id, as: caller)
    }
}
