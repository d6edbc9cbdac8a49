import Domain
import Foundation

extension Mastodon: FollowingUp {
    func comment(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        let publication = request.publication
        let draft = Draft(
            text: request.text, parent: request.postId, account: request.account, visibility: publication.setting("visibility") ?? "public",
            warning: nil, language: publication.setting("language"), isPoll: false, quoted: nil)
        let call = try statusCall(draft, [], publication, key: "\(publication.publicationId)-0")
        return try await journal.commit(FollowUpRequest.step) { intent in
            try await find(draft, intent)
        } _: { _ in
            let status: Status = try await api(instance(of: request.account.credentials)).value(call)
            return part(status, draft, id: await settledID(of: status, in: [request.post], request.account))
        }
    }

    /// Boosting what is boosted already changes nothing, so sending again is always safe
    /// (docs.joinmastodon.org/methods/statuses/#boost).
    func repost(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        let credentials = request.account.credentials
        return try await journal.commit(FollowUpRequest.step) { _ in
            Finding<PublishedPart>.safeToSend
        } _: { _ in
            let path = "/api/v1/statuses/\(FormEncoding.escape(request.postId))/reblog"
            let _: JSONValue = try await api(instance(of: credentials)).value(call("POST", path, credentials, effect: .creates))
            return PublishedPart(id: "", url: request.postURL)
        }
    }
}
