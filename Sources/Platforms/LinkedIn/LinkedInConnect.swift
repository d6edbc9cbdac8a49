import Domain
import Foundation

extension LinkedIn {
    /// What a connection must be given: the operator's choice, or what profiles and pages need.
    private var scopes: [String] { ownScopes ?? standardScopes }

    /// For pages with an app of their own `LINKEDIN_SCOPES`, which is the first app's, says nothing.
    private var ownScopes: [String]? {
        let hasOwnApp = kind == .page && client.id != context.configuration.value("LINKEDIN_CLIENT_ID")
        return hasOwnApp ? nil : context.configuration.words("LINKEDIN_SCOPES")
    }

    /// Those of the product that the flow is for: an app need not have the other.
    private var standardScopes: [String] {
        switch kind {
        case .member: return ["openid", "profile", "w_member_social"]
        case .page:
            return ["r_basicprofile", "rw_organization_admin", "w_organization_social", "r_organization_social"]
        }
    }

    /// A member who allows another set of permissions ends their earlier connections with the same app. So what is connected already is
    /// asked for again: a profile that is connected after a page asks for the page's permissions, too.
    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        let wanted = ownScopes ?? standardScopes + request.heldScopes.filter { !standardScopes.contains($0) }
        return try OAuth2.consent(
            hosts.url("https://www.linkedin.com/oauth/v2/authorization"), client, scope: wanted.joined(separator: " "), request)
    }

    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        var credentials = try await token(OAuth2.grant(of: callback, platform: descriptor.name))
        credentials.holder = try await holder(of: credentials)
        return credentials
    }

    /// The member's id: the same from both places for one app.
    private func holder(of credentials: Credentials) async throws -> String? {
        if credentials.scopes.contains("openid") { return try await identity(credentials)["sub"]?.string }
        guard credentials.scopes.contains("r_basicprofile") else { return nil }
        return try await me(credentials)["id"]?.string
    }

    func refresh(_ credentials: Credentials) async throws -> Credentials {
        try await OAuth2.refresh(credentials, at: api) { try await token($0) }
    }

    func revoke(_ credentials: Credentials) async throws {
        let address = hosts.url("https://www.linkedin.com/oauth/v2/revoke")
        try await api.revoke(by: OAuth2.tokenCall(address, client.fields + [("token", credentials.accessToken)]))
    }

    /// Asks about a token that nobody was given: LinkedIn answers apps it knows.
    func checkApp(callbackURL: URL) async throws -> AppCheck {
        let address = hosts.url("https://www.linkedin.com/oauth/v2/introspectToken")
        return try await api.check(OAuth2.tokenCall(address, client.fields + [("token", "none")]))
    }

    private func token(_ grant: [(String, String)]) async throws -> Credentials {
        try await api.credentials(by: OAuth2.tokenCall(hosts.url("https://www.linkedin.com/oauth/v2/accessToken"), grant + client.fields))
    }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        try api.requireScopes(scopes, of: credentials)
        return switch kind {
        case .member: [try await member(credentials)]
        case .page: try await pages(credentials)
        }
    }

    private func me(_ credentials: Credentials) async throws -> JSONValue { try await api.value(call("GET", "/v2/me", credentials)) }

    private func identity(_ credentials: Credentials) async throws -> JSONValue {
        try await api.value(call("GET", "/v2/userinfo", credentials))
    }

    private func member(_ credentials: Credentials) async throws -> PlatformAccount {
        let profile = try await identity(credentials)
        guard let id = profile["sub"]?.string else { throw api.noAccount() }
        let name = profile["name"]?.string ?? ""
        // The short name of the profile's address needs a permission of its own.
        let short =
            credentials.scopes.contains("r_basicprofile")
            ? try await me(credentials)["vanityName"]?.string : nil
        return PlatformAccount(
            id: id, username: short ?? name, displayName: name, pictureURL: profile["picture"]?.string,
            profileURL: short.map { hosts.url("https://www.linkedin.com/in/\(FormEncoding.escape($0))") })
    }

    private func pages(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let projection = "(elements*(role,organizationalTarget~(localizedName,vanityName,logoV2(original~:playableStreams))))"
        let list: JSONValue = try await api.value(
            call("GET", "/v2/organizationalEntityAcls?q=roleAssignee&state=APPROVED&projection=\(projection)", credentials))
        let pages = (list["elements"]?.array ?? []).compactMap { element -> PlatformAccount? in
            guard ["ADMINISTRATOR", "CONTENT_ADMINISTRATOR"].contains(element["role"]?.string),
                let id = element["organizationalTarget"]?.string?.split(separator: ":").last, let page = element["organizationalTarget~"]
            else { return nil }
            let name = page["localizedName"]?.string ?? String(id)
            let short = page["vanityName"]?.string
            return PlatformAccount(
                id: String(id), username: short ?? name, displayName: name,
                pictureURL: page["logoV2"]?["original~"]?["elements"]?[0]?["identifiers"]?[0]?["identifier"]?.string,
                profileURL: hosts.url("https://www.linkedin.com/company/\(FormEncoding.escape(short ?? String(id)))"))
        }
        guard !pages.isEmpty else {
            throw api.noAccount("NO_ACCOUNT", "You administer no LinkedIn page. Ask for the administrator role, then connect again.")
        }
        return pages
    }
}
