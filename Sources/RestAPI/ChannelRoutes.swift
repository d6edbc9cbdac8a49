import Application
import Domain
import Gateway
import Hummingbird

/// Platforms and connected channels.
struct ChannelRoutes: Sendable {
    let services: Services
    private var channels: Channels { services.channels }

    private static let cursor = QueryField.cursor()
    private static let limit = QueryField.integer("limit", "How many at most", in: 1...200, default: 200)
    private static let field = QueryField.text(
        "field", "A setting with fixed values, or a look-up of the platform such as mention", required: true)
    private static let query = QueryField.text("query", "What to look for")

    private static let trashed = QueryField.flag("trashed", "What was removed and can still come back, instead; all at once")
    private static let forGood = QueryField.flag("forGood", "Remove it for good, from the trash too, instead of putting it there")

    struct PostingTimes: Codable, Sendable, Ruled {
        static let rules = ["slots": Rule.list(0...100)]
        let slots: [Slot]
    }

    var routes: [Route] {
        [
            Route(.get, "/api/platforms", "Every platform with its limits, settings and how it is connected", access: .signedIn) { call in
                Page(items: try await channels.platforms(as: try call.caller), nextCursor: nil)
            },
            Route(
                .get, "/api/integrations", "The connected channels, in the order in which they were connected", access: .scope(.postsRead),
                parameters: [Self.cursor.parameter, Self.limit.parameter, Self.trashed.parameter]
            ) { call in
                if try call[Self.trashed] ?? false { return Page(items: try await channels.inTrash(as: try call.caller), nextCursor: nil) }
                var query = ChannelQuery()
                (query.cursor, query.limit) = (try call[Self.cursor], try call[Self.limit] ?? query.limit)
                return try await channels.page(query, as: try call.caller)
            },
            Route(.get, "/api/integrations/{id}", "A channel", access: .scope(.postsRead)) { call in
                try await channels.get(try call.id(of: "channel"), as: try call.caller)
            },
            Route(
                .get, "/api/integrations/{id}/health", "How a channel fares: tokens, last success and failure, budgets, what will fail",
                access: .scope(.postsRead)
            ) { call in
                try await channels.health(of: try call.id(of: "channel"), as: try call.caller)
            },
            Route(
                .get, "/api/integrations/{id}/options", "The values that a field may hold on a channel, or that its platform finds",
                access: .scope(.postsRead), parameters: [Self.field.parameter, Self.query.parameter],
                errors: [.unknownPlatform, .platformUnavailable, .rateLimited, .conflict]
            ) { call in
                let channel = try await channels.get(try call.id(of: "channel"), as: try call.caller)
                guard let field = try call[Self.field] else {
                    throw ProblemReport.invalid("field", "Name the field: a setting with fixed values, or a look-up such as mention.")
                }
                let options = try await channels.options(of: channel.id.text, field: field, query: try call[Self.query], as: try call.caller)
                return Page(items: options, nextCursor: nil)
            },
            Route(
                .patch, "/api/integrations/{id}", "Change a channel's name, label, default settings or whether it is active",
                access: .scope(.channelsWrite)
            ) { (change: ChannelChange, call) in
                try await channels.update(try call.id(of: "channel"), change, as: try call.caller)
            },
            Route(
                .put, "/api/integrations/{id}/slots", "Set a channel's posting times", access: .scope(.channelsWrite),
                errors: [.invalidTimeZone]
            ) { (times: PostingTimes, call) in
                try await channels.setSlots(try call.id(of: "channel"), times.slots, as: try call.caller)
            },
            Route(.post, "/api/integrations/{id}/pause", "Hold a channel's posts", access: .scope(.channelsWrite)) { call in
                try await channels.pause(try call.id(of: "channel"), as: try call.caller)
            },
            Route(.post, "/api/integrations/{id}/resume", "Let a channel's posts go out again", access: .scope(.channelsWrite)) { call in
                try await channels.resume(try call.id(of: "channel"), as: try call.caller)
            },
            Route(
                .delete, "/api/integrations/{id}", "Put a channel into the trash; its posts that have not gone out are held",
                access: .scope(.channelsWrite), parameters: [Self.forGood.parameter], status: .noContent
            ) { call in
                try await channels.remove(try call.id(of: "channel"), forGood: try call[Self.forGood] ?? false, as: try call.caller)
                return Nothing()
            },
            Route(
                .post, "/api/integrations/{id}/restore", "Take a channel out of the trash; its posts go on, and those too late become drafts",
                access: .scope(.channelsWrite), errors: [.conflict]
            ) { call in
                try await channels.restore(try call.id(of: "channel"), as: try call.caller)
            },
        ]
    }
}
