import Domain
import Messaging

/// Slows down whoever shows wrong keys or tokens, wherever: so many a minute from one network address are told that they are wrong, any more
/// to wait.
///
/// A right key is never refused because of others' wrong ones behind the same address: 32 random bytes are not guessed. What this ends is
/// clients that go on and on with a key that has ended.
public struct WrongKeys: Sendable {
    /// A minute, from one address.
    public static let limit = 30
    private static let window = Duration.seconds(60)

    private let rates: any RateLimiter

    public init(_ rates: any RateLimiter) { self.rates = rates }

    /// Counts one wrong key. Throws `RATE_LIMITED` when it is one too many.
    public func count(from address: String) async throws {
        let decision = await rates.take(Self.subject(address), limit: Self.limit, window: Self.window)
        guard !decision.allowed else { return }
        throw ProblemReport(
            .rateLimited, "More than \(Self.limit) wrong keys a minute came from this address. Stop sending this one: it stays wrong.",
            retryAfter: decision.reset)
    }

    /// Counts a try at a secret that a person may have chosen: `isRight` is looked at only while there are tries left, and a right one is not
    /// counted. Throws `RATE_LIMITED`.
    public func admit(_ isRight: Bool, from address: String) async throws -> Bool {
        try await count(from: address)
        if isRight { await rates.giveBack(Self.subject(address)) }
        return isRight
    }

    private static func subject(_ address: String) -> String { "wrong-keys:\(NetworkAddress.network(of: address))" }
}
