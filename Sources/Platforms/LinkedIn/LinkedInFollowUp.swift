import Domain
import Foundation

extension LinkedIn: FollowingUp {
    func comment(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        try await journal.commit(FollowUpRequest.step) { intent in
            try await findComment(request.text, below: request.post, request.account, intent)
        } _: { _ in
            try await createComment(request.text, below: request.post, request.account)
        }
    }

    func repost(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        let body: JSONValue = [
            "author": .string(author(request.account.account)), "commentary": "", "visibility": "PUBLIC", "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": false, "reshareContext": ["parent": .string(request.postId)],
            "distribution": ["feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []],
        ]
        return try await journal.commit(FollowUpRequest.step) { intent in
            try await findPost("", reposting: request.postId, request.account, intent)
        } _: { intent in
            try await createPost(body, request.account, intent)
        }
    }
}
