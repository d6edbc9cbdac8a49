import Domain
import Foundation

/// Reddit: posts in communities, and comments below them.
struct Reddit: Platform {
    let context: PlatformContext
    let hosts: PlatformHosts

    init(_ context: PlatformContext) {
        self.context = context
        hosts = PlatformHosts(base: context.configuration.value("REDDIT_API_BASE_URL"))
    }

    var descriptor: PlatformDescriptor { Self.descriptor }
    func postID(at url: String) -> String {
        if let comment = url.firstMatch(of: /\/comments\/[a-z0-9]+\/[^\/]*\/([a-z0-9]+)/) { return "t1_\(comment.output.1)" }
        return Self.shared(url) ?? ""
    }
    var missingCredentials: [String] { context.configuration.missing(descriptor.credentials.map(\.variable)) }
    var client: OAuth2.Client {
        .init(id: context.configuration.text("REDDIT_CLIENT_ID"), secret: context.configuration.text("REDDIT_CLIENT_SECRET"))
    }

    var api: PlatformAPI { api(Self.errorRules) }

    func api(_ rules: [ErrorRule]) -> PlatformAPI {
        PlatformAPI(
            name: "Reddit", prefix: "REDDIT", sender: context.http, rules: rules, time: context.time, retryAfter: Self.retryAfter,
            restated: Self.restated)
    }

    func call(
        _ method: String, _ path: String, _ credentials: Credentials, body: HTTPBody? = nil, effect: HTTPCall.Effect = .harmless
    ) -> HTTPCall {
        .bearer(
            credentials.accessToken, method, hosts.url("https://oauth.reddit.com\(path)"), headers: [("User-Agent", userAgent)], body: body,
            effect: effect)
    }

    /// `platform:app:version (address)`: Reddit slows down or blocks clients that do not say which they are.
    var userAgent: String {
        let words = context.configuration.transport.userAgent.firstMatch(of: /^[^\/]*\/(\S+) (\(.*\))$/)
        return "web:\(client.id):\(words?.output.1 ?? "1") \(words?.output.2 ?? "")"
    }

    /// A community as Reddit names it: without the `r/` that people write before it. Somebody's profile is one, too.
    static func community(_ text: String) -> String {
        guard let match = text.wholeMatch(of: /\/?(?:(r|u|user)\/)?([A-Za-z0-9_\-]+)\/?/)?.output, let kind = match.1, kind != "r" else {
            return text.split(separator: "/").last.map(String.init) ?? text
        }
        return "u_\(match.2)"
    }
}
