import Domain

/// The documents in which we describe ourselves to assistants.
extension Authorization {
    /// Protected resource metadata (RFC 9728).
    public var resourceMetadata: JSONValue {
        [
            "resource": .string(addresses.resource), "authorization_servers": [.string(addresses.issuer)],
            "scopes_supported": Self.offered, "bearer_methods_supported": ["header"], "resource_name": "Postiz",
        ]
    }

    /// Authorization server metadata (RFC 8414).
    public var serverMetadata: JSONValue {
        [
            "issuer": .string(addresses.issuer), "authorization_endpoint": .string(addresses.authorize),
            "token_endpoint": .string(addresses.token), "registration_endpoint": .string(addresses.register),
            "revocation_endpoint": .string(addresses.revoke), "scopes_supported": Self.offered, "response_types_supported": ["code"],
            "response_modes_supported": ["query"], "grant_types_supported": ["authorization_code", "refresh_token"],
            // Without this clients refuse to go on.
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"], "revocation_endpoint_auth_methods_supported": ["none"],
            "client_id_metadata_document_supported": true, "authorization_response_iss_parameter_supported": true,
        ]
    }

    private static let offered = JSONValue.array(offeredScopes.map { .string($0.rawValue) })
}
