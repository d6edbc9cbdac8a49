import Domain
import Messaging

/// Slows down guessing: so many tries for one account from one address, and so many from one address for all accounts.
struct SignInThrottle: Sendable {
    private static let window = Duration.minutes(15)
    private static let perAccount = 10
    private static let perAddress = 50

    let rates: any RateLimiter

    /// Counts one try; throws `RATE_LIMITED` when it is one too many.
    func admit(_ purpose: String, email: String, from client: ClientInfo) async throws {
        let decisions = [
            await rates.take("\(purpose):\(email)|\(client.address)", limit: Self.perAccount, window: Self.window),
            await rates.take("\(purpose):\(client.address)", limit: Self.perAddress, window: Self.window),
        ]
        guard let refused = decisions.filter({ !$0.allowed }).max(by: { $0.reset < $1.reset }) else { return }
        let seconds = max(1, (refused.reset.milliseconds + 999) / 1000)
        throw ProblemReport(
            .rateLimited, "Too many tries. Wait \(max(1, (seconds + 59) / 60)) minutes and try again.", retryAfter: .seconds(seconds))
    }
}
