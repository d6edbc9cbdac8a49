import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Gateway

@Suite("Workspaces do not see each other")
struct RestIsolationTests {
    /// A body that would do for the owner.
    private static let bodies: [String: JSONValue] = [
        "PUT /api/posts/{id}": ["content": "Mine now", "status": "DRAFT"], "PUT /api/posts/{id}/schedule": ["scheduledFor": "2035-01-01T10:00:00Z"],
        "POST /api/posts/{id}/publications/{publicationId}/resolve": ["outcome": "SEND_AGAIN"],
        "PUT /api/integrations/{id}/slots": ["slots": []],
        "PATCH /api/team/members/{id}": ["role": "VIEWER"],
        "PATCH /api/links/rules/{id}": ["active": false], "POST /api/posts/{id}/comments": ["text": "Hello"],
        "POST /api/media/{id}/replace": ["with": .string(MediaID().text)],
        "POST /api/media/{id}/captions": ["language": "en", "text": "1\n00:00:00,000 --> 00:00:01,000\nHello"],
        "POST /api/media/{id}/conversions": ["integrationId": .string(IntegrationID().text)],
    ]

    @Test("no id of one workspace leads anywhere in another, on any route")
    func everyRoute() async throws {
        try await RestFixture.with { fixture in
            let owner = try await fixture.person("ada")
            let stranger = try await fixture.person("bob")
            let ids = try await Self.furnish(owner)
            var tried = 0
            for route in fixture.routes where route.path.contains("{id}") || route.path.contains("Id}") {
                let kinds = ids.keys.filter { route.path.hasPrefix($0) }
                guard let kind = kinds.max(by: { $0.count < $1.count }), let id = ids[kind] else { continue }
                let path = route.path.replacing("{id}", with: id).replacing("{postId}", with: id).replacing("{comment}", with: PostCommentID().text)
                    .replacing("{publicationId}", with: PublicationID().text)
                let body = Self.bodies["\(route.method.rawValue) \(route.path)"] ?? [:]
                let answer = try await stranger.send(route.method, path, body)
                #expect(try answer.errorCode == "NOT_FOUND", "\(route.method) \(route.path): \(String(buffer: answer.body))")
                tried += 1
            }
            #expect(tried > 20)
            for (kind, id) in ids where !["/api/analytics/", "/api/links/posts/", "/api/media/uploads/", "/api/team/members/"].contains(kind) {
                let list = try await owner.send(.get, String(kind.dropLast())).json["items"]?.array ?? []
                #expect(kind == "/api/integrations/" || list.contains { $0["id"]?.string == id }, "\(kind) is still there")
                let other = try await stranger.send(.get, String(kind.dropLast())).json["items"]?.array ?? []
                #expect(!other.contains { $0["id"]?.string == id }, "\(kind)")
            }
        }
    }

    /// One thing of every kind, by the beginning of its routes.
    static func furnish(_ owner: Person) async throws -> [String: String] {
        let draft: JSONValue = ["content": "Private", "status": "DRAFT"]
        let post = try await owner.send(.post, "/api/posts", draft).json["id"]?.string
        let media = try await owner.send(.post, "/api/media?name=a.png", [.contentType: "image/png"], bytes: SamplePNG.bytes).json["id"]?.string
        let key = try await owner.send(.post, "/api/keys", NewAPIKey(name: "Mine", scopes: [.postsRead], expiresAt: nil)).json["key"]?["id"]?.string
        let session = try await owner.send(.get, "/api/auth/sessions").json["items"]?[0]?["id"]?.string
        let upload = try await owner.send(.post, "/api/media/uploads", NewPartialUpload(name: "a.png", size: 10)).json["id"]?.string
        let invited = try await owner.send(.post, "/api/team/invitations", NewInvitation(role: .user)).json["invitation"]?["id"]?.string
        let person = try await owner.send(.get, "/api/team").json["items"]?[0]?["userId"]?.string
        let workspace = try await owner.send(.get, "/api/workspace").json["id"]?.string
        let noChannel: JSONValue = [:]
        let calendar = try await owner.send(.post, "/api/calendars", noChannel).json["feed"]?["id"]?.string
        let link: JSONValue = ["name": "Mine", "parameters": [["name": "utm_source", "value": "a"]]]
        let rule = try await owner.send(.post, "/api/links/rules", link).json["id"]?.string
        return [
            "/api/links/rules/": try #require(rule), "/api/links/posts/": try #require(post),
            "/api/calendars/": try #require(calendar), "/api/team/invitations/": try #require(invited),
            "/api/team/members/": try #require(person), "/api/workspaces/": try #require(workspace),
            "/api/media/uploads/": try #require(upload), "/api/posts/": try #require(post), "/api/analytics/": try #require(post),
            "/api/media/": try #require(media),
            "/api/keys/": try #require(key), "/api/auth/sessions/": try #require(session), "/api/integrations/": IntegrationID().text,
        ]
    }
}

/// A PNG of one pixel.
enum SamplePNG {
    static let bytes = Array(
        Data(base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==") ?? Data())
}
