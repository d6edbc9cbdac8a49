import Domain
import Foundation

/// Instagram's professional accounts, reached through the Facebook page that they belong to or by themselves. Both publish the same way;
/// hosts, tokens and the way to connect differ.
struct Instagram: Platform {
    enum Kind: Sendable { case facebook, standalone }

    static let idVariable = "INSTAGRAM_APP_ID"
    static let secretVariable = "INSTAGRAM_APP_SECRET"

    let kind: Kind
    let context: PlatformContext
    let graph: GraphAPI
    let login: FacebookLogin

    init(_ kind: Kind, _ context: PlatformContext) {
        self.kind = kind
        self.context = context
        let rules = Self.errorRules
        var graph =
            switch kind {
            case .facebook:
                GraphAPI(
                    name: "Instagram", prefix: "INSTAGRAM", host: FacebookLogin.host, base: FacebookLogin.baseVariable,
                    version: FacebookLogin.versionVariable, default: FacebookLogin.defaultVersion, rules: rules, context)
            case .standalone:
                GraphAPI(
                    name: "Instagram", prefix: "INSTAGRAM", host: "https://graph.instagram.com", base: "INSTAGRAM_API_BASE_URL",
                    version: "INSTAGRAM_API_VERSION", default: FacebookLogin.defaultVersion, rules: rules, context)
            }
        if kind == .facebook { graph.appSecret = context.configuration.value(FacebookLogin.secretVariable) }
        self.graph = graph
        login = FacebookLogin(
            graph: graph, context: context,
            required: ["instagram_basic", "pages_show_list", "pages_read_engagement", "instagram_content_publish"],
            wished: ["business_management", "instagram_manage_comments", "instagram_manage_insights"])
    }

    var descriptor: PlatformDescriptor { Self.descriptor(kind) }
    var missingCredentials: [String] { context.configuration.missing(descriptor.credentials.map(\.variable)) }
    /// With Facebook's pages one person's permissions for the app are taken back together.
    var sharedApp: String? { kind == .facebook ? login.appId : nil }
    var appId: String { context.configuration.value(Self.idVariable) ?? "" }
    var appSecret: String { context.configuration.value(Self.secretVariable) ?? "" }

    var containers: GraphContainers {
        GraphContainers(
            graph: graph, names: .init(create: "media", publish: "media_publish", status: "status_code", reason: "status"))
    }

    func token(_ account: ConnectedAccount) -> String {
        switch kind {
        case .facebook: FacebookLogin.token(ofInstagram: account.account.id, account.credentials)
        case .standalone: account.credentials.accessToken
        }
    }

    /// Whether the connection has a permission that either login names in its own way: `manage_insights`.
    func may(_ permission: String, _ account: ConnectedAccount) -> Bool {
        account.credentials.scopes.contains("\(kind == .facebook ? "instagram" : "instagram_business")_\(permission)")
    }

    func profile(_ username: String) -> String { graph.hosts.url("https://www.instagram.com/\(username)") }
}
