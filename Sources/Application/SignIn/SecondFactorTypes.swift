import Domain

/// How a sign-in by password goes on.
public enum LoginStep: Sendable {
    case signedIn(SignedIn)
    /// The password was right; a code is missing. The ticket stands for the password for five minutes.
    case codeNeeded(ticket: String)
}

/// The second half of a sign-in in two steps.
public struct CodeLogin: Sendable {
    public var ticket: String
    public var code: String
    public var invitation: String?

    public init(ticket: String, code: String, invitation: String? = nil) {
        self.ticket = ticket
        self.code = code
        self.invitation = invitation
    }
}

/// What an authenticator app needs. Shown once, to be confirmed within the hour by a code that the app makes of it.
public struct SecondFactorSetup: Codable, Sendable, Equatable {
    /// Base32 in groups of four, to be typed where nothing reads the picture.
    public let secret: String
    /// `otpauth://totp/…`
    public let address: String
    /// The address as QR code, in SVG.
    public let picture: String
}

/// Ten codes, each of which stands for one of the app's once. Shown this once.
public struct RecoveryCodes: Codable, Sendable {
    public let codes: [String]
}

/// What a person shows before a second factor is set up.
public struct OwnPassword: Codable, Sendable {
    public var password: String
    public init(password: String) { self.password = password }
}

/// A code of the app.
public struct ShownCode: Codable, Sendable {
    public var code: String
    public init(code: String) { self.code = code }
}

/// Either is enough: the password, or a code of the app or a recovery code.
public struct PersonProof: Codable, Sendable {
    public var password: String?
    public var code: String?

    public init(password: String? = nil, code: String? = nil) {
        self.password = password
        self.code = code
    }
}
