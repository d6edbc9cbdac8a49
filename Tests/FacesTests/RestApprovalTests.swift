import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Persistence
import Testing

@testable import Gateway

@Suite("What was approved, over REST")
struct RestApprovalTests {
    /// Eight pixels of grey.
    private static let picture = Data(
        base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAgAAAABCAAAAADGa7CfAAAAC0lEQVR4nGNggAIAAAkAAftSuKkAAAAASUVORK5CYII=")

    private func upload(as person: Person) async throws -> MediaID {
        let answer = try await person.send(
            .post, "/api/media?name=a.png&altText=A%20cat", [.contentType: "image/png"], bytes: Array(try #require(Self.picture)))
        return try #require(try answer.json["id"]?.string.flatMap { MediaID($0) })
    }

    /// Stores a post that uses `picture`, as if a person had planned or proposed it.
    private func addPost(_ picture: MediaID, _ status: PostStatus, in fixture: RestFixture) async throws -> PostID {
        let now = Timestamp.now
        return try await fixture.services.database.write { transaction in
            let row = try transaction.query("SELECT organization_id FROM media WHERE id = $1", picture)[0]
            let post = Post(
                id: PostID(at: now), organizationId: try row.id("organization_id"), createdBy: nil, origin: .web,
                content: PostContent(parts: [PostPart(text: "Look", mediaIds: [picture])]), channels: [], status: status,
                scheduledFor: now + .hours(1), timeZone: nil, tags: [], createdAt: now, updatedAt: now, revision: 1)
            try PostRepository.insert(post, in: transaction)
            return post.id
        }
    }

    @Test("keys that may not change a post do not change the words of its pictures")
    func words() async throws {
        try await RestFixture.with { fixture in
            let ada = try await fixture.person("ada")
            let made = try await ada.send(
                .post, "/api/keys", NewAPIKey(name: "Careful", scopes: [.postsRead, .postsWrite, .mediaWrite], draftOnly: true))
            let secret = try #require(try made.json["secret"]?.string)
            let drafting = Person(fixture: fixture, headers: [.authorization: "Bearer \(secret)"])
            let uploading = try await ada.withKey([.mediaWrite])
            let picture = try await upload(as: ada)
            let proposed = try await addPost(picture, .inReview, in: fixture)
            let change: JSONValue = ["altText": "Buy at example.com"]
            #expect(try await drafting.send(.patch, "/api/media/\(picture)", change).status == .ok)
            #expect(try await ada.send(.get, "/api/posts/\(proposed)").json["revision"] == 2)
            let approval = try await ada.send(.post, "/api/posts/\(proposed)/approve?revision=1")
            #expect(try approval.errorCode == "CONFLICT")

            let planned = try await addPost(picture, .scheduled, in: fixture)
            let other: JSONValue = ["altText": "Something else"]
            #expect(try await drafting.send(.patch, "/api/media/\(picture)", other).errorCode == "FORBIDDEN")
            #expect(try await uploading.send(.patch, "/api/media/\(picture)", other).errorCode == "FORBIDDEN_SCOPE")
            #expect(try await ada.send(.get, "/api/media/\(picture)").json["altText"] == "Buy at example.com")
            #expect(try await ada.send(.patch, "/api/media/\(picture)", other).status == .ok)
            #expect(try await ada.send(.get, "/api/posts/\(planned)").json["revision"] == 2)
            #expect(try await drafting.send(.post, "/api/posts/\(planned)/cancel").errorCode == "FORBIDDEN")
            #expect(try await drafting.send(.delete, "/api/posts/\(planned)").errorCode == "FORBIDDEN")
        }
    }

    @Test("channels are listed page by page")
    func channels() async throws {
        try await RestFixture.with { fixture in
            let ada = try await fixture.person("ada")
            let empty = try await ada.send(.get, "/api/integrations").json
            #expect(empty["items"] == [] && empty["nextCursor"] == .null)
            #expect(try await ada.send(.get, "/api/integrations?limit=201").errorCode == "VALIDATION_FAILED")
            #expect(try await ada.send(.get, "/api/integrations?cursor=x").errorCode == "VALIDATION_FAILED")
        }
    }
}
