import Domain
import Foundation

/// Pinterest: API v5.
struct Pinterest: Platform {
    let context: PlatformContext
    let hosts: PlatformHosts
    let api: PlatformAPI

    init(_ context: PlatformContext) {
        self.context = context
        hosts = PlatformHosts(base: context.configuration.value("PINTEREST_API_BASE_URL"))
        let time = context.time
        api = PlatformAPI(
            name: "Pinterest", prefix: "PINTEREST", sender: context.http, rules: Self.errorRules, time: time,
            retryAfter: { Self.retryAfter($0, now: time.now) })
    }

    var descriptor: PlatformDescriptor { Self.descriptor }
    var missingCredentials: [String] { context.configuration.missing(descriptor.credentials.map(\.variable)) }

    /// Pinterest does not document the header: a small number is taken for seconds, a large one for an instant.
    private static func retryAfter(_ answer: HTTPAnswer, now: Timestamp) -> Duration? {
        guard answer.status == 429 else { return nil }
        let name = "x-ratelimit-reset"
        if let seconds = answer.headers[name].flatMap(Int64.init), (0...1_000_000_000).contains(seconds) {
            return .seconds(min(max(seconds, 1), 86_400))
        }
        return answer.wait(untilSecondsIn: name, now: now) ?? .minutes(1)
    }

    func call(
        _ method: String, _ path: String, _ credentials: Credentials, query: [(String, String)] = [], body: HTTPBody? = nil,
        effect: HTTPCall.Effect = .harmless
    ) -> HTTPCall {
        let url = hosts.url("https://api.pinterest.com/v5\(path)")
        return .bearer(
            credentials.accessToken, method, query.isEmpty ? url : "\(url)?\(FormEncoding.encode(query))", body: body, effect: effect)
    }

    func get(_ path: String, _ query: [(String, String)], _ credentials: Credentials) async throws -> JSONValue {
        try await api.value(call("GET", path, credentials, query: query))
    }

    /// The items of a list, page after page as the bookmark tells, until `enough` says so. Gives whether the end was reached.
    func pages(of path: String, _ credentials: Credentials, enough: ([JSONValue]) -> Bool) async throws -> Bool {
        var bookmark: String?
        for _ in 0..<lookUpPages {
            let page = try await get(path, [("page_size", "250")] + (bookmark.map { [("bookmark", $0)] } ?? []), credentials)
            if enough(page["items"]?.array ?? []) { return true }
            bookmark = page["bookmark"]?.string
            if bookmark?.isEmpty != false { return true }
        }
        return false
    }
}
