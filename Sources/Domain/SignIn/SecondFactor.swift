/// Whether somebody signs in with a code besides the password.
public struct SecondFactorState: Codable, Sendable, Equatable {
    public let active: Bool
    /// Since when; nil while it is off.
    public let since: Timestamp?
    /// Recovery codes that were not used yet.
    public let recoveryCodesLeft: Int

    public init(since: Timestamp?, recoveryCodesLeft: Int) {
        active = since != nil
        self.since = since
        self.recoveryCodesLeft = recoveryCodesLeft
    }
}
