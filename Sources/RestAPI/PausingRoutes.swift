import Application
import Gateway
import Hummingbird

/// One switch that holds everything: for the workspace, or the whole instance. That of a channel is a call of the channel.
struct PausingRoutes: Sendable {
    let services: Services

    var routes: [Route] {
        [
            Route(
                .post, "/api/workspace/pause", "Hold everything that becomes due in the workspace; for its administrators",
                access: .scope(.channelsWrite), needs: .manage
            ) { call in try await services.pausing.pause(.workspace, as: try call.caller) },
            Route(
                .post, "/api/workspace/resume", "Let the workspace publish again: what was held goes out, oldest first",
                access: .scope(.channelsWrite), needs: .manage
            ) { call in try await services.pausing.resume(.workspace, as: try call.caller) },
            Route(
                .post, "/api/instance/pause", "Hold everything that becomes due on this server; for administrators of the instance",
                access: .administrator
            ) { call in try await services.pausing.pause(.instance, as: try call.caller) },
            Route(
                .post, "/api/instance/resume", "Let this server publish again; for administrators of the instance",
                access: .administrator
            ) { call in try await services.pausing.resume(.instance, as: try call.caller) },
        ]
    }
}
