import Foundation

/// Where assistants find what they need to sign in. All of it follows from `MAIN_URL`.
///
/// The authorization server has an issuer with a path. Its metadata alone is also found at the root, where a widely used client asks for it;
/// nothing there names the resource, so that clients with a key in the address are not led to sign in.
public struct AuthorizationAddresses: Sendable, Equatable {
    public static let resourcePath = "/mcp"
    public static let resourceMetadataPath = "/.well-known/oauth-protected-resource/mcp"
    /// RFC 8414 and the two forms of OpenID Connect Discovery, in the order in which clients try them; then the root.
    public static let serverMetadataPaths = [
        "/.well-known/oauth-authorization-server/oauth", "/.well-known/openid-configuration/oauth", "/oauth/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    ]
    public static let authorizePath = "/oauth/authorize"
    public static let tokenPath = "/oauth/token"
    public static let registerPath = "/oauth/register"
    public static let revokePath = "/oauth/revoke"

    /// What programs call without cookies, from any origin: no session and no page of ours is involved.
    public static let forPrograms = Set([resourceMetadataPath, tokenPath, registerPath, revokePath] + serverMetadataPaths)

    private let base: String

    /// `mainURL` has no slash at its end.
    init(mainURL: URL) { base = mainURL.absoluteString }

    /// What tokens are for: the one address at which they are accepted.
    public var resource: String { base + Self.resourcePath }
    public var resourceMetadata: String { base + Self.resourceMetadataPath }
    public var issuer: String { base + "/oauth" }
    public var authorize: String { base + Self.authorizePath }
    public var token: String { base + Self.tokenPath }
    public var register: String { base + Self.registerPath }
    public var revoke: String { base + Self.revokePath }

    /// Whether a client that names `resource` (RFC 8707) means ours. Some write a slash at its end.
    func isOurs(_ resource: String) -> Bool { resource == self.resource || resource == self.resource + "/" }
}
