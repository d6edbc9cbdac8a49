import Domain
import Foundation

extension X: FollowingUp {
    func comment(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        let text = text(of: OutgoingPart(text: request.text))
        let draft = Draft(text: text, mediaIds: [], parent: request.postId, isFirst: false, account: request.account)
        return try await journal.commit(FollowUpRequest.step) { intent in
            try await find(draft, intent)
        } _: { intent in
            try await create(draft, request.publication, intent)
        }
    }

    /// An account reposts a post once: a second time is refused, so sending again is always safe.
    func repost(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        let account = request.account
        let done = PublishedPart(id: "", url: request.postURL)
        return try await journal.commit(FollowUpRequest.step) { _ in
            Finding<PublishedPart>.safeToSend
        } _: { _ in
            let call = signed(
                "POST", "/2/users/\(FormEncoding.escape(account.account.id))/retweets", account.credentials,
                body: try .json(["tweet_id": .string(request.postId)] as JSONValue), effect: .creates)
            do {
                let answer: JSONValue = try await api.value(call)
                guard answer["data"]?["retweeted"]?.bool == true else { throw api.unknown("did not say that it reposted", answer: nil) }
            } catch let error as PlatformError where error.code == "X_\(Self.alreadyRepostedCode)" {
                return done
            }
            return done
        }
    }

    static let alreadyRepostedCode = "ALREADY_REPOSTED"
}
