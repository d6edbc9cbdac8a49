/// An error as the protocol names it (RFC 6749 §4.1.2.1 and §5.2, RFC 7591 §3.2.2, RFC 8707 §2): told to the client, which acts by the code.
public struct OAuthError: Error, Sendable, Equatable {
    public enum Code: String, Sendable {
        case invalidRequest = "invalid_request"
        /// Makes clients register again.
        case invalidClient = "invalid_client"
        case invalidGrant = "invalid_grant"
        case unauthorizedClient = "unauthorized_client"
        case unsupportedGrantType = "unsupported_grant_type"
        case unsupportedResponseType = "unsupported_response_type"
        case invalidScope = "invalid_scope"
        case invalidTarget = "invalid_target"
        case accessDenied = "access_denied"
        case invalidRedirectURI = "invalid_redirect_uri"
        case invalidClientMetadata = "invalid_client_metadata"
    }

    public let code: Code
    /// For the client's developer: ASCII, without quotation marks or backslashes (RFC 6749 §5.2).
    public let description: String

    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    public var status: Int { code == .invalidClient ? 401 : 400 }
}

/// The parameters of a request, of which none may be given twice and empty ones count as absent (RFC 6749 §3.1).
public struct OAuthParameters: Sendable {
    private let values: [String: [String]]

    public init(_ pairs: [(name: String, value: String)]) {
        values = Dictionary(grouping: pairs.filter { !$0.value.isEmpty }, by: \.name).mapValues { $0.map(\.value) }
    }

    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// Nil when absent. Throws `invalid_request` when it is given twice.
    func optional(_ name: String) throws(OAuthError) -> String? {
        let given = all(name)
        guard given.count <= 1 else { throw OAuthError(.invalidRequest, "The parameter \(name) is given more than once.") }
        return given.first
    }

    func required(_ name: String) throws(OAuthError) -> String {
        guard let value = try optional(name) else { throw OAuthError(.invalidRequest, "The parameter \(name) is missing.") }
        return value
    }
}
