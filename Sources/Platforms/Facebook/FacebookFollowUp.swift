import Domain

extension Facebook: FollowingUp {
    func comment(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        let draft = Draft(text: request.text, photos: [], account: request.account)
        return try await comment(draft, below: request.post, FollowUpRequest.step, journal)
    }
}
