import Domain
import Foundation

/// YouTube: Data API v3 and Analytics API v2 with Google's OAuth 2.
struct YouTube: Platform {
    let context: PlatformContext
    let hosts: PlatformHosts
    let api: PlatformAPI

    init(_ context: PlatformContext) {
        self.context = context
        hosts = PlatformHosts(base: context.configuration.value("YOUTUBE_API_BASE_URL"))
        let time = context.time
        api = PlatformAPI(
            name: "YouTube", prefix: "YOUTUBE", sender: context.http, rules: Self.errorRules, time: time,
            retryAfter: { Self.retryAfter($0, now: time.now) })
    }

    var descriptor: PlatformDescriptor { Self.descriptor }
    func postID(at url: String) -> String {
        let comment = url.firstMatch(of: /[?&]lc=([A-Za-z0-9_\-.]+)/)
        return (comment ?? url.firstMatch(of: /(?:[?&]v=|\/shorts\/|youtu\.be\/)([A-Za-z0-9_\-]{11})/)).map { String($0.output.1) } ?? ""
    }
    var missingCredentials: [String] { context.configuration.missing(descriptor.credentials.map(\.variable)) }

    /// Quotas of a day begin anew at midnight in California.
    private static func retryAfter(_ answer: HTTPAnswer, now: Timestamp) -> Duration? {
        guard ["\"quotaexceeded\"", "\"dailylimitexceeded\""].contains(where: answer.text.lowercased().contains) else { return nil }
        let now = answer.date ?? now
        return midnight(after: now) - now
    }

    /// Pacific time's rule since 2007 (RFC 9636 §3.3.1).
    private static let pacific = (try? Zone(name: "America/Los_Angeles", rule: "PST8PDT,M3.2.0,M11.1.0")) ?? .utc

    /// In seconds; negative.
    static func pacificOffset(at instant: Timestamp) -> Int64 { Int64(pacific.offset(at: instant)) }

    static func midnight(after now: Timestamp) -> Timestamp {
        let local = now.milliseconds / 1000 + pacificOffset(at: now)
        let next = (local / 86_400 + 1) * 86_400
        // Clocks are set at two in the night: the new day may begin with another offset than now's.
        let guess = Timestamp(milliseconds: (next - pacificOffset(at: now)) * 1000)
        return Timestamp(milliseconds: (next - pacificOffset(at: guess)) * 1000)
    }

    /// A call of the Data API.
    func call(
        _ method: String, _ path: String, _ query: [(String, String)], _ credentials: Credentials, body: HTTPBody? = nil,
        effect: HTTPCall.Effect = .harmless
    ) -> HTTPCall {
        signed(method, "\(hosts.url("https://youtube.googleapis.com\(path)"))?\(FormEncoding.encode(query))", credentials, body: body, effect: effect)
    }

    func signed(
        _ method: String, _ url: String, _ credentials: Credentials, headers: [(name: String, value: String)] = [], body: HTTPBody? = nil,
        effect: HTTPCall.Effect = .harmless
    ) -> HTTPCall {
        .bearer(credentials.accessToken, method, url, headers: headers, body: body, effect: effect)
    }

    func get(_ path: String, _ query: [(String, String)], _ credentials: Credentials) async throws -> JSONValue {
        try await api.value(call("GET", path, query, credentials))
    }
}

extension JSONValue {
    /// Google writes numbers of 64 bits as texts.
    var count: Int? { string.flatMap(Int.init) ?? int }
}
