import Domain
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Persistence
import Testing

@testable import Application
@testable import Gateway
@testable import WebUI

@Suite("The bell, and what happened while somebody was away")
struct NewsPageTests {
    private static let looking: HTTPFields = [.accept: "text/html,application/xhtml+xml"]

    private func happens(_ type: EventType, _ data: JSONValue = [:], in fixture: RestFixture) async throws {
        let organization: OrganizationID = try await fixture.services.database.read {
            try $0.query("SELECT organization_id FROM memberships")[0].id("organization_id")
        }
        await fixture.services.events.publish(ProductEvent(type, organizationId: organization, at: .now, data: data))
        try await fixture.services.eventLog.flush()
    }

    @Test("only what was shown counts as seen, and only once the page says so: no reading ahead, no look at the head")
    func seen() async throws {
        try await RestFixture.with(pages: true) { fixture in
            let ada = try await fixture.person("ada")
            _ = try await ada.send(.get, "/today", Self.looking)
            try await happens(.postFailed, in: fixture)
            try await happens(.webhookStopped, ["name": "<b>Example</b>"], in: fixture)
            #expect(try await ada.send(.get, "/posts", Self.looking).text.contains(#"aria-label="Notifications, 2 unread""#))
            for method in [HTTPRequest.Method.head, .get] { _ = try await ada.send(method, "/notifications", Self.looking) }
            let page = try await ada.send(.get, "/notifications", Self.looking).text
            #expect(page.matches(of: /data-unread/).count == 2 && page.contains("&lt;b&gt;Example") && !page.contains("<b>Example"))
            let position = try #require(page.firstMatch(of: /name="position" value="(\d+)"/)).output.1
            try await happens(.postFailed, in: fixture)

            #expect(try await ada.submit("/notifications/seen", ["position": "x"]).status == .unprocessableContent)
            #expect(try await ada.submit("/notifications/seen", ["position": "1", "_csrf": "wrong"]).status == .forbidden)
            #expect(try await ada.submit("/notifications/seen", ["position": String(position)]).headers[.location] == "/notifications")
            #expect(try await ada.page("/sidebar").text.contains(#"aria-label="Notifications, 1 unread""#))
            #expect(try await ada.page("/notifications").text.matches(of: /data-unread/).count == 1)
        }
    }

    @Test("what happened while somebody was away is told once they are back, until they hide it, and not where nothing did")
    func away() async throws {
        try await RestFixture.with(pages: true) { fixture in
            let ada = try await fixture.person("ada")
            func leave() async throws {
                try await fixture.services.database.write {
                    try $0.execute("UPDATE memberships SET visited_at = $1", Timestamp.now - .hours(2))
                }
            }
            _ = try await ada.send(.get, "/today", Self.looking)
            try await leave()
            #expect(try await !ada.send(.get, "/today", Self.looking).text.contains("While you were away"))
            try await happens(.postCommented, ["postId": .string(PostID().text), "commentId": .string(PostCommentID().text)], in: fixture)
            _ = try await ada.submit("/today/away", [:])
            try await leave()
            #expect(try await !ada.page("/today").text.contains("While you were away"), "a page that draws itself anew is no visit")
            let reading = Self.looking.merging([.init("Sec-Purpose")!: "prefetch;prerender"])
            #expect(try await !ada.send(.get, "/today", reading).text.contains("While you were away"))
            let page = try await ada.send(.get, "/today", Self.looking).text
            #expect(page.contains("While you were away") && page.contains("1 comment"))
            #expect(try await ada.page("/today").text.contains("While you were away"))
            #expect(try await ada.submit("/today/away", [:]).headers[.location] == "/today")
            #expect(try await !ada.send(.get, "/today", Self.looking).text.contains("While you were away"))
        }
    }
}
