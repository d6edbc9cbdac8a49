import Domain
import Foundation

/// What a passkey answered cannot be used. The reason is for the log.
struct PasskeyFault: Error, Equatable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// What becomes of a person who comes with a passkey, in words for them.
enum PasskeyRefusal {
    /// Also what an attacker would see whose page had begun it in another browser.
    static let over = ProblemReport(.stateExpired, "This took too long, or was begun in another browser. Begin once more.")

    /// The same for those that nobody has.
    static let unknown = ProblemReport(
        .wrongCredentials, "This passkey opens nothing here. It may have been removed: sign in with your password.")

    static let copied = ProblemReport(
        .wrongCredentials,
        "This passkey has counted backwards, as a copy of it would. Sign in with your password, and remove it in Settings → Security.")

    static let unusable = ProblemReport(
        .badRequest, "What the passkey answered cannot be used. Begin once more, or take another device.")

    static let known = ProblemReport(.alreadyConnected, "This passkey is in use here already.")
    static let tooMany = ProblemReport(.conflict, "You have 20 passkeys. Remove one first.")
    static let missing = ProblemReport(.notFound, "There is no such passkey of yours. List them first.")

    /// A password alone must not change what a workspace asks for besides it.
    static let showFirst = ProblemReport(
        .conflict, "One of your workspaces asks for a second factor. Sign in with one of your passkeys first.")

    static func impossible(_ mainURL: URL) -> ProblemReport {
        ProblemReport(
            .conflict,
            """
            Passkeys need a server that is opened by a name over HTTPS, and this one is opened at \(mainURL.absoluteString). Whoever runs it can \
            change MAIN_URL.
            """)
    }
}
