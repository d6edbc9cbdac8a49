import Crypto
import Domain
import Foundation
import Persistence

extension Plugs {
    /// Makes the posts of plugs whose time has come, of up to `limit`: a plug's run and its post are stored in one transaction, so that neither a
    /// crash nor two processes at once make a second one. Likes are those that were read for the figures: nothing is asked for plugs.
    /// Returns how many plugs' time had come.
    @discardableResult
    public func runDue(limit: Int) async throws -> Int {
        let now = time.now
        let due = try await database.read { try PlugRepository.due(at: now, limit: limit, in: $0) }
        for plug in due {
            do {
                try await run(plug)
            } catch let problem as ProblemReport where problem.code == .conflict {
                // Somebody was quicker, or removed a channel: the next look shows how it stands.
                continue
            }
        }
        return due.count
    }

    private func run(_ due: PlugRepository.Due) async throws {
        let (now, plug) = (time.now, due.plug)
        let mark = Self.mark(of: plug)
        // A comment says what its plug says; what is reposted is shown by its address.
        let text = plug.action == .comment ? plug.text : due.url ?? ""
        let post = Post(
            id: PostID(at: now), organizationId: due.organizationId, createdBy: due.createdBy, origin: .plug,
            content: PostContent(parts: [PostPart(text: text)]), channels: [plug.actingIntegrationId], status: .publishing, scheduledFor: now,
            timeZone: nil, tags: [], createdAt: now, updatedAt: now, revision: 1)
        let made = try await posts.store { transaction -> Bool in
            let run = PlugRunID(at: now)
            if try PlugRunRepository.wasDone(mark, with: due.publicationId, by: plug.actingIntegrationId, in: transaction) {
                // Another plug has done the same: this one is not asked again.
                _ = try PlugRunRepository.insert(run, due, mark: nil, post: nil, now: now, in: transaction)
                return false
            }
            guard try PlugRunRepository.insert(run, due, mark: mark, post: post.id, now: now, in: transaction) else { return false }
            try PostRepository.insert(post, in: transaction)
            try posts.publications(of: post, .now, in: transaction)
            return true
        }
        if made { await posts.announce(post, .postCreated, .now, at: [now]) }
    }

    /// What is done with a post, in a few signs: the same by one channel is done once, whatever plugs there are.
    private static func mark(of plug: Plug) -> String {
        "\(plug.action.rawValue):\(SHA256.hash(data: Data(plug.text.utf8)).hexadecimal.prefix(32))"
    }
}
