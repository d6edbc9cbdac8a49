import Application
import Domain
import Gateway
import Hummingbird

/// How posts did.
struct AnalyticsRoutes: Sendable {
    let services: Services

    private static let integration = QueryField<IntegrationID>.id("integration", "Only this channel")
    private static let from = QueryField.time("from", "From this time; thirty days before `to` when absent")
    private static let to = QueryField.time("to", "Until before this time; now when absent")

    var routes: [Route] {
        [
            Route(
                .get, "/api/analytics", "What was published, with its figures: in all, by day and by channel", access: .scope(.analyticsRead),
                parameters: [Self.integration.parameter, Self.from.parameter, Self.to.parameter], errors: [.notFound, .invalidTimeZone]
            ) { call in
                let to = try call[Self.to] ?? services.time.now
                return try await services.analytics.summary(
                    integration: try call[Self.integration], from: try call[Self.from] ?? to - .days(30), to: to, as: try call.caller)
            },
            Route(
                .get, "/api/analytics/accounts", "How the accounts of channels fared: followers and the like, by day",
                access: .scope(.analyticsRead), parameters: [Self.integration.parameter, Self.from.parameter, Self.to.parameter],
                errors: [.unknownChannel]
            ) { call in
                let to = try call[Self.to] ?? services.time.now
                return Page(
                    items: try await services.analytics.accounts(
                        channel: try call[Self.integration]?.text, from: try call[Self.from] ?? to - .days(30), to: to, as: try call.caller),
                    nextCursor: nil)
            },
            Route(.get, "/api/analytics/{postId}", "The figures of a post on each channel", access: .scope(.analyticsRead)) { call in
                try await services.analytics.post(try call.id("postId", of: "post"), as: try call.caller)
            },
        ]
    }
}
