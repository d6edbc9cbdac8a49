import Application
import Domain
import Foundation
import Persistence
import Testing

@testable import Gateway
@testable import WebUI

@Suite("The figures of accounts on REST and in the pages")
struct AccountFiguresTests {
    @Test("REST gives one series a channel, the channels page shows followers, their change and a line")
    func followers() async throws {
        try await RestFixture.with(pages: true) { fixture in
            let (ada, bob) = (try await fixture.person("ada"), try await fixture.person("bob"))
            let channel = try await fixture.addChannel(of: ada)
            let today = fixture.services.time.now
            for (age, followers) in [(Int64(40), 10), (12, 1_200), (1, 1_190), (0, 1_234)] {
                let day = WallTime(today - .days(age), in: .utc).dayText
                try await fixture.services.database.write { transaction in
                    try transaction.execute(
                        """
                        INSERT INTO account_metrics (integration_id, organization_id, day, figures)
                        SELECT id, organization_id, $2, $3 FROM integrations WHERE id = $1
                        """, channel, day, try JSON.text(["followers": followers]))
                }
            }
            let page = try await ada.page("/channels").text
            #expect(page.contains("<b>1,234</b>") && page.contains("+34 in 30 days"))
            #expect(page.contains("<polyline points=\"0.0,18.0 50.0,23.0 100.0,1.0\""))

            let answer = try await ada.send(.get, "/api/analytics/accounts?integration=\(channel)").json["items"]?[0]
            #expect(answer?["latest"] == ["followers": 1_234] && answer?["change"] == ["followers": 34])
            #expect(answer?["series"]?.array?.count == 3)
            #expect(try await bob.send(.get, "/api/analytics/accounts").json["items"] == [])
            #expect(try await bob.send(.get, "/api/analytics/accounts?integration=\(channel)").errorCode == "UNKNOWN_CHANNEL")
            #expect(try await !bob.page("/channels").text.contains("polyline"))
        }
    }
}

@Suite("Connections that end, on REST and in the pages")
struct EndingConnectionTests {
    @Test("a channel names its end and the posts that would wait")
    func postsAtRisk() async throws {
        try await RestFixture.with(pages: true) { fixture in
            let ada = try await fixture.person("ada")
            let now = fixture.services.time.now
            let channel = try await fixture.addChannel(of: ada) { $0.tokenExpiresAt = now + .days(3) }
            for (text, days) in [("Before the end", Int64(2)), ("After <the> end", 5)] {
                let draft: JSONValue = [
                    "content": .string(text), "platforms": [.string(channel.text)], "scheduledFor": .string((now + .days(days)).description),
                ]
                #expect(try await ada.send(.post, "/api/posts", draft).status == .created)
            }
            for path in ["/api/integrations", "/api/integrations/\(channel)"] {
                let answer = try await ada.send(.get, path).json
                let risk = (answer["items"]?[0] ?? answer)["postsAtRisk"]
                #expect(risk?["count"] == 1 && risk?["posts"]?[0]?["opening"] == "After <the> end", "\(path)")
            }
            let page = try await ada.page("/channels").text
            #expect(page.contains("One planned post would wait:") && page.contains("After &lt;the&gt; end</a>"))
            #expect(!page.contains("Before the end"))
            #expect(page.contains("Reconnect Mastodon @ada before"))
        }
    }
}

extension RestFixture {
    /// A channel that was not connected through a platform. `edit` may change it.
    func addChannel(of person: Person, _ edit: (inout Integration) -> Void = { _ in }) async throws -> IntegrationID {
        let me = try await person.send(.get, "/api/auth/me").json
        let organization = try #require(me["organization"]?["id"]?.string.flatMap { OrganizationID($0) })
        let now = services.time.now
        var channel = Integration(
            id: IntegrationID(at: now), organizationId: organization, platform: "mastodon", platformAccountId: "example.com:1", username: "ada",
            displayName: "Ada", createdAt: now, updatedAt: now)
        edit(&channel)
        let stored = channel
        let credentials = StoredCredentials(
            sealed: Data([0]), scopes: [], expiresAt: channel.tokenExpiresAt, refreshable: channel.refreshable, refreshAfter: nil)
        try await services.database.write { try IntegrationRepository.insert(stored, credentials: credentials, in: $0) }
        return channel.id
    }
}
