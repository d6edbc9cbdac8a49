import Domain
import Foundation

extension Bluesky: FollowingUp {
    static let repost = "app.bsky.feed.repost"

    func comment(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        let whole = request.publication
        // What a channel's posts have as usual, such as who may reply, belongs to the beginning of a thread.
        let settings = whole.settings.filter { ["languages", "content_label", "signed_in_only"].contains($0.key) }
        let publication = PublishRequest(
            publicationId: whole.publicationId, account: whole.account, parts: [OutgoingPart(text: request.text)], settings: settings)
        let plan = try await journal.step("plan") { try await self.plan(publication) }
        let parent = try await journal.step("parent") { try await version(of: request) }
        let address = RecordAddress(repository: request.account.account.id, key: plan.keys[0])
        let draft = Draft(
            address: address, index: 0, blobs: [], card: nil,
            earlier: [PublishedPart(id: parent.uri, url: request.postURL, cid: parent.cid)], plan: plan)
        return try await journal.commit(FollowUpRequest.step) { _ in
            try await find(address, request.account)
        } _: { _ in
            try await create(draft, publication)
        }
    }

    /// The record's key is decided once: a record that an earlier try made is met again by it.
    func repost(_ request: FollowUpRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        let account = request.account
        let plan = try await journal.step("plan") { try await self.plan(request.publication) }
        let subject = try await journal.step("parent") { try await version(of: request) }
        let address = RecordAddress(repository: account.account.id, collection: Self.repost, key: plan.keys[0])
        let done = PublishedPart(id: address.description, url: request.postURL)
        return try await journal.commit(FollowUpRequest.step) { _ in
            let finding: Finding<PublishedPart> = try await find(address, account)
            return finding.adopted == nil ? finding : .found(done)
        } _: { _ in
            let record: JSONValue = [
                "$type": .string(Self.repost), "subject": subject.json, "createdAt": .string("\(plan.createdAt)"),
            ]
            let body: JSONValue = [
                "repo": .string(address.repository), "collection": .string(address.collection), "rkey": .string(address.key), "record": record,
            ]
            let _: RecordReference = try await write("com.atproto.repo.createRecord", body, account.credentials)
            return done
        }
    }

    /// The post as it is now: records name what they are about in exactly one version.
    private func version(of request: FollowUpRequest) async throws -> RecordReference {
        let found: Posts = try await query("app.bsky.feed.getPosts", [("uris", request.postId)], request.account.credentials)
        guard let post = found.posts.first else {
            throw PlatformError(.invalidContent, code: "BLUESKY_POST_GONE", message: "The post is not on Bluesky any more.")
        }
        return RecordReference(uri: post.uri, cid: post.cid)
    }
}
