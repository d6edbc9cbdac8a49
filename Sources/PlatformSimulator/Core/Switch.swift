/// A lever of a platform's behaviour, its default and what it does: shown on the index page and settable through the control API.
public struct Switch: Sendable {
    public let name: String
    public let initial: JSON
    public let help: String

    /// Approve every consent page at once with the first sample account (or `account` of the query).
    static func autoApprove(_ isOn: Bool) -> Switch {
        Switch(name: "autoApprove", initial: .bool(isOn), help: "Consent pages answer Allow without a person")
    }

    static func enforceRateLimits(_ isOn: Bool) -> Switch {
        Switch(name: "enforceRateLimits", initial: .bool(isOn), help: "The platform's own limits refuse calls; off: they are only shown")
    }
}
