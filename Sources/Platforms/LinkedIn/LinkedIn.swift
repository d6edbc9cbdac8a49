import Domain
import Foundation

/// LinkedIn: the versioned REST API, for a member's profile or for pages that the member administers.
struct LinkedIn: Platform {
    enum Kind: Sendable { case member, page }

    static let defaultVersion = "202604"
    /// Where LinkedIn takes uploads.
    static let uploadDomains = ["linkedin.com", "licdn.com"]

    let kind: Kind
    let context: PlatformContext
    let hosts: PlatformHosts
    let api: PlatformAPI

    init(_ kind: Kind, _ context: PlatformContext) {
        self.kind = kind
        self.context = context
        hosts = PlatformHosts(base: context.configuration.value("LINKEDIN_API_BASE_URL"))
        let time = context.time
        api = PlatformAPI(
            name: "LinkedIn", prefix: "LINKEDIN", sender: context.http, rules: Self.errorRules, time: time,
            retryAfter: { Self.retryAfter($0, now: time.now) }, afterUnknown: Self.afterUnknown(kind))
    }

    var descriptor: PlatformDescriptor { Self.descriptor(kind) }
    var missingCredentials: [String] { context.configuration.missing(appVariables) }
    var client: OAuth2.Client {
        .init(id: context.configuration.text(appVariables[0]), secret: context.configuration.text(appVariables[1]))
    }
    var sharedApp: String? { client.id }

    private var appVariables: [String] { Self.appVariables(kind, in: context.configuration) }

    /// The names of the app's id and secret. Community Management can only be an app's only product, so pages may have an app of their own.
    static func appVariables(_ kind: Kind, in configuration: PlatformConfiguration) -> [String] {
        let ofPages = ["LINKEDIN_PAGE_CLIENT_ID", "LINKEDIN_PAGE_CLIENT_SECRET"]
        let hasOwn = kind == .page && configuration.missing(ofPages) != ofPages
        return hasOwn ? ofPages : ["LINKEDIN_CLIENT_ID", "LINKEDIN_CLIENT_SECRET"]
    }

    /// A member's posts cannot be read back: what LinkedIn keeps from going out twice is its own refusal of equal posts.
    private static func afterUnknown(_ kind: Kind) -> String {
        switch kind {
        case .page: "It is being looked up before anything is sent again."
        case .member: "LinkedIn takes nothing twice within minutes, so it is tried again then; after that you are asked."
        }
    }

    /// For comments, which are looked up before they are written again.
    var commentAPI: PlatformAPI {
        var api = api
        api.afterUnknown = Self.afterUnknown(.page)
        return api
    }

    /// LinkedIn names no time: its daily quotas begin anew at midnight UTC.
    private static func retryAfter(_ answer: HTTPAnswer, now: Timestamp) -> Duration? {
        guard answer.status == 429 else { return nil }
        let day = Duration.days(1).milliseconds
        return .milliseconds(day - (answer.date ?? now).milliseconds % day)
    }

    /// A call to `https://api.linkedin.com`. Rest.li wants its structural `( ) , :` bare and everything inside values encoded.
    func call(
        _ method: String, _ path: String, _ credentials: Credentials, json: JSONValue? = nil, effect: HTTPCall.Effect = .harmless
    ) throws -> HTTPCall {
        var headers = [(name: "X-Restli-Protocol-Version", value: "2.0.0")]
        if path.hasPrefix("/rest/") {
            headers.append(("LinkedIn-Version", context.configuration.value("LINKEDIN_VERSION") ?? Self.defaultVersion))
        }
        return .bearer(
            credentials.accessToken, method, hosts.url("https://api.linkedin.com\(path)"), headers: headers,
            body: try json.map(HTTPBody.json), effect: effect)
    }

    func author(_ account: PlatformAccount) -> String { "urn:li:\(kind == .member ? "person" : "organization"):\(account.id)" }
    func postURL(_ urn: String) -> String { hosts.url("https://www.linkedin.com/feed/update/\(urn)") }
}

extension Sequence<JSONValue> {
    var strings: [String] { compactMap(\.string) }
}
