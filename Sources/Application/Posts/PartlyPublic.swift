import Domain
import Persistence

// MARK: - Changing a post that is out on some of its channels

extension Posts {
    /// The channels on which a change leaves everything as it is: where the post is, or may be, public, and where `reading` says nothing new.
    /// Empty while nothing of it is public anywhere. Throws `CONFLICT` for a change of what is public, or of where the post goes.
    func untouched(
        _ post: Post, by reading: DraftReading, _ plan: PostPlan, in transaction: any Transaction
    ) throws -> Set<IntegrationID> {
        let publications = try PublicationRepository.list(of: post.id, in: transaction)
        let open = Set(try publications.filter { try isOpen($0, in: transaction) }.map(\.integrationId))
        guard open.count < publications.count else { return [] }
        guard !open.isEmpty else {
            try requireNothingPublic(publications, in: transaction)
            return []
        }
        let changed = Set(post.channels.filter { !post.content.says($0, thatOf: reading.content) })
        let isPlanned = if case .scheduled = plan { true } else if case .now = plan { true } else { false }
        guard isPlanned, !changed.isEmpty, changed.isSubset(of: open), Set(reading.channels.map(\.id)) == Set(post.channels) else {
            throw ProblemReport.partlyPublic
        }
        return Set(post.channels).subtracting(changed)
    }

    /// Whether nothing of it is, or may be, public, or is under way.
    private func isOpen(_ publication: Publication, in transaction: any Transaction) throws -> Bool {
        guard publication.status.isPending || [.cancelled, .failed].contains(publication.status) else { return false }
        return try !JournalRepository.anyPublic(of: [publication.id], in: transaction)
    }
}

extension PostContent {
    /// Whether `channel` gets the same by both.
    fileprivate func says(_ channel: IntegrationID, thatOf other: PostContent) -> Bool {
        parts(for: channel) == other.parts(for: channel) && (settings[channel] ?? [:]) == (other.settings[channel] ?? [:])
    }
}

extension ProblemReport {
    fileprivate static let partlyPublic = ProblemReport(
        .conflict,
        "This post is public on a channel, so there it can no longer be changed. Give a channel where it is not out a version of its own, with a "
            + "time or to go out now; or duplicate it into a new post.")
}
