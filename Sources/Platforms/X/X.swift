import Domain
import Foundation

/// X (Twitter): API v2 with OAuth 1.0a.
struct X: Platform {
    let context: PlatformContext
    let hosts: PlatformHosts
    let api: PlatformAPI

    init(_ context: PlatformContext) {
        self.context = context
        hosts = PlatformHosts(base: context.configuration.value("X_API_BASE_URL"))
        let time = context.time
        api = PlatformAPI(
            name: "X", prefix: "X", sender: context.http, rules: Self.errorRules, time: time, clockTolerance: .minutes(5),
            retryAfter: { Self.retryAfter($0, now: time.now) })
    }

    var descriptor: PlatformDescriptor { Self.descriptor }
    var missingCredentials: [String] { context.configuration.missing(descriptor.credentials.map(\.variable)) }

    /// The end of the window that is used up: the one of 15 minutes, or one of 24 hours.
    private static func retryAfter(_ answer: HTTPAnswer, now: Timestamp) -> Duration? {
        let used = ["x-app-limit-24hour", "x-user-limit-24hour"].first { answer.headers["\($0)-remaining"] == "0" }
        return answer.wait(untilSecondsIn: "\(used ?? "x-rate-limit")-reset", now: now)
    }

    /// A call signed for an account. `form` fields are sent as the body; JSON and multipart bodies are not part of the signature.
    func signed(
        _ method: String, _ path: String, _ credentials: Credentials, body: HTTPBody? = nil, effect: HTTPCall.Effect = .harmless
    ) -> HTTPCall {
        signed(
            method, path, token: credentials.accessToken, tokenSecret: credentials.tokenSecret, extra: [], body: body, effect: effect)
    }

    func signed(
        _ method: String, _ path: String, token: String?, tokenSecret: String?, extra: [(String, String)], body: HTTPBody? = nil,
        effect: HTTPCall.Effect = .harmless
    ) -> HTTPCall {
        let url = hosts.url("https://api.x.com\(path)")
        let signer = OAuth1Signer(
            consumerKey: context.configuration.text("X_API_KEY"), consumerSecret: context.configuration.text("X_API_SECRET"),
            token: token, tokenSecret: tokenSecret)
        let header = signer.authorization(method: method, url: url, extra: extra, timestamp: context.time.now.milliseconds / 1000)
        return HTTPCall(
            method, url, headers: [("Authorization", header)], body: body, effect: effect,
            secrets: [signer.consumerSecret, token, tokenSecret].compactMap { $0 })
    }
}
