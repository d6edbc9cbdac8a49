import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Connecting a channel: to the platform's consent page and back. Browsers are redirected; programs get JSON.
struct ConnectRoutes: Sendable {
    let services: Services
    private var channels: Channels { services.channels }

    /// Where a program sends the person.
    struct ConsentPage: Codable, Sendable { let url: String }
    /// How connecting ended, for a program.
    struct Connected: Codable, Sendable {
        /// The channel; absent while a choice is to be made.
        let channel: ChannelView?
        let reconnected: Bool
        /// For `/api/integrations/choices/{key}`, when the platform named several accounts.
        let choiceKey: String?
    }
    struct Choice: Codable, Sendable, Ruled {
        static let rules = ["accountIds": Rule.list(1...1000)]
        let accountIds: [String]
    }
    /// What the person filled in, by the names of the platform's `connect.fields`.
    struct FilledForm: Codable, Sendable {
        let fields: [String: String]
        /// The channel to be connected again.
        let reconnect: IntegrationID?
    }

    private static let instance = QueryField.text("instance", "The server of the account, for platforms of many servers")
    private static let returnTo = QueryField.text(
        "returnTo", "A path of this instance to come back to, such as /channels", pattern: #"^/([!-.0-\[\]-~][!-\[\]-~]*)?$"#)
    private static let reconnect = QueryField<IntegrationID>.id("reconnect", "The channel to be connected again")

    var routes: [Route] { [start, callback, form] + choices }

    private var form: Route {
        Route(
            .post, "/api/auth/{platform}/form", "Connect a channel of a platform whose connect method is FORM", access: .scope(.channelsWrite),
            errors: [.unknownPlatform, .platformNotConfigured, .addressRefused, .connectFailed, .platformUnavailable, .conflict, .alreadyConnected]
        ) { (filled: FilledForm, call) in
            Self.answer(
                try await channels.connect(
                    PlatformID(rawValue: try call.path("platform")), form: filled.fields, returnTo: nil, reconnecting: filled.reconnect,
                    as: try call.caller))
        }
    }

    private var start: Route {
        Route(
            .get, "/api/auth/{platform}", "Connect a channel", access: .scope(.channelsWrite),
            parameters: [Self.instance.parameter, Self.returnTo.parameter, Self.reconnect.parameter],
            successes: [
                .init(.ok, "For programs: where to send the person", type: ConsentPage.self),
                .init(.found, "For browsers: to the platform's consent page, or back to the channels when that is impossible"),
            ],
            errors: [.unknownPlatform, .platformNotConfigured, .addressRefused, .connectFailed, .platformUnavailable, .conflict, .badRequest]
        ) { call in
            try await browserSees(call, failingTo: { try? call[Self.returnTo] }) {
                let url = try await channels.startConnect(
                    PlatformID(rawValue: try call.path("platform")), instance: try call[Self.instance], returnTo: try call[Self.returnTo],
                    reconnecting: try call[Self.reconnect], as: try call.caller)
                if wantsJSON(call) { return try Response.json(ConsentPage(url: url.absoluteString)) }
                return Response(status: .found, headers: [.location: url.absoluteString, .cacheControl: "no-store"])
            }
        }
    }

    private var callback: Route {
        Route(
            .get, "/api/auth/{platform}/callback", "Where platforms send the person back to", access: .everybody,
            parameters: [.anyQuery("What the platform says: code and state, or error, in its own words")],
            successes: [
                .init(.ok, "For programs: how it ended", type: Connected.self),
                .init(.found, "For browsers: back to the channels, or to the choice among several accounts"),
            ],
            errors: [
                .unknownPlatform, .stateExpired, .consentDeclined, .connectFailed, .platformUnavailable, .platformNotConfigured, .alreadyConnected,
                .conflict, .forbidden, .unauthenticated, .addressRefused,
            ]
        ) { call in
            try await browserSees(call, failingTo: { await channels.returnPath(of: call.queryValues) }) {
                let result = try await channels.finishConnect(
                    PlatformID(rawValue: try call.path("platform")), query: call.queryValues, as: call.context.caller)
                return wantsJSON(call) ? try Response.json(Self.answer(result)) : try redirect(after: result, call)
            }
        }
    }

    private var choices: [Route] {
        [
            Route(
                .get, "/api/integrations/choices/{key}", "The accounts among which to choose", access: .scope(.channelsWrite),
                errors: [.stateExpired]
            ) { call in
                Page(items: try await channels.choices(try call.path("key"), as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/integrations/choices/{key}", "Connect the chosen accounts", access: .scope(.channelsWrite), status: .created,
                errors: [.stateExpired, .conflict, .alreadyConnected, .connectFailed]
            ) { (choice: Choice, call) in
                Page(
                    items: try await channels.choose(try call.path("key"), accountIds: choice.accountIds, as: try call.caller),
                    nextCursor: nil)
            },
        ]
    }

    // MARK: - Browsers and programs

    /// A key's owner is a program; so is whoever asks for JSON and not for a page.
    private func wantsJSON(_ call: Call) -> Bool {
        if call.request.wantsPage { return false }
        if call.context.signedIn == nil, call.context.caller != nil { return true }
        return call.request.headers[.accept]?.contains("application/json") ?? false
    }

    private static func answer(_ result: ConnectResult) -> Connected {
        switch result {
        case .connected(let channel, let reconnected, _): Connected(channel: channel, reconnected: reconnected, choiceKey: nil)
        case .choose(let key, _): Connected(channel: nil, reconnected: false, choiceKey: key)
        }
    }

    private func redirect(after result: ConnectResult, _ call: Call) throws -> Response {
        switch result {
        case .connected(let channel, let reconnected, let returnTo):
            let words = "\(channel.platformName) \(channel.displayName) is connected\(reconnected ? " again" : "")."
            let whole = [words, channel.warning].compactMap(\.self).joined(separator: " ")
            return try redirect(to: returnTo ?? "/channels", ["connected": channel.id.text], Flash(.success, whole), call)
        case .choose(let key, let returnTo):
            return try redirect(to: "/channels/choose", ["key": key, "returnTo": returnTo], nil, call)
        }
    }

    /// The pages that say how connecting ended.
    private static let telling = ["/channels", "/onboarding"]

    /// A person in a browser is shown what went wrong where they began, if that page says it, or else on the channels page; a program gets the
    /// error itself.
    private func browserSees(
        _ call: Call, failingTo path: () async -> String?, _ work: () async throws -> Response
    ) async throws -> Response {
        do {
            return try await work()
        } catch let report as ProblemReport where !wantsJSON(call) {
            let place = await path().flatMap { path in Self.telling.first { $0 == path.prefix { $0 != "?" } } }
            return try redirect(to: place ?? "/channels", ["error": report.code.rawValue], Flash(.failure, report.message), call)
        }
    }

    private func redirect(to path: String, _ query: KeyValuePairs<String, String?>, _ flash: Flash?, _ call: Call) throws -> Response {
        var location = URLComponents()
        let parts = path.split(separator: "?", maxSplits: 1)
        location.path = parts.first.map(String.init) ?? "/"
        let given = try FormFields(parts.count == 2 ? String(parts[1]) : "").pairs.map { URLQueryItem(name: $0.name, value: $0.value) }
        location.queryItems = given + query.compactMap { name, value in value.map { URLQueryItem(name: name, value: $0) } }
        var response = Response(status: .found, headers: [.location: location.string ?? "/channels", .cacheControl: "no-store"])
        try flash?.put(on: &response, for: call.context, services.configuration)
        return response
    }
}
