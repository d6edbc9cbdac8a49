import Domain

extension Instagram: FollowingUp {
    func comment(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        try await comment(request.text, below: request.post, FollowUpRequest.step, request.account, journal)
    }
}
