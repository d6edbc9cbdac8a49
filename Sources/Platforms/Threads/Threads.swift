import Domain
import Foundation

/// Threads (Meta): everything is a container first, which fetches its files by itself and is published when it is ready.
struct Threads: Platform {
    static let defaultVersion = "v1.0"

    let context: PlatformContext
    let hosts: PlatformHosts
    let api: PlatformAPI

    init(_ context: PlatformContext) {
        self.context = context
        hosts = PlatformHosts(base: context.configuration.value("THREADS_API_BASE_URL"))
        api = PlatformAPI(
            name: "Threads", prefix: "THREADS", sender: context.http, rules: Self.errorRules, time: context.time,
            retryAfter: Self.retryAfter)
    }

    var descriptor: PlatformDescriptor { Self.descriptor }
    var missingCredentials: [String] { context.configuration.missing(descriptor.credentials.map(\.variable)) }
    var appId: String { context.configuration.value("THREADS_APP_ID") ?? "" }
    var appSecret: String { context.configuration.value("THREADS_APP_SECRET") ?? "" }

    /// A call with the account's token, which Meta takes in the query. `path` is below the version; fields go into the body of a POST and
    /// into the query of all else.
    func call(
        _ method: String, _ path: String, _ fields: [(String, String)] = [], _ credentials: Credentials, effect: HTTPCall.Effect = .harmless
    ) -> HTTPCall {
        let version = context.configuration.value("THREADS_API_VERSION") ?? Self.defaultVersion
        return tokenCall(method, "/\(version)/\(path)", fields, token: credentials.accessToken, effect: effect)
    }

    /// The same for a path with no version. JSON bodies have been seen to lose optional fields, so forms are sent.
    func tokenCall(
        _ method: String, _ path: String, _ fields: [(String, String)], token: String, effect: HTTPCall.Effect = .harmless
    ) -> HTTPCall {
        let isForm = method == "POST"
        let query = FormEncoding.encode((isForm ? [] : fields) + [("access_token", token)])
        return HTTPCall(
            method, hosts.url("https://graph.threads.net\(path)?\(query)"), body: isForm ? .form(fields) : nil, effect: effect,
            secrets: [token, appSecret].filter { !$0.isEmpty })
    }

    /// Meta names the minutes until access comes back (`X-Business-Use-Case-Usage`), or nothing: its windows slide.
    private static func retryAfter(_ answer: HTTPAnswer) -> Duration? {
        guard answer.status == 429 || !rateCodes.isDisjoint(with: answer.graphNumbers) else { return nil }
        let usage = answer.headers["x-business-use-case-usage"].flatMap { try? JSON.decode([String: [JSONValue]].self, from: $0) }
        let minutes = (usage ?? [:]).values.joined().compactMap { $0["estimated_time_to_regain_access"]?.int }.max() ?? 0
        return minutes > 0 ? min(.minutes(Int64(clamping: minutes)), HTTPAnswer.longestWait) : .hours(1)
    }

    func profileURL(_ account: PlatformAccount) -> String { hosts.url("https://www.threads.net/@\(FormEncoding.escape(account.username))") }
}
