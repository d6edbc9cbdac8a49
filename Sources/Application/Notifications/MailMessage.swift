/// A mail of plain text to one person.
public struct MailMessage: Sendable, Equatable {
    public let to: String
    public let subject: String
    public let text: String

    public init(to: String, subject: String, text: String) {
        self.to = to
        self.subject = subject
        self.text = text
    }
}
