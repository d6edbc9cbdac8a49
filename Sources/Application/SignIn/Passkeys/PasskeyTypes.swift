import Domain

/// What the browser needs to make a passkey, as `PublicKeyCredential.parseCreationOptionsFromJSON` takes it.
public struct PasskeyCreation: Codable, Sendable, Equatable {
    public struct Party: Codable, Sendable, Equatable {
        public let id: String
        public let name: String
    }

    public struct Person: Codable, Sendable, Equatable {
        public let id: String
        public let name: String
        public let displayName: String
    }

    public struct Kind: Codable, Sendable, Equatable {
        public let type: String
        public let alg: Int
    }

    public struct Selection: Codable, Sendable, Equatable {
        public let residentKey: String
        public let requireResidentKey: Bool
        public let userVerification: String
    }

    public let rp: Party
    public let user: Person
    /// Base64url, as all bytes here.
    public let challenge: String
    public let pubKeyCredParams: [Kind]
    /// Milliseconds.
    public let timeout: Int
    public let excludeCredentials: [PasskeyDescriptor]
    public let authenticatorSelection: Selection
    public let attestation: String
}

/// What the browser needs to ask for a passkey, as `PublicKeyCredential.parseRequestOptionsFromJSON` takes it.
public struct PasskeyRequest: Codable, Sendable, Equatable {
    public let challenge: String
    /// Milliseconds.
    public let timeout: Int
    public let rpId: String
    /// Empty: any that the person has for this server.
    public let allowCredentials: [PasskeyDescriptor]
    public let userVerification: String
}

/// `PublicKeyCredentialDescriptor` of WebAuthn.
public struct PasskeyDescriptor: Codable, Sendable, Equatable {
    public let type: String
    public let id: String
    public let transports: [String]
}

/// Something for a browser, and a cookie's value, which it has to bring back: sealed text.
public struct BegunPasskey<Options: Codable & Sendable>: Sendable {
    public let options: Options
    public let cookie: String
}

/// What an authenticator answered to `PasskeyCreation`; bytes in base64url.
public struct NewPasskey: Codable, Sendable {
    public var name: String?
    /// The credential's.
    public var id: String
    public var clientDataJSON: String
    /// `response.getAuthenticatorData()`
    public var authenticatorData: String
    /// `response.getPublicKey()`: SubjectPublicKeyInfo in DER.
    public var publicKey: String
    /// `response.getPublicKeyAlgorithm()`
    public var publicKeyAlgorithm: Int
    /// `response.getTransports()`
    public var transports: [String]?

    public init(
        name: String? = nil, id: String, clientDataJSON: String, authenticatorData: String, publicKey: String, publicKeyAlgorithm: Int,
        transports: [String]? = nil
    ) {
        self.name = name
        self.id = id
        self.clientDataJSON = clientDataJSON
        self.authenticatorData = authenticatorData
        self.publicKey = publicKey
        self.publicKeyAlgorithm = publicKeyAlgorithm
        self.transports = transports
    }
}

/// What an authenticator answered to `PasskeyRequest`; bytes in base64url.
public struct PasskeyAnswer: Codable, Sendable {
    /// The credential's.
    public var id: String
    public var clientDataJSON: String
    public var authenticatorData: String
    public var signature: String
    /// Which account the passkey says it is for. It may be missing where it comes after a password.
    public var userHandle: String?
    /// The token of an invitation's link, to join its workspace and go on there.
    public var invitation: String?

    public init(
        id: String, clientDataJSON: String, authenticatorData: String, signature: String, userHandle: String? = nil, invitation: String? = nil
    ) {
        self.id = id
        self.clientDataJSON = clientDataJSON
        self.authenticatorData = authenticatorData
        self.signature = signature
        self.userHandle = userHandle
        self.invitation = invitation
    }
}

/// A sign-in that begins with a passkey, or goes on with one.
public struct PasskeyLogin: Codable, Sendable {
    /// What the page after the right password carries; absent: the passkey alone signs in.
    public var ticket: String?
    public init(ticket: String? = nil) { self.ticket = ticket }
}

/// What a person shows before their passkeys change: the password, where there is one.
public struct PasskeyProof: Codable, Sendable {
    public var password: String?
    public init(password: String? = nil) { self.password = password }
}

/// What a person calls a passkey.
public struct PasskeyName: Codable, Sendable {
    public var name: String
    public init(name: String) { self.name = name }
}
