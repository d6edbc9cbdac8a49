import Crypto
import Domain
import Foundation
import Persistence

/// Addresses by which somebody decides about a post in review from a mail, without signing in. Each is one member's, for one post as it was when
/// the mail was written: once the post is decided about or changed, or the member may not approve any more, it opens nothing.
public struct ReviewLinks: Sendable {
    private static let life = Duration.days(7)

    struct Claim: Equatable {
        let user: UserID
        let post: PostID
        let revision: Int
        let end: Timestamp
    }

    private let mainURL: URL
    private let signing: SignedText

    public init(mainURL: URL, secrets: Secrets) {
        self.mainURL = mainURL
        signing = SignedText(for: "review", secrets: secrets)
    }

    func address(for user: UserID, post: PostID, revision: Int, now: Timestamp) -> URL {
        mainURL.appending(path: "review/\(signing.sign("\(user).\(post).\(revision).\((now + Self.life).milliseconds)"))")
    }

    /// Nil for an address that is not ours.
    func claim(_ token: String) -> Claim? {
        guard let parts = signing.text(of: token)?.split(separator: ".").map(String.init), parts.count == 4, let user = UserID(parts[0]),
            let post = PostID(parts[1]), let revision = Int(parts[2]), let end = Int64(parts[3])
        else { return nil }
        return Claim(user: user, post: post, revision: revision, end: Timestamp(milliseconds: end))
    }
}

/// A post that somebody decides about by such an address.
public struct ReviewByMail: Sendable {
    public struct File: Sendable {
        /// Where it is on this server, for an hour, without signing in.
        public let path: String
        public let isPicture: Bool
        public let isFilm: Bool
        public let name: String
        public let altText: String?
    }

    public let post: PostView
    public let files: [MediaID: File]
    public let workspace: String
    /// In whose name it is done.
    public let person: User
}

/// Decides by such an address.
public struct MailedReviews: Sendable {
    let links: ReviewLinks
    let database: any Database
    let posts: Posts
    let media: MediaLibrary
    let throttle: SignInThrottle
    let time: any TimeSource

    private static let over = ProblemReport(
        .conflict, "This link is used, or the post was changed since. Sign in to see how it stands.")

    /// What there is to decide about. Throws `NOT_FOUND` for an address that is not ours, and `CONFLICT` for one that is over.
    public func look(_ token: String, from client: ClientInfo) async throws -> ReviewByMail {
        let (claim, standing) = try await standing(token, from: client)
        let post = try await posts.get(claim.post, as: standing.caller.reading)
        guard post.status == .inReview, post.revision == claim.revision else { throw Self.over }
        let files = try await media.shownFiles(
            Set((post.parts + post.versions.values.joined()).flatMap(\.mediaIds)), of: standing.caller.organizationId)
        return ReviewByMail(post: post, files: files, workspace: standing.workspace, person: standing.person)
    }

    /// Lets the post go its way. Throws also what `Posts.approve` throws.
    public func approve(_ token: String, scope: SeriesScope = .this, from client: ClientInfo) async throws -> PostView {
        let (claim, standing) = try await standing(token, from: client)
        return try await unlessOver { try await posts.approve(claim.post, revision: claim.revision, scope: scope, as: standing.caller) }
    }

    /// Makes it a draft again. `note` says what is to change.
    public func sendBack(_ token: String, note: String?, from client: ClientInfo) async throws -> PostView {
        let (claim, standing) = try await standing(token, from: client)
        return try await unlessOver { try await posts.sendBack(claim.post, note: note, revision: claim.revision, as: standing.caller) }
    }

    private func unlessOver(_ work: () async throws -> PostView) async throws -> PostView {
        do {
            return try await work()
        } catch let report as ProblemReport where [.conflict, .notFound].contains(report.code) {
            throw Self.over
        }
    }

    private struct Standing {
        let caller: Caller
        let workspace: String
        let person: User
    }

    private func standing(_ token: String, from client: ClientInfo) async throws -> (ReviewLinks.Claim, Standing) {
        guard let claim = links.claim(token) else {
            _ = try await throttle.admit(.reset, account: client.network, from: client)
            throw ProblemReport(.notFound, "This link is not complete. Open the post in the interface.")
        }
        guard claim.end > time.now else { throw Self.over }
        let standing = try await database.read { transaction -> Standing? in
            guard let person = try UserRepository.find(claim.user, in: transaction) else { return nil }
            for known in try OrganizationRepository.of(person.id, in: transaction) where known.role.may(.approve) {
                let organization = known.organization
                guard try PostRepository.find(claim.post, of: organization.id, in: transaction) != nil else { continue }
                // A workspace that asks for a second factor is not opened by a mail.
                guard !organization.needsSecondFactor else { return nil }
                let caller = Caller(
                    organizationId: organization.id, identity: .mailedLink(user: person.id), role: known.role,
                    scopes: [.postsRead, .postsWrite], origin: .web, timeZone: person.timeZone)
                return Standing(caller: caller, workspace: organization.name, person: person)
            }
            return nil
        }
        guard let standing else { throw Self.over }
        return (claim, standing)
    }
}

extension MediaLibrary {
    /// Files for a page that somebody reads without signing in.
    func shownFiles(_ ids: Set<MediaID>, of organization: OrganizationID) async throws -> [MediaID: ReviewByMail.File] {
        let known = try await database.read { try MediaRepository.find(ids, of: organization, in: $0) }
        let files = try known.map { file in
            let address = try publicFiles.address(of: file, lasting: .hours(1))
            return (
                file.id,
                ReviewByMail.File(
                    path: address.path(), isPicture: [.image, .animation].contains(file.kind), isFilm: file.kind == .video, name: file.name,
                    altText: file.altText)
            )
        }
        return Dictionary(uniqueKeysWithValues: files)
    }
}
