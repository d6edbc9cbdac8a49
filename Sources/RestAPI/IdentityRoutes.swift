import Application
import Domain
import Gateway
import Hummingbird

/// Accounts elsewhere by which a person signs in. They are connected in the browser: the provider has to see the person.
struct IdentityRoutes: Sendable {
    let services: Services
    private var accounts: Accounts { services.accounts }

    var routes: [Route] {
        [
            Route(.get, "/api/auth/identities", "By what one signs in: a password, accounts at providers of identities", access: .person) { call in
                try await accounts.waysIn(as: try call.caller)
            },
            Route(
                .post, "/api/auth/identities/{id}/remove", "Let go of an account at a provider; all other sessions end", access: .person,
                status: .noContent, errors: [.wrongCredentials, .rateLimited, .conflict]
            ) { (proof: IdentityRemoval, call) in
                try await accounts.disconnect(try call.id(of: "identity"), proof, as: try call.caller)
                return Nothing()
            },
        ]
    }
}
