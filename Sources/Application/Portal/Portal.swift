import Domain
import Foundation
import Messaging
import Persistence

/// Somebody at a customer who opened their link.
public struct PortalVisit: Sendable {
    public let link: PortalLink
    /// The workspace's name.
    public let workspace: String
    /// By whose clocks times are shown.
    public let timeZone: String
    let caller: Caller
    /// The customer's channels, by id.
    let channels: [IntegrationID: Integration]
}

/// A post as a client sees it: what goes out on their channels and nothing else.
public struct PortalPost: Sendable {
    public struct Channel: Sendable {
        public let name: String
        public let handle: String
        public let platform: PlatformID
        public let parts: [PostPart]
        public let settings: [String: JSONValue]
        /// Whether it is out there.
        public let isOut: Bool
        /// Where it is, once it is out.
        public let url: String?
    }

    public enum State: String, Sendable, CaseIterable { case waits, planned, out }

    public let id: PostID
    public let revision: Int
    public let state: State
    public let time: Timestamp?
    public let channels: [Channel]
    /// Whether it waits for a decision that the client may give.
    public let mayDecide: Bool
    /// Whether it waits for somebody else's decision because it goes out elsewhere, too.
    public let goesElsewhere: Bool
}

/// A post with all that its page shows.
public struct PortalPostPage: Sendable {
    public let post: PortalPost
    public let files: [MediaID: ReviewByMail.File]
    public let comments: [PostComment]
    /// What a form of the page has to bring back.
    public let token: String
}

/// What clients see and do by their links. Everything is of one customer of one workspace; what goes out elsewhere, drafts, and what the workspace
/// says among itself stay unseen.
public struct Portal: Sendable {
    private static let shownStatuses: [PostStatus] = [.inReview, .scheduled, .publishing, .published, .partiallyPublished]
    /// How many posts a list shows at most.
    public static let most = 200
    private static let saidWithin = Duration.minutes(15)
    private static let mostSaid = 30

    let database: any Database
    let posts: Posts
    let media: MediaLibrary
    let comments: PostComments
    let audit: AuditLog
    let throttle: SignInThrottle
    let rates: any RateLimiter
    let time: any TimeSource
    private let signing: SignedText

    init(
        database: any Database, posts: Posts, media: MediaLibrary, comments: PostComments, audit: AuditLog, rates: any RateLimiter, secrets: Secrets,
        time: any TimeSource
    ) {
        self.database = database
        self.posts = posts
        self.media = media
        self.comments = comments
        self.audit = audit
        self.throttle = SignInThrottle(rates: rates)
        self.rates = rates
        self.time = time
        signing = SignedText(for: "portal", secrets: secrets)
    }

    // MARK: Opening

    /// Throws `NOT_FOUND` for a link that was never there, has ended or was revoked, and `RATE_LIMITED` for who tries too many.
    public func visit(_ id: String?, secret: String?, from client: ClientInfo) async throws -> PortalVisit {
        let now = time.now
        guard let id = id.flatMap({ PortalLinkID($0) }), let secret, (20...100).contains(secret.utf8.count) else {
            throw try await refusal(of: client)
        }
        let found = try await database.read { transaction -> (PortalLink, Organization, [Integration])? in
            guard let (link, organization) = try PortalLinkRepository.find(id, hash: RandomToken.hash(secret), in: transaction), link.expiresAt > now,
                let workspace = try OrganizationRepository.find(organization, in: transaction)
            else { return nil }
            let channels = try IntegrationRepository.list(of: organization, in: transaction).filter { $0.customer == link.customer }
            return (link, workspace, channels)
        }
        guard let (link, workspace, channels) = found else { throw try await refusal(of: client) }
        guard !workspace.needsSecondFactor else {
            throw ProblemReport(.forbidden, "This workspace opens only with a second factor by now. Ask who sent you the link.")
        }
        let noted = now - .minutes(10)
        if link.lastUsedAt.map({ $0 <= noted }) ?? true {
            try await database.writeIfThereIsRoom { try PortalLinkRepository.touch(link.id, at: now, unlessSince: noted, in: $0) }
        }
        let caller = Caller(
            organizationId: workspace.id, identity: .portal(link), role: .admin, scopes: [.postsRead, .postsWrite], origin: .web,
            timeZone: workspace.timeZone)
        return PortalVisit(
            link: link, workspace: workspace.name, timeZone: workspace.timeZone, caller: caller,
            channels: Dictionary(channels.map { ($0.id, $0) }) { first, _ in first })
    }

    private func refusal(of client: ClientInfo) async throws -> ProblemReport {
        _ = try await throttle.admit(.portal, account: client.network, from: client)
        return ProblemReport(.notFound, "This link has ended or is not complete. Ask who sent it to you for another one.")
    }

    // MARK: Looking

    /// What waits for a decision, the soonest first.
    public func waiting(_ visit: PortalVisit) async throws -> [PortalPost] {
        var filter = PostRepository.Filter()
        filter.statuses = [.inReview]
        return try await list(filter, visit)
    }

    /// What is planned or out within a span, the earliest first.
    public func list(from start: Timestamp, to end: Timestamp, _ visit: PortalVisit) async throws -> [PortalPost] {
        var filter = PostRepository.Filter()
        (filter.statuses, filter.from, filter.to) = (Self.shownStatuses, start, end)
        return try await list(filter, visit)
    }

    private func list(_ given: PostRepository.Filter, _ visit: PortalVisit) async throws -> [PortalPost] {
        guard !visit.channels.isEmpty else { return [] }
        var narrowed = given
        (narrowed.integrations, narrowed.newestFirst, narrowed.limit) = (Array(visit.channels.keys), false, Self.most)
        let (filter, organization) = (narrowed, visit.caller.organizationId)
        let found = try await database.read { transaction in
            try Posts.views(try PostRepository.list(filter, of: organization, in: transaction).map(\.post), of: organization, in: transaction)
        }
        return found.compactMap { Self.post($0, visit) }
    }

    /// Throws `NOT_FOUND` for a post that is none of the customer's, or a draft.
    public func page(_ id: PostID, _ visit: PortalVisit) async throws -> PortalPostPage {
        let (post, organization) = (try await find(id, visit), visit.caller.organizationId)
        let said = try await database.read { try PostCommentRepository.list(of: id, for: visit.link.customer, in: organization, in: $0) }
        let files = try await media.shownFiles(Set(post.channels.flatMap(\.parts).flatMap(\.mediaIds)), of: organization)
        return PortalPostPage(post: post, files: files, comments: said, token: token(for: id, visit))
    }

    private func find(_ id: PostID, _ visit: PortalVisit) async throws -> PortalPost {
        guard let post = Self.post(try await posts.get(id, as: visit.caller), visit) else { throw ProblemReport.notFound("post") }
        return post
    }

    /// What of a post is the customer's; nil when nothing of it is to be seen.
    private static func post(_ view: PostView, _ visit: PortalVisit) -> PortalPost? {
        guard shownStatuses.contains(view.status), view.deletedAt == nil else { return nil }
        let own = view.publications.filter { visit.channels[$0.integrationId] != nil && $0.status != .cancelled }
        let channels = own.compactMap { publication -> PortalPost.Channel? in
            guard let channel = visit.channels[publication.integrationId] else { return nil }
            return PortalPost.Channel(
                name: channel.displayName, handle: channel.username, platform: channel.platform,
                parts: view.versions[channel.id] ?? view.parts, settings: view.settings[channel.id] ?? [:], isOut: publication.publishedAt != nil,
                url: publication.removedAt == nil ? publication.url : nil)
        }
        guard !channels.isEmpty else { return nil }
        let isOwn = view.platforms.allSatisfy { visit.channels[$0] != nil }
        let waits = view.status == .inReview
        return PortalPost(
            id: view.id, revision: view.revision, state: waits ? .waits : channels.allSatisfy(\.isOut) ? .out : .planned,
            time: own.compactMap(\.publishedAt).min() ?? view.scheduledFor, channels: channels,
            mayDecide: waits && isOwn && visit.link.mayApprove, goesElsewhere: waits && !isOwn && visit.link.mayApprove)
    }

    // MARK: Deciding and saying

    /// Lets the post go its way. Throws also what `Posts.approve` throws.
    public func approve(_ id: PostID, revision: Int?, token: String, _ visit: PortalVisit) async throws {
        try await requireDecision(id, revision, token: token, visit)
        _ = try await posts.approve(id, revision: revision, as: visit.caller)
        try await audit.record("portal.approved", target: id.text, detail: Self.audited(visit), as: visit.caller)
    }

    /// Makes it a draft again, with what is to change.
    public func sendBack(_ id: PostID, note: String?, revision: Int?, token: String, _ visit: PortalVisit) async throws {
        try await requireDecision(id, revision, token: token, visit)
        _ = try await posts.sendBack(id, note: note, revision: revision, as: visit.caller)
        try await audit.record("portal.sent-back", target: id.text, detail: Self.audited(visit), as: visit.caller)
    }

    /// Says something that the workspace and everybody at the customer see.
    public func say(_ text: String, about id: PostID, token: String, _ visit: PortalVisit) async throws {
        try require(token, for: id, visit)
        _ = try await find(id, visit)
        let decision = await rates.take("portal:said:\(visit.link.id)", limit: Self.mostSaid, window: Self.saidWithin)
        guard decision.allowed else {
            throw ProblemReport(.rateLimited, "That is much at once. Wait a few minutes and try again.", retryAfter: decision.reset)
        }
        _ = try await comments.add(NewPostComment(text: text, customer: visit.link.customer), to: id, as: visit.caller)
    }

    /// What is decided about is what was looked at: with another revision it could go out elsewhere, too.
    private func requireDecision(_ id: PostID, _ revision: Int?, token: String, _ visit: PortalVisit) async throws {
        try require(token, for: id, visit)
        guard visit.link.mayApprove else { throw ProblemReport(.forbidden, "This link is for looking and commenting.") }
        let post = try await find(id, visit)
        guard !post.goesElsewhere else {
            throw ProblemReport(.forbidden, "This post goes out on channels of others, too. The team decides about it.")
        }
        guard post.revision == revision else { throw ProblemReport.changedMeanwhile }
        guard post.mayDecide else { throw ProblemReport(.conflict, "This post does not wait for review.") }
    }

    /// A form counts that one of our pages held, for this link and this post.
    private func require(_ token: String, for id: PostID, _ visit: PortalVisit) throws {
        guard signing.text(of: token) == Self.signed(id, visit) else {
            throw ProblemReport(.csrf, "This page is out of date or the request did not come from it. Reload the page and try again.")
        }
    }

    private func token(for id: PostID, _ visit: PortalVisit) -> String { signing.sign(Self.signed(id, visit)) }
    private static func signed(_ id: PostID, _ visit: PortalVisit) -> String { "\(visit.link.id).\(id)" }

    private static func audited(_ visit: PortalVisit) -> [String: JSONValue] {
        ["person": .string(visit.link.person), "customer": .string(visit.link.customer)]
    }
}
