import Domain
import Foundation

/// Facebook pages, through the Graph API.
struct Facebook: Platform {
    let context: PlatformContext
    let graph: GraphAPI
    let login: FacebookLogin

    init(_ context: PlatformContext) {
        self.context = context
        var graph = GraphAPI(
            name: "Facebook", prefix: "FACEBOOK", host: FacebookLogin.host, base: FacebookLogin.baseVariable,
            version: FacebookLogin.versionVariable, default: FacebookLogin.defaultVersion, rules: Self.errorRules, context)
        graph.appSecret = context.configuration.value(FacebookLogin.secretVariable)
        self.graph = graph
        login = FacebookLogin(
            graph: graph, context: context,
            required: ["pages_show_list", "pages_manage_posts", "pages_read_engagement", "pages_manage_engagement"],
            wished: ["business_management", "read_insights"])
    }

    var descriptor: PlatformDescriptor { Self.descriptor }
    var missingCredentials: [String] { context.configuration.missing(descriptor.credentials.map(\.variable)) }
    /// One person's permissions for the app are taken back together.
    var sharedApp: String? { context.configuration.value(FacebookLogin.idVariable) }

    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest { try login.authorizationRequest(request) }
    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials { try await login.exchange(callback) }
    func refresh(_ credentials: Credentials) async throws -> Credentials { throw graph.api.cannotRefresh() }
    func revoke(_ credentials: Credentials) async throws { try await login.revoke(credentials) }

    func checkApp(callbackURL: URL) async throws -> AppCheck { try await login.checkApp() }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        try login.checkScopes(credentials)
        let pages = try await login.pages(credentials)
        guard !pages.isEmpty else {
            throw PlatformError(
                .authentication, code: "FACEBOOK_NO_PAGE",
                message: """
                    Facebook named no page that you may post to. Make one, or get a role on one that may create content, and choose it on \
                    Facebook's page when you connect again.
                    """)
        }
        return pages.map { page in
            PlatformAccount(
                id: page.id, username: page.username ?? page.name, displayName: page.name, pictureURL: page.picture,
                profileURL: page.link ?? address(page.username ?? page.id))
        }
    }

    func token(_ account: ConnectedAccount) -> String { FacebookLogin.token(ofPage: account.account.id, account.credentials) }
    func address(_ path: String) -> String { graph.hosts.url("https://www.facebook.com/\(path)") }
}
