/// A mail of plain text to one person.
public struct MailMessage: Sendable, Equatable {
    public let to: String
    public let subject: String
    public let text: String
    /// The address that ends such mails at one click (RFC 8058).
    public var unsubscribe: String?

    public init(to: String, subject: String, text: String, unsubscribe: String? = nil) {
        self.unsubscribe = unsubscribe
        self.to = to
        self.subject = subject
        self.text = text
    }
}
