import Domain

/// What a provider of identities answered cannot be used. The reason is for whoever runs the server: it goes into the log.
struct OpenIDFault: Error, Equatable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// What becomes of a person who comes by a provider, in words for them.
enum OpenIDRefusal {
    static let unknown = ProblemReport(.notFound, "Nobody signs in here by that provider.")

    /// Also what an attacker would see whose page had begun it in another browser.
    static let over = ProblemReport(.stateExpired, "This took too long, or was begun in another browser. Begin once more.")

    static func declined(_ provider: OpenIDProvider) -> ProblemReport {
        ProblemReport(.consentDeclined, "\(provider.title) did not let you in. Begin once more, or sign in with your password.")
    }

    static func unreachable(_ provider: OpenIDProvider) -> ProblemReport {
        ProblemReport(.connectFailed, "\(provider.title) cannot be reached. Try again in a moment, or sign in with your password.")
    }

    static func unusable(_ provider: OpenIDProvider) -> ProblemReport {
        ProblemReport(
            .connectFailed, "The answer of \(provider.title) cannot be used. Whoever runs this server finds the reason in its log.")
    }

    static func unverified(_ provider: OpenIDProvider) -> ProblemReport {
        ProblemReport(
            .forbidden, "\(provider.title) does not say that your e-mail address is yours. Have it verified there, then come again.")
    }

    static func foreignDomain(_ provider: OpenIDProvider) -> ProblemReport {
        ProblemReport(.forbidden, "Your e-mail address at \(provider.title) is of a domain that may not sign in here.")
    }

    /// An address alone proves nothing: whoever has the account connects it themselves.
    static func taken(_ provider: OpenIDProvider) -> ProblemReport {
        ProblemReport(
            .emailTaken,
            "There is an account with your e-mail address. Sign in with its password, then connect \(provider.title) in Settings → Security.")
    }

    static func stranger(_ provider: OpenIDProvider) -> ProblemReport {
        ProblemReport(
            .forbidden,
            """
            No account here belongs to yours at \(provider.title). Ask for an invitation, or sign in with your password and connect it in \
            Settings → Security.
            """)
    }

    static let firstAccount = ProblemReport(
        .forbidden, "The first account is made with a password, so that nobody is ever locked out. Make it first.")

    static func elsewhere(_ provider: OpenIDProvider) -> ProblemReport {
        ProblemReport(.alreadyConnected, "This account at \(provider.title) opens another account here already.")
    }

    static let onlyWayIn = ProblemReport(
        .conflict, "This is the only way into your account. Choose a password in the settings first.")
}
