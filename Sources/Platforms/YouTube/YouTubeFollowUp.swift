import Domain

extension YouTube: FollowingUp {
    func comment(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        try await journal.commit(FollowUpRequest.step) { intent in
            try await find(request.text, below: request.postId, request.account, intent)
        } _: { _ in
            try await comment(request.text, below: request.postId, request.account)
        }
    }
}
