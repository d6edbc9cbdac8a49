import Application
import Domain
import HTTPTypes
import Testing

@testable import Gateway

@Suite("Pausing, over REST and on the pages")
struct RestPausingTests {
    @Test("the workspace is paused and resumed by its administrators; a key needs channels:write, and cannot pause the server")
    func workspace() async throws {
        try await RestFixture.with { fixture in
            let ada = try await fixture.person("ada")
            #expect(try await ada.withKey([.postsRead]).send(.post, "/api/workspace/pause").errorCode == "FORBIDDEN_SCOPE")
            let key = try await ada.withKey([.postsRead, .channelsWrite])
            #expect(try await key.send(.post, "/api/instance/pause").errorCode == "FORBIDDEN")
            let paused = try await key.send(.post, "/api/workspace/pause")
            #expect(paused.status == .ok)
            let since = try paused.json["pausedAt"]
            #expect(since?.string != nil)
            #expect(try await key.send(.get, "/api/workspace").json["publishing"]?["pausedAt"] == since)
            #expect(try await key.send(.post, "/api/workspace/resume").json["pausedAt"]?.string == nil)
        }
    }

    @Test("the first account pauses the server; health says so and stays well; another's workspace is told")
    func instance() async throws {
        try await RestFixture.with { fixture in
            let (ada, ben) = (try await fixture.person("ada"), try await fixture.person("ben"))
            #expect(try await ben.send(.post, "/api/instance/pause").errorCode == "FORBIDDEN")
            #expect(try await ada.send(.post, "/api/instance/pause").status == .ok)
            let health = try await fixture.anonymous.send(.get, "/api/health").json
            #expect(health["publishing"]?["ok"] == true)
            #expect(health["publishing"]?["message"]?.string?.contains("paused") == true)
            #expect(try await ben.send(.get, "/api/workspace").json["publishing"]?["instancePausedAt"]?.string != nil)
        }
    }

    @Test("what becomes of late posts is a choice of the workspace")
    func catchUp() async throws {
        try await RestFixture.with { fixture in
            let ada = try await fixture.person("ada")
            let change: JSONValue = ["organizationCatchUp": "LEAVE"]
            #expect(try await ada.send(.patch, "/api/auth/me", change).json["organization"]?["catchUp"] == "LEAVE")
            let wrong: JSONValue = ["organizationCatchUp": "LATER"]
            #expect(try await ada.send(.patch, "/api/auth/me", wrong).errorCode == "VALIDATION_FAILED")
            #expect(try await ada.send(.get, "/api/workspace").json["catchUp"] == "LEAVE")
        }
    }
}
