import Application
import Domain
import Gateway
import Hummingbird

/// Calendars that other programs subscribe to, by secret addresses.
struct FeedPages {
    func show(_ visit: Visit) async throws -> Response { try await show(visit, created: nil) }

    private func show(_ visit: Visit, created: CalendarFeeds.Created?) async throws -> Response {
        async let feeds = visit.services.feeds.list(as: visit.caller)
        let channels = try await visit.services.channels.list(as: visit.caller)
        let names = channels.byId.mapValues { "\($0.platformName) \($0.handle)" }
        let everything = visit.words("allChannels")
        let items = try await feeds.map { feed -> Model in
            [
                "id": feed.id.text, "what": feed.integrationId.map { names[$0] ?? visit.words("removedChannel") } ?? everything,
                "made": visit.words("feed_made", ["time": visit.time.moment(feed.createdAt)]),
                "used": feed.lastUsedAt.map { visit.words("lastUsed", ["time": visit.time.moment($0)]) } ?? visit.words("neverUsed"),
            ]
        }
        let all: Model = ["value": "", "label": everything]
        let model: Model = [
            "feeds": items, "hasFeeds": !items.isEmpty, "adding": items.isEmpty, "created": created.map { ["url": $0.url] as Model },
            "channels": [all] + channels.map { ["value": $0.id.text, "label": "\($0.platformName) \($0.handle)"] as Model },
        ]
        return try await visit.site.page("pages/feeds", title: visit.words("feeds"), model, for: visit)
    }

    /// Shows the new address at once: it is never to be had again.
    func create(_ visit: Visit) async throws -> Response {
        let channel = try await visit.form().given("channel").flatMap(IntegrationID.init)
        return try await show(visit, created: try await visit.services.feeds.create(channel: channel, as: visit.caller))
    }

    func revoke(_ visit: Visit) async throws -> Response {
        try await visit.services.feeds.revoke(try visit.id("calendar"), as: visit.caller)
        return try visit.redirect(to: "/calendar/feeds", Toast(visit.words("feed_done_revoke")))
    }
}
