import Domain
import Foundation

/// Slack: an app's bot that posts into the channels of a workspace, with the Web API.
struct Slack: Platform {
    let context: PlatformContext
    let hosts: PlatformHosts
    let api: PlatformAPI

    init(_ context: PlatformContext) {
        self.context = context
        hosts = PlatformHosts(base: context.configuration.value("SLACK_API_BASE_URL"))
        var api = PlatformAPI(
            name: "Slack", prefix: "SLACK", sender: context.http, rules: Self.errorRules, time: context.time, retryAfter: { _ in nil })
        api.restated = Self.restated
        self.api = api
    }

    var descriptor: PlatformDescriptor { Self.descriptor }
    func postID(at url: String) -> String { SlackMessageAddress(url: url)?.description ?? "" }
    var missingCredentials: [String] { context.configuration.missing(descriptor.credentials.map(\.variable)) }

    /// A method that changes something, with its arguments as JSON; those without a value are left out.
    func post(
        _ method: String, _ arguments: [String: JSONValue], _ credentials: Credentials, effect: HTTPCall.Effect = .harmless
    ) throws -> HTTPCall {
        call(
            "POST", method, credentials,
            body: .bytes(try JSON.data(arguments), contentType: "application/json; charset=utf-8"), effect: effect)
    }

    /// A method that reads. Those take no JSON.
    func get(_ method: String, _ arguments: [(String, String)], _ credentials: Credentials) -> HTTPCall {
        call("GET", arguments.isEmpty ? method : "\(method)?\(FormEncoding.encode(arguments))", credentials)
    }

    func call(
        _ verb: String, _ method: String, _ credentials: Credentials, body: HTTPBody? = nil, effect: HTTPCall.Effect = .harmless
    ) -> HTTPCall {
        .bearer(credentials.accessToken, verb, address(method), body: body, effect: effect)
    }

    func address(_ method: String) -> String { hosts.url("https://slack.com/api/\(method)") }

    /// The address that `chat.getPermalink` gives, made by its documented form: then a lost answer cannot put a post in doubt.
    func permalink(_ message: SlackMessageAddress, root: String?, _ account: ConnectedAccount) -> String {
        let team = account.account.profileURL ?? hosts.url("https://slack.com/")
        let path = "archives/\(message.channel)/p\(message.time.filter { $0 != "." })"
        let thread = root.map { "?\(FormEncoding.encode([("thread_ts", $0), ("cid", message.channel)]))" } ?? ""
        return "\(team.hasSuffix("/") ? team : team + "/")\(path)\(thread)"
    }
}

/// Where a message is: `channel:ts`. The `ts` names it within its channel only, and is a text although it looks like a number.
struct SlackMessageAddress: Sendable, Equatable, CustomStringConvertible {
    let channel: String
    let time: String

    init(channel: String, time: String) { (self.channel, self.time) = (channel, time) }

    init?(_ text: String) {
        let halves = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard halves.count == 2, !halves.contains("") else { return nil }
        self.init(channel: halves[0], time: halves[1])
    }

    /// From the address that people copy: `https://<team>.slack.com/archives/<channel>/p<time without its point>`.
    init?(url: String) {
        guard let found = url.firstMatch(of: /\/archives\/([A-Z0-9]+)\/p([0-9]{10})([0-9]{6})/) else { return nil }
        self.init(channel: String(found.output.1), time: "\(found.output.2).\(found.output.3)")
    }

    var description: String { "\(channel):\(time)" }
}
