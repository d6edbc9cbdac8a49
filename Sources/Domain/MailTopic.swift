/// Mails that a person may do without.
public enum MailTopic: String, Codable, Sendable, CaseIterable {
    /// Posts of theirs that did not go out, and as an administrator the workspace's.
    case failures = "FAILURES"
    /// Channels that end soon or have ended, for administrators.
    case connections = "CONNECTIONS"
    /// Posts that wait for their approval, and what was decided about their own.
    case reviews = "REVIEWS"
    /// On Mondays: what went out, how it did, what is planned.
    case weekly = "WEEKLY"
}
