import Application
import Domain
import Gateway
import Hummingbird

/// Calendars that other programs subscribe to.
struct FeedRoutes: Sendable {
    let services: Services

    struct NewFeed: Codable, Sendable {
        /// The channel whose posts it shows; all when left out.
        let integrationId: IntegrationID?
    }

    var routes: [Route] {
        [
            Route(.get, "/api/calendars", "The calendars that other programs subscribe to", access: .scope(.postsRead)) { call in
                Page(items: try await services.feeds.list(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/calendars", "Make a calendar; its secret address is shown this once", access: .scope(.postsRead), needs: .connect,
                body: .json(NewFeed.self),
                successes: [.init(.created, "The calendar with its address", type: CalendarFeeds.Created.self)], errors: [.notFound, .conflict],
                secret: true
            ) { call in
                let new = try await call.read(NewFeed.self)
                return try Response.json(try await services.feeds.create(channel: new.integrationId, as: try call.caller), status: .created)
            },
            Route(.delete, "/api/calendars/{id}", "Revoke a calendar's address", access: .scope(.postsRead), needs: .connect, status: .noContent) {
                call in
                try await services.feeds.revoke(try call.id(of: "calendar"), as: try call.caller)
                return Nothing()
            },
            Route(
                .get, "/api/calendar-files/{token}/{name}", "A calendar in the form of RFC 5545: the address itself is the permission",
                access: .everybody, successes: [.init(.ok, "The calendar", mediaType: "text/calendar")], errors: [.notFound]
            ) { call in
                let calendar = try await services.feeds.calendar(try call.path("token"))
                return Response(
                    status: .ok, headers: [.contentType: "text/calendar; charset=utf-8", .cacheControl: "private, max-age=300"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: calendar.text)))
            },
        ]
    }
}
