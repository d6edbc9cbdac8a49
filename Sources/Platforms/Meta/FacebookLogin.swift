import Domain
import Foundation

/// Facebook Login: one consent opens the person's pages, and the Instagram accounts that belong to them.
struct FacebookLogin: Sendable {
    static let idVariable = "FACEBOOK_APP_ID"
    static let secretVariable = "FACEBOOK_APP_SECRET"
    static let versionVariable = "FACEBOOK_API_VERSION"
    static let baseVariable = "FACEBOOK_API_BASE_URL"
    static let defaultVersion = "v23.0"
    static let host = "https://graph.facebook.com"

    static let credentials = [
        CredentialField(variable: idVariable, label: "App ID", secret: false),
        CredentialField(variable: secretVariable, label: "App secret", secret: true),
    ]

    let graph: GraphAPI
    let context: PlatformContext
    /// What the platform cannot work without, and what it asks for besides.
    let required: [String]
    let wished: [String]

    var appId: String { context.configuration.value(Self.idVariable) ?? "" }
    private var appSecret: String { context.configuration.value(Self.secretVariable) ?? "" }

    func authorizationRequest(_ request: ConnectRequest) throws -> AuthorizationRequest {
        let scopes = required + wished
        var fields = [
            ("client_id", appId), ("redirect_uri", request.callbackURL.absoluteString), ("state", request.state), ("response_type", "code"),
        ]
        if let configuration = context.configuration.value("FACEBOOK_CONFIG_ID") {
            fields.append(("config_id", configuration))
        } else {
            fields.append(("scope", (scopes + request.heldScopes.filter { !scopes.contains($0) }).joined(separator: ",")))
        }
        // Whoever unticked a permission before is asked for it again.
        fields.append(("auth_type", "rerequest"))
        return AuthorizationRequest(
            url: try OAuth2.authorizationURL(graph.hosts.url("https://www.facebook.com/\(graph.version)/dialog/oauth"), fields), memory: [:])
    }

    /// The code becomes a token of hours, and that one of sixty days: tokens of pages have no end when they come by such a one.
    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        let code = try OAuth2.code(in: callback, platform: graph.api.name)
        let short = try await token([("redirect_uri", callback.callbackURL.absoluteString), ("code", code)])
        let long = try await token([("grant_type", "fb_exchange_token"), ("fb_exchange_token", short)])
        let permissions = try await graph.list("me/permissions", [], token: long).elements
        let person = try await graph.get("me", [("fields", "id,name")], token: long)
        var credentials = Credentials(
            accessToken: long, scopes: permissions.filter { $0["status"]?.string == "granted" }.compactMap { $0["permission"]?.string },
            holder: person["id"]?.string)
        for page in try await pages(credentials) { page.remember(in: &credentials) }
        return credentials
    }

    private func token(_ grant: [(String, String)]) async throws -> String {
        let answer: OAuth2.TokenAnswer = try await graph.api.value(tokenCall(grant))
        return answer.accessToken
    }

    private func tokenCall(_ grant: [(String, String)]) -> HTTPCall {
        HTTPCall(
            "GET", graph.url("oauth/access_token", [("client_id", appId), ("client_secret", appSecret)] + grant),
            secrets: [appSecret] + grant.filter { ["code", "fb_exchange_token"].contains($0.0) }.map(\.1))
    }

    /// Facebook's "app access token".
    func checkApp() async throws -> AppCheck { try await graph.api.check(tokenCall([("grant_type", "client_credentials")]), certain: true) }

    /// Throws where the person unticked what there is no posting without.
    func checkScopes(_ credentials: Credentials) throws {
        let missing = required.filter { !credentials.scopes.contains($0) }
        guard !missing.isEmpty else { return }
        throw PlatformError(
            .authentication, code: "\(graph.api.prefix)_SCOPE_MISSING",
            message: "Facebook did not give the permissions \(missing.joined(separator: ", ")). Allow all of them when you connect again.")
    }

    /// Takes all permissions back: pages, and Instagram accounts that came the same way, end together.
    func revoke(_ credentials: Credentials) async throws {
        let person = credentials.holder ?? "me"
        _ = try await graph.api.send(
            graph.call("DELETE", "\(person)/permissions", token: credentials.accessToken), accepting: [400, 401, 403, 404])
    }

    // MARK: Pages

    /// A page that the person may post as.
    struct Page: Sendable {
        let id: String
        let name: String
        let username: String?
        let picture: String?
        let link: String?
        let token: String
        /// The Instagram account that belongs to it.
        let instagram: String?

        /// Nil for a page that nothing can be published to.
        init?(_ entry: JSONValue) {
            let tasks = entry["tasks"]?.array.map { $0.strings }
            guard let id = entry["id"]?.string, let token = entry["access_token"]?.string, !token.isEmpty,
                tasks?.contains("CREATE_CONTENT") ?? true
            else { return nil }
            self.id = id
            self.token = token
            name = entry["name"]?.string ?? id
            username = entry["username"]?.string
            picture = entry["picture"]?["data"]?["url"]?.string
            link = entry["link"]?.string
            instagram = entry["instagram_business_account"]?["id"]?.string
        }

        func remember(in credentials: inout Credentials) {
            credentials.extra["page:\(id)"] = token
            if let instagram { credentials.extra["instagram:\(instagram)"] = id }
        }
    }

    /// The pages of the person, and those of the businesses that the person works for.
    func pages(_ credentials: Credentials) async throws -> [Page] {
        let linked = credentials.scopes.contains("instagram_basic") ? ",instagram_business_account" : ""
        let query = [("fields", "id,name,username,link,access_token,tasks,picture.type(large)\(linked)"), ("limit", "100")]
        var entries = try await graph.list("me/accounts", query, token: credentials.accessToken).elements
        if credentials.scopes.contains("business_management") {
            for business in await optional("me/businesses", [("fields", "id,name"), ("limit", "100")], credentials).compactMap({ $0["id"]?.string }) {
                for edge in ["owned_pages", "client_pages"] { entries += await optional("\(business)/\(edge)", query, credentials) }
            }
        }
        return entries.compactMap(Page.init).distinct(by: \.id)
    }

    /// A business may keep its lists from its members: then there is nothing to choose from it.
    private func optional(_ path: String, _ query: [(String, String)], _ credentials: Credentials) async -> [JSONValue] {
        (try? await graph.list(path, query, token: credentials.accessToken).elements) ?? []
    }

    /// The token of a page, which does not end with the person's own.
    static func token(ofPage id: String, _ credentials: Credentials) -> String { credentials.extra["page:\(id)"] ?? credentials.accessToken }

    /// The token of the page that an Instagram account belongs to.
    static func token(ofInstagram id: String, _ credentials: Credentials) -> String {
        credentials.extra["instagram:\(id)"].map { token(ofPage: $0, credentials) } ?? credentials.accessToken
    }
}
