import Domain
import Messaging

/// Slows down guessing. Counted are the tries of one network address for all accounts, those for one account from everywhere, and those for
/// one account from one address; the first limit that is reached refuses. Tries that succeed can be given back, so that failures alone count.
///
/// Whoever guesses from many addresses uses up an account's tries for its owner as well; so a browser in which the owner has signed in before
/// (`KnownDevice`) has tries of its own, which nobody else can use up.
struct SignInThrottle: Sendable {
    private static let window = Duration.minutes(15)

    /// What is tried.
    enum Purpose: String, Sendable {
        case login, register, forgot, reset, password, invitation, code, provider, passkey, activation, portal

        /// Tries within 15 minutes: for one account from one address, for one account, and from one address. Each mail to a forgetful
        /// person is a mail to somebody who may not have asked for it.
        fileprivate var limits: (pair: Int, account: Int, address: Int) {
            switch self {
            case .login, .passkey: (10, 30, 50)
            case .register: (10, 30, 50)
            case .forgot, .activation: (5, 5, 50)
            case .reset, .invitation, .provider, .portal: (50, 50, 50)
            case .password, .code: (10, 10, 50)
            }
        }
    }

    /// A try that was counted.
    struct Try: Sendable {
        fileprivate let subjects: [String]
    }

    let rates: any RateLimiter

    /// Counts one try; throws `RATE_LIMITED` when it is one too many. `account` is what is guessed at, known or not: the same is counted.
    /// `device` names the known device that tries.
    func admit(_ purpose: Purpose, account: String, from client: ClientInfo, device: String? = nil) async throws -> Try {
        let limits = purpose.limits
        let counted: [(subject: String, limit: Int)] =
            if let device {
                [("\(purpose):device:\(device)", limits.pair)]
            } else {
                [
                    ("\(purpose):address:\(client.network)", limits.address), ("\(purpose):account:\(account)", limits.account),
                    ("\(purpose):pair:\(account)|\(client.network)", limits.pair),
                ]
            }
        for (subject, limit) in counted {
            let decision = await rates.take(subject, limit: limit, window: Self.window)
            guard decision.allowed else { throw Self.refusal(of: purpose, after: decision.reset) }
        }
        return Try(subjects: counted.map(\.subject))
    }

    /// A try that succeeded does not count.
    func giveBack(_ done: Try) async {
        for subject in done.subjects { await rates.giveBack(subject) }
    }

    private static func refusal(of purpose: Purpose, after reset: Duration) -> ProblemReport {
        let seconds = reset.secondsToWait
        let minutes = max(1, (seconds + 59) / 60)
        let wait = "Too many tries. Wait \(minutes) \(minutes == 1 ? "minute" : "minutes") and try again."
        let wayIn = " Until then you get in with a browser in which you have signed in before, or after a new password by mail."
        return ProblemReport(.rateLimited, purpose == .login || purpose == .passkey ? wait + wayIn : wait, retryAfter: .seconds(seconds))
    }
}
