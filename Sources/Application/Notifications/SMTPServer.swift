/// The mail server and who the mails are from.
public struct SMTPServer: Sendable, Equatable {
    public let host: String
    public let port: Int
    /// Nil: the server asks for no account.
    public let user: String?
    public let password: String?
    /// TLS from the first byte; otherwise STARTTLS.
    public let tlsFromStart: Bool
    /// The authorities that may vouch for the server, in PEM; nil: the system's.
    public let authoritiesFile: String?
    public let fromAddress: String
    public let fromName: String

    public init(
        host: String, port: Int, user: String? = nil, password: String? = nil, tlsFromStart: Bool = false,
        authoritiesFile: String? = nil, fromAddress: String, fromName: String
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.tlsFromStart = tlsFromStart
        self.authoritiesFile = authoritiesFile
        self.fromAddress = fromAddress
        self.fromName = fromName
    }

    /// A password crosses a network only encrypted. This machine and neighbours named without a dot, such as another container, may do without.
    var demandsEncryption: Bool {
        password != nil && host.contains { $0 == "." || $0 == ":" } && !host.hasPrefix("127.") && host != "::1"
    }

    /// The part after the `@` of the sender.
    var fromDomain: String { fromAddress.split(separator: "@").last.map(String.init) ?? "localhost" }
}
