import Domain
import Persistence
import Platforms

extension Publisher {
    /// Does with a post that is out what a plug's own post is there for.
    func followUp(
        _ post: Post, _ claim: PublishingRepository.Claim, on channel: Integration, _ platform: any Platform, journal: DatabaseJournal
    ) async throws -> PublishingRepository.Result {
        let publication = claim.publication
        let task = try await database.read { try PlugRunRepository.task(of: post.id, by: channel.id, in: post.organizationId, in: $0) }
        guard let task else {
            return ended(
                PublicationError(
                    code: "SUBJECT_GONE", message: "The post that this is about is not on \(platform.descriptor.name) any more.",
                    kind: .invalidContent),
                claim)
        }
        let (_, account) = try await channels.connectedAccount(channel.id)
        let isComment = task.action == .comment
        let text = isComment ? try await comment(of: post, claim, on: channel, platform, journal) : ""
        let request = FollowUpRequest(
            task.action, postId: task.platformPostId, postURL: task.url,
            publication: PublishRequest(
                publicationId: publication.id, account: account, parts: [OutgoingPart(text: text)],
                settings: isComment ? settings(of: post, on: channel, platform.descriptor) : [:]))
        await events.publicationChanged(publication, to: .publishing)
        switch try await platform.followUp(request, journal: journal) {
        case .published(let platformPostId, let url, let notes):
            var result = PublishingRepository.Result(.published)
            (result.url, result.publishedAt, result.notes) = (url, time.now, notes)
            // Only a reply is a post of its own, with figures of its own.
            if isComment, platform.descriptor.thread.kind == .replies { result.platformPostId = platformPostId }
            return result
        case .processing(let wait):
            var result = PublishingRepository.Result(.processing)
            result.nextAttemptAt = time.now + wait
            return result
        }
    }

    /// What a comment says, with its links as they go out.
    private func comment(
        of post: Post, _ claim: PublishingRepository.Claim, on channel: Integration, _ platform: any Platform, _ journal: DatabaseJournal
    ) async throws -> String {
        let written = ComposedLinks(texts: post.content.parts(for: channel.id).prefix(1).map(\.text))
        let composed = try await links.composed(
            written, claim, of: post, on: channel, counting: platform.descriptor.text.counting, journal: journal)
        return composed.texts.first ?? ""
    }
}
