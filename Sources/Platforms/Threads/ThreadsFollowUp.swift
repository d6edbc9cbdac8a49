import Domain

extension Threads: FollowingUp {
    func comment(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        try await publish(part: 0, [], parent: request.postId, request.publication, journal)
    }
}
