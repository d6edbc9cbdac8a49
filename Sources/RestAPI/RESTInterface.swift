import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// The REST interface: every call, declared once.
public struct RESTInterface: Sendable {
    public let routes: [Route]
    private let services: Services
    private let version: String

    public init(services: Services, version: String) {
        self.services = services
        self.version = version
        // A list with its type: as one long sum it takes the compiler minutes.
        let parts: [[Route]] = [
            HealthRoutes(services: services).routes, AccountRoutes(services: services).routes, SecondFactorRoutes(services: services).routes,
            IdentityRoutes(services: services).routes, PasskeyRoutes(services: services).routes,
            DeletionRoutes(services: services).routes,
            ConnectRoutes(services: services).routes, PlatformKeyRoutes(services: services).routes, ChannelRoutes(services: services).routes,
            PostRoutes(services: services).routes,
            SeriesRoutes(services: services).routes, TemplateRoutes(services: services).routes, BulkRoutes(services: services).routes,
            MediaRoutes(services: services).routes, PieceRoutes(services: services).routes, FeedRoutes(services: services).routes,
            AnalyticsRoutes(services: services).routes, WorkspaceRoutes(services: services).routes, PausingRoutes(services: services).routes,
            ViewRoutes(services: services).routes, SourceRoutes(services: services).routes, PlugRoutes(services: services).routes,
            EvergreenRoutes(services: services).routes,
            LinkRoutes(services: services).routes, CommentRoutes(services: services).routes,
            AIRoutes(services: services).routes,
            ApprovalRoutes(services: services).routes, PortalRoutes(services: services).routes,
            IncomingRoutes(services: services).routes, WebhookRoutes(services: services).routes,
            AuthorizationRoutes(services: services).routes, TeamRoutes(services: services).routes, QueueRoutes(services: services).routes,
        ]
        routes = parts.flatMap(\.self)
    }

    /// Makes the OpenAPI document of `routes`, which takes its time. Throws `SchemaError` when a type of the interface does not tell its shape.
    public func document() throws -> JSONValue {
        try OpenAPIDocument.make(
            routes, title: "Postiz in Swift", version: version, server: services.configuration.mainURL, about: Self.about)
    }

    /// Adds the calls, the document that describes them, and what assistants sign in with, to `router`. Throws `SchemaError` when the type of
    /// a body does not tell its shape.
    public func register(on router: Router<AppRequestContext>) throws {
        try router.register(routes, services: services)
        AuthorizationRoutes(services: services).register(on: router)
        try router.register(PostizRoutes(services: services).routes, services: services)
        let description = InterfaceDescription(of: self)
        router.get("/api/openapi.json") { request, _ in try await description.response.response(to: request) }
    }

    /// Adds the health check alone: for processes that only work in the background.
    public func registerHealth(on router: Router<AppRequestContext>) throws {
        try router.register(HealthRoutes(services: services).routes, services: services)
    }

    private static let about = """
        Schedules and publishes posts on social networks. Authenticate with an API key (`Authorization: Bearer ptz_…`) or the session cookie; \
        calls by cookie that change something also send the session's token in `X-CSRF-Token`. Properties and query parameters that a call \
        does not know are refused. Choices are understood in any case. Texts must not contain U+0000. Times are ISO 8601 in UTC; ids are \
        UUIDs. Every error has the shape `ErrorAnswer`.
        """
}
