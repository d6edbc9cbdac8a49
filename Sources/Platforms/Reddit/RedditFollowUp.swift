import Domain

extension Reddit: FollowingUp {
    func comment(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        try await comment(request.text, below: request.post, step: FollowUpRequest.step, request.account, journal)
    }
}
