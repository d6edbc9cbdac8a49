import Application
import Domain
import Gateway
import Hummingbird

/// The operator's apps with platforms, for administrators of the instance.
struct PlatformKeyRoutes: Sendable {
    let services: Services

    var routes: [Route] {
        [
            Route(
                .get, "/api/platform-apps", "Which platforms need an app of the operator, what of it is there and from where; never the values",
                access: .administrator, errors: [.forbidden]
            ) { call in try await services.platformKeys.list(as: try call.caller) },
            Route(
                .patch, "/api/platform-apps/{platform}",
                "Enter the ids and secrets of an app, or take one back with an empty text; in force at once here, in other processes within seconds",
                access: .administrator, errors: [.forbidden, .unknownPlatform, .conflict]
            ) { (input: PlatformAppValues, call) in
                let platform = PlatformID(rawValue: try call.path("platform"))
                return try await services.platformKeys.save(input.values, of: platform, as: try call.caller)
            },
            Route(
                .post, "/api/platform-apps/{platform}/check",
                "Ask the platform whether it accepts the app, with nobody's account; some have no way to tell",
                access: .administrator, errors: [.forbidden, .unknownPlatform, .conflict]
            ) { call in try await services.platformKeys.check(PlatformID(rawValue: try call.path("platform")), as: try call.caller) },
        ]
    }
}

/// By the names of the variables.
struct PlatformAppValues: Codable, Sendable {
    let values: [String: String]
}
