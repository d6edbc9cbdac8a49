import Crypto
import Domain
import Foundation

/// A browser in which somebody has signed in before, or shown that the account's mail reaches them. Its cookie opens nothing: it gives the
/// browser tries of its own at that one account when others have used up the common ones (OWASP, "Slow Down Online Guessing Attacks with
/// Device Cookies").
///
/// The cookie is `<made>.<random>.<mark>`: milliseconds since 1970, 32 random bytes, and a mark that only we can make for this account.
struct KnownDevice: Sendable {
    /// As long as browsers keep a cookie at most.
    static let life = Duration.days(400)

    let key: SymmetricKey
    let time: any TimeSource

    /// A new cookie for a browser of `user`.
    func cookie(for user: UserID) -> String {
        let name = "\(time.now.milliseconds).\(RandomToken.make())"
        return "\(name).\(mark(name, user))"
    }

    /// The device's name, when `cookie` is one of ours, for `user`, and not too old; else nil.
    func name(_ cookie: String?, of user: UserID?) -> String? {
        guard let cookie, let user, cookie.utf8.count <= 120 else { return nil }
        let parts = cookie.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let made = Int64(parts[0]), let mark = Base64URL.data(parts[2]) else { return nil }
        let age = time.now.milliseconds.subtractingReportingOverflow(made)
        guard !age.overflow, (0...Self.life.milliseconds).contains(age.partialValue) else { return nil }
        let name = "\(parts[0]).\(parts[1])"
        guard HMAC<SHA256>.isValidAuthenticationCode(mark, authenticating: Self.text(name, user), using: key) else { return nil }
        return name
    }

    private func mark(_ name: String, _ user: UserID) -> String {
        Base64URL.text(Data(HMAC<SHA256>.authenticationCode(for: Self.text(name, user), using: key)))
    }

    private static func text(_ name: String, _ user: UserID) -> Data { Data("device:\(user):\(name)".utf8) }
}
